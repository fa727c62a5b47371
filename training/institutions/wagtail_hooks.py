from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from wagtail import hooks
from wagtail.admin.viewsets.base import ViewSetGroup

from training.institutions.viewsets import InstitutionsGroup


@hooks.register("register_admin_viewset")
def register_institutions() -> ViewSetGroup:
    """Show institutions and districts in the admin."""
    return InstitutionsGroup()


@hooks.register("register_permissions")
def register_own_permissions() -> QuerySet[Permission]:
    """Show our rights where Wagtail shows those of a group."""
    return Permission.objects.filter(
        content_type__app_label="institutions", codename__startswith="view_"
    )
