"""Turn a lesson in one language into plain data that can be kept for ever and shown cheaply."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.utils import translation

from cms.blocks.notes import Notes
from cms.pictures import keep


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
class Passage:
    """A block, or a part of one, and the citations whose notes stand beside it."""

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
    review: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the text as a version keeps it."""
        return asdict(self)


def frozen_text(page: Any, *, review: dict[str, str] | None = None) -> Text:
    """Return a lesson page, as it is in memory, as plain data in its own language."""
    with translation.override(page.locale.language_code):
        notes = Notes([citation.value["key"] for citation in page.citations])
        body = [passage for bound in page.body for passage in _passages(bound, notes)]
        return Text(
            title=page.title,
            objective=page.objective,
            notice=page.content_notice,
            citations=_citations(page, notes.numbers),
            body=body,
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


def with_kept_pictures(text: Text) -> Text:
    """Return a text whose pictures are copies of its own."""
    return replace(text, body=[_with_kept_picture(passage) for passage in text.body])


def _with_kept_picture(passage: Passage) -> Passage:
    if not passage.block.get("file"):
        return passage
    return replace(passage, block=passage.block | {"file": keep(passage.block["file"])})
