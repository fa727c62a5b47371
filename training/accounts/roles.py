"""The roles of people who work on the platform; each is a group of that name."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What somebody does here besides learning. The value is the group's name."""

    TRAINER = "trainer", _("trainer")
    LEGAL_REVIEWER = "legal-reviewer", _("legal reviewer")
    COORDINATOR = "coordinator", _("coordinator")
    REGISTRAR = "registrar", _("registrar")
    INSTITUTIONAL_VIEWER = "institutional-viewer", _("institutional viewer")
    SYSTEM_ADMINISTRATOR = "system-administrator", _("system administrator")


LEARNER = "learner"
