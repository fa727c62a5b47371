from wagtail.users.apps import WagtailUsersAppConfig


class WagtailUsersConfig(WagtailUsersAppConfig):
    """Wagtail's users, with our own list and forms."""

    user_viewset = "training.accounts.viewsets.PersonViewSet"
