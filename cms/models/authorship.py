"""Who wrote a text since it was last approved, and what its content is."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from wagtail.models import Revision, TranslatableMixin
from wagtail_localize.models import SegmentOverride, StringTranslation

from cms.models.approval import Approval, ApprovalQuerySet

# Where an object stands, its state and its locks: not what a reviewer reads.
_TECHNICAL = frozenset(
    {
        "pk", "id", "path", "depth", "numchild", "content_type", "translation_key", "locale",
        "live", "has_unpublished_changes", "first_published_at", "last_published_at",
        "live_revision", "latest_revision", "latest_revision_created_at", "go_live_at",
        "expire_at", "expired", "locked", "locked_at", "locked_by", "owner", "draft_title",
        "alias_of", "url_path", "slug", "show_in_menus", "wagtail_admin_comments", "_revisions",
        "workflow_states",
    }
)  # fmt: skip

_WITH_DECIMALS = re.compile(r"-?\d+\.\d+")


def content_digest(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a revision says, whatever its state and place."""
    plain = json.loads(json.dumps(content, cls=DjangoJSONEncoder))
    canonical = json.dumps(_readable(plain), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _readable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _readable(item) for key, item in value.items() if key not in _TECHNICAL}
    if isinstance(value, list):
        return [_readable(item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and _WITH_DECIMALS.fullmatch(value):
        return value.rstrip("0").rstrip(".")  # 5 hours as typed are 5.00 as stored
    return value


def kind_of(obj: Any) -> str:
    """Return the name under which approvals of an object are kept."""
    content_type = obj.get_base_content_type()
    return f"{content_type.app_label}.{content_type.model}"


def key_of(obj: Any) -> str:
    """Return what an object is known by in all languages."""
    return str(obj.translation_key if isinstance(obj, TranslatableMixin) else obj.key)


def language_of(obj: Any) -> str:
    """Return the language of an object, '' when it has none (a quiz is only a list)."""
    return obj.locale.language_code if isinstance(obj, TranslatableMixin) else ""


def approvals_of(obj: Any) -> ApprovalQuerySet:
    """Return the approvals of an object in its language."""
    return Approval.objects.of(kind_of(obj), key_of(obj), language_of(obj))


def writers(obj: Any) -> frozenset[int]:
    """Return the ids of all who saved a revision or translated a string since the last approval."""
    last = approvals_of(obj).order_by("-pk").first()
    since = last.approved_at if last else None
    revisions = Revision.objects.filter(
        base_content_type=obj.get_base_content_type(), object_id=str(obj.pk)
    )
    ids = [*_after(revisions, "created_at", since).values_list("user_id", flat=True)]
    if isinstance(obj, TranslatableMixin):
        for model in (StringTranslation, SegmentOverride):
            translated = model.objects.filter(
                context__object_id=obj.translation_key, locale=obj.locale_id
            )
            ids += _after(translated, "updated_at", since).values_list(
                "last_translated_by_id", flat=True
            )
    return frozenset(user_id for user_id in ids if user_id is not None)


def _after(queryset: Any, field: str, since: datetime | None) -> Any:
    return queryset.filter(**{f"{field}__gt": since}) if since else queryset


def has_written(user: Any, obj: Any) -> bool:
    """Say whether a person wrote any of a text since it was last approved."""
    return user.pk in writers(obj)
