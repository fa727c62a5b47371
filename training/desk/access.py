"""The pages of this room that the access log watches."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from training.accounts.models import AccountMerge
from training.certificates.models import Certificate
from training.enrollments.models import Application, Enrollment
from training.kernel.access import watch


def watch_pages() -> None:
    """Have the openings of this room's pages about people kept."""
    for place in ("desk:learners", "desk:learners_results"):
        watch(place, title=_("Learners"))
    watch("desk:person", title=_("Record of a person"), owner=lambda words: words["uuid"])
    watch("desk:merge_new", title=_("Merge two accounts"), owner=_two)
    watch("desk:merge", title=_("Merge two accounts"), owner=_merged)
    watch("desk:application", title=_("Application"), owner=_applicant)
    watch("desk:issue", title=_("Issue a certificate"), owner=_learner)
    watch("desk:revoke", title=_("Revoke a certificate"), owner=_holder)


def _applicant(words: Mapping[str, Any]) -> UUID | None:
    found = Application.objects.filter(uuid=words["uuid"])
    return found.values_list("learner__uuid", flat=True).first()


def _two(words: Mapping[str, Any]) -> Sequence[UUID]:
    return (words["first"], words["second"])


def _merged(words: Mapping[str, Any]) -> Sequence[UUID]:
    found = AccountMerge.objects.filter(uuid=words["uuid"])
    return found.values_list("survivor__uuid", "absorbed__uuid").get()


def _learner(words: Mapping[str, Any]) -> UUID | None:
    found = Enrollment.objects.filter(uuid=words["uuid"])
    return found.values_list("learner__uuid", flat=True).first()


def _holder(words: Mapping[str, Any]) -> UUID | None:
    found = Certificate.objects.filter(uuid=words["uuid"])
    return found.values_list("enrollment__learner__uuid", flat=True).first()
