"""Write a message; it is a row until a worker has sent it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

import css_inline
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import translation

from training.accounts.models import OutgoingMail
from training.accounts.tasks import send_mail

_inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


def absolute(path: str) -> str:
    """Return a path of this site as an address that works outside of it."""
    return urljoin(settings.BASE_URL, path)


@transaction.atomic
def post_mail(
    *,
    to: str,
    template: str,
    context: Mapping[str, Any],
    language: str,
    at: datetime,
    request: HttpRequest | None = None,
) -> OutgoingMail:
    """Write a message in the caller's transaction; a worker sends it after the commit.

    `template` is the beginning of three names: _subject.txt, _message.txt and _message.html.
    """
    everything = {"site_name": settings.SITE_NAME, "base_url": settings.BASE_URL, **context}
    with translation.override(language):
        subject, text, html = (
            render_to_string(f"{template}_{part}", everything, request)
            for part in ("subject.txt", "message.txt", "message.html")
        )
    mail = OutgoingMail.objects.create(
        to=to,
        template=template,
        language=language,
        subject=" ".join(subject.split()),
        text=text.strip(),
        html=_inliner.inline(html),
        created_at=at,
        not_before=at,
    )

    def send_it() -> None:  # not a partial: Django names a robust callback that fails
        send_mail.delay(mail_id=mail.pk)

    transaction.on_commit(send_it, robust=True)
    return mail
