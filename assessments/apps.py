from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from training.kernel import activities


class AssessmentsConfig(AppConfig):
    name = "assessments"
    verbose_name = _("Assessments")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from assessments.provider import QuizProvider  # needs the models

        activities.sign_up(QuizProvider())
