"""The page of one's own settings in the Wagtail admin."""

from wagtail.admin.views.account import (
    AccountView,
    BaseSettingsPanel,
    ChangePasswordPanel,
    NameEmailSettingsPanel,
)


class StaffAccountView(AccountView):
    """Wagtail's page without name, address and password: those have pages of their own."""

    def get_panels(self) -> list[BaseSettingsPanel]:
        """Return Wagtail's panels for the looks and language of the admin."""
        elsewhere = (NameEmailSettingsPanel, ChangePasswordPanel)
        return [panel for panel in super().get_panels() if not isinstance(panel, elsewhere)]
