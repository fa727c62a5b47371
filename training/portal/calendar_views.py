"""My calendar: the page, and the feed at a secret address."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from training.accounts.mail import absolute
from training.enrollments.agenda import (
    UnknownAddress,
    agenda_of,
    choose_reminders,
    close_address,
    owner_of,
    renew_address,
)
from training.portal.calendar import as_ics, entries_of, my_calendar
from training.portal.views import LearnerRequest


@never_cache
@login_required
@require_GET
def calendar(request: LearnerRequest) -> HttpResponse:
    """Show what comes, what is waited for, and where calendar programs read it."""
    agenda = agenda_of(request.user)
    page = {
        "calendar": my_calendar(learner=request.user, language=get_language(), now=timezone.now()),
        "agenda": agenda,
        "feed": agenda.token and absolute(reverse("portal:calendar_feed", args=[agenda.token])),
    }
    return render(request, "portal/calendar.html", page)


@login_required
@require_POST
def renew(request: LearnerRequest) -> HttpResponse:
    """Make a new address, or close the one there is."""
    now = timezone.now()
    if "close" in request.POST:
        close_address(person=request.user, at=now)
        messages.success(request, _("Your calendar has no address any more."))
    else:
        renew_address(person=request.user, at=now)
        messages.success(request, _("Your calendar has a new address; an older one is closed."))
    return redirect("portal:calendar")


@login_required
@require_POST
def reminders(request: LearnerRequest) -> HttpResponse:
    """Switch reminders by e-mail on or off."""
    wants = "on" in request.POST
    choose_reminders(person=request.user, wants_reminders=wants, at=timezone.now())
    messages.success(
        request,
        _("We remind you by e-mail of what is due.")
        if wants
        else _("We do not remind you by e-mail any more."),
    )
    return redirect("portal:calendar")


@never_cache
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Send a calendar to whoever holds its address, in its owner's language."""
    try:
        owner = owner_of(token)
    except UnknownAddress:
        raise Http404 from None
    with translation.override(owner.language):
        content = as_ics(entries_of(owner, owner.language), now=timezone.now())
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    response.headers["X-Robots-Tag"] = "noindex"
    return response
