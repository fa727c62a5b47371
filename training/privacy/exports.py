"""The file with all that is kept about a person: made by a worker, removed after a week."""

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from training.accounts.mail import absolute, post_mail
from training.accounts.models import User
from training.audit.actions import SYSTEM, record_event
from training.kernel.personal_data import Section, contributors
from training.kernel.texts import in_language
from training.privacy.models import DataExport

STORAGE: Final = "exports"
LASTS: Final = timedelta(days=7)
BETWEEN_ATTEMPTS: Final = timedelta(minutes=10)


def make(*, export_id: int, at: datetime) -> bool:
    """Make the file unless it is made or another worker has it; say whether it was made here."""
    claimed = (
        DataExport.objects.unmade(at)
        .filter(pk=export_id)
        .update(attempts=F("attempts") + 1, not_before=at + BETWEEN_ATTEMPTS)
    )
    if not claimed:
        return False
    export = DataExport.objects.select_related("person").get(pk=export_id)
    content = packed(export.person, language=export.language, at=at)
    name = storages[STORAGE].save(f"{uuid4()}.zip", ContentFile(content))
    if not _attach(export, name=name, sha256=hashlib.sha256(content).hexdigest(), at=at):
        storages[STORAGE].delete(name)
        return False
    return True


@transaction.atomic
def _attach(export: DataExport, *, name: str, sha256: str, at: datetime) -> bool:
    attached = DataExport.objects.filter(pk=export.pk, made_at=None).update(
        file_name=name, file_sha256=sha256, made_at=at, expires_at=at + LASTS
    )
    if not attached:
        return False
    record_event(actor=SYSTEM, verb="copy of data made", record=export.person, at=at)
    post_mail(
        to=export.person.email,
        template="emails/data_ready",
        context={
            "display_name": export.person.display_name,
            "expires_at": at + LASTS,
            "privacy_url": absolute(reverse("privacy:home")),
        },
        language=export.language,
        at=at,
    )
    return True


def open_file(*, export: DataExport, at: datetime) -> "File[bytes]":
    """Return the file, open for reading; the audit keeps that its owner took it."""
    content = storages[STORAGE].open(export.file_name)
    with transaction.atomic():
        record_event(
            actor=export.person.actor, verb="copy of data taken", record=export.person, at=at
        )
    return content


def remove_expired(*, at: datetime, most: int) -> int:
    """Remove the files whose week is over; return how many."""
    removed = 0
    for export in DataExport.objects.expired(at).select_related("person")[:most]:
        storages[STORAGE].delete(export.file_name)
        with transaction.atomic():
            removed += (
                DataExport.objects.expired(at)
                .filter(pk=export.pk)
                .update(removed_at=at, file_name="")
            )
            record_event(actor=SYSTEM, verb="copy of data removed", record=export.person, at=at)
    return removed


def packed(person: User, *, language: str, at: datetime) -> bytes:
    """Return the archive: the same sections for machines and for people."""
    with translation.override(language):
        sections = _sections(person, language=language)
        data = {
            "made_at": at,
            "person": person.uuid,
            "sections": {section.key: section.rows for section in sections},
        }
        page = render_to_string(
            "privacy/export.html",
            {
                "site_name": settings.SITE_NAME,
                "person": person,
                "made_at": at,
                "language": language,
                "sections": [(section, _in_words(section, language)) for section in sections],
            },
        )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(
            "data.json", json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        )
        file.writestr("data.html", page)
    return archive.getvalue()


def _sections(person: User, *, language: str) -> list[Section]:
    """Return all that is kept about a person, under whichever of their accounts."""
    found: dict[str, Section] = {}
    accounts = [person.uuid, *person.absorbed.order_by("pk").values_list("uuid", flat=True)]
    for contributor in contributors():
        for account in accounts:
            for section in contributor.sections(person=account, language=language):
                first = found.get(section.key)
                found[section.key] = (
                    replace(first, rows=[*first.rows, *section.rows]) if first else section
                )
    return list(found.values())


def _in_words(section: Section, language: str) -> Sequence[Sequence[tuple[str, str]]]:
    return [
        [(label, _word(row.get(key), language)) for key, label in section.columns.items()]
        for row in section.rows
    ]


def _word(value: Any, language: str) -> str:
    """Return a value as people read it."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return formats.date_format(timezone.localtime(value), "DATETIME_FORMAT")
    if isinstance(value, date):
        return formats.date_format(value, "DATE_FORMAT")
    if isinstance(value, Decimal):
        return formats.number_format(value.normalize(), use_l10n=True)
    if isinstance(value, dict):
        return in_language(value, language) or "–"
    return str(value)
