"""By what certificates can be found: the years, courses and names that stand on them."""

from typing import Any, Final

from django.core.cache import cache
from django.db.models import Max

from training.certificates.models import Certificate

COLUMNS: Final = (
    "year",
    "course_code",
    "edition_code",
    "institution_names__es",
    "district_name",
)
_KEPT_AS: Final = "certificates:choices"
_KEPT_FOR: Final = 24 * 3600
_SETTLING: Final = 1000  # the newest are read each time: one with a lower key may still be written


def choices() -> dict[str, list[tuple[Any, Any]]]:
    """Return by column what stands there, in order, as the choices of a filter; one query.

    What a certificate says never changes and none is ever removed, so what was read once is kept in
    the cache; the whole registry is read once a day at most.
    """
    up_to, values = cache.get(_KEPT_AS) or (0, {column: set() for column in COLUMNS})
    newest = 0
    rows = Certificate.objects.filter(pk__gt=up_to).order_by().values_list(*COLUMNS)
    for *row, last in rows.annotate(last=Max("pk")):
        newest = max(newest, last)
        for column, value in zip(COLUMNS, row, strict=True):
            values[column].add(value)
    if newest - _SETTLING > up_to:
        cache.set(_KEPT_AS, (newest - _SETTLING, values), _KEPT_FOR)
    return {
        column: [(one, one) for one in sorted(filter(None, values[column]))] for column in values
    }
