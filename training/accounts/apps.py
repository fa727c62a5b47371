from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from training.kernel import personal_data, retention


class AccountsConfig(AppConfig):
    name = "training.accounts"
    verbose_name = _("Accounts")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from training.accounts import second_factor  # noqa: F401  (its receivers)
        from training.accounts.access import watch_pages
        from training.accounts.personal_data import AccountsContributor  # needs the models
        from training.accounts.retention import MessageKeeper

        personal_data.sign_up(AccountsContributor())
        retention.sign_up(MessageKeeper())
        watch_pages()
