"""Whose hours a page or a letter shows."""

from django import template
from django.utils import timezone

register = template.Library()


@register.simple_tag
def zone_city() -> str:
    """Return the city after which the present time zone is named, as the IANA database has it."""
    return str(timezone.get_current_timezone()).rpartition("/")[2].replace("_", " ")
