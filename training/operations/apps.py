import gc

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OperationsConfig(AppConfig):
    name = "training.operations"
    verbose_name = _("Operations")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Collect garbage from here on; what starting has made is not worth looking through."""
        gc.freeze()
        gc.enable()
