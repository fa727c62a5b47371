"""Where each learner was last, so that any device can go on from there."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LastPlace(models.Model):
    """The activity that a learner opened last in an enrollment."""

    enrollment = models.OneToOneField(
        "enrollments.Enrollment", on_delete=models.PROTECT, related_name="last_place"
    )
    key = models.CharField(_("activity"), max_length=64)
    opened_at = models.DateTimeField(_("opened"))

    class Meta:
        verbose_name = _("last place")
        verbose_name_plural = _("last places")
        default_permissions = ()

    def __str__(self) -> str:
        return self.key
