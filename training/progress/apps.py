from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from training.kernel import personal_data


class ProgressConfig(AppConfig):
    name = "training.progress"
    verbose_name = _("Progress")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from training.progress.personal_data import ProgressContributor  # needs the models

        personal_data.sign_up(ProgressContributor())
