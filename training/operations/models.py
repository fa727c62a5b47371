"""The worker's last sign of life, where the web server can read it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WorkerBeat(models.Model):
    """When a worker last took a task from the queue; one row, written over."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("sign of life of the worker")
        verbose_name_plural = _("signs of life of the worker")
        constraints = [
            models.CheckConstraint(name="there_is_one_worker_beat", condition=models.Q(id=1)),
        ]

    def __str__(self) -> str:
        return self.at.isoformat()
