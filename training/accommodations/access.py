"""The pages of this room that the access log watches."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from training.accommodations.models import Accommodation
from training.kernel.access import watch

DECIDE_PAGE = "accommodation-requests:decide"


def watch_pages() -> None:
    """Have the openings of this room's pages about people kept."""
    for place in ("accommodation-requests:index", "accommodation-requests:index_results"):
        watch(place, title=_("Accommodations"))
    watch(DECIDE_PAGE, title=_("Request for an accommodation"), owner=_who_asks)


def _who_asks(words: Mapping[str, Any]) -> UUID | None:
    found = Accommodation.objects.filter(uuid=words["uuid"])
    return found.values_list("person__uuid", flat=True).first()
