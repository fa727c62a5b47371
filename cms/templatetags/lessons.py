"""What the templates of lessons need besides their text."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from django import template
from django.core.files.storage import default_storage
from django.urls import reverse

from training.study.queries import Beside, KeptAt

register = template.Library()


@register.filter
def stored_url(name: str) -> str:
    """Return the address of a stored file."""
    return str(default_storage.url(name))


@register.simple_tag(takes_context=True)
def file_address(context: Mapping[str, Any], name: str) -> str:
    """Return where a document or recording of a lesson is: a learner's copy, or the library's."""
    reading = context.get("reading")
    if reading is None:
        return stored_url(name)
    return reverse(
        "cms:lesson_file",
        args=[reading.enrollment.uuid, reading.current.key, PurePosixPath(name).name],
    )


@register.filter
def kept_at(beside: Beside, place: str) -> KeptAt:
    """Return what a learner keeps at a place of the lesson."""
    return beside.at(place)
