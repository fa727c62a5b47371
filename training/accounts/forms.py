"""What people fill in about themselves."""

from datetime import datetime
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import SignupForm
from allauth.core import context
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from training.accounts import actions, signup
from training.accounts.invitations import invitation_in, let_go
from training.accounts.models import Invitation, Post, User, languages
from training.accounts.queries import UnknownDocumentKind, document_kind, document_kinds
from training.accounts.rules import BadDocument, clean_number
from training.audit.actions import Actor
from training.institutions.models import Country
from training.kernel.texts import in_language

DOCUMENT_TAKEN = _("Another account has this document. Write to us if it is yours.")


Choices = list[tuple[str, str | list[tuple[str, str]]]]


def document_choices() -> Choices:
    """Return the identity documents of all countries, grouped by country."""
    names = {country.code: str(country) for country in Country.objects.all()}
    groups: dict[str, list[tuple[str, str]]] = {}
    for kind in document_kinds():
        groups.setdefault(names[kind.country], []).append((kind.key, kind.name))
    return [("", gettext("None")), *groups.items()]


def role_choices() -> list[tuple[str, str]]:
    """Return nothing, then what somebody can be, each with a capital as it begins a line."""
    return [("", "—"), *((value, capfirst(str(label))) for value, label in Post.Role.choices)]


def level_choices() -> Choices:
    """Return the levels of posts in all countries, grouped by role."""
    language = get_language() or settings.LANGUAGE_CODE
    roles = dict(role_choices())
    groups: dict[str, dict[str, str]] = {}
    for country in Country.objects.all():
        for role, levels in country.post_levels.items():
            found = groups.setdefault(roles[role], {})
            found.update({entry["code"]: in_language(entry["names"], language) for entry in levels})
    return [("", "—"), *((role, list(levels.items())) for role, levels in groups.items())]


def _levels_of(role: str) -> set[str]:
    return {
        entry["code"]
        for country in Country.objects.all()
        for entry in country.post_levels.get(role, [])
    }


class AddKeyForm(AddWebAuthnForm):
    """A new key; allauth has no words for its name in other languages."""

    name = forms.CharField(label=_("Name"), required=False)


class EditKeyForm(EditWebAuthnForm):
    """Another name for a key."""

    name = forms.CharField(label=_("Name"))


class InvitedSignupForm(SignupForm):
    """Make an account with an invitation, whose address is the one that was invited.

    Without one an address of a listed domain is asked for, and the account waits for approval.
    """

    field_order = ["email", "display_name", "password1", "password2"]

    display_name = forms.CharField(
        label=_("Full name"),
        max_length=200,
        help_text=_("As it shall stand on your certificates. You can change it later."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation: Invitation | None = invitation_in(context.request)
        if self.invitation:
            self.fields["email"].disabled = True
            self.initial["email"] = self.invitation.email
            self.initial["display_name"] = self.invitation.display_name

    def clean_email(self) -> str:
        """Refuse addresses of other domains; whether one is known is not said here."""
        email: str = super().clean_email()
        if self.invitation is None:
            try:
                signup.domain_of(email)
            except signup.DomainNotListed:
                said = _("Use an address of your institution: %(domains)s.")
                listed = ", ".join(f"@{domain}" for domain in signup.domains())
                raise forms.ValidationError(said, params={"domains": listed}) from None
        return email

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Save, unless somebody used the invitation meanwhile."""
        try:
            return super().try_save(request)
        except actions.InvitationRefused:
            let_go(request)
            return None, HttpResponseRedirect(reverse("account_signup"))

    def save(self, request: HttpRequest) -> User:
        """Make the account and use up the invitation, or neither."""
        invitation = self.invitation
        if invitation is None:
            return self._save_and_wait(request)
        with transaction.atomic():
            get_adapter().stash_verified_email(request, invitation.email)
            person: User = super().save(request)
            actions.accept_invitation(invitation=invitation, person=person, at=timezone.now())
        let_go(request)
        return person

    @transaction.atomic
    def _save_and_wait(self, request: HttpRequest) -> User:
        person: User = super().save(request)
        signup.ask(person=person, at=timezone.now())
        return person


class DocumentFields(forms.Form):
    """Type and number of an identity document, of any country that has a pack."""

    document_kind = forms.ChoiceField(
        label=_("Type of document"), required=False, choices=document_choices
    )
    document_number = forms.CharField(label=_("Document number"), max_length=30, required=False)

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        if person.document_type:
            self.initial["document_kind"] = f"{person.document_country}:{person.document_type}"
            self.initial["document_number"] = person.document_number

    def clean(self) -> dict[str, Any]:
        """Hold the number to its country's pattern, and to one account."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        chosen, typed = cleaned.get("document_kind", ""), cleaned.get("document_number", "")
        if "document_kind" in self.errors:
            return cleaned
        if bool(chosen) != bool(typed):
            empty = "document_number" if chosen else "document_kind"
            self.add_error(empty, _("Give both the type and the number of the document."))
        elif chosen:
            self._clean_document(chosen, typed)
        return cleaned

    def _clean_document(self, chosen: str, typed: str) -> None:
        try:
            kind = document_kind(chosen)
            number = clean_number(kind=kind, typed=typed)
        except UnknownDocumentKind:
            self.add_error("document_kind", _("Choose a document from the list."))
            return
        except BadDocument as bad:
            self.add_error("document_number", str(bad))
            return
        self.cleaned_data["document_number"] = number
        others = User.objects.exclude(pk=self.person.pk).filter(
            document_country=kind.country, document_type=kind.code, document_number=number
        )
        if others.exists():
            self.add_error("document_number", DOCUMENT_TAKEN)

    def save_document(self, *, actor: Actor, at: datetime) -> None:
        """Store the document; raise DocumentTaken if another account got it meanwhile."""
        actions.set_document(
            person=self.person,
            kind=self.cleaned_data["document_kind"],
            number=self.cleaned_data["document_number"],
            actor=actor,
            at=at,
        )


class ProfileForm(DocumentFields):
    """A person's own details."""

    field_order = [
        "certificate_name",
        "display_name",
        "document_kind",
        "document_number",
        "sex",
        "language",
    ]

    certificate_name = forms.CharField(
        label=_("Name on certificates"),
        max_length=200,
        help_text=_("Full name exactly as it shall be printed."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    display_name = forms.CharField(
        label=_("Name shown to others"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    sex = forms.ChoiceField(
        label=_("Sex"),
        choices=User.Sex.choices,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("It is used only in statistics that name nobody."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=languages, widget=forms.RadioSelect)

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, person=person, **kwargs)
        for name in ("certificate_name", "display_name", "sex", "language"):
            self.initial.setdefault(name, getattr(person, name))

    @transaction.atomic
    def save(self, *, at: datetime) -> None:
        """Store what changed."""
        names = ("certificate_name", "display_name", "sex", "language")
        actions.edit_person(
            person=self.person,
            changes={name: self.cleaned_data[name] for name in names},
            actor=self.person.actor,
            at=at,
        )
        self.save_document(actor=self.person.actor, at=at)


POST_FIELDS = (
    "role",
    "level",
    "title",
    "institution",
    "judicial_district",
    "fiscal_district",
    "valid_from",
    "valid_to",
)


class PostForm(forms.ModelForm):
    """A post that somebody holds or held."""

    role = forms.ChoiceField(label=_("Role"), choices=role_choices)
    level = forms.ChoiceField(label=_("Level"), required=False, choices=level_choices)

    class Meta:
        model = Post
        fields = POST_FIELDS
        widgets = {
            name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            for name in ("valid_from", "valid_to")
        }
        labels = {"title": _("Title of the post"), "valid_from": _("From"), "valid_to": _("To")}
        help_texts = {
            "title": _("For example: judge of the Second Criminal Court."),
            "valid_to": _("Leave empty if you hold it now."),
        }

    def clean(self) -> dict[str, Any]:
        """Hold the level to the role, and the end to the beginning."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        role, level = cleaned.get("role"), cleaned.get("level")
        if role and level and level not in _levels_of(role):
            self.add_error("level", _("This level does not belong to that role."))
        starts, ends = cleaned.get("valid_from"), cleaned.get("valid_to")
        if starts and ends and ends < starts:
            self.add_error("valid_to", _("A post ends on or after the day on which it begins."))
        return cleaned


class RecoveryForm(forms.Form):
    """How an administrator reaches somebody who lost the second factor."""

    contact = forms.CharField(
        label=_("Telephone or office where we reach you"),
        max_length=200,
        help_text=_("An administrator makes sure that it is you, not by e-mail."),
        widget=forms.TextInput(attrs={"autocomplete": "tel"}),
    )
