from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from training.kernel import personal_data


class AccommodationsConfig(AppConfig):
    name = "training.accommodations"
    verbose_name = _("Accommodations")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from training.accommodations.access import watch_pages  # these need the models
        from training.accommodations.personal_data import AccommodationsContributor

        personal_data.sign_up(AccommodationsContributor())
        watch_pages()
