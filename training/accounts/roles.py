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
    DATA_PROTECTION_OFFICER = "data-protection-officer", _("data-protection officer")


LEARNER = "learner"

_EVERYBODY = frozenset({"wagtailadmin.access_admin"})
_LISTS = frozenset(
    {
        "institutions.view_country",
        "institutions.view_institution",
        "institutions.view_district",
    }
)
_INVITING = frozenset(
    {
        "accounts.view_invitation",
        "accounts.add_invitation",
        "accounts.change_invitation",
    }
)
_LETTING_IN = frozenset({"accounts.view_signuprequest", "accounts.change_signuprequest"})
_MERGING = frozenset(f"accounts.{verb}_accountmerge" for verb in ("view", "add", "change"))
_ENROLLMENTS = ("edition", "issuer", "cohort", "enrollment", "application", "changerequest")
_LEARNERS = frozenset(
    {
        "accounts.view_user",
        "accounts.view_record",
        *(f"enrollments.view_{model}" for model in _ENROLLMENTS),
    }
)
_RUNNING = frozenset(
    f"enrollments.{verb}_{model}" for model in _ENROLLMENTS for verb in ("add", "change")
)

PERMISSIONS: Mapping[Role, frozenset[str]] = {
    Role.TRAINER: _EVERYBODY
    | {"desk.see_cohort_progress", "feedback.view_report", "feedback.answer_report"},
    Role.LEGAL_REVIEWER: _EVERYBODY,
    Role.COORDINATOR: _EVERYBODY
    | _LISTS
    | _LETTING_IN
    | _INVITING
    | _LEARNERS
    | _RUNNING
    | {
        "accommodations.view_accommodation",
        "accommodations.decide_accommodation",
        "desk.see_cohort_progress",
        "enrollments.view_nomination",
        "enrollments.add_nomination",
    },
    Role.REGISTRAR: _EVERYBODY
    | _LISTS
    | _MERGING
    | _LETTING_IN
    | _LEARNERS
    | {
        "accounts.correct_details",
        "audit.view_event",
        "enrollments.change_changerequest",
        "certificates.view_certificate",
        "certificates.issue_certificate",
        "certificates.revoke_certificate",
        "desk.see_cohort_progress",
        "desk.see_marks",
    },
    Role.INSTITUTIONAL_VIEWER: _EVERYBODY | _LISTS | {"desk.see_totals"},
    Role.SYSTEM_ADMINISTRATOR: _EVERYBODY
    | _LISTS
    | _MERGING
    | _INVITING
    | {
        "accounts.view_user",
        "accounts.change_user",
        "accounts.view_outgoingmail",
        "accounts.view_recovery",
        "accounts.recover_account",
        "audit.view_event",
        "audit.view_access",
        "accounts.view_privilegereview",
        "accounts.add_privilegereview",
        "accounts.view_signupdomain",
        "accounts.add_signupdomain",
        "accounts.change_signupdomain",
        "privacy.view_noticeversion",
        "privacy.add_noticeversion",
        "privacy.view_consent",
    },
    Role.DATA_PROTECTION_OFFICER: _EVERYBODY
    | {
        "accounts.view_privilegereview",
        "audit.view_event",
        "privacy.view_noticeversion",
        "privacy.add_noticeversion",
        "privacy.view_consent",
        "privacy.view_datarequest",
        "privacy.answer_datarequest",
    },
}
"""What each role may do in the rooms of `training`; `cms` and `assessments` add theirs."""
