"""Pages about one's own account, and the doors that lead to them."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views import i18n
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.generic import RedirectView

from training.accounts import actions, invitations, recovery, signup
from training.accounts.forms import DOCUMENT_TAKEN, PostForm, ProfileForm, RecoveryForm
from training.accounts.models import SignupRequest
from training.accounts.requests import PersonRequest
from training.accounts.second_factor import person_at_second_factor
from training.kernel.lifecycle import IllegalTransition


class SignInView(LoginView):
    """Allauth's page, which says also whether one may ask for an account."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whether sign-up is open without an invitation."""
        return super().get_context_data(is_open_for_signup=signup.is_open(), **kwargs)


to_login = RedirectView.as_view(pattern_name="account_login", query_string=True)
to_password_change = RedirectView.as_view(pattern_name="account_change_password")
to_password_reset = RedirectView.as_view(pattern_name="account_reset_password")


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Change the language, keep the place, and remember the choice of who is signed in."""
    chosen = request.POST.get("language", "")
    place = urlsplit(request.POST.get("next", "")).path
    # Django finds a page's other address only while the page's own language is active.
    with translation.override(
        translation.get_language_from_path(place) or translation.get_language()
    ):
        response = i18n.set_language(request)
    if request.user.is_authenticated and chosen in dict(settings.LANGUAGES):
        actions.choose_language(person=request.user, language=chosen)
    return response


@require_safe
@never_cache
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Keep the invitation and lead to an address without its secret; or say why it is refused."""
    if request.user.is_authenticated:
        messages.info(request, _("You are signed in; sign out to use an invitation."))
        return redirect(settings.LOGIN_REDIRECT_URL)
    try:
        invitation = actions.invitation_with(token=token, at=timezone.now())
    except actions.InvitationRefused as refusal:
        context = {"reason": type(refusal).__name__}
        return render(request, "account/invitation_refused.html", context, status=410)
    invitations.hold(request, invitation)
    response = redirect("account_signup")
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            invitation.language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            samesite="Lax",
        )
    return response


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def profile(request: PersonRequest) -> HttpResponse:
    """Show and change one's own details."""
    form = ProfileForm(request.POST or None, person=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            form.save(at=timezone.now())
        except actions.DocumentTaken:
            form.add_error("document_number", DOCUMENT_TAKEN)
        else:
            messages.success(request, _("Your details were saved."))
            return redirect("account_profile")
    return _profile_page(request, form=form, post_form=PostForm(prefix="post"))


@login_required
@require_POST
def add_post(request: PersonRequest) -> HttpResponse:
    """Add a post to one's own."""
    form = PostForm(request.POST, prefix="post")
    if not form.is_valid():
        profile_form = ProfileForm(person=request.user)
        return _profile_page(request, form=profile_form, post_form=form)
    actions.add_post(
        person=request.user, actor=request.user.actor, at=timezone.now(), **form.cleaned_data
    )
    messages.success(request, _("The post was added."))
    return redirect("account_profile")


@login_required
@require_POST
def end_post(request: PersonRequest, uuid: str) -> HttpResponse:
    """Say that one no longer holds a post."""
    post = get_object_or_404(request.user.posts.filter(valid_to=None), uuid=uuid)
    today = timezone.localdate()
    actions.end_post(
        post=post, on=max(today, post.valid_from), actor=request.user.actor, at=timezone.now()
    )
    messages.success(request, _("The post ends today."))
    return redirect("account_profile")


@login_required
@never_cache
@require_safe
def waiting(request: PersonRequest) -> HttpResponse:
    """Explain to whoever asked for an account what happens next."""
    if not request.user.awaits_approval:
        return redirect(settings.LOGIN_REDIRECT_URL)
    asked = SignupRequest.objects.select_related("domain__institution").get(person=request.user)
    return render(
        request, "account/waiting.html", {"asked": asked, "contact": settings.CONTACT_EMAIL}
    )


@never_cache
@require_http_methods(["GET", "POST"])
def ask_recovery(request: HttpRequest) -> HttpResponse:
    """Let somebody whose password was right ask a person to remove the lost second factor."""
    person = person_at_second_factor(request)
    if person is None:
        return redirect("account_login")
    form = RecoveryForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "hours": settings.RECOVERY_WAIT_HOURS}
    if request.method == "POST" and form.is_valid():
        contact = form.cleaned_data["contact"]
        with suppress(recovery.AlreadyAsked):
            recovery.ask(person=person, contact=contact, at=timezone.now())
        return render(request, "account/recovery_asked.html", context)
    status = 422 if form.errors else 200
    return render(request, "account/recovery.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def stop_recovery(request: HttpRequest, token: str) -> HttpResponse:
    """Let whoever reads the person's mail stop the removal of the second factor."""
    try:
        asked = recovery.recovery_with(token=token)
        if request.method == "POST":
            recovery.stop(recovery=asked, at=timezone.now())
            return render(request, "account/recovery_stopped.html")
    except (recovery.UnknownRecovery, IllegalTransition):
        return render(request, "account/recovery_over.html", status=410)
    if not asked.is_open:
        return render(request, "account/recovery_over.html", status=410)
    return render(request, "account/recovery_stop.html", {"token": token})


def _profile_page(
    request: PersonRequest, *, form: ProfileForm, post_form: PostForm
) -> HttpResponse:
    posts = request.user.posts.select_related("institution", "judicial_district", "fiscal_district")
    failed = form.errors or post_form.errors
    return render(
        request,
        "account/profile.html",
        {"form": form, "post_form": post_form, "posts": posts},
        status=422 if failed else 200,
    )
