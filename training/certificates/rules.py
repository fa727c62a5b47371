"""What a certificate says, and what the public may see of it: pure rules. Sources: R-41 to R-45."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

_FIELD = re.compile(r"\{([a-z_]*)\}")
_TYPED_NUMBER = re.compile(
    r"([A-Z]{1,8}?)[^A-Z0-9]*([0-9OIL]{4})[^A-Z0-9]*([0-9OIL]{6,})[^A-Z0-9]*([0-9OIL]{2})"
)
_MISREAD = str.maketrans("OIL", "011")
_SHOWN_OF_A_DOCUMENT = 3
_MASK = "•"


class UnknownField(LookupError):
    """A wording names a field that a certificate does not have."""


@dataclass(frozen=True)
class Numerals:
    """How a language spells whole numbers from 0 to 100, and hundredths after them."""

    small: Sequence[str]
    tens: Mapping[int, str]
    joined: str
    hundredths: str


@dataclass(frozen=True)
class Speech:
    """How a language writes dates, places and numbers."""

    months: Sequence[str]
    date: str
    issued: str
    numerals: Numerals


def fill(template: str, fields: Mapping[str, str]) -> str:
    """Return a wording with each {field} replaced; raise UnknownField for one that is not there."""

    def value(match: re.Match[str]) -> str:
        try:
            return fields[match[1]]
        except KeyError:
            raise UnknownField(match[0]) from None

    return _FIELD.sub(value, template)


def long_date(day: date, speech: Speech) -> str:
    """Return a date written out."""
    month = speech.months[day.month - 1]
    return fill(speech.date, {"day": str(day.day), "month": month, "year": str(day.year)})


def number_in_words(number: int, numerals: Numerals) -> str:
    """Return a whole number from 0 to 100 in words."""
    if number < len(numerals.small):
        return numerals.small[number]
    ones = number % 10
    tens = numerals.tens[number - ones]
    return fill(numerals.joined, {"tens": tens, "ones": numerals.small[ones]}) if ones else tens


def mark_in_words(mark: Decimal, numerals: Numerals) -> str:
    """Return a mark in words, with hundredths as a fraction where there are any."""
    whole, hundredths = divmod(int(mark * 100), 100)
    words = number_in_words(whole, numerals)
    if not hundredths:
        return words
    return fill(numerals.hundredths, {"whole": words, "hundredths": f"{hundredths:02d}"})


def plain_number(number: Decimal) -> str:
    """Return a number without zeros after the decimal point that say nothing: 40, 37.5."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def masked_document(number: str) -> str:
    """Return a document number of which only the last characters can be read.

    At least two thirds of it stay hidden, whatever its length.
    """
    shown = min(_SHOWN_OF_A_DOCUMENT, len(number) // 3)
    return _MASK * (len(number) - shown) + number[len(number) - shown :]


def initials(name: str) -> str:
    """Return the initials of a name, each with a full stop."""
    return " ".join(f"{part[0].upper()}." for part in name.split())


def typed_number(text: str) -> str | None:
    """Return a typed registry number as printed, None if it is none; 0 and O, 1, I and L mended.

    Whether its check digits fit is for the caller to find out.
    """
    match = _TYPED_NUMBER.fullmatch(text.strip().upper())
    if match is None:
        return None
    series, *digits = match.groups()
    return "-".join([series, *(part.translate(_MISREAD) for part in digits)])
