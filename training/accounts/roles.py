"""The roles of people who work on the platform; each is a group of that name."""

from collections.abc import Mapping

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

_EVERYBODY = {"wagtailadmin.access_admin"}
_LISTS = {
    "institutions.view_country",
    "institutions.view_institution",
    "institutions.view_district",
}
_EDITIONS = {
    "catalogue.view_courseversion",
    "enrollments.view_edition",
    "enrollments.add_edition",
    "enrollments.change_edition",
    "enrollments.view_cohort",
    "enrollments.add_cohort",
    "enrollments.change_cohort",
    "enrollments.view_enrollment",
    "enrollments.add_enrollment",
}

PERMISSIONS: Mapping[Role, frozenset[str]] = {
    Role.TRAINER: frozenset(_EVERYBODY),
    Role.LEGAL_REVIEWER: frozenset(_EVERYBODY),
    Role.COORDINATOR: frozenset(
        _EVERYBODY
        | _LISTS
        | _EDITIONS
        | {
            "accounts.view_user",
            "accounts.view_record",
            "accounts.view_invitation",
            "accounts.add_invitation",
            "accounts.change_invitation",
        }
    ),
    Role.REGISTRAR: frozenset(
        _EVERYBODY
        | _LISTS
        | _EDITIONS
        | {
            "accounts.view_user",
            "accounts.view_record",
            "accounts.correct_details",
            "audit.view_event",
            "certificates.view_certificate",
            "certificates.issue_certificate",
            "certificates.revoke_certificate",
        }
    ),
    Role.INSTITUTIONAL_VIEWER: frozenset(_EVERYBODY | _LISTS),
    Role.SYSTEM_ADMINISTRATOR: frozenset(
        _EVERYBODY
        | _LISTS
        | {
            "accounts.view_user",
            "accounts.change_user",
            "accounts.view_invitation",
            "accounts.add_invitation",
            "accounts.change_invitation",
            "accounts.view_outgoingmail",
            "audit.view_event",
        }
    ),
}
"""What each role may do in the rooms of `training`; `cms` and `assessments` add theirs."""
