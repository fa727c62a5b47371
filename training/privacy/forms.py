"""What people fill in about their own data, and what administrators say of the site."""

from typing import Any

from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from training.accounts.forms import InvitedSignupForm
from training.accounts.models import User
from training.privacy import actions
from training.privacy.models import DataRequest, NoticeShown, NoticeVersion, Purpose
from training.privacy.queries import Notice, current_notice


class NoticedSignupForm(InvitedSignupForm):
    """The sign-up form with the short layer of the privacy notice before its button."""

    notice_version = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language = get_language() or settings.LANGUAGE_CODE
        self.notice: Notice | None = current_notice(language=self.language)
        if self.notice:
            self.initial["notice_version"] = self.notice.version.uuid

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        """Make the account and keep which version stood on the page that was sent."""
        person = super().save(request)
        seen = self.cleaned_data.get("notice_version")
        version = NoticeVersion.objects.filter(uuid=seen).first() if seen else None
        if version:
            actions.record_shown(
                person=person,
                version=version,
                language=self.language,
                occasion=NoticeShown.Occasion.SIGN_UP,
                at=timezone.now(),
            )
        return person


class ReadForm(forms.Form):
    """Which version somebody says to have read."""

    version = forms.UUIDField()


class ConsentForm(forms.Form):
    """One click on one purpose."""

    purpose = forms.TypedChoiceField(choices=Purpose.choices, coerce=Purpose)
    decision = forms.TypedChoiceField(
        choices=[("give", "give"), ("withdraw", "withdraw")], coerce=lambda value: value == "give"
    )


class RequestForm(forms.Form):
    """Which right somebody exercises, and what they ask."""

    kind = forms.TypedChoiceField(
        label=_("What do you ask for?"),
        choices=[
            (DataRequest.Kind.INFORMATION, _("Information: how my data are used (8 working days)")),
            (DataRequest.Kind.ACCESS, _("Access: which data you keep about me (20 working days)")),
            (
                DataRequest.Kind.RECTIFICATION,
                _("Rectification: correct or complete my data (10 working days)"),
            ),
            (DataRequest.Kind.CANCELLATION, _("Cancellation: erase my data (10 working days)")),
            (
                DataRequest.Kind.OPPOSITION,
                _("Opposition: stop using my data for something (10 working days)"),
            ),
        ],
        coerce=DataRequest.Kind,
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("Your request"),
        max_length=4000,
        help_text=_("Say which data it is about and, if you can, why."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class AnswerForm(forms.Form):
    """How a request is answered."""

    decision = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("granted", _("Granted")), ("refused", _("Refused"))],
        coerce=lambda value: value == "granted",
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=_("Answer and its reason"),
        max_length=4000,
        help_text=_("The person reads it as you write it. It is kept in the audit."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class DetailsForm(forms.ModelForm):
    """What only the sponsors of the site can say; together with the pack's words it is a notice."""

    controller = forms.CharField(
        label=_("Data controller"),
        max_length=300,
        required=False,
        help_text=_("The institution that answers for the data, with its full name."),
    )
    address = forms.CharField(label=_("Address"), max_length=300, required=False)
    contact = forms.CharField(
        label=_("Where to write about one's data"),
        max_length=300,
        required=False,
        help_text=_("An e-mail address, or an office."),
    )
    officer = forms.CharField(label=_("Data-protection officer"), max_length=300, required=False)
    officer_contact = forms.CharField(
        label=_("How to reach the officer"), max_length=300, required=False
    )
    data_bank = forms.CharField(
        label=_("Name and registration number of the data bank"), max_length=300, required=False
    )
    recipients = forms.CharField(
        label=_("Who else receives the data"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    transfers = forms.CharField(
        label=_("Transfers to other countries"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("To whom, where and under which registration; or that there are none."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("Kept with the change in the audit.")
    )

    class Meta:
        model = NoticeVersion
        fields: list[str] = []
