from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from training.kernel import personal_data


class PrivacyConfig(AppConfig):
    name = "training.privacy"
    verbose_name = _("Privacy")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from training.institutions.actions import follow_packs  # these need the models
        from training.privacy.access import watch_pages
        from training.privacy.actions import publish_from_pack
        from training.privacy.personal_data import PrivacyContributor

        follow_packs(publish_from_pack)
        personal_data.sign_up(PrivacyContributor())
        watch_pages()
