"""References: `[[id]]` in a text becomes a mark that leads to its margin note.

A citation of the lesson has a number, a term of the glossary (`[[termino:code]]`) a letter.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from wagtail.rich_text import expand_db_html

REFERENCE = re.compile(r"\s*\[\[\s*(?P<kind>t[eé]rmino:|term:)?\s*(?P<key>[\w-]+)\s*\]\]")
TERM = "termino:"  # before the code of a term, where notes of both kinds are listed
RICH_TEXT = ["bold", "italic", "ol", "ul", "link"]
_TAGS = {"p", "br", "b", "strong", "i", "em", "ul", "ol", "li", "a", "blockquote"}
_ATTRIBUTES = {"a": {"href"}}
_VOID = {"br"}
_REFERENCE_OPENS = '<a class="ref"'
_COMMA = '<span class="ref-comma">,</span>'


def referred_to(text: str) -> list[str]:
    """Return the identifiers of the citations that a text refers to, in order."""
    return [found["key"] for found in REFERENCE.finditer(text) if not found["kind"]]


def terms_in(text: str) -> list[str]:
    """Return the codes of the terms that a text refers to, in order."""
    return [found["key"] for found in REFERENCE.finditer(text) if found["kind"]]


def letter(place: int) -> str:
    """Return the mark of the first, second … term: a, b, …, z, aa, ab."""
    before, last = divmod(place - 1, 26)
    return (letter(before) if before else "") + chr(ord("a") + last)


class Notes:
    """Marks the citations and terms of a lesson in the order in which its text refers to them.

    `terms` are the terms that can be told, as the text writes them, by code.
    """

    def __init__(self, known: Sequence[str] = (), terms: Mapping[str, str] | None = None) -> None:
        self._known = frozenset(known)
        self._terms = dict(terms or {})
        self._numbers: dict[str, int] = {}
        self._letters: dict[str, str] = {}
        self._unplaced: list[str] = []

    @property
    def numbers(self) -> dict[str, int]:
        """Return the number of every citation referred to so far."""
        return dict(self._numbers)

    @property
    def letters(self) -> dict[str, str]:
        """Return the letter of every term referred to so far, by its code."""
        return dict(self._letters)

    def take(self) -> list[str]:
        """Return what was referred to for the first time since the last call.

        Citations by their identifier, terms by `TERM` and their code.
        """
        taken, self._unplaced = self._unplaced, []
        return taken

    def plain(self, text: str) -> SafeString:
        """Return plain text as HTML, its references numbered."""
        return self._mark(escape(text.strip()).replace("\n", "<br>"))

    def rich(self, html: str) -> SafeString:
        """Return an author's rich text as HTML that may be shown, its references numbered."""
        clean = nh3.clean(
            expand_db_html(html),
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            link_rel="noopener noreferrer",
            url_schemes={"http", "https", "mailto"},
        )
        return self._mark(clean)

    def _mark(self, html: str) -> SafeString:
        marked = REFERENCE.sub(self._reference, html)
        return SafeString(
            marked.replace(f"</a>{_REFERENCE_OPENS}", f"</a>{_COMMA}{_REFERENCE_OPENS}")
        )

    def _reference(self, match: re.Match[str]) -> str:
        key = match["key"]
        return self._term(key) if match["kind"] else self._citation(key)

    def _term(self, code: str) -> str:
        if code not in self._terms:
            return ""
        if code not in self._letters:
            self._letters[code] = letter(len(self._letters) + 1)
            self._unplaced.append(f"{TERM}{code}")
        mark = self._letters[code]
        label = escape(_("Meaning of “%(term)s”") % {"term": self._terms[code]})
        return f'{_REFERENCE_OPENS} href="#note-{mark}" aria-label="{label}">{mark}</a>'

    def _citation(self, key: str) -> str:
        if key not in self._known:
            return ""
        if key not in self._numbers:
            self._numbers[key] = len(self._numbers) + 1
            self._unplaced.append(key)
        number = self._numbers[key]
        label = escape(_("Note %(number)d") % {"number": number})
        return f'{_REFERENCE_OPENS} href="#note-{number}" aria-label="{label}">{number}</a>'


class _TopLevel(HTMLParser):
    """Finds where the top-level elements of cleaned HTML begin and end."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.pieces: list[str] = []
        self._depth = 0
        self._piece = ""
        self.feed(html)
        self.close()
        self._cut()

    def _cut(self) -> None:
        if self._piece.strip():
            self.pieces.append(self._piece.strip())
        self._piece = ""

    def handle_starttag(self, tag, attrs):
        if not self._depth and tag not in _VOID:
            self._cut()
        self._piece += self.get_starttag_text() or ""
        self._depth += tag not in _VOID

    def handle_startendtag(self, tag, attrs):
        self._piece += self.get_starttag_text() or ""

    def handle_endtag(self, tag):
        self._piece += f"</{tag}>"
        self._depth = max(self._depth - 1, 0)
        if not self._depth:
            self._cut()

    def handle_data(self, data):
        self._piece += data

    def handle_entityref(self, name):
        self._piece += f"&{name};"

    def handle_charref(self, name):
        self._piece += f"&#{name};"


def top_level(html: str) -> Iterator[str]:
    """Yield the top-level elements of cleaned HTML."""
    yield from _TopLevel(html).pieces
