"""Parts of pages that are drawn once a process, with marks for what differs from page to page."""

import secrets
from collections.abc import Mapping

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


def new_mark() -> str:
    """Return a word that no text holds by chance, to stand for what is filled in later."""
    return secrets.token_hex(16)


def filled(drawn: SafeString, values: Mapping[str, object]) -> SafeString:
    """Return a drawn part with a value, escaped, at the place of each mark."""
    text = str(drawn)
    for mark, value in values.items():
        text = text.replace(mark, escape(value))
    return mark_safe(text)  # noqa: S308 - a template drew it, and what is filled in is escaped
