from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from training.kernel import activities, personal_data


class CmsConfig(AppConfig):
    name = "cms"
    verbose_name = _("Courses")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cms.notices import send_no_mail_from_reviews  # these need the models
        from cms.personal_data import PagesContributor
        from cms.provider import LessonProvider
        from cms.trees import follow_the_source

        activities.sign_up(LessonProvider())
        personal_data.sign_up(PagesContributor())
        follow_the_source()
        send_no_mail_from_reviews()
