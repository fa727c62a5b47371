"""Numbers and codes that people copy by hand: alphabets, check digits, printing."""

import re
import secrets

READABLE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_REGISTRY_NUMBER = re.compile(r"([A-Z]{1,8})-([0-9]{4})-([0-9]{6,})-([0-9]{2})")
_CODE_LENGTH = 16
_GROUP = 4


class BadIdentifier(ValueError):
    """What was typed cannot be an identifier of this kind."""


def check_digits(text: str) -> str:
    """Return the two check digits of ISO/IEC 7064 MOD 97-10 for letters A-Z and digits.

    A letter counts as 10 to 35, as in an IBAN. One wrong character of the same kind, and two
    neighbours of the same kind in the wrong order, are always noticed.
    """
    if not re.fullmatch(r"[0-9A-Z]+", text):
        raise BadIdentifier(f"{text!r} has other characters than letters A-Z and digits")
    number = int("".join(str(int(character, 36)) for character in text))
    return f"{98 - number * 100 % 97:02d}"


def registry_number(*, series: str, year: int, sequence: int) -> str:
    """Return the printed number SERIES-YEAR-SEQUENCE-CHECK, e.g. TIP-2026-000042-62.

    A series is one to eight letters A-Z; raise BadIdentifier when it is not.
    """
    body = f"{series}-{year:04d}-{sequence:06d}"
    number = f"{body}-{check_digits(body.replace('-', ''))}"
    if not _REGISTRY_NUMBER.fullmatch(number):
        raise BadIdentifier(f"{number!r} is not made as a registry number is")
    return number


def normalise_registry_number(typed: str) -> str:
    """Return a typed registry number as printed; raise BadIdentifier when it cannot be one."""
    text = "".join(typed.upper().split()).strip("-")
    match = _REGISTRY_NUMBER.fullmatch(text)
    if match is None:
        raise BadIdentifier("a registry number has a series, a year, a sequence and check digits")
    *body, check = match.groups()
    if check_digits("".join(body)) != check:
        raise BadIdentifier("the check digits do not fit the number")
    return text


def new_code() -> str:
    """Return an unguessable verification code: 80 random bits, printed in groups of four."""
    return printed_code("".join(secrets.choice(READABLE) for _ in range(_CODE_LENGTH)))


def printed_code(text: str) -> str:
    """Return a code in groups of four, as it stands on paper."""
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))


def normalise_code(typed: str) -> str:
    """Return a typed code as printed, misread letters mended; raise BadIdentifier if impossible."""
    text = "".join(c for c in typed.upper() if c.isalnum()).translate(_MISREAD)
    if len(text) != _CODE_LENGTH or any(c not in READABLE for c in text):
        raise BadIdentifier(f"a verification code has {_CODE_LENGTH} letters and digits")
    return printed_code(text)
