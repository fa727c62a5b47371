"""The task of the workflow: a second person reads it."""

from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import AbstractGroupApprovalTask, Task

from cms.models.authorship import has_written


class OwnText(PermissionDenied):
    """Somebody tried to approve what they wrote or translated themselves."""


class SecondPersonReview(AbstractGroupApprovalTask):
    """Approval by somebody of a group who wrote none of the text, superusers included."""

    task_ptr = models.OneToOneField(
        Task, on_delete=models.PROTECT, parent_link=True, primary_key=True, serialize=False
    )

    class Meta:
        verbose_name = _("review by a second person")
        verbose_name_plural = _("reviews by a second person")

    def get_actions(self, obj, user):
        actions = super().get_actions(obj, user)
        if has_written(user, obj):
            return [action for action in actions if action[0] != "approve"]
        return actions

    def on_action(self, task_state, user, action_name, **kwargs):
        if action_name == "approve" and has_written(user, task_state.workflow_state.content_object):
            raise OwnText(_("Nobody approves their own text."))
        super().on_action(task_state, user, action_name, **kwargs)

    @classmethod
    def get_description(cls):
        return _("A member of the group who has written none of the text approves it.")
