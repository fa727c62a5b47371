from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from wagtail import hooks
from wagtail.admin.viewsets.base import ViewSet

from training.privacy.viewsets import ConsentViewSet, NoticeViewSet, RequestViewSet


@hooks.register("register_admin_viewset")
def register_lists() -> list[ViewSet]:
    """Show requests, notices and consents in the admin."""
    return [RequestViewSet(), NoticeViewSet(), ConsentViewSet()]


@hooks.register("register_permissions")
def register_own_permissions() -> QuerySet[Permission]:
    """Show our rights where Wagtail shows those of a group."""
    return Permission.objects.filter(content_type__app_label="privacy")
