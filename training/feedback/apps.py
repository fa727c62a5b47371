from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from training.kernel import personal_data


class FeedbackConfig(AppConfig):
    name = "training.feedback"
    verbose_name = _("Problems reported")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from training.feedback.personal_data import FeedbackContributor  # needs the models

        personal_data.sign_up(FeedbackContributor())
