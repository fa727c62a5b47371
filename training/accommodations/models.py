"""What learners need so as to study on equal terms, and what was granted for it."""

import uuid
from datetime import date
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from training.accommodations.rules import MOST_EXTRA_ATTEMPTS, MOST_EXTRA_TIME
from training.accounts.models import accounts_of
from training.kernel.lifecycle import Lifecycle

NEEDS: Final = ("needs_time", "needs_breaks", "needs_text", "needs_other")
_NO_NEEDS: Final = Q(**dict.fromkeys(NEEDS, False), words="")
_NOTHING_GRANTED: Final = Q(extra_time_percent=0, extra_attempts=0, until=None)
_UNDECIDED: Final = Q(decided_at=None, decided_by=None)
_DECIDED: Final = Q(decided_at__isnull=False, decided_by__isnull=False)


class AccommodationState(models.TextChoices):
    """Where a request stands."""

    WAITING = "waiting", _("waiting")
    GRANTED = "granted", _("granted")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")


LIFECYCLE = Lifecycle(
    {
        AccommodationState.WAITING: frozenset(
            {
                AccommodationState.GRANTED,
                AccommodationState.DECLINED,
                AccommodationState.WITHDRAWN,
            }
        ),
        AccommodationState.GRANTED: frozenset({AccommodationState.WITHDRAWN}),
        AccommodationState.DECLINED: frozenset({AccommodationState.WITHDRAWN}),
    }
)


class AccommodationQuerySet(models.QuerySet["Accommodation"]):
    """Requests, by whose they are and where they stand."""

    def of(self, person: object) -> "AccommodationQuerySet":
        """Return a person's own, also those of accounts merged into theirs."""
        return self.filter(person__in=accounts_of(person))

    def waiting(self) -> "AccommodationQuerySet":
        """Return those that nobody decided yet."""
        return self.filter(state=AccommodationState.WAITING)

    def kept(self) -> "AccommodationQuerySet":
        """Return those whose consent stands."""
        return self.exclude(state=AccommodationState.WITHDRAWN)

    def granted_on_or_before(self, day: date) -> "AccommodationQuerySet":
        """Return what was granted on a day or before it, the latest first."""
        return self.filter(state=AccommodationState.GRANTED, decided_at__date__lte=day).order_by(
            "-decided_at", "-pk"
        )


class Accommodation(models.Model):
    """What somebody needs, the consent to keep it, and the decision.

    Needs, words and answer are sensitive: they go when the consent is withdrawn; its proof stays.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="accommodations"
    )
    needs_time = models.BooleanField(_("more time in quizzes"), default=False)
    needs_breaks = models.BooleanField(_("breaks"), default=False)
    needs_text = models.BooleanField(
        _("larger text, or material for a screen reader"), default=False
    )
    needs_other = models.BooleanField(_("something else"), default=False)
    words = models.TextField(_("in their own words"), blank=True)
    consent_wording = models.TextField(_("words of the consent that were shown"))
    consent_language = models.CharField(_("language of the consent"), max_length=10)
    consented_at = models.DateTimeField(_("consented"), db_index=True)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=AccommodationState.choices,
        default=AccommodationState.WAITING,
    )
    extra_time_percent = models.PositiveSmallIntegerField(_("extra time in per cent"), default=0)
    extra_attempts = models.PositiveSmallIntegerField(_("extra attempts"), default=0)
    until = models.DateField(_("last day"), null=True, blank=True)
    answer = models.TextField(_("answer"), blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    withdrawn_at = models.DateTimeField(_("consent withdrawn"), null=True, blank=True)

    objects = AccommodationQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for an accommodation")
        verbose_name_plural = _("requests for accommodations")
        ordering = ["consented_at", "pk"]
        default_permissions = ("view",)
        permissions = [("decide_accommodation", _("Can decide about accommodations"))]
        constraints = [
            models.UniqueConstraint(
                name="one_waiting_accommodation_a_person",
                fields=["person"],
                condition=Q(state=AccommodationState.WAITING),
            ),
            models.CheckConstraint(
                name="no_accommodation_without_consent",
                condition=~Q(consent_wording="") & ~Q(consent_language=""),
            ),
            models.CheckConstraint(
                name="a_withdrawn_accommodation_says_nothing",
                condition=(~Q(state=AccommodationState.WITHDRAWN) & Q(withdrawn_at=None))
                | (
                    Q(state=AccommodationState.WITHDRAWN, withdrawn_at__isnull=False, answer="")
                    & _NO_NEEDS
                ),
            ),
            models.CheckConstraint(
                name="a_decided_accommodation_has_its_decision",
                condition=(
                    Q(state=AccommodationState.WAITING, answer="") & _UNDECIDED & _NOTHING_GRANTED
                )
                | (Q(state=AccommodationState.GRANTED) & _DECIDED)
                | (
                    Q(state=AccommodationState.DECLINED)
                    & ~Q(answer="")
                    & _DECIDED
                    & _NOTHING_GRANTED
                )
                | (Q(state=AccommodationState.WITHDRAWN) & (_UNDECIDED | _DECIDED)),
            ),
            models.CheckConstraint(
                name="an_accommodation_is_within_bounds",
                condition=Q(
                    extra_time_percent__lte=MOST_EXTRA_TIME,
                    extra_attempts__lte=MOST_EXTRA_ATTEMPTS,
                ),
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)

    @property
    def needs(self) -> list[str]:
        """Return what is needed, as the form words it."""
        return [said for name, said in needs_in_words() if getattr(self, name)]

    @property
    def is_waiting(self) -> bool:
        """Say whether nobody decided yet."""
        return self.state == AccommodationState.WAITING

    @property
    def is_withdrawn(self) -> bool:
        """Say whether nothing of it is kept any more."""
        return self.state == AccommodationState.WITHDRAWN

    @property
    def is_over(self) -> bool:
        """Say whether its last day has passed."""
        return self.until is not None and self.until < timezone.localdate()


def needs_in_words() -> list[tuple[str, str]]:
    """Return each need by the name of its field, and as people call it."""
    fields = Accommodation._meta.concrete_fields
    return [(field.name, str(field.verbose_name)) for field in fields if field.name in NEEDS]
