"""Numbers and codes that people copy by hand: alphabets, check characters, printing."""

import secrets

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
READABLE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CODE_LENGTH = 16
_GROUP = 4


class BadIdentifier(ValueError):
    """What was typed cannot be an identifier of this kind."""


def check_character(text: str) -> str:
    """Return the check character of ISO/IEC 7064 MOD 37,36 for letters A-Z and digits."""
    modulus = len(ALPHANUMERIC)
    product = modulus
    for character in text:
        position = ALPHANUMERIC.find(character)
        if position < 0:
            raise BadIdentifier(f"{character!r} is neither a letter A-Z nor a digit")
        total = (product + position) % modulus or modulus
        product = (total * 2) % (modulus + 1)
    return ALPHANUMERIC[(modulus + 1 - product) % modulus]


def registry_number(*, series: str, year: int, sequence: int) -> str:
    """Return the printed number SERIES-YEAR-SEQUENCE-CHECK, e.g. TIP-2026-000042-X."""
    body = f"{series}-{year:04d}-{sequence:06d}"
    return f"{body}-{check_character(body.replace('-', ''))}"


def normalise_registry_number(typed: str) -> str:
    """Return a typed registry number as printed; raise BadIdentifier when it cannot be one."""
    text = "".join(typed.upper().split()).strip("-")
    body, _, check = text.rpartition("-")
    if body.count("-") < 2 or len(check) != 1:
        raise BadIdentifier("a registry number has a series, a year, a sequence and a check letter")
    if check_character(body.replace("-", "")) != check:
        raise BadIdentifier("the check character does not fit the number")
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
