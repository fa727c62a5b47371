"""Large lists as files: asked for by whoever may see the list, made by a worker, kept for a week.

The worker opens the same list with the same question and as the same person, so that a file never
holds more than the page would show them at that moment.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import IO, Any, Final

from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, QueryDict
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils import translation

from training.accounts.models import User
from training.audit.actions import SYSTEM, record_event
from training.audit.spreadsheets import BATCH, ExportedListMixin
from training.desk.models import ListExport

STORAGE: Final = "exports"
LASTS: Final = timedelta(days=7)
BETWEEN_ATTEMPTS: Final = timedelta(minutes=10)


class UnknownList(LookupError):
    """No list is called so, or the person may not see it."""


class NotUnderstood(Exception):
    """A filter is not valid: the file would hold more than was asked for."""


def opened(*, list_name: str, question: str, kind: str, person: User) -> ExportedListMixin:
    """Return a list as a person would open it; raise UnknownList, NotUnderstood."""
    try:
        found = resolve(reverse(list_name))
    except (NoReverseMatch, Resolver404):
        raise UnknownList(list_name) from None
    view_class = getattr(found.func, "view_class", None)
    if not (isinstance(view_class, type) and issubclass(view_class, ExportedListMixin)):
        raise UnknownList(list_name)
    if not (person.is_active and person.has_perm(view_class.right)):
        raise UnknownList(list_name)
    asked = QueryDict(question, mutable=True)
    asked["export"] = kind
    request: Any = HttpRequest()
    request.method = "GET"
    request.path = reverse(list_name)
    request.user = person
    request.GET = asked
    view: Any = view_class(**getattr(found.func, "view_initkwargs", {}))
    view.setup(request)
    if not (view.is_export and view.is_understood):
        raise NotUnderstood(question)
    listed: ExportedListMixin = view
    return listed


def make(*, export_id: int, at: datetime) -> bool:
    """Make the file unless it is made or another worker has it; say whether it was made here."""
    claimed = (
        ListExport.objects.unmade(at)
        .filter(pk=export_id)
        .update(attempts=F("attempts") + 1, not_before=at + BETWEEN_ATTEMPTS, rows_written=0)
    )
    if not claimed:
        return False
    export = ListExport.objects.select_related("person").get(pk=export_id)
    if export.attempts > ListExport.MOST_ATTEMPTS:
        _give_up(export, at=at, reason="too many attempts")
        return False
    try:
        with translation.override(export.language), closing(TemporaryFile()) as file:
            rows, digest = _write(export, file)
            name = storages[STORAGE].save(_name(export, export.attempts), File(file))
    except (UnknownList, NotUnderstood):
        _give_up(export, at=at, reason="the list is not open to whoever asked")
        return False
    if not _attach(export, name=name, sha256=digest, rows=rows, at=at):
        storages[STORAGE].delete(name)
        return False
    _clear_up(export)
    return True


def _name(export: ListExport, attempt: int) -> str:
    return f"{export.uuid}-{attempt}.{export.kind}"


def _clear_up(export: ListExport) -> None:
    """Remove what a worker left that was killed between writing its file and saying so."""
    for attempt in range(1, export.attempts):
        storages[STORAGE].delete(_name(export, attempt))


def _write(export: ListExport, file: IO[bytes]) -> tuple[int, str]:
    """Write the list, tell how far it is after each batch; return rows and digest."""
    listed = opened(
        list_name=export.list_name,
        question=export.question,
        kind=export.kind,
        person=export.person,
    )
    keys = listed.keys()
    ListExport.objects.filter(pk=export.pk).update(rows_found=len(keys))
    counted = _Counted(export, listed.rows_of(keys))
    if export.kind == ListExport.Kind.CSV:
        file.writelines(listed.stream_csv(counted))
    else:
        listed.write_xlsx(counted, file)
    digest = hashlib.sha256()
    for chunk in File(file).chunks():
        digest.update(chunk)
    return counted.rows, digest.hexdigest()


class _Counted:
    """Rows that are counted as they pass; whoever waits sees the number grow."""

    def __init__(self, export: ListExport, rows: Iterable[Any]) -> None:
        self.export = export
        self.source = rows
        self.rows = 0

    def __iter__(self) -> Iterator[Any]:
        for row in self.source:
            yield row
            self.rows += 1
            if self.rows % BATCH == 0:
                ListExport.objects.filter(pk=self.export.pk).update(rows_written=self.rows)


@transaction.atomic
def _attach(export: ListExport, *, name: str, sha256: str, rows: int, at: datetime) -> bool:
    attached = (
        ListExport.objects.waiting()
        .filter(pk=export.pk)
        .update(
            file_name=name,
            file_sha256=sha256,
            rows_written=rows,
            made_at=at,
            expires_at=at + LASTS,
        )
    )
    if attached:
        tell(export, verb="list exported", actor=export.person.actor, at=at, rows=rows)
    return attached == 1


@transaction.atomic
def _give_up(export: ListExport, *, at: datetime, reason: str) -> None:
    _clear_up(export)
    if ListExport.objects.waiting().filter(pk=export.pk).update(given_up_at=at):
        tell(export, verb="list export given up", actor=SYSTEM, at=at, reason=reason)


def open_file(*, export: ListExport, at: datetime) -> "File[bytes]":
    """Return the file, open for reading, while its owner may still see the list.

    Raise UnknownList; the audit keeps that it was taken.
    """
    opened(
        list_name=export.list_name,
        question=export.question,
        kind=export.kind,
        person=export.person,
    )
    content = storages[STORAGE].open(export.file_name)
    with transaction.atomic():
        tell(export, verb="list export taken", actor=export.person.actor, at=at)
    return content


def remove_expired(*, at: datetime, most: int) -> int:
    """Remove the files whose week is over; return how many."""
    removed = 0
    for export in ListExport.objects.expired(at)[:most]:
        storages[STORAGE].delete(export.file_name)
        with transaction.atomic():
            is_here = (
                ListExport.objects.expired(at)
                .filter(pk=export.pk)
                .update(removed_at=at, file_name="")
            )
            if is_here:
                tell(export, verb="list export removed", actor=SYSTEM, at=at)
                removed += 1
    return removed


def tell(export: ListExport, *, at: datetime, rows: int | None = None, **event: Any) -> None:
    """Write to the audit what was done to an export, in the caller's transaction."""
    detail: dict[str, Any] = {
        "list": export.list_name,
        "question": export.question,
        "kind": export.kind,
    }
    if rows is not None:
        detail["rows"] = rows
    record_event(record=export, at=at, detail=detail, **event)
