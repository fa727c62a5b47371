from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from training.kernel import personal_data, retention


class AuditConfig(AppConfig):
    name = "training.audit"
    verbose_name = _("Audit")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from training.audit.personal_data import AuditContributor  # needs the models
        from training.audit.retention import AccessKeeper

        personal_data.sign_up(AuditContributor())
        retention.sign_up(AccessKeeper())
