"""Identity documents: what people type, and what a country's look like; recoveries. Pure."""

import re
from dataclasses import dataclass

_DECORATION = re.compile(r"[\s.\-_/·]+")


class BadDocument(ValueError):
    """What was typed is not a number of that document."""


@dataclass(frozen=True)
class DocumentKind:
    """One kind of identity document of one country."""

    country: str
    code: str
    name: str
    pattern: str
    hint: str

    @property
    def key(self) -> str:
        """Return what a form calls it."""
        return f"{self.country}:{self.code}"


def clean_number(*, kind: DocumentKind, typed: str) -> str:
    """Return a document's number without decoration; raise BadDocument if it cannot be one."""
    number = _DECORATION.sub("", typed).upper()
    if not re.fullmatch(kind.pattern, number):
        raise BadDocument(kind.hint)
    return number


def approvals_needed(*, works_here: bool) -> int:
    """Return how many administrators have to make sure before a second factor is removed."""
    return 2 if works_here else 1
