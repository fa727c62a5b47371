"""Read a list of people from a CSV or XLSX file that nobody vouches for.

A file is what its content says, never what its name says. Nothing is unpacked or parsed before its
size is known; formulae are text; links lead nowhere.
"""

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter

MOST_BYTES: Final = 4 * 1024 * 1024
MOST_UNPACKED: Final = 40 * 1024 * 1024
MOST_PARTS: Final = 300
MOST_ROWS: Final = 10_000
MOST_COLUMNS: Final = 40
LONGEST_CELL: Final = 500
_ZIP: Final = b"PK\x03\x04"
_WORKBOOK: Final = "xl/workbook.xml"
_SEPARATORS: Final = ",;\t"


class Fault(StrEnum):
    """Why a file cannot be read as a list."""

    EMPTY = "empty"
    TOO_BIG = "too-big"
    TOO_MANY_ROWS = "too-many-rows"
    WRONG_TYPE = "wrong-type"
    BROKEN = "broken"
    NO_EMAIL_COLUMN = "no-email-column"
    COLUMN_TWICE = "column-twice"


class BadSheet(Exception):
    """The file is no list that we can read; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class Column(StrEnum):
    """What a list tells of each person."""

    EMAIL = "email"
    NAME = "name"


HEADERS: Final[Mapping[str, Column]] = {
    "correo": Column.EMAIL,
    "correo electronico": Column.EMAIL,
    "correo institucional": Column.EMAIL,
    "direccion de correo": Column.EMAIL,
    "email": Column.EMAIL,
    "e mail": Column.EMAIL,
    "email address": Column.EMAIL,
    "e mail address": Column.EMAIL,
    "mail": Column.EMAIL,
    "nombre": Column.NAME,
    "nombres": Column.NAME,
    "nombre completo": Column.NAME,
    "nombre y apellidos": Column.NAME,
    "nombres y apellidos": Column.NAME,
    "apellidos y nombres": Column.NAME,
    "name": Column.NAME,
    "full name": Column.NAME,
}
TEMPLATE: Final[Mapping[str, Sequence[str]]] = {
    "es": ("Correo electrónico", "Nombres y apellidos"),
    "en": ("E-mail", "Full name"),
}


@dataclass(frozen=True)
class Row:
    """One row: its number in the file, counted from 1, and what its cells say."""

    number: int
    email: str
    name: str
    email_cell: str
    name_cell: str


def read_rows(data: bytes) -> list[Row]:
    """Return the rows below the header that say anything; raise BadSheet."""
    if not data.strip():
        raise BadSheet(Fault.EMPTY)
    if len(data) > MOST_BYTES:
        raise BadSheet(Fault.TOO_BIG)
    lines = _from_xlsx(data) if data.startswith(_ZIP) else _from_csv(data)
    return list(_rows(lines))


def _rows(lines: Iterable[tuple[int, list[str]]]) -> Iterator[Row]:
    columns: dict[Column, int] | None = None
    count = 0
    for number, cells in lines:
        if not any(cells):
            continue
        if columns is None:
            columns = _columns(cells)
            continue
        count += 1
        if count > MOST_ROWS:
            raise BadSheet(Fault.TOO_MANY_ROWS)
        yield Row(
            number=number,
            email=_cell(cells, columns.get(Column.EMAIL)),
            name=_cell(cells, columns.get(Column.NAME)),
            email_cell=_name_of(columns.get(Column.EMAIL), number),
            name_cell=_name_of(columns.get(Column.NAME), number),
        )
    if not count:
        raise BadSheet(Fault.EMPTY)


def _columns(cells: Sequence[str]) -> dict[Column, int]:
    found: dict[Column, int] = {}
    for place, cell in enumerate(cells):
        column = HEADERS.get(_plain(cell))
        if column is None:
            continue
        if column in found:
            raise BadSheet(Fault.COLUMN_TWICE)
        found[column] = place
    if Column.EMAIL not in found:
        raise BadSheet(Fault.NO_EMAIL_COLUMN)
    return found


def _plain(header: str) -> str:
    """Return a header in lower case, without accents and punctuation."""
    apart = unicodedata.normalize("NFKD", header.casefold())
    letters = "".join(c if c.isalnum() else " " for c in apart if not unicodedata.combining(c))
    return " ".join(letters.split())


def _cell(cells: Sequence[str], place: int | None) -> str:
    return "" if place is None or place >= len(cells) else " ".join(cells[place].split())


def _name_of(place: int | None, number: int) -> str:
    return "" if place is None else f"{get_column_letter(place + 1)}{number}"


def _from_csv(data: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(data)
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    number = 0
    try:
        for cells in reader:
            number += 1
            yield number, [cell[:LONGEST_CELL].strip() for cell in cells[:MOST_COLUMNS]]
    except csv.Error:
        raise BadSheet(Fault.BROKEN) from None


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            raise BadSheet(Fault.WRONG_TYPE) from None
    if b"\0" in data or data.startswith((b"%PDF", b"\xd0\xcf\x11\xe0", b"{\\rtf", b"<")):
        raise BadSheet(Fault.WRONG_TYPE)
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _from_xlsx(data: bytes) -> Iterator[tuple[int, list[str]]]:
    _require_small(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False, data_only=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its own size is not to be believed
        for number, values in enumerate(
            sheet.iter_rows(max_col=MOST_COLUMNS, max_row=MOST_ROWS * 2, values_only=True), start=1
        ):
            yield number, ["" if v is None else str(v)[:LONGEST_CELL].strip() for v in values]
    except BadSheet:
        raise
    except Exception:  # whatever a hostile file makes the libraries say
        raise BadSheet(Fault.BROKEN) from None


def _require_small(data: bytes) -> None:
    """Look at the archive's table of contents before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise BadSheet(Fault.BROKEN) from None
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise BadSheet(Fault.TOO_BIG)
    if _WORKBOOK not in {part.filename for part in parts}:
        raise BadSheet(Fault.WRONG_TYPE)


def template_csv(language: str) -> bytes:
    """Return an empty list to fill in, as CSV that spreadsheets open with its accents."""
    return (",".join(TEMPLATE[language]) + "\r\n").encode("utf-8-sig")


def template_xlsx(language: str) -> bytes:
    """Return an empty list to fill in, as XLSX."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("1")
    for letter in "AB":
        sheet.column_dimensions[letter].width = 40
    sheet.append(TEMPLATE[language])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()
