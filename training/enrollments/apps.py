from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from training.kernel import personal_data


class EnrollmentsConfig(AppConfig):
    name = "training.enrollments"
    verbose_name = _("Enrollments")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from training.enrollments.access import watch_pages
        from training.enrollments.personal_data import EnrollmentsContributor  # needs the models

        personal_data.sign_up(EnrollmentsContributor())
        watch_pages()
