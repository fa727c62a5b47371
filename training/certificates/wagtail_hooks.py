from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from wagtail import hooks
from wagtail.admin.viewsets.base import ViewSet

from training.certificates.viewsets import CertificateViewSet


@hooks.register("register_admin_viewset")
def register_certificates() -> ViewSet:
    """Show the registry in the admin."""
    return CertificateViewSet()


@hooks.register("register_permissions")
def register_own_permissions() -> QuerySet[Permission]:
    """Show our rights where Wagtail shows those of a group."""
    return Permission.objects.filter(content_type__app_label="certificates")
