from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EnrollmentsConfig(AppConfig):
    name = "training.enrollments"
    verbose_name = _("Enrollments")
    default_auto_field = "django.db.models.BigAutoField"
