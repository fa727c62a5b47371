"""A learner's way through the lessons."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django.views.static import serve

from cms import queries
from cms.actions import EnrollmentLeft, finish_lesson, remember_place
from cms.downloads import file_response
from cms.pictures import KEPT
from cms.provider import NAME
from training.catalogue.models import Activity
from training.catalogue.queries import activities_of
from training.enrollments.models import Enrollment
from training.learning.queries import NotOpenYet, course_outline, require_open

PUBLIC_FOLDERS = ("images", "original_images", KEPT)
LIBRARY_FOLDERS = ("documents", "media", "media_thumbnails")  # for those who write lessons


@never_cache
@login_required
@require_GET
def lesson(request: HttpRequest, enrollment: UUID, key: str) -> HttpResponse:
    """Show a lesson of the version that the learner studies."""
    own, activity = _own_lesson(request, enrollment, key)
    reading = queries.lesson_reading(enrollment=own, activity=activity, language=_language())
    if reading.current.is_locked:
        return render(request, "cms/lesson_locked.html", {"reading": reading})
    remember_place(enrollment=own, key=key, at=timezone.now(), known=queries.last_place(own))
    page = {
        "reading": reading,
        "lesson": reading.lesson,
        "beside": reading.beside,
        "note_address": reverse("study:note", args=[enrollment, key]),
    }
    return render(request, "cms/lesson.html", page)


@login_required
@require_POST
def lesson_done(request: HttpRequest, enrollment: UUID, key: str) -> HttpResponse:
    """Record that the learner has done a lesson, and go on."""
    own, activity = _own_lesson(request, enrollment, key)
    try:
        finish_lesson(enrollment=own, activity=activity, at=timezone.now())
    except EnrollmentLeft:
        messages.error(request, _("You have left this edition: its lessons are only for reading."))
        return redirect("cms:lesson", enrollment, key)
    except NotOpenYet:
        return redirect("cms:lesson", enrollment, key)  # where it says what to finish first
    _before, after = course_outline(enrollment=own, language=_language()).around(key)
    return redirect(after.address) if after else redirect("portal:course", enrollment)


@login_required
@require_GET
def lesson_file(request: HttpRequest, enrollment: UUID, key: str, name: str) -> HttpResponseBase:
    """Send a document or recording of the lesson that the learner studies."""
    own, activity = _own_lesson(request, enrollment, key)
    try:
        require_open(enrollment=own, activity=activity)
    except NotOpenYet:
        return redirect("cms:lesson", enrollment, key)
    found = queries.kept_file(enrollment=own, activity=activity, name=name)
    if found is None:
        raise Http404
    return file_response(request, found.file, download_as=found.download_as)


@login_required
@require_GET
def glossary(request: HttpRequest) -> HttpResponse:
    """Show the terms of the glossary, or those that a search finds."""
    shown = queries.glossary(language=_language(), search=request.GET.get("q", "").strip()[:100])
    return render(request, "cms/glossary.html", {"glossary": shown})


@require_GET
def catalogue(request: HttpRequest) -> HttpResponse:
    """Show the published courses to anybody, or those that a visitor looks for."""
    asked = request.GET
    wanted = queries.Wanted(
        search=asked.get("q", "").strip()[:100],
        topic=asked.get("topic", ""),
        length=asked.get("length", ""),
        language=asked.get("language", ""),
        is_open=bool(asked.get("open")),
    )
    shown = queries.catalogue(
        request=request, language=_language(), wanted=wanted, now=timezone.now()
    )
    return render(request, "cms/catalogue.html", {"catalogue": shown, "wanted": shown.wanted})


@never_cache
@login_required
@require_GET
def resume(request: HttpRequest, enrollment: UUID) -> HttpResponse:
    """Send a learner to where they were last, on whatever device."""
    own = _own_enrollment(request, enrollment)
    address = queries.place_to_resume(enrollment=own, language=_language())
    return redirect(address) if address else redirect("portal:course", enrollment)


def _own_enrollment(request: HttpRequest, uuid: UUID) -> Enrollment:
    own = queries.own_enrollment(learner=request.user, uuid=uuid)
    if own is None:
        raise Http404
    return own


def _own_lesson(request: HttpRequest, uuid: UUID, key: str) -> tuple[Enrollment, Activity]:
    own = _own_enrollment(request, uuid)
    activities = activities_of([own.course_version]).get(own.course_version_id, ())
    activity = next((a for a in activities if a.key == key and a.provider == NAME), None)
    if activity is None:
        raise Http404
    return own, activity


def _language() -> str:
    return get_language() or "es"


@require_GET
def picture(request: HttpRequest, folder: str, name: str) -> HttpResponseBase:
    """Serve a picture that is kept on this machine; no other folder of the media is public.

    The files of the library are for those who write lessons, when they look at a preview.
    """
    is_library = folder in LIBRARY_FOLDERS and request.user.has_perm("wagtailadmin.access_admin")
    if folder not in PUBLIC_FOLDERS and not is_library:
        raise Http404
    response = serve(request, f"{folder}/{name}", document_root=str(settings.MEDIA_ROOT))
    if folder == KEPT:  # named by its content
        response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
