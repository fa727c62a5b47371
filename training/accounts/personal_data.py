"""What this room keeps about a person; secrets are not part of it."""

from collections.abc import Sequence
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _

from training.accounts.models import Invitation, OutgoingMail, Post, SignupRequest, User
from training.audit.personal_data import section_of
from training.kernel.personal_data import Section


class AccountsContributor:
    """The account, its posts, and how it came to be."""

    room = "accounts"
    place = 10

    def sections(self, *, person: UUID, language: str) -> Sequence[Section]:
        """Return account, posts, addresses, second factors, invitations and messages."""
        people = User.objects.filter(uuid=person)
        email = people.values("email")
        return [
            section_of(
                people,
                *("uuid", "email", "display_name", "certificate_name", "sex", "language"),
                *("document_country", "document_type", "document_number"),
                *("is_active", "date_joined", "last_login"),
                key="account",
                title=_("My account"),
            ),
            section_of(
                Post.objects.filter(person__uuid=person),
                *("role", "title", "level", "institution__names"),
                *("judicial_district__name", "fiscal_district__name", "valid_from", "valid_to"),
            ),
            section_of(
                EmailAddress.objects.filter(user__uuid=person), "email", "verified", "primary"
            ),
            section_of(
                Authenticator.objects.filter(user__uuid=person),
                *("type", "created_at", "last_used_at"),
                title=_("Second factors"),
            ),
            section_of(
                Invitation.objects.filter(accepted_by__uuid=person),
                *("email", "display_name", "invited_at", "accepted_at"),
            ),
            section_of(
                SignupRequest.objects.filter(person__uuid=person),
                *("domain__domain", "asked_at", "state", "decided_at", "reason"),
            ),
            section_of(
                OutgoingMail.objects.filter(to__in=email),
                *("template", "language", "created_at", "sent_at"),
                title=_("Messages that were sent to me"),
            ),
        ]
