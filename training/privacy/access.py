"""The pages of this room that the access log watches."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from training.kernel.access import watch
from training.privacy.models import DataExport, DataRequest


def watch_pages() -> None:
    """Have the openings of this room's pages about people kept."""
    for place in ("consents:index", "consents:index_results"):
        watch(place, title=_("Consents"))
    watch("data-requests:answer", title=_("Request about personal data"), owner=_who_asks)
    watch("privacy:export", title=_("Copy of one's data"), owner=_whose_copy, is_export=True)


def _who_asks(words: Mapping[str, Any]) -> UUID | None:
    found = DataRequest.objects.filter(uuid=words["uuid"])
    return found.values_list("person__uuid", flat=True).first()


def _whose_copy(words: Mapping[str, Any]) -> UUID | None:
    found = DataExport.objects.filter(uuid=words["uuid"])
    return found.values_list("person__uuid", flat=True).first()
