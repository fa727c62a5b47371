"""What a registrar writes when deciding about a certificate."""

from django import forms
from django.utils.translation import gettext_lazy as _


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
