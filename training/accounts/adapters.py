"""What allauth asks of us: who may sign up, where to go next, how mail leaves and keys are kept."""

import base64
import hashlib
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.forms import Form
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from training.accounts import signup
from training.accounts.invitations import invitation_in
from training.accounts.mail import absolute, post_mail
from training.accounts.models import User


def display_name(user: User) -> str:
    """Return how a person is called on the site."""
    return user.display_name


class AccountAdapter(DefaultAccountAdapter):
    """Accounts by invitation or by the domain of an address; every message through the outbox."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Admit who came by an invitation that still stands; others while a domain is listed."""
        return invitation_in(request) is not None or signup.is_open()

    def save_user(self, request: HttpRequest, user: User, form: Form, commit: bool = True) -> User:
        """Fill in what the sign-up form asks; who came without an invitation waits."""
        user.awaits_approval = invitation_in(request) is None
        user.display_name = form.cleaned_data["display_name"]
        user.certificate_name = form.cleaned_data["display_name"]
        user.language = get_language() or settings.LANGUAGE_CODE
        return super().save_user(request, user, form, commit)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Lead who works here to the admin, everybody else to their courses."""
        if request.user.has_perm("wagtailadmin.access_admin"):
            return reverse("wagtailadmin_home")
        return resolve_url(settings.LOGIN_REDIRECT_URL)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Name our own address, whatever the request called us."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return absolute(path.replace("UID-KEY", key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """Name our own address, whatever the request called us."""
        return absolute(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the message, in its reader's language, where a worker finds it."""
        reader = User.objects.filter(email=email.lower()).first()
        language = reader.language if reader else get_language() or settings.LANGUAGE_CODE
        post_mail(
            to=email,
            template=template_prefix,
            context={"email": email, "user": reader, **context},
            language=language,
            at=timezone.now(),
        )


class MFAAdapter(DefaultMFAAdapter):
    """Second factors under our name; their secrets are not legible in the database."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Bind passkeys to the site's own host, not to whatever a request calls it."""
        own = urlsplit(settings.BASE_URL).hostname or ""
        asked = context.request.get_host().partition(":")[0]
        return {"id": own if settings.IS_SECURE else asked, "name": settings.SITE_NAME}

    def encrypt(self, text: str) -> str:
        """Make a secret unreadable without the site's own."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Read what `encrypt` wrote, also with an earlier secret of the site."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


@cache
def _cipher() -> MultiFernet:
    secrets = [str(settings.SECRET_KEY), *map(str, settings.SECRET_KEY_FALLBACKS)]
    keys = [
        hashlib.scrypt(s.encode(), salt=b"second-factor", n=2**12, r=8, p=1, dklen=32)
        for s in secrets
    ]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
