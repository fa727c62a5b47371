"""The learner's own pages. Whatever they show is reached through the learner."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from training.accounts.models import User
from training.certificates.documents import open_pdf
from training.certificates.models import Certificate
from training.enrollments.actions import EnrollmentClosed, NameSettled, confirm_name
from training.enrollments.applications import AlreadyIn
from training.enrollments.models import Application, Edition, Enrollment, Wait
from training.enrollments.places import NotWaiting, Seat, place_of, stop_waiting
from training.learning.queries import course_outline
from training.portal import queries
from training.portal.actions import apply_oneself, enroll_oneself
from training.portal.errors import (
    bad_request,
    csrf_failure,
    not_found,
    permission_denied,
    server_error,
)
from training.portal.forms import ApplicationForm, NameForm
from training.portal.rules import why_closed
from training.portal.wording import CLOSED_REASONS, in_words

__all__ = ["bad_request", "csrf_failure", "not_found", "permission_denied", "server_error"]


class LearnerRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User


RENDERING_TAKES = 4  # seconds after which a waiting page asks again


def root(request: HttpRequest) -> HttpResponse:
    """Lead to the public home page in the visitor's language."""
    response = redirect(f"/{get_language()}/")
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    return response


@require_GET
def accessibility(request: HttpRequest) -> HttpResponse:
    """Say how accessible the site is, what it lacks, and whom to ask (R-70)."""
    return render(request, "portal/accessibility.html", {"contact": settings.CONTACT_EMAIL})


@login_required
@require_GET
def courses(request: LearnerRequest) -> HttpResponse:
    """Show the next step, then all courses of the learner and the certificates earned."""
    now = timezone.now()
    mine = queries.my_courses(learner=request.user, language=get_language(), now=now)
    return render(
        request,
        "portal/courses.html",
        {
            "courses": mine,
            "applications": queries.my_applications(learner=request.user, language=get_language()),
            "waits": queries.my_waits(learner=request.user, language=get_language()),
            "next_course": queries.next_course(mine, now=now),
            "papers": queries.papers(
                [
                    course.certificate
                    for course in mine
                    if course.certificate and not course.certificate.is_revoked
                ],
                language=get_language(),
            ),
        },
    )


@login_required
@require_GET
def course(request: LearnerRequest, uuid: UUID) -> HttpResponse:
    """Show one course of the learner: its outline, and what the certificate still asks for."""
    enrollment = own_enrollment(request, uuid)
    now = timezone.now()
    mine = queries.my_course(enrollment=enrollment, language=get_language(), now=now)
    issuers = enrollment.edition.issuer_set.select_related("institution")
    page = {
        "course": mine,
        "issuers": issuers,
        "requests": queries.my_requests(enrollment=enrollment, language=get_language()),
    }
    return render(request, "portal/course.html", page)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def enroll(request: LearnerRequest, uuid: UUID) -> HttpResponse:
    """Ask how the name shall stand on the certificate, and enroll; then open the first activity.

    When all places are taken, the learner waits and is told at which place.
    """
    edition = get_object_or_404(Edition.objects.select_related("course_version__course"), uuid=uuid)
    own = Enrollment.objects.of(request.user).filter(edition=edition).with_course().first()
    if own is not None:
        return _to_next_activity(own)
    waiting = Wait.objects.of(request.user).waiting().filter(edition=edition).first()
    if waiting is not None:
        return _to_seat(request, Seat(enrollment=None, wait=waiting, is_new=False))
    if edition.entry == Edition.Entry.APPLICATION:
        return _apply(request, edition)
    now = timezone.now()
    form = NameForm(request.POST or None, initial={"name": _usual_name(request)})
    if request.method == "POST" and form.is_valid():
        try:
            seat = enroll_oneself(
                learner=request.user, edition=edition, name=form.cleaned_data["name"], at=now
            )
        except EnrollmentClosed:
            return _closed(request, edition)
        return _to_seat(request, seat)
    if not Edition.objects.open_at(now).filter(pk=edition.pk).exists():
        return _closed(request, edition)
    page = _entry_page(edition, form, now=now)
    return render(request, "portal/enroll.html", page, status=422 if form.errors else 200)


def _apply(request: LearnerRequest, edition: Edition) -> HttpResponse:
    """Ask why somebody wants to take part; what was typed stays on the page until it is right."""
    now = timezone.now()
    if Application.objects.of(request.user).undecided().filter(edition=edition).exists():
        messages.info(request, _("Your application awaits an answer."))
        return redirect("portal:courses")
    form = ApplicationForm(
        request.POST or None,
        initial={"name": _usual_name(request)},
        asks_for_superior=edition.asks_for_superior,
    )
    if request.method == "POST" and form.is_valid():
        try:
            apply_oneself(
                learner=request.user,
                edition=edition,
                name=form.cleaned_data["name"],
                motive=form.cleaned_data["motive"],
                superior=form.cleaned_data.get("superior", ""),
                at=now,
            )
        except EnrollmentClosed:
            return _closed(request, edition)
        except AlreadyIn:
            return redirect("portal:courses")
        messages.success(
            request, _("Your application was sent. We write to you when it is answered.")
        )
        return redirect("portal:courses")
    if not Edition.objects.taking_at(now).filter(pk=edition.pk).exists():
        return _closed(request, edition)
    page = _entry_page(edition, form, now=now)
    return render(request, "portal/apply.html", page, status=422 if form.errors else 200)


def _entry_page(edition: Edition, form: NameForm, *, now: datetime) -> dict[str, Any]:
    return {
        "edition": edition,
        "title": edition.course_version.title(get_language()),
        "edition_title": queries.edition_title(edition, get_language()),
        "form": form,
        "closes_in": in_words(now=now, moment=edition.enrollment_closes_at),
        "issuers": edition.issuer_set.select_related("institution"),
    }


@login_required
@require_POST
def stop_waiting_for_place(request: LearnerRequest, uuid: UUID) -> HttpResponse:
    """Leave a waiting list."""
    wait = get_object_or_404(Wait.objects.of(request.user), uuid=uuid)
    try:
        stop_waiting(wait=wait, actor=request.user.actor, at=timezone.now())
    except NotWaiting:
        messages.info(request, _("You were not on that waiting list any more."))
    else:
        messages.success(request, _("You are no longer on the waiting list."))
    return redirect("portal:courses")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def name(request: LearnerRequest, uuid: UUID) -> HttpResponse:
    """Change how the name will stand on the certificate, until the course is completed."""
    enrollment = own_enrollment(request, uuid)
    form = NameForm(request.POST or None, initial={"name": enrollment.name_on_certificate})
    if request.method == "POST" and form.is_valid():
        try:
            confirm_name(
                enrollment=enrollment,
                name=form.cleaned_data["name"],
                actor=request.user.actor,
                at=timezone.now(),
            )
        except NameSettled:
            messages.error(request, _("The name was settled when you completed the course."))
        else:
            messages.success(request, _("Your certificate will carry this name."))
        return redirect("portal:course", enrollment.uuid)
    page = {
        "enrollment": enrollment,
        "title": enrollment.course_version.title(get_language()),
        "form": form,
    }
    return render(request, "portal/name.html", page, status=422 if form.errors else 200)


@login_required
@require_GET
def record(request: LearnerRequest) -> HttpResponse:
    """Show the learner's whole record, ready to print."""
    own = queries.record_of(learner=request.user, language=get_language())
    return render(request, "portal/record.html", {"record": own, "today": timezone.localdate()})


@login_required
@require_GET
def certificates(request: LearnerRequest) -> HttpResponse:
    """Show the learner's certificates, the revoked ones too."""
    own = Certificate.objects.of(request.user)
    page = {"papers": queries.papers(own, language=get_language())}
    return render(request, "portal/certificates.html", page)


@login_required
@require_GET
def certificate_pdf(request: LearnerRequest, uuid: UUID) -> HttpResponseBase:
    """Send the file of one of the learner's own certificates; ask for patience while it is made."""
    certificate = get_object_or_404(Certificate.objects.of(request.user), uuid=uuid)
    if not certificate.pdf_name:
        response: HttpResponseBase = render(
            request, "portal/certificate_waiting.html", {"certificate": certificate}
        )
        response.headers["Refresh"] = str(RENDERING_TAKES)
    else:
        response = FileResponse(
            open_pdf(certificate),
            as_attachment=True,
            filename=f"{certificate.number}.pdf",
            content_type="application/pdf",
        )
    patch_cache_control(response, private=True, no_store=True)
    return response


def own_enrollment(request: LearnerRequest, uuid: UUID) -> Enrollment:
    """Return one of a learner's own enrollments; 404 for anything else."""
    return get_object_or_404(Enrollment.objects.of(request.user).with_course(), uuid=uuid)


def _usual_name(request: LearnerRequest) -> str:
    return request.user.certificate_name or request.user.display_name


def _to_next_activity(enrollment: Enrollment) -> HttpResponse:
    outline = course_outline(enrollment=enrollment, language=get_language())
    todo = outline.next_activity
    return redirect(todo.address if todo else reverse("portal:course", args=[enrollment.uuid]))


def _to_seat(request: LearnerRequest, seat: Seat) -> HttpResponse:
    if seat.enrollment is not None:
        return _to_next_activity(
            Enrollment.objects.of(request.user).with_course().get(pk=seat.enrollment.pk)
        )
    if seat.wait is not None:
        said = _(
            "All places are taken. You are number %(place)d on the waiting list; when a place is "
            "yours, we enroll you and write to you."
        )
        messages.info(request, said % {"place": place_of(seat.wait)})
    return redirect("portal:courses")


def _closed(request: LearnerRequest, edition: Edition) -> HttpResponse:
    why = why_closed(
        is_by_list=edition.entry == Edition.Entry.NOMINATION,
        opens_at=edition.enrollment_opens_at,
        closes_at=edition.enrollment_closes_at,
        now=timezone.now(),
    )
    page = {
        "edition": edition,
        "title": edition.course_version.title(get_language()),
        "why": why and why.value,
        "reason": why and CLOSED_REASONS[why],
    }
    return render(request, "portal/closed.html", page, status=409)
