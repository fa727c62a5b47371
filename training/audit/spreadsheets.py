"""Lists of the admin that can be taken out as CSV or XLSX; what was taken stands in the audit.

The columns of the page are those of the file. Small files are made while one waits, large ones by
a worker (`training/desk/exports.py`), which asks the same list for the same rows.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from wagtail.admin import messages
from wagtail.admin.ui.tables import BaseColumn, Column
from wagtail.admin.views.mixins import SpreadsheetExportMixin

from training.audit.actions import record_event

MOST_AT_ONCE: Final = 2_000
BATCH: Final = 500
NO_PART_OF_A_QUESTION: Final = ("export", "p", "_w_filter_fragment")

# A cell runs when it begins so. Behind a semicolon, a tab or a line too: where commas are decimal,
# a spreadsheet takes those for the end of a cell, and our quotation marks for letters.
_RUNS: Final = re.compile(r"(^|[;\t\r\n])(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r])")


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe before what would run."""
    return _RUNS.sub(r"\1'", ILLEGAL_CHARACTERS_RE.sub("", text))


class ExportedListMixin(SpreadsheetExportMixin):
    """A list with the doors to take it out, for whoever holds its `right`."""

    right: str
    request: Any  # of somebody who passed the admin's doors
    more_columns: Sequence[Column] = ()  # in the file only
    only_on_page: frozenset[str] = frozenset()  # what a spreadsheet would misread

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Take out the columns of the page; a viewset has set a list of its own."""
        super().setup(request, *args, **kwargs)
        self.list_export = [column.name for column in self.exported_columns]

    @property
    def exported_columns(self) -> list[Column]:
        """Return the columns of the page that hold something, and those of the file only."""
        shown: Iterable[BaseColumn] = (*self.columns, *self.more_columns)
        return [
            column
            for column in shown
            if isinstance(column, Column) and column.name not in self.only_on_page
        ]

    def decorated(self, rows: Iterable[Any]) -> Sequence[Any]:
        """Return rows of one page or batch with what the columns need besides the row."""
        return list(rows)

    def get_table(self, object_list: Iterable[Any]) -> Any:
        """Show the rows with what the columns need."""
        return super().get_table(self.decorated(object_list))

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the list, or hand it over."""
        return self.handed_over() if self.is_export else super().get(request, *args, **kwargs)

    # --- What is taken out -----------------------------------------------------------------------

    @property
    def question(self) -> str:
        """Return search, filters and order as they stand in the address."""
        asked: QueryDict = self.request.GET.copy()
        for name in NO_PART_OF_A_QUESTION:
            asked.pop(name, None)
        return asked.urlencode()

    @property
    def is_understood(self) -> bool:
        """Say whether every filter is: one that is not would give out more than was asked."""
        return not self.filters or self.filters.is_valid()

    def keys(self, *, most: int | None = None) -> list[Any]:
        """Return the keys of the rows that were asked for, in their order."""
        asked: QuerySet[Any] = self.get_queryset()
        return list(asked.values_list("pk", flat=True)[:most])

    def rows_of(self, keys: Sequence[Any]) -> Iterator[Any]:
        """Return the rows, a batch at a time; what has gone meanwhile is left out."""
        for start in range(0, len(keys), BATCH):
            batch = keys[start : start + BATCH]
            found = {row.pk: row for row in self.get_base_queryset().filter(pk__in=batch)}
            yield from self.decorated(found[key] for key in batch if key in found)

    def handed_over(self) -> HttpResponseBase:
        """Send a small list at once; a large one is asked for at its own page."""
        kind = self.request.GET["export"]
        if not self.is_understood:
            messages.error(
                self.request,
                _("Nothing was exported: a filter was not understood. Choose it again."),
            )
            return redirect(f"{self.index_url}?{self.question}")
        keys = self.keys(most=MOST_AT_ONCE + 1)
        if len(keys) > MOST_AT_ONCE:
            asked = QueryDict(mutable=True)
            asked.update({"list": self.index_url_name, "kind": kind, "question": self.question})
            return redirect(f"{reverse('desk:exports')}?{asked.urlencode()}")
        rows = list(self.rows_of(keys))
        user = self.request.user
        with transaction.atomic():
            record_event(
                actor=user.actor,
                verb="list exported",
                record=user,
                at=timezone.now(),
                detail={
                    "list": self.index_url_name,
                    "question": self.question,
                    "kind": kind,
                    "rows": len(rows),
                },
            )
        response: HttpResponse = self.as_spreadsheet(rows, kind)
        response.headers["Cache-Control"] = "no-store, private"
        return response

    # --- How it is written -----------------------------------------------------------------------

    def get_filename(self) -> str:
        """Return the list's name and the day."""
        return file_name(str(self.get_page_title()))

    def get_export_url(self, kind: str) -> str:
        """Return the address of the file, also from an answer that carries the rows only."""
        asked = QueryDict(self.question, mutable=True)
        asked["export"] = kind
        return f"{self.index_url}?{asked.urlencode()}"

    def get_heading(self, queryset: Any, field: str) -> str:
        """Return a column's label."""
        labels = {column.name: column.label for column in self.exported_columns}
        return harmless(str(labels[field]))

    def to_row_dict(self, item: Any) -> dict[str, Any]:
        """Return a row by column."""
        return {column.name: column.get_value(item) for column in self.exported_columns}

    def preprocess_field_value(self, field: str, value: Any, export_format: str) -> Any:
        """Return a cell: moments in the time of the place, numbers as such, no text that runs."""
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, datetime):
            moment = timezone.localtime(value) if timezone.is_aware(value) else value
            if export_format == self.FORMAT_XLSX:
                return moment.replace(tzinfo=None, microsecond=0)
            return moment.strftime("%Y-%m-%d %H:%M")
        if isinstance(value, date) and export_format == self.FORMAT_XLSX:
            return value
        written = super().preprocess_field_value(field, value, export_format)
        return harmless(written) if isinstance(written, str) else written

    def stream_csv(self, queryset: Iterable[Any]) -> Iterator[bytes]:
        """Write line by line; the first sign tells a spreadsheet that it is UTF-8."""
        yield "\ufeff".encode()
        yield from super().stream_csv(queryset)


def file_name(title: str) -> str:
    """Return the name of a file of today, without its ending: letters, digits and hyphens."""
    words = re.sub(r"\W+", "-", title).strip("-").lower()
    return f"{words}-{timezone.localdate().isoformat()}"
