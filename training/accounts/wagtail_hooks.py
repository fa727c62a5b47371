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
from training.accounts.privilege_admin import PrivilegeReviewViewSet
from training.accounts.recovery_admin import RecoveryViewSet
from training.accounts.requests import PersonRequest
from training.accounts.signup_admin import SignupDomainViewSet, SignupRequestViewSet
from training.accounts.viewsets import InvitationViewSet
from training.audit.access import record_access
from training.audit.actions import record_event
from training.audit.models import Access


@hooks.register("register_admin_viewset")
def register_lists() -> list[ViewSet]:
    """Show this room's lists in the admin."""
    return [
        InvitationViewSet(),
        RecoveryViewSet(),
        AccessViewSet(),
        PrivilegeReviewViewSet(),
        SignupRequestViewSet(),
        SignupDomainViewSet(),
    ]


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
    if any(isinstance(one, User) and one.merged_into_id for one in objects):
        messages.error(request, _("Accounts that were merged into another stay as they are."))
        return redirect("wagtailusers_users:index")
    return None


@hooks.register("after_bulk_action")
def record_bulk_action(
    request: PersonRequest, action_type: str, objects: list[Any], action: object
) -> None:
    """Leave an audit event for each person whose account changed in bulk."""
    if not isinstance(action, UserBulkAction):
        return
    given = _role_given(action, action_type)
    at = timezone.now()
    with transaction.atomic():
        for person in objects:
            if isinstance(person, User):
                record_event(
                    actor=request.user.actor,
                    verb=f"bulk action {action_type}",
                    record=person,
                    at=at,
                    detail={"given": given} if given else None,
                )
                if given:
                    record_access(
                        verb=Access.Verb.ROLES_CHANGED,
                        at=at,
                        actor=request.user.uuid,
                        subject=person.uuid,
                    )


def _role_given(action: UserBulkAction, action_type: str) -> list[str]:
    if action_type != "assign_role":
        return []
    return [action.cleaned_form.cleaned_data["role"].name]
