"""The files of certificates: made outside transactions, attached once."""

import hashlib
from typing import Final
from uuid import uuid4

from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
from django.db.models import F
from django.utils import timezone

from training.certificates import rendering
from training.certificates.models import Certificate

STORAGE: Final = "certificates"


def attach_pdf(*, certificate_id: int) -> None:
    """Make a certificate's file and attach it; do nothing when it has one.

    Safe to run twice, at the same time too: one file is attached, the other removed.
    """
    certificate = Certificate.objects.get(pk=certificate_id)
    if not certificate.pdf_name:
        _render_and_attach(certificate)


def open_pdf(certificate: Certificate) -> "File[bytes]":
    """Return a certificate's file, open for reading; make it first where it is missing."""
    if not certificate.pdf_name or not storages[STORAGE].exists(certificate.pdf_name):
        _render_and_attach(certificate)
        certificate.refresh_from_db()
    return storages[STORAGE].open(certificate.pdf_name)


def _render_and_attach(certificate: Certificate) -> None:
    this_one = Certificate.objects.filter(pk=certificate.pk)
    this_one.update(render_attempts=F("render_attempts") + 1)
    content = rendering.render_pdf(certificate)
    storage = storages[STORAGE]
    name = storage.save(f"{certificate.year}/{uuid4()}.pdf", ContentFile(content))
    attached = this_one.filter(pdf_name=certificate.pdf_name).update(
        pdf_name=name,
        pdf_sha256=hashlib.sha256(content).hexdigest(),
        rendered_at=timezone.now(),
    )
    if not attached:
        storage.delete(name)
