"""What learners report, and what trainers answer."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from training.feedback.models import Report
from training.feedback.rules import LONGEST_REPORT


def _kinds() -> list[tuple[str, str]]:
    return [(kind.value, str(capfirst(kind.label))) for kind in Report.Kind]


class ReportForm(forms.Form):
    """What is wrong, in the learner's words."""

    kind = forms.TypedChoiceField(
        label=_("What is wrong?"),
        choices=_kinds,
        coerce=Report.Kind,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what fits best.")},
    )
    words = forms.CharField(
        label=_("What you noticed"),
        max_length=LONGEST_REPORT,
        help_text=_("Say where it is and, if you know it, how it should be. Name no real case."),
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Write in a sentence what you noticed.")},
    )


class AnswerForm(forms.Form):
    """How a report is closed."""

    decision = forms.TypedChoiceField(
        label=_("What became of it"),
        choices=[("solved", _("Solved")), ("declined", _("Not changed"))],
        coerce=lambda value: value == "solved",
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=_("Answer"),
        max_length=4000,
        help_text=_("Whoever reported it gets it by e-mail as you write it. The audit keeps it."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
