"""A learner's notes, bookmarks and answers to content notices: their own and nobody else's."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from training.accounts.models import User
from training.catalogue.models import Activity
from training.enrollments.models import Enrollment
from training.kernel.activities import Part, provider_named
from training.study import queries
from training.study.actions import (
    StaleNote,
    add_bookmark,
    choose_at_notice,
    remove_bookmark,
    save_note,
)
from training.study.forms import NoteForm, NoticeForm
from training.study.models import Note, NoticeChoice
from training.study.wording import notes_as_text, saved_words


class LearnerRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User


@never_cache
@login_required
@require_GET
def notes(request: LearnerRequest) -> HttpResponse:
    """Show all notes and bookmarks by course, or those with the words that are searched."""
    wanted = request.GET.get("q", "").strip()[:200]
    courses = queries.all_kept(learner=request.user, language=_language(), wanted=wanted)
    return render(request, "study/notes.html", {"courses": courses, "wanted": wanted})


@never_cache
@login_required
@require_GET
def download(request: LearnerRequest) -> HttpResponse:
    """Send all notes and bookmarks as plain text."""
    text = notes_as_text(queries.all_kept(learner=request.user, language=_language()))
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    name = _("my-notes")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.txt"'
    return response


@login_required
@require_POST
def note(request: LearnerRequest, enrollment: UUID, key: str) -> HttpResponse:
    """Keep a note, and the bookmark that its second button sets or takes away."""
    own, activity = _own_activity(request, enrollment, key)
    form = NoteForm(request.POST)
    back = _address(own, activity, request.POST.get("place", ""))
    if not form.is_valid():
        return _mend(request, form, back)
    part = _part(own, activity, form.cleaned_data["place"])
    try:
        _save(own, activity, part, form)
    except StaleNote as stale:
        page = {"mine": form.cleaned_data["words"], "stored": stale.stored, "back": back}
        page |= {"part": part, "address": request.path, "saved": saved_words(stale.stored.saved_at)}
        return render(request, "study/note_conflict.html", page, status=409)
    if form.cleaned_data["deed"] == "bookmark":
        add_bookmark(enrollment=own, activity=activity, part=part, at=timezone.now())
        messages.success(request, _("The place is among your bookmarks."))
    elif form.cleaned_data["deed"] == "remove-bookmark":
        remove_bookmark(enrollment=own, activity=activity, place=part.name)
        messages.success(request, _("The bookmark is gone."))
    else:
        messages.success(request, _("Your note is saved."))
    return HttpResponseRedirect(back)


@login_required
@require_POST
def save(request: LearnerRequest, enrollment: UUID, key: str) -> JsonResponse:
    """Keep a note while the learner stays on the page."""
    own, activity = _own_activity(request, enrollment, key)
    form = NoteForm(request.POST)
    if not form.is_valid():
        if "words" not in form.errors:
            raise BadRequest(form.errors)
        return JsonResponse({"problem": form.errors["words"][0]}, status=422)
    part = _part(own, activity, form.cleaned_data["place"])
    try:
        stored = _save(own, activity, part, form)
    except StaleNote as stale:
        said = {"stored": stale.stored, "saved": saved_words(stale.stored.saved_at)}
        html = render_to_string("study/_conflict.html", said, request)
        return JsonResponse({"html": html, "revision": stale.stored.revision}, status=409)
    return JsonResponse({"revision": stored.revision, "saved": saved_words(stored.saved_at)})


@login_required
@require_POST
def notice(request: LearnerRequest, enrollment: UUID, key: str) -> HttpResponse:
    """Remember what was chosen at a content notice; open the activity, or go on."""
    own, activity = _own_activity(request, enrollment, key)
    form = NoticeForm(request.POST)
    if not form.is_valid():
        raise BadRequest(form.errors)
    choice = NoticeChoice.Choice(form.cleaned_data["choice"])
    choose_at_notice(enrollment=own, activity=activity, choice=choice, at=timezone.now())
    if choice == NoticeChoice.Choice.NOW:
        return HttpResponseRedirect(_address(own, activity))
    messages.info(request, _("The lesson is marked in the outline, to come back to it."))
    after = Activity.objects.filter(
        course_version_id=own.course_version_id, order__gt=activity.order
    ).first()
    if after is None:
        return redirect("portal:course", own.uuid)
    return HttpResponseRedirect(_address(own, after))


def _own_activity(request: LearnerRequest, uuid: UUID, key: str) -> tuple[Enrollment, Activity]:
    """Return a learner's own enrollment and one of its activities; 404 for anything else."""
    own = get_object_or_404(Enrollment.objects.of(request.user).with_course(), uuid=uuid)
    activity = get_object_or_404(Activity, course_version_id=own.course_version_id, key=key)
    return own, activity


def _part(own: Enrollment, activity: Activity, place: str) -> Part:
    """Return a place of an activity; 404 when its provider knows none of that name."""
    try:
        return provider_named(activity.provider).part(
            enrollment=own.uuid, activity=activity.reference, name=place, language=_language()
        )
    except LookupError:
        raise Http404 from None


def _save(own: Enrollment, activity: Activity, part: Part, form: NoteForm) -> Note:
    return save_note(
        enrollment=own,
        activity=activity,
        part=part,
        words=form.cleaned_data["words"],
        revision=form.cleaned_data["revision"],
        at=timezone.now(),
    )


def _mend(request: HttpRequest, form: NoteForm, back: str) -> HttpResponse:
    """Show a note that cannot be kept, with all that was typed; 400 for what no page sends."""
    if "words" not in form.errors:
        raise BadRequest(form.errors)
    page = {"form": form, "address": request.path, "back": back}
    return render(request, "study/note_mend.html", page, status=422)


def _address(own: Enrollment, activity: Activity, place: str = "") -> str:
    """Return where a learner finds an activity, or a place of it."""
    address = provider_named(activity.provider).address(
        enrollment=own.uuid, activity=activity.reference
    )
    return f"{address}#{place}" if place.isascii() and place.strip() else address


def _language() -> str:
    return get_language() or "es"
