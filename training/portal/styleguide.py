"""The living page of the design system: every component in every state. Not in production."""

from datetime import timedelta
from typing import Any, Final

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

TONES: Final = (
    ("success", "success", _("Completed")),
    ("warning", "warning", _("Address not confirmed")),
    ("error", "revoked", _("Revoked")),
    ("info", "current", _("In progress")),
    ("neutral", "to-do", _("Not begun")),
)
COLOURS: Final = (
    *("paper", "sheet", "sunk", "ink", "ink-soft", "rule", "rule-strong", "accent"),
    *("accent-strong", "accent-soft", "on-accent", "mark", "success", "success-soft"),
    *("warning", "warning-soft", "error", "error-soft"),
)
ICONS: Final = (
    *("check", "success", "info", "warning", "error", "revoked", "unknown", "close", "menu"),
    *("outline", "next", "previous", "down", "clock", "calendar", "flag", "lesson", "quiz"),
    *("certificate", "document", "download", "print", "external", "lock", "key", "mail"),
    *("person", "search", "edit", "remove", "to-do", "current", "report"),
)


VERDICTS: Final = {
    "valid": ("success", _("This certificate is valid")),
    "revoked": ("error", _("This certificate was revoked")),
    "unknown": ("neutral", _("We do not know this certificate")),
}


class SampleForm(forms.Form):
    """One field of each kind that the product uses."""

    text = forms.CharField(
        label=_("Name on the certificate"),
        help_text=_("Given names and surnames as on your identity document."),
    )
    email = forms.EmailField(label=_("E-mail"))
    password = forms.CharField(label=_("Password"), widget=forms.PasswordInput)
    number = forms.DecimalField(label=_("Right number"), required=False)
    day = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    choice = forms.ChoiceField(
        label=_("Sex"),
        choices=[("female", _("Female")), ("male", _("Male"))],
        widget=forms.RadioSelect,
    )
    several = forms.MultipleChoiceField(
        label=_("Language"),
        choices=[("es", _("Spanish")), ("en", _("English"))],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    one_of = forms.ChoiceField(
        label=_("institution"), choices=[("pj", "Poder Judicial"), ("mp", "Ministerio Público")]
    )
    words = forms.CharField(label=_("Reason"), required=False, widget=forms.Textarea)
    agreed = forms.BooleanField(label=_("I have read this"), required=False)


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component in every state."""
    now = timezone.now()
    page: dict[str, Any] = {
        "form": SampleForm(),
        "wrong": SampleForm({"text": "", "email": "a"}, auto_id="wrong_%s"),
        "tones": TONES,
        "colours": COLOURS,
        "icons": ICONS,
        "page": Paginator(range(200), 10).get_page(7),
        "crumbs": [(_("My courses"), reverse("portal:courses"))],
        "heads": ("confirm", *VERDICTS),
        "locked": {"waits_for": [{"title": _("My courses"), "address": "#g-tag"}] * 5},
        "soon": now + timedelta(days=3),
        "later": now + timedelta(days=40),
    }
    return render(request, "styleguide/page.html", page)


@require_safe
def head(request: HttpRequest, name: str) -> HttpResponse:
    """Show a component that is the head of its page, and so cannot stand among others."""
    if name != "confirm" and name not in VERDICTS:
        raise Http404
    tone, heading = VERDICTS.get(name, ("", ""))
    crumbs = [(_("Design system"), reverse("styleguide"))]
    page = {"name": name, "tone": tone, "heading": heading, "crumbs": crumbs}
    return render(request, "styleguide/alone.html", page)
