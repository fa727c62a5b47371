"""The dashboard: it opens with what needs a decision; the week's figures follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.admin.ui.components import Component

from training.accounts.models import User
from training.desk import figures, queries


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
    if waiting.changes:
        sentence = ngettext(
            "%(n)d request about a course awaits an answer.",
            "%(n)d requests about courses await an answer.",
            waiting.changes,
        )
        tasks.append(
            Task(
                sentence=sentence % {"n": waiting.changes},
                verb=_("Read and answer"),
                url=reverse("desk:changes"),
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
    if waiting.reports:
        sentence = ngettext(
            "%(n)d problem that a learner reported waits to be taken on.",
            "%(n)d problems that learners reported wait to be taken on.",
            waiting.reports,
        )
        tasks.append(
            Task(
                sentence=sentence % {"n": waiting.reports},
                verb=_("Read the reports"),
                url=reverse("problems:index"),
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
    if waiting.accommodations:
        sentence = ngettext(
            "%(n)d request for an accommodation waits for a decision.",
            "%(n)d requests for accommodations wait for a decision.",
            waiting.accommodations,
        )
        tasks.append(
            Task(
                sentence=sentence % {"n": waiting.accommodations},
                verb=_("Read and decide"),
                url=reverse("accommodation-requests:index"),
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


WIDTH, HEIGHT, FOOT = 280, 96, 16
GAP = 4


@dataclass(frozen=True)
class Bar:
    """One day of a chart, in the units of its drawing."""

    day: date
    number: int
    x: int
    y: int
    width: int
    height: int
    is_last_week: bool

    @property
    def middle(self) -> int:
        """Return where its number stands."""
        return self.x + self.width // 2


@dataclass(frozen=True)
class Chart:
    """One figure of the week: its numbers, and a bar for each day if there is any to tell."""

    key: str
    title: str
    last: str
    before: str
    bars: Sequence[Bar]
    width: int = WIDTH
    height: int = HEIGHT
    foot: int = HEIGHT - FOOT


class WeekPanel(Component):
    """The figures of the last seven days beside those of the seven before."""

    name = "week"
    template_name = "desk/week_panel.html"
    order = 20

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the charts; nothing to see makes no panel."""
        now = timezone.now()
        scope = figures.scope_of(parent_context["request"].user, on=timezone.localdate(now))
        if scope is None:
            return {"charts": []}
        week = figures.week_of(scope, now=now)
        return {"charts": charts_of(week, scope), "week": week, "scope": scope}


def charts_of(week: figures.Week, scope: figures.Scope) -> list[Chart]:
    """Return the figures as they are told to whoever may see that much."""
    named = [
        ("active", _("Active learners"), week.active),
        ("enrollments", _("Enrollments"), week.enrollments),
        ("completions", _("Courses completed"), week.completions),
        ("certificates", _("Certificates issued"), week.certificates),
    ]
    return [
        Chart(
            key=key,
            title=title,
            last=_told(series.last, scope),
            before=_told(series.before, scope),
            bars=_bars(week.days, series.days)
            if scope.tells_small_numbers and any(series.days)
            else [],
        )
        for key, title, series in named
    ]


def _told(number: int, scope: figures.Scope) -> str:
    if number >= figures.FEWEST or scope.tells_small_numbers:
        return intcomma(number)
    return _("fewer than %(n)d") % {"n": figures.FEWEST}


def _bars(days: Sequence[date], numbers: Sequence[int]) -> list[Bar]:
    """Return a bar for each day; the highest leaves room for its number."""
    highest = max(numbers)
    step = WIDTH // len(days)
    room = HEIGHT - 2 * FOOT
    return [
        Bar(
            day=day,
            number=number,
            x=place * step + GAP // 2,
            y=HEIGHT - FOOT - round(room * number / highest),
            width=step - GAP,
            height=round(room * number / highest),
            is_last_week=place >= figures.WEEK,
        )
        for place, (day, number) in enumerate(zip(days, numbers, strict=True))
    ]
