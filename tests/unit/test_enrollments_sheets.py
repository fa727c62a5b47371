"""Lists of people in files of every usual kind, and files that mean harm."""

import io
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from training.enrollments import sheets
from training.enrollments.sheets import BadSheet, Fault, read_rows


def xlsx_of(*rows: list[Any]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


PEOPLE = "Correo electrónico{0}Nombres y apellidos\nana@example.org{0}Ana Ñahui\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_list_is_read_in_every_usual_encoding_and_separator(
    encoding: str, separator: str
) -> None:
    (row,) = read_rows(PEOPLE.format(separator).encode(encoding))
    assert (row.number, row.email, row.name) == (2, "ana@example.org", "Ana Ñahui")
    assert (row.email_cell, row.name_cell) == ("A2", "B2")


@pytest.mark.parametrize(
    "header", ["Nombre;CORREO", "full name;E-Mail", "Apellidos y nombres;correo institucional"]
)
def test_headers_stand_in_spanish_or_english_in_any_order(header: str) -> None:
    (row,) = read_rows(f"\n{header};Observaciones\nAna Flores;ana@example.org;x\n".encode())
    assert (row.number, row.email, row.name) == (3, "ana@example.org", "Ana Flores")
    assert row.email_cell == "B3"


def test_quoted_cells_and_missing_ones_are_read() -> None:
    rows = read_rows(b'E-mail,Name\n"a@example.org","Flores, Ana"\n\nb@example.org\n')
    assert [(row.number, row.email, row.name) for row in rows] == [
        (2, "a@example.org", "Flores, Ana"),
        (4, "b@example.org", ""),
    ]


def test_an_xlsx_is_read_and_its_formulae_are_text() -> None:
    data = xlsx_of(
        ["Name", "E-mail"], ["Ana", "ana@example.org"], ["X", '=HYPERLINK("http://x.example")']
    )
    rows = read_rows(data)
    assert [row.email for row in rows] == ["ana@example.org", '=HYPERLINK("http://x.example")']
    assert rows[1].email_cell == "B3"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["es", "en"])
def test_a_template_filled_in_is_a_list(kind: str, language: str) -> None:
    if kind == "csv":
        data = sheets.template_csv(language) + b"ana@example.org,Ana\r\n"
    else:
        book = load_workbook(io.BytesIO(sheets.template_xlsx(language)))
        book.worksheets[0].append(["ana@example.org", "Ana"])
        made = io.BytesIO()
        book.save(made)
        data = made.getvalue()
    (row,) = read_rows(data)
    assert (row.email, row.name) == ("ana@example.org", "Ana")


def zip_of(**parts: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return made.getvalue()


def with_part(data: bytes, name: str, text: str) -> bytes:
    """Return an archive with one of its parts replaced."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for part in old.namelist():
            new.writestr(part, text if part == name else old.read(part))
    return made.getvalue()


GOOD = xlsx_of(["E-mail"], ["ana@example.org"])
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
)
BOMB = zip_of(**{"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": b" " * 60_000_000})


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", Fault.EMPTY),
        (b" \n ", Fault.EMPTY),
        (b"E-mail,Name\n", Fault.EMPTY),
        (b"Name,Post\nAna,Judge\n", Fault.NO_EMAIL_COLUMN),
        (b"E-mail,Correo\na@example.org,b@example.org\n", Fault.COLUMN_TWICE),
        (b"%PDF-1.7 E-mail", Fault.WRONG_TYPE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1 old spreadsheet", Fault.WRONG_TYPE),
        (b"<html>E-mail</html>", Fault.WRONG_TYPE),
        (b"E-mail\0", Fault.WRONG_TYPE),
        (b"E-mail\n" + b"a" * (sheets.MOST_BYTES + 1), Fault.TOO_BIG),
        (b"E-mail\n" + b"a@example.org\n" * (sheets.MOST_ROWS + 1), Fault.TOO_MANY_ROWS),
        (b"PK\x03\x04 but no archive", Fault.BROKEN),
        (zip_of(**{"word/document.xml": b"<x/>"}), Fault.WRONG_TYPE),
        (zip_of(**{"xl/workbook.xml": b"<x/>"}), Fault.BROKEN),
        (BOMB, Fault.TOO_BIG),
        (with_part(GOOD, "xl/worksheets/sheet1.xml", LAUGHS), Fault.BROKEN),
        (GOOD[:-200], Fault.BROKEN),
    ],
    ids=lambda value: value.value if isinstance(value, Fault) else "file",
)
def test_a_file_that_is_no_list_is_refused_by_its_content(data: bytes, fault: Fault) -> None:
    with pytest.raises(BadSheet) as refusal:
        read_rows(data)
    assert refusal.value.fault == fault


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(BOMB) < 100_000
    monkeypatch.setattr(sheets, "load_workbook", pytest.fail)
    with pytest.raises(BadSheet):
        read_rows(BOMB)


def test_a_sheet_that_lies_about_its_size_is_read_to_its_end_only() -> None:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        text = archive.read("xl/worksheets/sheet1.xml").decode()
    lying = text.replace('<dimension ref="A1:A2"', '<dimension ref="A1:XFD1048576"')
    assert lying != text
    assert len(read_rows(with_part(GOOD, "xl/worksheets/sheet1.xml", lying))) == 1
