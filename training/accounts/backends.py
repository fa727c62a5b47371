"""Who makes a request: one query tells who it is and what every page asks about them."""

from typing import Final

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import Exists, OuterRef, QuerySet

from training.accounts.models import User
from training.compiled import CompiledQuery, Slot


def _person() -> "QuerySet[User, User]":
    roles = User.groups.through.objects.filter(user=OuterRef("pk"))
    return (
        User.objects.filter(pk=Slot("pk"))
        .annotate(
            has_roles=Exists(roles),
            has_merged_accounts=Exists(User.objects.filter(merged_into=OuterRef("pk"))),
        )
        .order_by()
    )


_people: Final = CompiledQuery(_person)


class Backend(AuthenticationBackend):
    """allauth's, except that a learner's pages are spared the queries for rights."""

    def get_user(self, user_id: int) -> User | None:
        """Return an active person, who `has_roles` or not, and `has_merged_accounts` or not."""
        user = _people.get(pk=user_id)
        return user if user and self.user_can_authenticate(user) else None
