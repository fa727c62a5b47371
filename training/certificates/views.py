"""The public page that answers whether a certificate is genuine."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from training.certificates.forms import VerificationForm
from training.certificates.limits import BY_CODE, BY_NUMBER, TooManyLookups, count_lookup
from training.certificates.queries import (
    Verification,
    verification_by_code,
    verification_by_number,
)
from training.kernel.identifiers import BadIdentifier, normalise_code

View = Callable[..., HttpResponse]


def _public(view: View) -> View:
    """Keep answers out of caches and search engines, and ask the impatient to wait."""

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: str) -> HttpResponse:
        try:
            response = view(request, **kwargs)
        except TooManyLookups:
            response = render(request, "certificates/too_many.html", status=429)
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return never_cache(guarded)


@_public
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for a code or a number; lead to the code's page, or answer about the number."""
    if request.method != "POST":
        return _page(request, VerificationForm())
    form = VerificationForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    if code := form.cleaned_data.get("code"):
        return redirect("certificates:verification", code)
    count_lookup(request, BY_NUMBER)
    found = verification_by_number(form.cleaned_data["number"], language=_language())
    return _answer(request, found, typed=form.cleaned_data["typed"])


@_public
@require_safe
def verification(request: HttpRequest, *, code: str) -> HttpResponse:
    """Answer about the certificate of a code: valid, revoked or unknown."""
    try:
        printed = normalise_code(code)
    except BadIdentifier:
        form = VerificationForm({"typed": code})
        return _page(request, form, status=404)
    if printed != code:
        return redirect("certificates:verification", printed)
    count_lookup(request, BY_CODE)
    return _answer(request, verification_by_code(code, language=_language()), typed=code)


def _answer(request: HttpRequest, found: Verification | None, *, typed: str) -> HttpResponse:
    if found is None:
        form = VerificationForm(initial={"typed": typed})
        return _page(request, form, unknown=typed, status=404)
    return render(request, "certificates/verification.html", {"found": found})


def _page(
    request: HttpRequest, form: VerificationForm, *, unknown: str = "", status: int = 200
) -> HttpResponse:
    context = {"form": form, "unknown": unknown}
    return render(request, "certificates/verify.html", context, status=status)


def _language() -> str:
    return get_language() or "es"
