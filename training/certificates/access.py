"""The pages of this room that the access log watches."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from training.certificates.models import Certificate
from training.kernel.access import watch


def watch_pages() -> None:
    """Have the openings of this room's pages about people kept."""
    for place in ("certificate:index", "certificate:index_results"):
        watch(place, title=_("Certificates"))
    watch("certificate:inspect", title=_("Certificate"), owner=_holder)
    watch("certificate:pdf", title=_("File of a certificate"), owner=_holder, is_export=True)


def _holder(words: Mapping[str, Any]) -> UUID | None:
    found = Certificate.objects.filter(pk=words["pk"])
    return found.values_list("enrollment__learner__uuid", flat=True).first()
