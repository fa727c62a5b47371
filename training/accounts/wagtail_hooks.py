from typing import Any

from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.viewsets.base import ViewSet
from wagtail.users.views.bulk_actions.user_bulk_action import UserBulkAction

from training.accounts.access_admin import AccessViewSet
from training.accounts.models import User
from training.accounts.recovery_admin import RecoveryViewSet
from training.accounts.requests import PersonRequest
from training.accounts.viewsets import InvitationViewSet
from training.audit.actions import record_event


@hooks.register("register_admin_viewset")
def register_lists() -> list[ViewSet]:
    """Show invitations, recoveries and the access log in the admin."""
    return [InvitationViewSet(), RecoveryViewSet(), AccessViewSet()]


@hooks.register("register_permissions")
def register_own_permissions() -> QuerySet[Permission]:
    """Show our rights where Wagtail shows those of a group."""
    return Permission.objects.filter(content_type__app_label__in=["accounts", "audit"])


@hooks.register("before_bulk_action")
def keep_people(
    request: HttpRequest, action_type: str, objects: list[Any], action: object
) -> HttpResponse | None:
    """Refuse to delete people in bulk: records outlive accounts."""
    if isinstance(action, UserBulkAction) and action_type == "delete":
        messages.error(request, _("People are not deleted; make the account inactive."))
        return redirect("wagtailusers_users:index")
    return None


@hooks.register("after_bulk_action")
def record_bulk_action(
    request: PersonRequest, action_type: str, objects: list[Any], action: object
) -> None:
    """Leave an audit event for each person whose account changed in bulk."""
    if not isinstance(action, UserBulkAction):
        return
    with transaction.atomic():
        for person in objects:
            if isinstance(person, User):
                record_event(
                    actor=request.user.actor,
                    verb=f"bulk action {action_type}",
                    record=person,
                    at=timezone.now(),
                )
