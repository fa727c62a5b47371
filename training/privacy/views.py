"""The privacy notice, and the pages of one's own data."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from training.accounts.requests import PersonRequest
from training.privacy import actions, exports, queries
from training.privacy.forms import ConsentForm, ReadForm, RequestForm
from training.privacy.models import DataExport, NoticeShown, NoticeVersion


@require_safe
def notice(request: HttpRequest) -> HttpResponse:
    """Show the whole privacy notice to anybody."""
    found = queries.current_notice(language=_language())
    return render(request, "privacy/notice.html", {"notice": found})


@login_required
@never_cache
@require_safe
def home(request: PersonRequest) -> HttpResponse:
    """Show what a person allowed, and the ways to their own data."""
    page = queries.privacy_page(person=request.user, now=timezone.now(), language=_language())
    return render(request, "privacy/home.html", {"page": page})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def read(request: PersonRequest) -> HttpResponse:
    """Ask to read the notice in force, then go on to where the person was going."""
    then = _place(request)
    if request.method == "POST":
        form = ReadForm(request.POST)
        if not form.is_valid():
            raise Http404
        version = get_object_or_404(NoticeVersion, uuid=form.cleaned_data["version"])
        actions.record_shown(
            person=request.user,
            version=version,
            language=_language(),
            occasion=NoticeShown.Occasion.SIGN_IN,
            at=timezone.now(),
        )
        return redirect(then)
    found = queries.current_notice(language=_language())
    if found is None:
        return redirect(then)
    return render(request, "privacy/read.html", {"notice": found, "then": then})


@login_required
@require_POST
def decide(request: PersonRequest) -> HttpResponse:
    """Give or withdraw one consent."""
    form = ConsentForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was changed. Choose one of the buttons below."))
        return redirect("privacy:home")
    given = form.cleaned_data["decision"]
    actions.decide_consent(
        person=request.user,
        purpose=form.cleaned_data["purpose"],
        is_given=given,
        language=_language(),
        at=timezone.now(),
    )
    said = _("Your consent is kept.") if given else _("Your consent is withdrawn, from now on.")
    messages.success(request, said)
    return redirect("privacy:home")


@login_required
@require_POST
def ask_export(request: PersonRequest) -> HttpResponse:
    """Ask for a copy of one's data."""
    try:
        actions.ask_export(person=request.user, language=_language(), at=timezone.now())
    except actions.AlreadyAsked:
        messages.info(request, _("Your copy is being made already. We write to you when it is."))
    else:
        messages.success(request, _("Your copy is being made. We write to you when it is ready."))
    return redirect("privacy:home")


@login_required
@never_cache
@require_safe
def export(request: PersonRequest, uuid: str) -> HttpResponseBase:
    """Hand over a copy of one's data while it is kept."""
    now = timezone.now()
    own = DataExport.objects.of(request.user).downloadable(now).select_related("person")
    found = get_object_or_404(own, uuid=uuid)
    content = exports.open_file(export=found, at=now)
    name = _("my-data-%(day)s.zip") % {"day": timezone.localdate(found.made_at).isoformat()}
    return FileResponse(content, as_attachment=True, filename=name)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: PersonRequest) -> HttpResponse:
    """Exercise a right over one's data."""
    form = RequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = actions.ask_request(
            person=request.user,
            kind=form.cleaned_data["kind"],
            text=form.cleaned_data["text"],
            language=_language(),
            at=timezone.now(),
        )
        said = _("Your request was received. It is answered by %(day)s at the latest.")
        messages.success(request, said % {"day": date_format(made.due_on)})
        return redirect("privacy:home")
    status = 422 if form.errors else 200
    return render(request, "privacy/ask.html", {"form": form}, status=status)


def _place(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_here = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_here else resolve_url(settings.LOGIN_REDIRECT_URL)


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE
