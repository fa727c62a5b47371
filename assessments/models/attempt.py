"""Attempts: what a learner was shown, and what it came to."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments import rules
from assessments.models.quiz_version import QuizVersion
from training.accounts.models import accounts_of
from training.catalogue.models import Activity
from training.enrollments.models import Enrollment


class AttemptState(models.TextChoices):
    """Where an attempt stands."""

    IN_PROGRESS = rules.IN_PROGRESS, _("in progress")
    SUBMITTED = rules.SUBMITTED, _("submitted")
    GRADED = rules.GRADED, _("marked")
    ABANDONED = rules.ABANDONED, _("abandoned")


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Attempts, reached through their owner."""

    def of(self, learner: object) -> "AttemptQuerySet":
        """Return a person's own attempts, also those of accounts merged into theirs."""
        return self.filter(enrollment__learner__in=accounts_of(learner))

    def at(self, *, enrollment: Enrollment, activity: Activity) -> "AttemptQuerySet":
        """Return the attempts at one activity of one enrollment."""
        return self.filter(enrollment=enrollment, activity=activity)

    def in_progress(self) -> "AttemptQuerySet":
        """Return the attempts that still take answers."""
        return self.filter(state=AttemptState.IN_PROGRESS)

    def graded(self) -> "AttemptQuerySet":
        """Return the attempts that have their mark."""
        return self.filter(state=AttemptState.GRADED)

    def with_course(self) -> "AttemptQuerySet":
        """Fetch quiz version, activity, enrollment, edition and course version with them."""
        return self.select_related(
            "quiz_version", "activity", "enrollment__edition", "enrollment__course_version"
        )


class Attempt(models.Model):
    """One try at a quiz, on the paper that was drawn for it.

    `paper` is a list of {"item_version": id, "options": [id, …]} in the order that was shown.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrollment = models.ForeignKey(
        Enrollment, on_delete=models.PROTECT, related_name="quiz_attempts"
    )
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="quiz_attempts")
    quiz_version = models.ForeignKey(QuizVersion, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField(_("attempt"))
    state = models.CharField(
        _("state"),
        max_length=12,
        choices=AttemptState.choices,
        default=AttemptState.IN_PROGRESS,
    )
    seed = models.PositiveBigIntegerField(_("seed of the draw"))
    paper = models.JSONField(_("paper"))
    started_at = models.DateTimeField(_("started"))
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    scaled = models.DecimalField(
        _("score between 0 and 1"), max_digits=7, decimal_places=6, null=True, blank=True
    )
    is_passed = models.BooleanField(_("passed"), null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["enrollment", "activity", "number"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                name="one_attempt_a_number", fields=["enrollment", "activity", "number"]
            ),
            models.UniqueConstraint(
                name="one_attempt_in_progress",
                fields=["enrollment", "activity"],
                condition=Q(state=rules.IN_PROGRESS),
            ),
            models.CheckConstraint(
                name="a_submitted_attempt_has_a_date",
                condition=Q(state__in=(rules.IN_PROGRESS, rules.ABANDONED), submitted_at=None)
                | Q(state__in=(rules.SUBMITTED, rules.GRADED), submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="a_marked_attempt_has_a_mark",
                condition=Q(
                    state=rules.GRADED,
                    scaled__gte=0,
                    scaled__lte=1,
                    is_passed__isnull=False,
                )
                | (~Q(state=rules.GRADED) & Q(scaled=None, is_passed=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quiz_version} · {self.number}"

    @property
    def is_open(self) -> bool:
        """Say whether it still takes answers."""
        return self.state == AttemptState.IN_PROGRESS

    @property
    def source(self) -> str:
        """Return the name under which its outcome stands in the record."""
        return f"assessments:attempt:{self.uuid}"
