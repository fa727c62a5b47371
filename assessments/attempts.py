"""Start, save and submit attempts."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import UUIDField
from django.utils import timezone

from assessments.marking import Answer, mark, rounded, scaled_score
from assessments.models import Attempt, QuizVersion, Response
from assessments.models.attempt import AttemptState
from assessments.rules import (
    LIFECYCLE,
    Begun,
    DrawableItem,
    attempts_left,
    draw_paper,
    tidy_answer,
)
from training.accounts.models import User
from training.audit.actions import Actor, record_event
from training.catalogue.models import Activity
from training.compiled import CompiledQuery, Slot
from training.enrollments.models import Edition, Enrollment, EnrollmentState, MakeUp
from training.learning.actions import record_outcome
from training.learning.queries import require_open
from training.progress.rules import Reported, is_passing, mark_on_scale

_SEEDS = 2**32


class NoAttemptsLeft(Exception):
    """The learner has used all the attempts that the quiz allows."""


class EditionOver(Exception):
    """The learner's last day in the edition is past: no attempt is begun any more."""


class NotEnrolled(Exception):
    """The learner has withdrawn from the edition."""


class NotOnPaper(Exception):
    """The paper of the attempt has no such place."""


class AttemptClosed(Exception):
    """The attempt takes no more answers."""


class StaleResponse(Exception):
    """Another window saved a different answer since; `stored` is the response as it stands."""

    def __init__(self, stored: Response) -> None:
        super().__init__(f"revision {stored.revision} is stored")
        self.stored = stored


@transaction.atomic
def start_attempt(
    *, enrollment: Enrollment, activity: Activity, actor: Actor, at: datetime
) -> Attempt:
    """Return the attempt in progress, else a new one on a freshly drawn paper.

    The enrollment is locked: two starts at once give one attempt. Raise NoAttemptsLeft,
    EditionOver, NotEnrolled, or NotOpenYet while something else has to be finished first. A quiz
    that is passed may be tried again while attempts are left; the best counts. What was begun may
    be finished after the last day.
    """
    locked = Enrollment.objects.select_for_update().get(pk=enrollment.pk)
    if locked.state == EnrollmentState.WITHDRAWN:
        raise NotEnrolled(str(locked.uuid))
    tried = Attempt.objects.at(enrollment=locked, activity=activity)
    if running := tried.in_progress().first():
        return running
    quiz_version = QuizVersion.objects.get(key=activity.key, number=activity.version)
    require_open(enrollment=locked, activity=activity)
    attempts = list(tried)
    used = len(attempts)
    if not left_of(
        attempts, enrollment=locked, activity=activity, allowed=quiz_version.attempts_allowed, at=at
    ):
        is_over = timezone.localdate(at) > locked.last_day
        raise (EditionOver if is_over else NoAttemptsLeft)(str(locked.uuid))
    items = [
        place.item_version
        for place in quiz_version.places.select_related("item_version").order_by("order")
    ]
    seed = secrets.randbelow(_SEEDS)
    attempt = Attempt.objects.create(
        enrollment=locked,
        activity=activity,
        quiz_version=quiz_version,
        number=used + 1,
        seed=seed,
        paper=draw_paper(
            [DrawableItem(item.pk, item.kind, item.option_ids) for item in items],
            seed=seed,
            shuffle_items=quiz_version.shuffle_items,
            shuffle_options=quiz_version.shuffle_options,
        ),
        started_at=at,
    )
    Response.objects.bulk_create(
        Response(attempt=attempt, item_version_id=sheet["item_version"]) for sheet in attempt.paper
    )
    record_event(
        actor=actor, verb="attempt.started", record=attempt, at=at, detail={"number": used + 1}
    )
    return attempt


def left_of(
    attempts: Sequence[Attempt],
    *,
    enrollment: Enrollment,
    activity: Activity,
    allowed: int,
    at: datetime,
) -> int:
    """Return how many attempts may still be begun, those granted to this learner included."""
    today = timezone.localdate(at)
    granted = MakeUp.objects.current(enrollment=enrollment, activity=activity, on=today)
    return attempts_left(
        allowed=allowed,
        begun=[
            Begun(one.number, one.started_at, timezone.localdate(one.started_at))
            for one in attempts
        ],
        make_ups=list(granted.values_list("granted_at", flat=True)),
        last_day=enrollment.last_day,
        today=today,
    )


_response: Final[CompiledQuery[Response]] = CompiledQuery(
    lambda: Response.objects.filter(
        attempt=Slot("attempt"), item_version=Slot("item_version")
    ).select_related("item_version")
)


_own_locked: Final = CompiledQuery(
    lambda: (
        Attempt.objects.of(Slot("learner"))
        .filter(uuid=Slot("uuid", UUIDField()))
        .order_by()
        .select_for_update(of=("self",))
    )
)


@transaction.atomic
def save_response(
    *,
    attempt: Attempt,
    item_version_id: int,
    given: Sequence[str],
    is_flagged: bool,
    revision: int,
    at: datetime,
) -> Response:
    """Keep an answer, given on top of the revision that the learner saw; return it as stored.

    The same answer again changes nothing. Raise StaleResponse when a different one was saved
    since, AttemptClosed when the attempt takes no more, BadAnswer when it cannot be an answer.
    """
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    return _kept(
        locked, item_version_id, given=given, is_flagged=is_flagged, revision=revision, at=at
    )


@transaction.atomic
def save_own_response(
    *,
    learner: User,
    uuid: UUID,
    place: int,
    given: Sequence[str],
    is_flagged: bool,
    revision: int,
    at: datetime,
) -> Response:
    """Do the same at a place of a learner's own attempt, with as few queries as can be.

    Raise besides Attempt.DoesNotExist for anybody else's, NotOnPaper beyond the paper.
    """
    locked = _own_locked.one(learner=learner.pk, uuid=uuid)
    if not 1 <= place <= len(locked.paper):
        raise NotOnPaper(str(place))
    return _kept(
        locked,
        locked.paper[place - 1]["item_version"],
        given=given,
        is_flagged=is_flagged,
        revision=revision,
        at=at,
    )


def _kept(
    locked: Attempt,
    item_version_id: int,
    *,
    given: Sequence[str],
    is_flagged: bool,
    revision: int,
    at: datetime,
) -> Response:
    if not locked.is_open:
        raise AttemptClosed(str(locked.uuid))
    stored = _response.one(attempt=locked.pk, item_version=item_version_id)
    item = stored.item_version
    answer = tidy_answer(kind=item.kind, structure=item.structure, given=given)
    if answer != stored.answer and revision != stored.revision:
        raise StaleResponse(stored)
    if answer != stored.answer:
        stored.answer = answer
        stored.revision += 1
    elif is_flagged == stored.is_flagged:
        return stored
    stored.is_flagged = is_flagged
    stored.saved_at = at
    stored.save(update_fields=["answer", "is_flagged", "revision", "saved_at"])
    return stored


@transaction.atomic
def submit_attempt(*, attempt: Attempt, actor: Actor, at: datetime) -> Attempt:
    """Mark an attempt and report its outcome to the record, once; return it as marked.

    A second submit returns the first one's result. Raise IllegalTransition when it was abandoned.
    """
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if locked.state == AttemptState.GRADED:
        return locked
    LIFECYCLE.require(locked.state, AttemptState.SUBMITTED)
    responses = in_paper_order(locked)
    marks = [
        mark(
            kind=response.item_version.kind,
            structure=response.item_version.structure,
            answer=response.answer,
        )
        for response in responses
    ]
    _grade(locked, responses=responses, marks=marks, at=at)
    record_event(
        actor=actor,
        verb="attempt.submitted",
        record=locked,
        at=at,
        detail={"scaled": str(locked.scaled), "is_passed": locked.is_passed},
    )
    record_outcome(
        enrollment=locked.enrollment,
        activity=locked.activity,
        reported=Reported(
            source=locked.source,
            occurred_at=at,
            is_success=bool(locked.is_passed),
            scaled=locked.scaled,
            evidence=evidence_of(locked, responses),
        ),
    )
    return locked


def in_paper_order(attempt: Attempt) -> list[Response]:
    """Return an attempt's responses with their item versions, as they stand on its paper."""
    responses = {
        response.item_version_id: response
        for response in attempt.responses.select_related("item_version")
    }
    return [responses[sheet["item_version"]] for sheet in attempt.paper]


def _grade(
    attempt: Attempt, *, responses: Sequence[Response], marks: Sequence[Fraction], at: datetime
) -> None:
    """Write marks and score; the arrows submitted and graded are followed in one step."""
    for response, fraction in zip(responses, marks, strict=True):
        response.fraction = rounded(fraction)
    Response.objects.bulk_update(responses, ["fraction"])
    points = [response.item_version.points for response in responses]
    attempt.scaled = scaled_score(zip(marks, points, strict=True))
    attempt.is_passed = _is_passed(attempt, scaled=attempt.scaled)
    attempt.submitted_at = at
    LIFECYCLE.require(AttemptState.SUBMITTED, AttemptState.GRADED)
    attempt.state = AttemptState.GRADED
    attempt.save(update_fields=["state", "submitted_at", "scaled", "is_passed"])


def _is_passed(attempt: Attempt, *, scaled: Decimal) -> bool:
    """Judge the mark that is shown: on the edition's scale, rounded."""
    maximum = Edition.objects.values_list("scale_maximum", flat=True).get(
        enrollments=attempt.enrollment_id
    )
    return is_passing(
        mark=mark_on_scale(scaled, maximum=maximum),
        cut_score=mark_on_scale(attempt.quiz_version.cut_score, maximum=maximum),
    )


def evidence_of(attempt: Attempt, responses: Sequence[Response]) -> str:
    """Return the SHA-256 of what earned the mark: quiz version, paper, and each answer."""
    answers: list[dict[str, str | list[str] | Answer]] = [
        {
            "item": response.item_version.digest,
            "options": sheet["options"],
            "answer": response.answer,
        }
        for sheet, response in zip(attempt.paper, responses, strict=True)
    ]
    content = {"quiz": attempt.quiz_version.digest, "paper": answers}
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
