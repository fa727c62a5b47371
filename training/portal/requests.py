"""Asking for a change of one's course, on one page."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from training.enrollments.changes import NotActive, NotLater, ask, quizzes_of
from training.enrollments.models import EnrollmentState
from training.portal import queries
from training.portal.forms import ChangeForm
from training.portal.views import LearnerRequest, own_enrollment


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def request_change(request: LearnerRequest, uuid: UUID) -> HttpResponse:
    """Ask for more time, one more attempt, another edition, or to leave; say why.

    What was typed stays on the page until it is right.
    """
    enrollment = own_enrollment(request, uuid)
    now = timezone.now()
    if enrollment.state != EnrollmentState.ACTIVE:
        return _nothing_to_change(request, uuid)
    language = get_language()
    form = ChangeForm(
        request.POST or None,
        last_day=enrollment.last_day,
        quizzes=quizzes_of(enrollment),
        destinations=queries.destinations(enrollment=enrollment, language=language, now=now),
        language=language,
    )
    if request.method == "POST" and form.is_valid():
        try:
            _sent, is_new = ask(
                enrollment=enrollment,
                change=form.wanted,
                motive=form.cleaned_data["motive"],
                terms=form.terms,
                at=now,
            )
        except NotActive:
            return _nothing_to_change(request, uuid)
        except NotLater:
            form.add_error("until", _too_early(form))
        else:
            _say(request, is_new=is_new)
            return redirect("portal:course", uuid)
    page = {
        "enrollment": enrollment,
        "title": enrollment.course_version.title(language),
        "form": form,
        "may_transfer": "edition" in form.fields,
    }
    return render(request, "portal/ask.html", page, status=422 if form.errors else 200)


def _say(request: LearnerRequest, *, is_new: bool) -> None:
    if is_new:
        messages.success(request, _("Your request was sent. We write to you when it is answered."))
    else:
        messages.info(request, _("You have asked for this already; it awaits an answer."))


def _too_early(form: ChangeForm) -> str:
    last_day = date_format(form.last_day, _("j F Y"))
    words = _("You have time until %(day)s: choose a day after it, and after today.")
    return words % {"day": last_day}


def _nothing_to_change(request: LearnerRequest, uuid: UUID) -> HttpResponse:
    messages.info(
        request, _("You have completed or left this course: there is nothing to ask for in it.")
    )
    return redirect("portal:course", uuid)
