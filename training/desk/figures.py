"""The figures of the last week and of the one before, of what each reader may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from training.accounts.models import Post, User
from training.certificates.models import Certificate
from training.desk.progress import SEE_COHORT_PROGRESS, SEE_ENROLLMENTS, coordinated_by
from training.enrollments.models import Enrollment
from training.progress.models import Outcome

SEE_TOTALS: Final = "desk.see_totals"
WEEK: Final = 7
FEWEST: Final = 5  # fewer are not told, since somebody might be recognised
FRESH: Final = 300  # seconds


@dataclass(frozen=True)
class Scope:
    """Whose figures: of everybody, of some cohorts, or of people with a post somewhere."""

    cohorts: frozenset[int] | None = None
    institutions: frozenset[int] | None = None

    @property
    def is_whole(self) -> bool:
        """Say whether it leaves nobody out."""
        return self.cohorts is None and self.institutions is None

    @property
    def tells_small_numbers(self) -> bool:
        """Say whether small numbers and single days are told."""
        return self.institutions is None

    @property
    def key(self) -> str:
        """Return a name for the cache, the same for the same people."""
        parts = [sorted(part) if part is not None else "*" for part in
                 (self.cohorts, self.institutions)]  # fmt: skip
        return str(parts).replace(" ", "")


@dataclass(frozen=True)
class Series:
    """One figure: a number a day for two weeks, and the totals of both weeks."""

    days: Sequence[int]
    last: int
    before: int


@dataclass(frozen=True)
class Week:
    """All figures at a moment; `days` are the fourteen days, today the last."""

    at: datetime
    days: Sequence[date]
    enrollments: Series
    completions: Series
    certificates: Series
    active: Series


def scope_of(user: User, *, on: date) -> Scope | None:
    """Return whose figures a person sees, None for nobody's."""
    if user.has_perm(SEE_ENROLLMENTS):
        return Scope()
    if user.has_perm(SEE_TOTALS):
        posts = Post.objects.held_on(on).filter(person=user).order_by()
        institutions = frozenset(posts.values_list("institution", flat=True))
        return Scope(institutions=institutions) if institutions else None
    if user.has_perm(SEE_COHORT_PROGRESS):
        cohorts = coordinated_by(user)
        return Scope(cohorts=cohorts) if cohorts else None
    return None


def week_of(scope: Scope, *, now: datetime) -> Week:
    """Return the figures, counted at most five minutes ago."""
    key = f"desk-week:{timezone.localdate(now)}:{scope.key}"
    week: Week | None = cache.get(key)
    if week is None:
        week = count_week(scope, now=now)
        cache.set(key, week, FRESH)
    return week


def count_week(scope: Scope, *, now: datetime) -> Week:
    """Count the figures in five queries, however many learners there are."""
    today = timezone.localdate(now)
    days = [today - timedelta(days=ago) for ago in reversed(range(2 * WEEK))]
    start, middle = (_midnight(days[place]) for place in (0, WEEK))
    enrolled = _within(Enrollment.objects.all(), scope, on=today)
    of_scope = {} if scope.is_whole else {"enrollment__in": enrolled}
    outcomes = Outcome.objects.filter(occurred_at__gte=start, occurred_at__lte=now, **of_scope)
    people = Count("enrollment__learner", distinct=True)
    weeks = outcomes.order_by().aggregate(
        last=Count("enrollment__learner", distinct=True, filter=Q(occurred_at__gte=middle)),
        before=Count("enrollment__learner", distinct=True, filter=Q(occurred_at__lt=middle)),
    )
    active = _by_day(outcomes, "occurred_at", people)
    certificates = Certificate.objects.filter(issued_at__gte=start, **of_scope)
    return Week(
        at=now,
        days=days,
        enrollments=_series(
            days, _by_day(enrolled.filter(enrolled_at__gte=start), "enrolled_at", Count("pk"))
        ),
        completions=_series(
            days, _by_day(enrolled.filter(completed_at__gte=start), "completed_at", Count("pk"))
        ),
        certificates=_series(days, _by_day(certificates, "issued_at", Count("pk"))),
        active=Series(
            days=[active.get(day, 0) for day in days],
            last=weeks["last"],
            before=weeks["before"],
        ),
    )


def _within(enrollments: QuerySet[Enrollment], scope: Scope, *, on: date) -> QuerySet[Enrollment]:
    if scope.cohorts is not None:
        enrollments = enrollments.filter(cohort__in=scope.cohorts)
    if scope.institutions is not None:
        posts = Post.objects.held_on(on).filter(institution__in=scope.institutions)
        enrollments = enrollments.filter(learner__in=posts.order_by().values("person"))
    return enrollments


def _by_day(rows: QuerySet[Any], field: str, number: Count) -> Mapping[date, int]:
    counted = rows.order_by().annotate(day=TruncDate(field)).values("day").annotate(number=number)
    return dict(counted.values_list("day", "number"))


def _series(days: Sequence[date], counted: Mapping[date, int]) -> Series:
    numbers = [counted.get(day, 0) for day in days]
    return Series(days=numbers, last=sum(numbers[WEEK:]), before=sum(numbers[:WEEK]))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
