from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from wagtail import hooks
from wagtail.admin.viewsets.base import ViewSet

from training.accommodations.viewsets import RequestViewSet


@hooks.register("register_admin_viewset")
def register_requests() -> ViewSet:
    """Show the queue in the admin."""
    return RequestViewSet()


@hooks.register("register_permissions")
def register_own_permissions() -> QuerySet[Permission]:
    """Show our rights where Wagtail shows those of a group."""
    return Permission.objects.filter(content_type__app_label="accommodations")
