"""The dashboard: it opens with what needs a decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.admin.ui.components import Component

from training.accounts.models import User
from training.desk import queries


@dataclass(frozen=True)
class Task:
    """One sentence about what waits, and where it is done."""

    sentence: str
    verb: str
    url: str


class DecisionsPanel(Component):
    """What waits for this person, before anything else."""

    name = "decisions"
    template_name = "desk/decisions_panel.html"
    order = 10

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the tasks; none makes no panel."""
        return {"tasks": tasks_for(parent_context["request"].user)}


def tasks_for(user: User) -> list[Task]:
    """Return what waits for whoever asks, as sentences."""
    waiting = queries.decisions(user=user, now=timezone.now())
    tasks = []
    if waiting.certificates:
        sentence = ngettext(
            "%(n)d completed course awaits its certificate.",
            "%(n)d completed courses await their certificates.",
            waiting.certificates,
        )
        tasks.append(
            Task(
                sentence=sentence % {"n": waiting.certificates},
                verb=_("Decide"),
                url=reverse("desk:awaiting"),
            )
        )
    if waiting.applications:
        sentence = ngettext(
            "%(n)d application awaits an answer.",
            "%(n)d applications await an answer.",
            waiting.applications,
        )
        tasks.append(
            Task(
                sentence=sentence % {"n": waiting.applications},
                verb=_("Read and answer"),
                url=reverse("desk:applications"),
            )
        )
    if waiting.invitations:
        sentence = ngettext(
            "%(n)d invitation expired without an answer.",
            "%(n)d invitations expired without an answer.",
            waiting.invitations,
        )
        tasks.append(
            Task(
                sentence=sentence % {"n": waiting.invitations},
                verb=_("Look at the invitations"),
                url=reverse("invitation:index"),
            )
        )
    if waiting.accounts:
        sentence = ngettext(
            "%(n)d person waits to be let in.",
            "%(n)d people wait to be let in.",
            waiting.accounts,
        )
        tasks.append(
            Task(
                sentence=sentence % {"n": waiting.accounts},
                verb=_("Read and answer"),
                url=reverse("signup-requests:index"),
            )
        )
    if waiting.merges:
        sentence = ngettext(
            "%(n)d merging of two accounts waits for a second person.",
            "%(n)d mergings of accounts wait for a second person.",
            waiting.merges,
        )
        tasks.append(
            Task(
                sentence=sentence % {"n": waiting.merges},
                verb=_("Decide"),
                url=reverse("desk:merges"),
            )
        )
    if waiting.is_review_due:
        tasks.append(
            Task(
                sentence=_("It is time to review who may do what here: that is due twice a year."),
                verb=_("Review the privileges"),
                url=reverse("privilege-reviews:sign_off"),
            )
        )
    return tasks
