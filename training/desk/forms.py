"""What registrars and coordinators write when they decide."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from training.accounts.models import User
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


class ChooseAccountsForm(forms.Form):
    """Which two accounts, by their addresses."""

    first = forms.EmailField(label=_("E-mail of one account"))
    second = forms.EmailField(label=_("E-mail of the other account"))

    def clean_first(self) -> User:
        """Find the one."""
        return self._account("first")

    def clean_second(self) -> User:
        """Find the other."""
        second = self._account("second")
        if second == self.cleaned_data.get("first"):
            raise forms.ValidationError(_("These are not two accounts but one."))
        return second

    def _account(self, name: str) -> User:
        found = User.objects.filter(email=self.cleaned_data[name].lower()).first()
        if found is None:
            raise forms.ValidationError(_("No account has this address."))
        return found


class ProposeMergeForm(forms.Form):
    """Which account stays, and why they are one person's."""

    stays = forms.ChoiceField(label=_("Which account stays?"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Why they belong to one person"),
        max_length=2000,
        help_text=_("For example the document that you saw. The second person reads it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["stays"]).choices = [
            (str(person.uuid), f"{person.display_name}, {person.email}") for person in people
        ]


class DecideMergeForm(forms.Form):
    """What the second person says."""

    decision = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("merge", _("They are one person: merge")), ("refuse", _("Refuse"))],
        coerce=lambda value: value == "merge",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        help_text=_("Kept with the decision in the audit."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class UndoForm(forms.Form):
    """Why two accounts are not one person's after all."""

    reason = forms.CharField(
        label=_("Why it is undone"),
        max_length=2000,
        help_text=_("Kept with the change in the audit."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
