"""Problems that learners report about a lesson or a question."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from training.kernel.activities import LONGEST_WORDS
from training.kernel.lifecycle import Lifecycle


class ReportState(models.TextChoices):
    """Where a report stands."""

    OPEN = "open", _("open")
    IN_PROGRESS = "in-progress", _("in progress")
    SOLVED = "solved", _("solved")
    DECLINED = "declined", _("declined")


LIFECYCLE = Lifecycle(
    {
        ReportState.OPEN: frozenset({ReportState.IN_PROGRESS}),
        ReportState.IN_PROGRESS: frozenset({ReportState.SOLVED, ReportState.DECLINED}),
    }
)
UNANSWERED = (ReportState.OPEN, ReportState.IN_PROGRESS)


class ReportQuerySet(models.QuerySet["Report"]):
    """Reports, by whose they are and what they wait for."""

    def of(self, reporter: object) -> "ReportQuerySet":
        """Return a person's own."""
        return self.filter(reporter=reporter)

    def open(self) -> "ReportQuerySet":
        """Return those that nobody took on yet."""
        return self.filter(state=ReportState.OPEN)


class Report(models.Model):
    """A problem, in the words of who met it, about a text as it was frozen.

    `provider`, `key` and `version` name the text: a lesson, a quiz, or one question of it. `about`
    is what it was called when it was reported. Nothing tells what the reporter answered.
    """

    class Kind(models.TextChoices):
        CONTENT = "content", _("the content is wrong")
        LAW = "law", _("the law has changed")
        TYPO = "typo", _("a slip of the pen or of the language")
        ACCESS = "access", _("I cannot read, see or hear it")
        TECHNICAL = "technical", _("something does not work")
        OTHER = "other", _("something else")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="problem_reports"
    )
    activity = models.ForeignKey(
        "catalogue.Activity", on_delete=models.PROTECT, related_name="+", verbose_name=_("activity")
    )
    provider = models.CharField(_("provider"), max_length=40)
    key = models.CharField(_("key"), max_length=64)
    version = models.PositiveIntegerField(_("version"))
    about = models.CharField(_("about"), max_length=LONGEST_WORDS, blank=True)
    kind = models.CharField(_("what is wrong"), max_length=12, choices=Kind.choices)
    words = models.TextField(_("what was reported"))
    language = models.CharField(_("language in which it was read"), max_length=10)
    reported_at = models.DateTimeField(_("reported"), db_index=True)
    state = models.CharField(
        _("state"), max_length=12, choices=ReportState.choices, default=ReportState.OPEN
    )
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("taken on by"),
    )
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("problem reported")
        verbose_name_plural = _("problems reported")
        ordering = ["reported_at", "pk"]
        default_permissions = ("view",)
        permissions = [("answer_report", _("Can answer reports of problems"))]
        constraints = [
            models.CheckConstraint(
                name="a_report_is_taken_on_before_it_is_answered",
                condition=Q(state=ReportState.OPEN, taken_by=None)
                | (~Q(state=ReportState.OPEN) & Q(taken_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="an_answered_report_has_an_answer",
                condition=Q(state__in=UNANSWERED, answer="", answered_at=None, answered_by=None)
                | (
                    ~Q(state__in=UNANSWERED)
                    & ~Q(answer="")
                    & Q(answered_at__isnull=False, answered_by__isnull=False)
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.about}"
