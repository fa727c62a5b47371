from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StudyConfig(AppConfig):
    name = "training.study"
    verbose_name = _("Study")
    default_auto_field = "django.db.models.BigAutoField"
