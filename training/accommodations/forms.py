"""What learners state, and how it is decided."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateInput

from training.accommodations.models import needs_in_words
from training.accommodations.rules import (
    LONGEST_WORDS,
    MOST_EXTRA_ATTEMPTS,
    MOST_EXTRA_TIME,
    gives_something,
)
from training.accommodations.wording import CONSENT


def _needs() -> list[tuple[str, str]]:
    return [(name, str(capfirst(said))) for name, said in needs_in_words()]


class AskForm(forms.Form):
    """What a learner needs, and the consent without which nothing is kept."""

    needs = forms.MultipleChoiceField(
        label=_("What do you need?"),
        choices=_needs,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    words = forms.CharField(
        label=_("In your own words"),
        required=False,
        max_length=LONGEST_WORDS,
        help_text=_(
            "What would help you to study and to take a quiz. No diagnosis is asked for: please "
            "write none, and no medical details."
        ),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    consent = forms.BooleanField(
        label=_("I give my consent"),
        help_text=CONSENT,
        error_messages={
            "required": _("Without your consent we keep nothing. Tick this box to send it.")
        },
    )

    def clean(self) -> dict[str, Any]:
        """Ask for something that can be decided about."""
        given: dict[str, Any] = super().clean() or {}
        if not self.errors.keys() & {"needs", "words"} and not (
            given.get("needs") or given.get("words")
        ):
            self.add_error("needs", _("Choose what you need, or write it below."))
        return given


class DecisionForm(forms.Form):
    """What is granted, or why it is declined."""

    decision = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("granted", _("Grant it")), ("declined", _("Decline it"))],
        coerce=lambda value: value == "granted",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether you grant or decline it.")},
    )
    extra_time_percent = forms.IntegerField(
        label=_("Extra time in per cent"),
        required=False,
        min_value=1,
        max_value=MOST_EXTRA_TIME,
        help_text=_("From 1 to 100. Leave it empty when no extra time is granted."),
    )
    extra_attempts = forms.IntegerField(
        label=_("Extra attempts at each quiz"),
        required=False,
        min_value=0,
        max_value=MOST_EXTRA_ATTEMPTS,
        help_text=_("From 0 to 5."),
    )
    until = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=AdminDateInput,
        help_text=_("Leave it empty when it holds until the learner withdraws it."),
    )
    answer = forms.CharField(
        label=_("Words to the learner"),
        required=False,
        max_length=LONGEST_WORDS,
        help_text=_(
            "The learner reads them in their account, never in a message. To decline, say why; "
            "to grant breaks or material, say how the learner gets them."
        ),
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def clean_until(self) -> date | None:
        """Refuse a day that has passed."""
        until: date | None = self.cleaned_data["until"]
        if until is not None and until < timezone.localdate():
            raise forms.ValidationError(_("This day has passed. Choose today or a later one."))
        return until

    def clean(self) -> dict[str, Any]:
        """Ask for a reason to decline, and for what is granted."""
        given: dict[str, Any] = super().clean() or {}
        for name in ("extra_time_percent", "extra_attempts"):
            given[name] = given.get(name) or 0
        answer = given.get("answer", "")
        if "decision" not in given or self.errors:
            return given
        if not given["decision"] and not answer:
            self.add_error("answer", _("Say why you decline: the learner reads it."))
        if given["decision"] and not gives_something(
            extra_time_percent=given["extra_time_percent"],
            extra_attempts=given["extra_attempts"],
            answer=answer,
        ):
            self.add_error(
                "answer", _("Say what you grant: extra time, extra attempts, or in words.")
            )
        return given
