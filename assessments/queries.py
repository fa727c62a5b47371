"""What the pages of a quiz show; the number of queries never depends on the number of items."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

from django.db.models import UUIDField
from django.utils import timezone

from assessments.attempts import in_paper_order, left_of
from assessments.display import ExplainedQuestion, Question, ask, explain
from assessments.models import Attempt, QuizVersion, Response
from assessments.models.attempt import AttemptState
from assessments.rules import shows_answers, tidy_answer
from training.accounts.models import User
from training.catalogue.models import Activity
from training.compiled import CompiledQuery, Slot
from training.enrollments.models import Enrollment, EnrollmentState
from training.learning.queries import (
    ActivityState,
    CourseOutline,
    OutlineActivity,
    OutlineModule,
    course_outline,
)
from training.progress.rules import mark_on_scale

_own_attempt: Final = CompiledQuery(
    lambda: (
        Attempt.objects.of(Slot("learner"))
        .filter(uuid=Slot("uuid", UUIDField()))
        .with_course()
        .order_by()
    )
)


def own_attempt(*, learner: User, uuid: UUID) -> Attempt | None:
    """Return an attempt of a learner's own, with its quiz and all that it belongs to: one query."""
    return _own_attempt.get(learner=learner.pk, uuid=uuid)


@dataclass(frozen=True)
class Place:
    """One question in the overview of an attempt."""

    number: int
    is_answered: bool
    is_flagged: bool


@dataclass(frozen=True)
class Tried:
    """An attempt that was marked, on the edition's scale."""

    attempt: Attempt
    mark: Decimal
    is_best: bool


@dataclass(frozen=True)
class QuizPage:
    """A quiz before and between attempts. Marks are on the edition's scale."""

    enrollment: Enrollment
    activity: Activity
    quiz_version: QuizVersion
    outline: CourseOutline
    module: OutlineModule | None
    title: str
    introduction: str
    questions: int
    maximum: int
    cut_mark: Decimal
    tried: Sequence[Tried]
    running: Attempt | None
    answered: int
    attempts_left: int
    is_over: bool

    @property
    def attempts_in_all(self) -> int:
        """Return how many attempts there are together: those allowed, and those granted besides."""
        granted = len(self.tried) + (self.running is not None) + self.attempts_left
        return max(self.quiz_version.attempts_allowed, granted)

    @property
    def best(self) -> Tried | None:
        """Return the attempt that counts."""
        return next((tried for tried in self.tried if tried.is_best), None)

    @property
    def is_passed(self) -> bool:
        """Say whether any attempt passed."""
        return any(tried.attempt.is_passed for tried in self.tried)

    @property
    def may_start(self) -> bool:
        """Say whether a new attempt can be begun."""
        is_closed = self.is_withdrawn or self.current.is_locked
        return self.running is None and self.attempts_left > 0 and not is_closed

    @property
    def current(self) -> OutlineActivity:
        """Return the quiz as it stands in the outline."""
        return next(line for line in self.outline.activities if line.key == self.activity.key)

    @property
    def is_withdrawn(self) -> bool:
        """Say whether the learner has left the edition."""
        return self.enrollment.state == EnrollmentState.WITHDRAWN

    @property
    def around(self) -> tuple[OutlineActivity | None, OutlineActivity | None]:
        """Return the activities before and after the quiz."""
        return self.outline.around(self.activity.key)


@dataclass(frozen=True)
class AttemptPage:
    """One question of an attempt in progress, and where it stands among the others."""

    attempt: Attempt
    title: str
    number: int
    total: int
    question: Question
    response: Response
    places: Sequence[Place]

    @property
    def previous(self) -> int | None:
        """Return the number of the question before."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """Return the number of the question after."""
        return self.number + 1 if self.number < self.total else None


@dataclass(frozen=True)
class ReviewPage:
    """An attempt before it is submitted."""

    attempt: Attempt
    title: str
    places: Sequence[Place]
    attempts_left: int

    @property
    def unanswered(self) -> list[Place]:
        """Return the questions without an answer."""
        return [place for place in self.places if not place.is_answered]

    @property
    def flagged(self) -> list[Place]:
        """Return the questions that the learner wanted to look at again."""
        return [place for place in self.places if place.is_flagged]

    @property
    def back_to(self) -> int:
        """Return the first question that still needs the learner, else the last."""
        waiting = [*self.unanswered, *self.flagged]
        return min((place.number for place in waiting), default=len(self.places))


@dataclass(frozen=True)
class ResultPage:
    """A marked attempt, explained as far as the quiz's feedback policy allows."""

    quiz: QuizPage
    attempt: Attempt
    mark: Decimal
    items: Sequence[ExplainedQuestion]
    shows_answers: bool

    @property
    def lessons_to_read(self) -> list[OutlineActivity]:
        """Return the lessons of the quiz's module; of all modules for a test of its own."""
        key = self.quiz.activity.key
        modules = [m for m in self.quiz.outline.modules if any(a.key == key for a in m.activities)]
        own = [a for module in modules for a in module.activities if not a.is_scored]
        return own or [a for a in self.quiz.outline.activities if not a.is_scored]

    @property
    def next_activity(self) -> OutlineActivity | None:
        """Return the first open activity after this quiz that is not done, else any not done."""
        activities = self.quiz.outline.activities
        place = [activity.key for activity in activities].index(self.quiz.activity.key)
        later = [*activities[place + 1 :], *activities[:place]]
        todo = [a for a in later if a.state != ActivityState.DONE]
        return min(todo, key=lambda activity: activity.is_locked, default=None)


def quiz_page(
    *, enrollment: Enrollment, activity: Activity, language: str, now: datetime
) -> QuizPage:
    """Return what a learner sees of a quiz outside an attempt.

    The enrollment comes with `edition` and `course_version` selected.
    """
    version = QuizVersion.objects.get(key=activity.key, number=activity.version)
    attempts = list(Attempt.objects.at(enrollment=enrollment, activity=activity).order_by("number"))
    running = next((attempt for attempt in attempts if attempt.is_open), None)
    outline = course_outline(enrollment=enrollment, language=language)
    maximum = enrollment.edition.scale_maximum
    return QuizPage(
        enrollment=enrollment,
        activity=activity,
        quiz_version=version,
        outline=outline,
        module=_module_of(outline, activity.key),
        title=activity.title(language),
        introduction=version.introduction(language),
        questions=version.places.count(),
        maximum=maximum,
        cut_mark=mark_on_scale(version.cut_score, maximum=maximum),
        tried=_tried(attempts, maximum=maximum),
        running=running,
        answered=running.responses.filter(answer__isnull=False).count() if running else 0,
        attempts_left=left_of(
            attempts,
            enrollment=enrollment,
            activity=activity,
            allowed=version.attempts_allowed,
            at=now,
        ),
        is_over=timezone.localdate(now) > enrollment.last_day,
    )


def attempt_page(
    *, attempt: Attempt, number: int, language: str, given: Sequence[str] | None = None
) -> AttemptPage:
    """Return one question of an attempt, counted from 1; raise IndexError beyond its paper.

    `given` is shown instead of the stored answer: what a window holds that came too late.
    """
    responses = in_paper_order(attempt)
    if not 1 <= number <= len(responses):
        raise IndexError(number)
    response = responses[number - 1]
    return AttemptPage(
        attempt=attempt,
        title=attempt.activity.title(language),
        number=number,
        total=len(responses),
        question=_asked(attempt, number - 1, response, language, given=given),
        response=response,
        places=_places(responses),
    )


def review_page(*, attempt: Attempt, language: str, now: datetime) -> ReviewPage:
    """Return an attempt as its learner sees it before submitting."""
    responses = in_paper_order(attempt)
    enrollment, activity = attempt.enrollment, attempt.activity
    return ReviewPage(
        attempt=attempt,
        title=attempt.activity.title(language),
        places=_places(responses),
        attempts_left=left_of(
            list(Attempt.objects.at(enrollment=enrollment, activity=activity)),
            enrollment=enrollment,
            activity=activity,
            allowed=attempt.quiz_version.attempts_allowed,
            at=now,
        ),
    )


def result_page(*, attempt: Attempt, language: str, now: datetime) -> ResultPage:
    """Return a marked attempt, item by item."""
    quiz = quiz_page(
        enrollment=attempt.enrollment, activity=attempt.activity, language=language, now=now
    )
    return ResultPage(
        quiz=quiz,
        attempt=attempt,
        mark=mark_on_scale(attempt.scaled or Decimal(0), maximum=quiz.maximum),
        items=[
            explain(
                _asked(attempt, place, response, language),
                structure=response.item_version.structure,
                texts=response.item_version.texts,
                fraction=Fraction(response.fraction or 0),
            )
            for place, response in enumerate(in_paper_order(attempt))
        ],
        shows_answers=shows_answers(
            feedback=quiz.quiz_version.feedback,
            is_passed=quiz.is_passed,
            attempts_left=quiz.attempts_left,
        ),
    )


def answer_in_words(*, attempt: Attempt, number: int, response: Response, language: str) -> str:
    """Return an answer as a sentence would name it, '' when there is none."""
    return _asked(attempt, number - 1, response, language).answer_text


def _asked(
    attempt: Attempt,
    place: int,
    response: Response,
    language: str,
    *,
    given: Sequence[str] | None = None,
) -> Question:
    item = response.item_version
    return ask(
        kind=item.kind,
        texts=item.texts,
        language=language,
        source_language=item.source_language,
        order=attempt.paper[place]["options"],
        answer=response.answer
        if given is None
        else tidy_answer(kind=item.kind, structure=item.structure, given=given),
        part=str(item.pk),
    )


def _places(responses: Sequence[Response]) -> list[Place]:
    return [
        Place(
            number=number,
            is_answered=response.answer is not None,
            is_flagged=response.is_flagged,
        )
        for number, response in enumerate(responses, start=1)
    ]


def _tried(attempts: Sequence[Attempt], *, maximum: int) -> list[Tried]:
    """Return the marked attempts; the first of those with the best mark is the best."""
    marked = [attempt for attempt in attempts if attempt.state == AttemptState.GRADED]
    best = max(marked, key=lambda attempt: attempt.scaled or Decimal(0), default=None)
    return [
        Tried(
            attempt=attempt,
            mark=mark_on_scale(attempt.scaled or Decimal(0), maximum=maximum),
            is_best=attempt is best,
        )
        for attempt in marked
    ]


def _module_of(outline: CourseOutline, key: str) -> OutlineModule | None:
    return next((m for m in outline.modules if any(a.key == key for a in m.activities)), None)
