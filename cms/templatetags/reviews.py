"""Where the review of a translation stands, for wagtail-localize's editor."""

from typing import Any

from django import template
from django.contrib.contenttypes.models import ContentType

from cms.reviewing import specific
from cms.states import is_reviewed, review_state

register = template.Library()


@register.inclusion_tag("cms/admin/review_bar.html")
def review_bar(instance: Any, csrf_token: str) -> dict[str, Any]:
    """Show the state of a translation's review, and offer to send it."""
    if not is_reviewed(instance):
        return {}
    state, missing = review_state(instance)
    return {
        "state": state,
        "missing": missing,
        "content_type": ContentType.objects.get_for_model(specific(instance)),
        "instance": instance,
        "csrf_token": csrf_token,
    }
