"""The learner's own page: state what one needs, read the answer, withdraw the consent."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from training.accommodations import actions, queries
from training.accommodations.forms import AskForm
from training.accounts.requests import PersonRequest


@sensitive_post_parameters()
@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def home(request: PersonRequest) -> HttpResponse:
    """Show what a person has and asked for, and take what they need."""
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.ask(
                person=request.user,
                needs=form.cleaned_data["needs"],
                words=form.cleaned_data["words"],
                has_consented=form.cleaned_data["consent"],
                language=get_language() or settings.LANGUAGE_CODE,
                at=timezone.now(),
            )
        except actions.AlreadyWaiting:
            form.add_error(
                None,
                _(
                    "Not sent: what you sent before still waits for an answer. To change it, "
                    "withdraw it first."
                ),
            )
        else:
            messages.success(request, _("Sent. We write to you when there is an answer here."))
            return redirect("accommodations:home")
    page = queries.own_page(request.user, timezone.localdate())
    status = 422 if form.errors else 200
    return render(request, "accommodations/home.html", {"form": form, "page": page}, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def withdraw(request: PersonRequest) -> HttpResponse:
    """Say what will be erased, then erase it."""
    if request.method != "POST":
        return render(request, "accommodations/withdraw.html")
    if actions.withdraw(person=request.user, at=timezone.now()):
        messages.success(request, _("Withdrawn. What you stated has been erased."))
    else:
        messages.info(request, _("There was nothing to withdraw."))
    return redirect("accommodations:home")
