"""The pure rules of certificates: numbers in words, masks, what people type."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.certificates.rules import (
    UnknownField,
    fill,
    initials,
    long_date,
    mark_in_words,
    masked_document,
    number_in_words,
    plain_number,
    typed_number,
)
from training.certificates.wording import known_languages, paper_languages, speech
from training.kernel.identifiers import normalise_registry_number, registry_number

ES, EN = speech("es"), speech("en")


@pytest.mark.parametrize(
    ("mark", "spanish", "english"),
    [
        ("16.50", "dieciséis y 50/100", "sixteen and 50/100"),
        ("16.00", "dieciséis", "sixteen"),
        ("14.05", "catorce y 05/100", "fourteen and 05/100"),
        ("20.00", "veinte", "twenty"),
        ("0.00", "cero", "zero"),
        ("29.99", "veintinueve y 99/100", "twenty-nine and 99/100"),
        ("30.00", "treinta", "thirty"),
        ("85.00", "ochenta y cinco", "eighty-five"),
        ("100.00", "cien", "one hundred"),
    ],
)
def test_marks_in_words(mark: str, spanish: str, english: str) -> None:
    assert mark_in_words(Decimal(mark), ES.numerals) == spanish
    assert mark_in_words(Decimal(mark), EN.numerals) == english


@pytest.mark.parametrize("language", sorted(known_languages()))
def test_every_number_of_a_scale_has_words_of_its_own(language: str) -> None:
    words = {number_in_words(number, speech(language).numerals) for number in range(101)}
    assert len(words) == 101
    assert not any("{" in word for word in words)


def test_dates_are_written_out() -> None:
    assert long_date(date(2026, 3, 1), ES) == "1 de marzo de 2026"
    assert long_date(date(2026, 12, 31), EN) == "31 December 2026"


@pytest.mark.parametrize(
    ("number", "printed"), [("40.00", "40"), ("37.50", "37.5"), ("0.25", "0.25"), ("100", "100")]
)
def test_hours_say_no_more_than_they_must(number: str, printed: str) -> None:
    assert plain_number(Decimal(number)) == printed


def test_a_wording_takes_named_fields_only() -> None:
    assert fill("«{course}», {hours} h", {"course": "{hours}", "hours": "40"}) == "«{hours}», 40 h"
    with pytest.raises(UnknownField):
        fill("{nothing}", {})


@given(st.text(alphabet="0123456789ABCDEF", max_size=30))
def test_most_of_a_document_stays_hidden(number: str) -> None:
    masked = masked_document(number)
    shown = masked.lstrip("•")
    assert len(masked) == len(number)
    assert number.endswith(shown)
    assert len(shown) <= min(3, len(number) / 3)


def test_initials_of_a_name() -> None:
    assert initials("Ñawpaq  de la Torre-Ugarte") == "Ñ. D. L. T."


@pytest.mark.parametrize(
    "typed",
    [
        "TIP-2026-000042-10",
        "tip 2026 000042 10",
        " TIP – 2026 – 000042 – 10 ",
        "TIP2O26OOOO4210",
        "TIP/2026/000042/lo",
        "TIP-2026-0OOO42-1O",
    ],
)
def test_a_number_is_understood_however_it_is_typed(typed: str) -> None:
    assert typed_number(typed) == "TIP-2026-000042-10"


@pytest.mark.parametrize("typed", ["", "7KQ4-M2ZP-9XHD-3WTB", "TIP-2026-42-70", "TIP", "2026"])
def test_what_is_no_number(typed: str) -> None:
    assert typed_number(typed) is None


@given(
    st.text(alphabet="ABCXYZ", min_size=1, max_size=8),
    st.integers(2020, 2099),
    st.integers(1, 9_999_999),
)
def test_every_number_that_we_print_is_understood(series: str, year: int, sequence: int) -> None:
    number = registry_number(series=series, year=year, sequence=sequence)
    assert normalise_registry_number(typed_number(number) or "") == number


def test_a_paper_has_the_first_languages_of_its_country_that_we_can_write() -> None:
    assert paper_languages(["qu", "es", "en", "fr"]) == ["es", "en"]
    assert paper_languages(["en"]) == ["en"]
    assert paper_languages(["qu"]) == ["es", "en"]
