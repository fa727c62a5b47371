"""Deeds of the audit in words, as a person's record tells them."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DEEDS: Mapping[str, Promise] = {
    "account created": _("Account created"),
    "account changed": _("Details changed"),
    "roles changed": _("Roles changed"),
    "bulk action assign_role": _("Role given"),
    "account asked for": _("Account asked for"),
    "account let in": _("Account accepted"),
    "account declined": _("Account declined"),
    "merge proposed": _("Merging with another account proposed"),
    "merge refused": _("Merging with another account refused"),
    "accounts merged": _("Merged with another account"),
    "merge undone": _("Merging with another account undone"),
    "e-mail changed": _("E-mail address changed"),
    "document changed": _("Identity document changed"),
    "post added": _("Post added"),
    "post corrected": _("Post corrected"),
    "post ended": _("Post ended"),
    "person.certificate-name-set": _("Usual name on certificates set"),
    "recovery asked": _("Help asked for with a lost second factor"),
    "recovery approved": _("Removal of the second factor approved"),
    "recovery refused": _("Removal of the second factor refused"),
    "recovery stopped": _("Removal of the second factor stopped"),
    "second factor removed": _("Second factor removed"),
    "privacy notice shown": _("Privacy notice read"),
    "consent given": _("Consent given"),
    "consent withdrawn": _("Consent withdrawn"),
    "copy of data asked": _("Copy of the data asked for"),
    "copy of data made": _("Copy of the data made"),
    "copy of data taken": _("Copy of the data fetched"),
    "copy of data removed": _("Copy of the data removed"),
    "list exported": _("List exported"),
    "list export asked": _("Export of a list asked for"),
    "list export taken": _("Export of a list fetched"),
    "list export given up": _("Export of a list given up"),
    "list export removed": _("Export of a list removed"),
    "calendar address made": _("Address of the calendar made"),
    "calendar address closed": _("Address of the calendar closed"),
    "reminders switched on": _("Reminders by e-mail switched on"),
    "reminders switched off": _("Reminders by e-mail switched off"),
    "enrollment.created": _("Enrolled"),
    "enrollment.joined-cohort": _("Joined a cohort"),
    "enrollment.name-confirmed": _("Name on the certificate confirmed"),
    "enrollment.completed": _("Course completed"),
    "enrollment.reinstated": _("Enrolled again"),
    "enrollment.withdrawn": _("Withdrawn from the course"),
    "enrollment.extended": _("More time given"),
    "enrollment.make-up-allowed": _("One more attempt at a quiz allowed"),
    "enrollment.transferred": _("Changed to another edition"),
    "certificate.issued": _("Certificate issued"),
    "certificate.revoked": _("Certificate revoked"),
}


def deed_in_words(verb: str) -> str:
    """Return a deed in the reader's language, as the audit calls it when nobody has worded it."""
    return str(DEEDS.get(verb, verb))
