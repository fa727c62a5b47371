"""A learner's way through a quiz."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assessments import queries
from assessments.attempts import (
    AttemptClosed,
    EditionOver,
    NoAttemptsLeft,
    NotEnrolled,
    NotOnPaper,
    StaleResponse,
    save_own_response,
    start_attempt,
    submit_attempt,
)
from assessments.forms import AnswerForm
from assessments.models import Attempt, Response
from assessments.provider import PROVIDER
from assessments.rules import BadAnswer, is_readable
from training.accounts.models import User
from training.catalogue.models import Activity
from training.enrollments.models import Enrollment
from training.kernel.lifecycle import IllegalTransition
from training.learning.queries import NotOpenYet


class LearnerRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User


@never_cache
@login_required
@require_GET
def quiz(request: LearnerRequest, enrollment: UUID, key: str) -> HttpResponse:
    """Show a quiz before, between and after attempts."""
    own, activity = _own_quiz(request, enrollment, key)
    page = queries.quiz_page(
        enrollment=own, activity=activity, language=_language(), now=timezone.now()
    )
    return render(request, "assessments/quiz.html", {"page": page})


@login_required
@require_POST
def start(request: LearnerRequest, enrollment: UUID, key: str) -> HttpResponse:
    """Begin an attempt, or go on with the one in progress."""
    own, activity = _own_quiz(request, enrollment, key)
    try:
        begun = start_attempt(
            enrollment=own, activity=activity, actor=request.user.actor, at=timezone.now()
        )
    except NoAttemptsLeft:
        messages.error(request, _("You have used all the attempts that this quiz allows."))
        return redirect("assessments:quiz", enrollment, key)
    except NotOpenYet:
        return redirect("assessments:quiz", enrollment, key)  # where it says what to finish first
    except EditionOver:
        messages.error(
            request,
            _(
                "Your time in this edition is over: the quiz takes no new attempts. You may ask "
                "for more time on the page of the course."
            ),
        )
        return redirect("assessments:quiz", enrollment, key)
    except NotEnrolled:
        messages.error(request, _("You have left this edition: the quiz takes no new attempts."))
        return redirect("assessments:quiz", enrollment, key)
    return redirect("assessments:attempt", begun.uuid, 1)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def attempt(request: LearnerRequest, uuid: UUID, place: int) -> HttpResponse:
    """Show one question; keep its answer and go where the learner wants."""
    own = _own_attempt(request, uuid)
    if not own.is_open:
        return redirect("assessments:result", uuid)
    if request.method == "GET":
        return _question(request, own, place)
    form = AnswerForm(request.POST)
    try:
        _save(request, uuid, place, form)
    except StaleResponse as stale:
        return _question(request, own, place, stale=stale.stored, given=form.given)
    except AttemptClosed:
        return redirect("assessments:result", uuid)
    return _go(own, place, form.cleaned_data["go"])


@login_required
@require_POST
def save(request: LearnerRequest, uuid: UUID, place: int) -> JsonResponse:
    """Keep an answer while the learner stays on the page."""
    form = AnswerForm(request.POST)
    try:
        stored = _save(request, uuid, place, form)
    except StaleResponse as stale:
        conflict = _conflict(_own_attempt(request, uuid), place, stale.stored)
        html = render_to_string("assessments/_conflict.html", {"conflict": conflict}, request)
        return JsonResponse({"html": html, "revision": stale.stored.revision}, status=409)
    except AttemptClosed:
        return JsonResponse({"address": reverse("assessments:result", args=[uuid])}, status=410)
    return JsonResponse(
        {
            "revision": stored.revision,
            "is_answered": stored.answer is not None,
            "is_readable": is_readable(kind=stored.item_version.kind, answer=stored.answer),
            "saved": _saved_words(stored),
        }
    )


@never_cache
@login_required
@require_GET
def review(request: LearnerRequest, uuid: UUID) -> HttpResponse:
    """Show what is answered, and what submitting will do."""
    own = _own_attempt(request, uuid)
    if not own.is_open:
        return redirect("assessments:result", uuid)
    page = queries.review_page(attempt=own, language=_language(), now=timezone.now())
    return render(request, "assessments/review.html", {"page": page})


@login_required
@require_POST
def submit(request: LearnerRequest, uuid: UUID) -> HttpResponse:
    """Submit an attempt; the second click finds the first one's result."""
    own = _own_attempt(request, uuid)
    try:
        submit_attempt(attempt=own, actor=request.user.actor, at=timezone.now())
    except IllegalTransition:
        return redirect("assessments:quiz", own.enrollment.uuid, own.activity.key)
    return redirect("assessments:result", uuid)


@never_cache
@login_required
@require_GET
def result(request: LearnerRequest, uuid: UUID) -> HttpResponse:
    """Show and explain the mark of an attempt."""
    own = _own_attempt(request, uuid)
    if own.is_open:
        return redirect("assessments:review", uuid)
    page = queries.result_page(attempt=own, language=_language(), now=timezone.now())
    return render(request, "assessments/result.html", {"page": page})


def _own_quiz(request: LearnerRequest, enrollment: UUID, key: str) -> tuple[Enrollment, Activity]:
    """Return a learner's own enrollment and one of its quizzes; 404 for anything else."""
    own = get_object_or_404(Enrollment.objects.of(request.user).with_course(), uuid=enrollment)
    activity = get_object_or_404(
        Activity, course_version=own.course_version_id, provider=PROVIDER, key=key
    )
    return own, activity


def _own_attempt(request: LearnerRequest, uuid: UUID) -> Attempt:
    """Return a learner's own attempt; 404 for anything else."""
    own = queries.own_attempt(learner=request.user, uuid=uuid)
    if own is None:
        raise Http404
    return own


def _save(request: LearnerRequest, uuid: UUID, place: int, form: AnswerForm) -> Response:
    """Keep what a page sent; 404 for what is not there, 400 for what no page of ours sends."""
    if not form.is_valid():
        _own_attempt(request, uuid)  # nobody learns more of another one's than that it is not found
        raise BadRequest(form.errors)
    try:
        return save_own_response(
            learner=request.user,
            uuid=uuid,
            place=place,
            given=form.given,
            is_flagged=form.cleaned_data["is_flagged"],
            revision=form.cleaned_data["revision"],
            at=timezone.now(),
        )
    except (Attempt.DoesNotExist, NotOnPaper) as error:
        raise Http404 from error
    except BadAnswer as error:
        raise BadRequest(str(error)) from error


def _question(
    request: LearnerRequest,
    attempt: Attempt,
    place: int,
    *,
    stale: Response | None = None,
    given: list[str] | None = None,
) -> HttpResponse:
    """Show one question; after a conflict with what this window gave and what is stored."""
    try:
        page = queries.attempt_page(
            attempt=attempt, number=place, language=_language(), given=given
        )
    except IndexError:
        raise Http404 from None
    context = {"page": page, "saved": _saved_words(page.response)}
    if stale is not None:
        context["conflict"] = _conflict(attempt, place, stale)
    return render(
        request, "assessments/attempt.html", context, status=409 if stale is not None else 200
    )


def _conflict(attempt: Attempt, place: int, stored: Response) -> dict[str, str]:
    """Return what a learner needs to choose between two answers."""
    return {
        "stored": queries.answer_in_words(
            attempt=attempt, number=place, response=stored, language=_language()
        ),
        "saved": _saved_words(stored),
        "keep": reverse("assessments:attempt", args=[attempt.uuid, place]),
    }


def _saved_words(response: Response) -> str:
    """Return when an answer was saved, '' before."""
    if response.saved_at is None:
        return ""
    at = time_format(timezone.localtime(response.saved_at), "H:i:s")
    if response.answer is None:
        return _("No answer; last change saved at %(time)s") % {"time": at}
    return _("Saved at %(time)s") % {"time": at}


def _go(attempt: Attempt, place: int, where: str) -> HttpResponse:
    """Go to the question or page that a button named; by default to the next question."""
    last = len(attempt.paper)
    if where == "previous":
        return redirect("assessments:attempt", attempt.uuid, max(1, place - 1))
    if where == "stay":
        return redirect("assessments:attempt", attempt.uuid, place)
    if where.isascii() and where.isdecimal() and 1 <= int(where) <= last:
        return redirect("assessments:attempt", attempt.uuid, int(where))
    if where == "report":
        return _report(attempt, place)
    if where == "review" or place == last:
        return redirect("assessments:review", attempt.uuid)
    return redirect("assessments:attempt", attempt.uuid, place + 1)


def _report(attempt: Attempt, place: int) -> HttpResponse:
    """Go to where a problem with a question is reported, and from there back to the question."""
    form = reverse("feedback:report", args=[attempt.enrollment.uuid, attempt.activity.key])
    back = reverse("assessments:attempt", args=[attempt.uuid, place])
    part = attempt.paper[place - 1]["item_version"]
    return redirect(f"{form}?{urlencode({'part': part, 'back': back})}")


def _language() -> str:
    return get_language() or "es"
