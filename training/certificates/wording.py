"""The words of certificates: those of the country's pack, else the room's own."""

import logging
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from training.certificates.rules import Numerals, Speech, UnknownField, fill

logger = logging.getLogger(__name__)

_FOLDER = Path(__file__).parent / "languages"
_PARTS = ("title", "lead", "sentence", "notice")
LARGEST_NUMBER_OF_LANGUAGES = 2
DESIGN_VERSION = "1"


@cache
def _own(language: str) -> Mapping[str, Any]:
    words: Mapping[str, Any] = yaml.safe_load((_FOLDER / f"{language}.yaml").read_text("utf-8"))
    return words


@cache
def known_languages() -> frozenset[str]:
    """Return the languages in which a certificate can be written."""
    return frozenset(path.stem for path in _FOLDER.glob("*.yaml"))


@cache
def speech(language: str) -> Speech:
    """Return how a language writes dates and numbers."""
    words = _own(language)
    return Speech(
        months=tuple(words["months"]),
        date=words["date"],
        issued=words["issued"],
        numerals=Numerals(**words["numerals"]),
    )


def paper_languages(country_languages: list[str]) -> list[str]:
    """Return the languages of a country's paper: its first ones that we can write, at most two."""
    known = [code for code in country_languages if code in known_languages()]
    return known[:LARGEST_NUMBER_OF_LANGUAGES] or ["es", "en"]


def mode_name(mode: str, language: str, pack: Mapping[str, Any]) -> str:
    """Return what a mode of delivery is called: by the pack, else by the room, else its code."""
    named = pack.get("modes", {}).get(mode, {}).get(language)
    return str(named or _own(language)["modes"].get(mode, mode))


def compose(
    *, kind: str, language: str, pack: Mapping[str, Any], fields: Mapping[str, str], has_mark: bool
) -> dict[str, str]:
    """Return title, lead, sentence and notice of a certificate in a language, all fields filled.

    A pack's words that name an unknown field are reported, and the room's stand in: whoever has
    earned a certificate does not wait for an editor.
    """
    own: Mapping[str, str] = _own(language)[kind]
    given: Mapping[str, str] = pack.get(kind, {}).get(language, {})
    composed = {}
    for part in _PARTS:
        key = "sentence_without_mark" if part == "sentence" and not has_mark else part
        composed[part] = _filled(given.get(key) or own[key], own[key], fields)
    return composed


def _filled(template: str, fallback: str, fields: Mapping[str, str]) -> str:
    try:
        return fill(template, fields)
    except UnknownField as problem:
        logger.error("The wording of certificates names an unknown field: %s", problem)
        return fill(fallback, fields)
