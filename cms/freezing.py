"""Turn a lesson in one language into plain data that can be kept for ever and shown cheaply."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.utils import translation

from cms.blocks.notes import TERM, Notes
from cms.pictures import FILES, keep


@dataclass(frozen=True)
class Citation:
    """A citation as its margin note shows it; number 0 when the text does not refer to it."""

    key: str
    number: int
    label: str
    provision: str
    summary: str
    source: str
    seen: str


@dataclass(frozen=True)
class Meaning:
    """What a term of the glossary means, as it was approved."""

    code: str
    term: str
    definition: str
    provision: str


@dataclass(frozen=True)
class Term:
    """A term that the text refers to, as its margin note shows it."""

    key: str
    letter: str
    term: str
    definition: str
    provision: str


@dataclass(frozen=True)
class Passage:
    """A block, or a part of one, and the citations and terms whose notes stand beside it."""

    id: str
    type: str
    block: dict[str, Any]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Text:
    """A lesson in one language. `review` says who approved it and when."""

    title: str
    objective: str
    notice: str
    citations: Sequence[Citation]
    body: Sequence[Passage]
    terms: Sequence[Term] = ()
    review: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the text as a version keeps it; one without terms says nothing of terms.

        So the digest of a lesson without terms stays what it was before there were any.
        """
        text = asdict(self)
        if not self.terms:
            del text["terms"]
        return text


def frozen_text(
    page: Any, *, terms: Mapping[str, Meaning], review: dict[str, str] | None = None
) -> Text:
    """Return a lesson page, as it is in memory, as plain data in its own language.

    `terms` are the terms of the glossary that can be told in that language, by code.
    """
    with translation.override(page.locale.language_code):
        notes = Notes(
            [citation.value["key"] for citation in page.citations],
            {code: meaning.term for code, meaning in terms.items()},
        )
        body = [passage for bound in page.body for passage in _passages(bound, notes)]
        return Text(
            title=page.title,
            objective=page.objective,
            notice=page.content_notice,
            citations=_citations(page, notes.numbers),
            body=body,
            terms=[
                Term(
                    key=f"{TERM}{code}",
                    letter=mark,
                    term=terms[code].term,
                    definition=terms[code].definition,
                    provision=terms[code].provision,
                )
                for code, mark in notes.letters.items()
            ],
            review=review or {},
        )


def _passages(bound: Any, notes: Notes) -> list[Passage]:
    passages = []
    for part, block in enumerate(bound.block.passages(bound.value, notes)):
        placed = [*block.pop("notes", []), *notes.take()]
        name = f"{bound.id}-{part}" if part else str(bound.id)
        passages.append(Passage(id=name, type=bound.block_type, block=block, notes=placed))
    return passages


def _citations(page: Any, numbers: dict[str, int]) -> list[Citation]:
    citations = [
        Citation(
            key=value["key"],
            number=numbers.get(value["key"], 0),
            label=value["label"],
            provision=value["provision"],
            summary=value["summary"],
            source=value["source"],
            seen=value["seen"].isoformat() if value["seen"] else "",
        )
        for value in (bound.value for bound in page.citations)
    ]
    return sorted(citations, key=lambda citation: citation.number or len(citations) + 1)


def with_kept_files(text: Text) -> Text:
    """Return a text whose pictures, documents and recordings are copies of its own."""
    return replace(text, body=[_with_kept_files(passage) for passage in text.body])


def _with_kept_files(passage: Passage) -> Passage:
    """Keep the picture of a block where anybody may see it, its files where learners may."""
    block = passage.block
    if block.get("file"):
        block = block | {"file": keep(block["file"])}
    if block.get("files"):
        kept = {part: keep(name, folder=FILES) for part, name in block["files"].items()}
        block = block | {"files": kept}
    return replace(passage, block=block)
