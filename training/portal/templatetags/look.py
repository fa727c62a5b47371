"""What every template may use without loading it: icons, and the header and footer of a page."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Final

from django import template
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from training.drawn import filled, new_mark

register = template.Library()

_TOKEN: Final = new_mark()
_HERE: Final = new_mark()


@register.simple_tag
@lru_cache(maxsize=100)
def icon(name: str) -> SafeString:
    """Return an icon of `static/icons/sprite.svg`: decorative, so always beside a word."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        staticfiles_storage.url("icons/sprite.svg"),
        name,
    )


@dataclass(frozen=True)
class _Header:
    """What a page's header depends on, but for the token and the address that it fills in."""

    language: str
    site_name: str
    view: str
    has_request: bool
    is_account_page: bool
    is_signed_in: bool
    awaits_approval: bool
    opens_admin: bool


@register.simple_tag(takes_context=True)
def site_header(context: Mapping[str, Any], *, is_account_page: bool = False) -> SafeString:
    """Return the header: the menu with the page's place in it, and the switch of languages.

    Reads `request`, `user`, `site_name` and `other_language_url` from the context; none of them
    need be there.
    """
    request, user = context.get("request"), context.get("user", AnonymousUser())
    match = request.resolver_match if request else None
    drawn = _header(
        _Header(
            language=get_language(),
            site_name=context.get("site_name", ""),
            view=match.view_name if match else "",
            has_request=bool(request),
            is_account_page=is_account_page,
            is_signed_in=user.is_authenticated,
            awaits_approval=user.is_authenticated and user.awaits_approval,
            opens_admin=user.is_authenticated and user.opens_admin,
        )
    )
    here = context.get("other_language_url") or (request.get_full_path() if request else "")
    return filled(drawn, {_TOKEN: context.get("csrf_token", ""), _HERE: here})


@lru_cache(maxsize=1000)
def _header(header: _Header) -> SafeString:
    page = asdict(header) | {"csrf_token": _TOKEN, "here": _HERE}
    return render_to_string("components/site_header.html", page)


@register.simple_tag(takes_context=True)
def site_footer(context: Mapping[str, Any]) -> SafeString:
    """Return the footer."""
    return _footer(
        get_language(), context.get("site_name", ""), context.get("is_demonstration", False)
    )


@lru_cache(maxsize=10)
def _footer(language: str, site_name: str, is_demonstration: bool) -> SafeString:
    page = {"site_name": site_name, "is_demonstration": is_demonstration}
    return render_to_string("components/site_footer.html", page)
