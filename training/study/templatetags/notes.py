"""The field for a private note, as lessons show it at each of their headings."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from training.drawn import filled, new_mark
from training.study.queries import KeptAt

register = template.Library()

_TOKEN: Final = new_mark()
_ADDRESS: Final = new_mark()


@register.simple_tag(takes_context=True)
def own_note(
    context: Mapping[str, Any], kept: KeptAt, address: str, id_: str, label: str
) -> SafeString:
    """Return the field with what is kept at a place, saved at an address.

    Most places hold nothing: such a field is drawn once a process.
    """
    token = str(context["csrf_token"])
    if kept.is_nothing:
        drawn = _empty(get_language(), kept.place, id_, label)
        return filled(drawn, {_TOKEN: token, _ADDRESS: address})
    return _drawn(kept, address=address, token=token, id_=id_, label=label)


@lru_cache(maxsize=2000)
def _empty(language: str, place: str, id_: str, label: str) -> SafeString:
    return _drawn(KeptAt(place), address=_ADDRESS, token=_TOKEN, id_=id_, label=label)


def _drawn(kept: KeptAt, *, address: str, token: str, id_: str, label: str) -> SafeString:
    page = {"kept": kept, "address": address, "csrf_token": token, "id": id_, "label": label}
    return render_to_string("study/note.html", page)
