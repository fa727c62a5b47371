from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from training.kernel import activities, personal_data, retention


class AssessmentsConfig(AppConfig):
    name = "assessments"
    verbose_name = _("Assessments")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from assessments.personal_data import QuizzesContributor  # these need the models
        from assessments.provider import QuizProvider
        from assessments.retention import AnswerKeeper

        activities.sign_up(QuizProvider())
        personal_data.sign_up(QuizzesContributor())
        retention.sign_up(AnswerKeeper())
