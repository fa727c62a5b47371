"""Who makes a request: one query tells who it is and whether the admin is open to them."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef

from training.accounts.models import User

ENTRANCE = {
    "permissions__content_type__app_label": "wagtailadmin",
    "permissions__codename": "access_admin",
}


class Backend(AuthenticationBackend):
    """allauth's, except that every page's header is spared two queries for rights."""

    def get_user(self, user_id: int) -> User | None:
        """Return an active person with `has_entrance`: whether a role of theirs opens the admin."""
        entrance = Exists(Group.objects.filter(user=OuterRef("pk"), **ENTRANCE))
        user = User.objects.annotate(has_entrance=entrance).filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
