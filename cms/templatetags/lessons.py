"""What the templates of lessons need besides their text."""

from django import template
from django.core.files.storage import default_storage

from training.study.queries import Beside, KeptAt

register = template.Library()


@register.filter
def stored_url(name: str) -> str:
    """Return the address of a stored file."""
    return str(default_storage.url(name))


@register.filter
def kept_at(beside: Beside, place: str) -> KeptAt:
    """Return what a learner keeps at a place of the lesson."""
    return beside.at(place)
