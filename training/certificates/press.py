"""A press: one design's fonts, stylesheet and images, parsed once and kept (WeasyPrint).

Importing WeasyPrint takes a second, which only a process that prints shall pay.
"""

import logging
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import pydyf
from django.template import Context, Engine
from weasyprint import CSS, HTML, Document
from weasyprint.logger import LOGGER
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

_DATA: Final = "data:"
_A_HAIR: Final = 0.1
"""Pixels that rounding may add to a height."""
_ALSO: Final = {"/Art": "/Span", "/BlockQuote": "/P"}
"""Elements of the paper's second language, as WeasyPrint tags them, and what they really are."""


class OutsideThePaper(FatalURLFetchingError):
    """A design asked for something that is not one of its own files."""


class Spoiled(Exception):
    """WeasyPrint left something out that it could not read or draw, and only logged it."""


_lock = threading.Lock()


@contextmanager
def alone() -> Iterator[None]:
    """Print alone in this process: what a press keeps parsed cannot be drawn by two threads.

    Raise Spoiled at the end when anything of the paper was left out.
    """
    complaints: list[str] = []
    listener = logging.Handler(logging.ERROR)
    listener.emit = lambda record: complaints.append(record.getMessage())  # type: ignore[method-assign]
    with _lock:
        LOGGER.addHandler(listener)
        try:
            yield
        finally:
            LOGGER.removeHandler(listener)
    if complaints:
        raise Spoiled("; ".join(complaints))


class Press:
    """Lays out one design's template."""

    def __init__(self, folder: Path) -> None:
        self._fetcher = _OwnFiles(folder)
        self._fonts = FontConfiguration()
        self._images: dict[Any, Any] = {}
        self._engine = Engine(dirs=[str(folder)])
        self._style = CSS(
            filename=folder / "paper.css", font_config=self._fonts, url_fetcher=self._fetcher
        )

    def lay_out(self, context: Mapping[str, Any]) -> Document:
        """Return the design filled with a context, set in pages."""
        markup = self._engine.get_template("paper.html").render(Context(dict(context)))
        page = HTML(string=markup, base_url="paper:", url_fetcher=self._fetcher)
        document = page.render(
            font_config=self._fonts,
            stylesheets=[self._style],
            cache=self._images,
            pdf_variant="pdf/ua-1",
        )
        for key in [key for key in self._images if str(key).startswith(_DATA)]:
            del self._images[key]  # each certificate has its own QR code
        return document

    @staticmethod
    def fits(document: Document, *, pages: int, parts: Iterable[str]) -> bool:
        """Say whether a document has so many pages, and no part of fixed height runs over.

        A part has an element `end-of-PART` after its content and a `floor-of-PART` at its foot.
        """
        places = {name: y for page in document.pages for name, (_x, y, *_) in page.anchors.items()}
        return len(document.pages) <= pages and all(
            places[f"end-of-{part}"] <= places[f"floor-of-{part}"] + _A_HAIR for part in parts
        )

    def first_that_fits(
        self, contexts: Callable[[int], Mapping[str, Any]], *, steps: int, pages: int
    ) -> int:
        """Return the first of several ever smaller steps that fits in so many pages, else the last.

        Most texts fit at once. What fits in one step fits in all later ones: the rest is halved.
        """

        def fits(step: int) -> bool:
            return len(self.lay_out(contexts(step)).pages) <= pages

        return 0 if fits(0) else bisect_left(range(steps - 1), True, lo=min(1, steps - 1), key=fits)

    def print(self, document: Document, *, also: str) -> bytes:
        """Return a document as tagged PDF/UA-1; `also` is the paper's second language or ''."""

        def tell_language(_document: Document, pdf: pydyf.PDF) -> None:
            for element in pdf.objects:
                if isinstance(element, pydyf.Dictionary) and element.get("S") in _ALSO:
                    element["S"] = _ALSO[element["S"]]
                    element["Lang"] = pydyf.String(also)

        printed: bytes = document.write_pdf(finisher=tell_language, pdf_variant="pdf/ua-1")
        return printed


class _OwnFiles(URLFetcher):
    """Serves the files of one folder, and what stands in the address itself; nothing else."""

    def __init__(self, folder: Path) -> None:
        super().__init__(allowed_protocols=("file", "data"))
        self._folder = folder.resolve()

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """Return one of the folder's files; raise OutsideThePaper for all else."""
        parts = urlsplit(url)
        is_own = parts.scheme == "file" and Path(unquote(parts.path)).resolve().is_relative_to(
            self._folder
        )
        if not is_own and parts.scheme != "data":
            raise OutsideThePaper(url)
        return super().fetch(url, headers)
