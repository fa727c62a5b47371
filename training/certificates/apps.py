from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from training.kernel import personal_data


class CertificatesConfig(AppConfig):
    name = "training.certificates"
    verbose_name = _("Certificates")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from training.certificates.access import watch_pages
        from training.certificates.personal_data import CertificatesContributor  # needs the models

        personal_data.sign_up(CertificatesContributor())
        watch_pages()
