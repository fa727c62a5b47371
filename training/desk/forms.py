"""What registrars and coordinators write when they decide."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from training.enrollments.models import Cohort, Edition


class IssueForm(forms.Form):
    """Why a certificate is issued by hand."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("For example the minutes that approve it. Kept in the audit, not printed."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RevokeForm(forms.Form):
    """Why a certificate is revoked: for everybody, and for the file."""

    reason_public = forms.CharField(
        label=_("Public reason"),
        max_length=500,
        help_text=_(
            "Shown to whoever verifies the certificate, and to its holder. Write nothing private."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    reason_internal = forms.CharField(
        label=_("Internal note"),
        max_length=2000,
        required=False,
        help_text=_("Kept in the audit only."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AnswerForm(forms.Form):
    """What an applicant is answered."""

    cohort = forms.ModelChoiceField(
        label=_("Cohort"),
        queryset=Cohort.objects.all(),
        required=False,
        empty_label=_("The first one with a place"),
        help_text=_("Only if you accept. When there is no place, the person waits for one."),
    )
    answer = forms.CharField(
        label=_("Answer"),
        max_length=2000,
        required=False,
        help_text=_("The applicant reads it. Required when you decline: say why."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cohorts = cast(forms.ModelChoiceField, self.fields["cohort"])
        cohorts.queryset = Cohort.objects.filter(edition=edition)
