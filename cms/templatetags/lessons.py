"""What the templates of lessons need besides their text."""

from django import template
from django.core.files.storage import default_storage

register = template.Library()


@register.filter
def stored_url(name: str) -> str:
    """Return the address of a stored file."""
    return str(default_storage.url(name))
