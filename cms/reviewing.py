"""Review: send a text to a second person, approve it, and know what is approved."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from wagtail.models import Page, Revision, TranslatableMixin, WorkflowState
from wagtail_localize.models import SegmentOverride, StringTranslation, Translation
from wagtail_localize.segments import StringSegmentValue
from wagtail_localize.segments.extract import extract_segments

from cms.models import Approval
from cms.models.authorship import (
    approvals_of,
    content_digest,
    has_written,
    key_of,
    kind_of,
    language_of,
)
from cms.models.parts import CoursePart
from cms.models.review import OwnText
from training.accounts.models import User
from training.audit.actions import record_event


class NoWorkflow(Exception):
    """Nobody has said who reviews texts of this kind."""


class IncompleteTranslation(Exception):
    """A translation was sent for review while some of its strings are missing."""

    def __init__(self, missing: int) -> None:
        super().__init__(missing)
        self.missing = missing


class NotInReview(Exception):
    """A text was to be approved that nobody sent for review."""


class ChangedSinceSent(Exception):
    """The text that a reviewer read is no longer the latest."""


@dataclass(frozen=True)
class Approved:
    """What was approved of a text in one language: the page or snippet as the reviewer read it."""

    revision: Revision
    object: Any
    digest: str
    by: str
    at: datetime


def specific(obj: Any) -> Any:
    """Return a page as its own type, anything else as it is."""
    return obj.specific if isinstance(obj, Page) else obj


def translation_of(obj: Any) -> Translation | None:
    """Return the translation by which wagtail-localize writes an object, None for a source."""
    if not isinstance(obj, TranslatableMixin):
        return None
    return Translation.objects.filter(
        source__object_id=obj.translation_key, target_locale_id=obj.locale_id, enabled=True
    ).first()


def has_unsaved_strings(translation: Translation, revision: Revision | None) -> bool:
    """Say whether strings were translated, or the source synchronised, after a revision."""
    if revision is None or translation.source.last_updated_at > revision.created_at:
        return True
    return any(
        model.objects.filter(
            context__object_id=translation.source.object_id,
            locale_id=translation.target_locale_id,
            updated_at__gt=revision.created_at,
        ).exists()
        for model in (StringTranslation, SegmentOverride)
    )


@transaction.atomic
def submit_for_review(obj: Any, user: User) -> WorkflowState:
    """Send the latest draft to a second person; a translation is first written from its strings.

    Raise IncompleteTranslation when strings are missing, NoWorkflow when nobody reviews.
    """
    obj = specific(obj)
    translation = translation_of(obj)
    if translation is not None:
        total, translated = translation.get_progress()
        if translated < total:
            raise IncompleteTranslation(total - translated)
        if has_unsaved_strings(translation, obj.latest_revision):
            translation.save_target(user=user, publish=False)
            obj = specific(translation.get_target_instance())
    if obj.latest_revision is None:
        obj.save_revision(user=user)
    state = obj.current_workflow_state
    if state is None:
        workflow = obj.get_workflow()
        if workflow is None:
            raise NoWorkflow(str(obj))
        return workflow.start(obj, user)
    if state.status == WorkflowState.STATUS_NEEDS_CHANGES:
        state.resume(user)
    return state


def approve(obj: Any, reviewer: User, comment: str = "") -> None:
    """Approve what was sent for review; raise OwnText, NotInReview or PermissionDenied."""
    obj = specific(obj)
    task_state = obj.current_workflow_task_state
    if task_state is None:
        raise NotInReview(str(obj))
    task = task_state.task.specific
    if has_written(reviewer, obj):
        raise OwnText(str(obj))
    if "approve" not in {action[0] for action in task.get_actions(obj, reviewer)}:
        raise PermissionDenied(str(obj))
    task.on_action(task_state, reviewer, "approve", comment=comment)


@transaction.atomic
def finish_review(workflow_state: WorkflowState, user: User | None = None) -> None:
    """Keep the approval of a text; what is not part of a course is published with it.

    The last gate: whatever the workflow says, nobody approves their own text, and nothing is
    approved that the reviewer did not read.
    """
    obj = specific(workflow_state.content_object)
    task_state = workflow_state.current_task_state
    if user is None or task_state is None or has_written(user, obj):
        raise OwnText(str(obj))
    revision = task_state.revision
    if revision.pk != obj.latest_revision_id:
        raise ChangedSinceSent(str(obj))
    at = timezone.now()
    approval = Approval.objects.create(
        object_kind=kind_of(obj),
        object_key=key_of(obj),
        language=language_of(obj),
        digest=content_digest(revision.content),
        revision_number=revision.pk,
        approved_at=at,
        approved_by_uuid=user.uuid,
        approved_by_name=user.display_name,
    )
    record_event(
        actor=user.actor,
        verb="text.approved",
        record=approval,
        at=at,
        detail={
            "kind": approval.object_kind,
            "key": approval.object_key,
            "language": approval.language,
            "digest": approval.digest,
        },
    )
    if not isinstance(obj, CoursePart):
        revision.publish(user=user, skip_permission_checks=True)


def is_approved(obj: Any, revision: Revision | None) -> bool:
    """Say whether the text of a revision, as it is now, was approved."""
    return revision is not None and (
        approvals_of(obj).filter(digest=content_digest(revision.content)).exists()
    )


def last_approved(obj: Any) -> Approved | None:
    """Return the last approved state of a text; None without one, or if its revision is gone."""
    approvals = {approval.digest: approval for approval in approvals_of(obj).order_by("pk")}
    if not approvals:
        return None
    latest = obj.latest_revision
    digest = content_digest(latest.content) if latest else ""
    if latest is not None and digest in approvals:
        return _approved(latest, approvals[digest])
    approval = max(approvals.values(), key=lambda known: known.pk)
    revision = Revision.objects.filter(pk=approval.revision_number).first()
    if revision is None or content_digest(revision.content) != approval.digest:
        return None
    return _approved(revision, approval)


def _approved(revision: Revision, approval: Approval) -> Approved:
    return Approved(
        revision=revision,
        object=revision.as_object(),
        digest=approval.digest,
        by=approval.approved_by_name,
        at=approval.approved_at,
    )


def lags_behind(translated: Approved, source: Approved) -> bool:
    """Say whether an approved translation was made from another text than the approved source."""
    translation = translation_of(translated.object)
    if translation is None:
        return False
    if translation.source.last_updated_at > translated.revision.created_at:
        return True
    return _strings(translation.source.as_instance()) != _strings(source.object)


def _strings(obj: Any) -> list[tuple[str, str]]:
    return [
        (segment.path, segment.string.data)
        for segment in extract_segments(obj)
        if isinstance(segment, StringSegmentValue)
    ]
