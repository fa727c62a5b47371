"""A frozen text as the templates read it; the same for a learner and for an author's preview."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from cms.freezing import Meaning, frozen_text


@dataclass(frozen=True)
class ShownCitation:
    """A citation in the margin and among the footnotes."""

    number: int
    label: str
    provision: str
    summary: str
    source: str
    seen: date | None
    template: str = "cms/note.html"


@dataclass(frozen=True)
class ShownTerm:
    """A term of the glossary in the margin and at the foot of the lesson."""

    letter: str
    term: str
    definition: str
    provision: str
    template: str = "cms/term.html"


@dataclass(frozen=True)
class ShownPassage:
    """A block with the notes that stand beside it."""

    id: str
    template: str
    block: Mapping[str, Any]
    notes: Sequence[ShownCitation | ShownTerm]
    level: int  # of a heading that the block itself brings along

    @property
    def is_heading(self) -> bool:
        """Say whether a section or a part of the lesson begins here."""
        return self.template == "cms/blocks/heading.html"


@dataclass(frozen=True)
class DrawnPart:
    """A stretch of a lesson as HTML; then what each page draws itself, or where a heading ended."""

    html: SafeString
    passage: ShownPassage | None = None
    heading: ShownPassage | None = None


@dataclass(frozen=True)
class ShownLesson:
    """All that a lesson's page shows of the lesson itself."""

    language: str
    title: str
    objective: str
    notice: str
    minutes: int
    body: Sequence[ShownPassage]
    citations: Sequence[ShownCitation]
    terms: Sequence[ShownTerm]
    reviewed_by: str
    reviewed_on: date | None
    check_by: date | None
    drawn_body: Sequence[DrawnPart] = ()
    drawn_sources: str = ""  # what stands below the text, as HTML


def shown_lesson(
    text: Mapping[str, Any], *, language: str, minutes: int, check_by: date | None
) -> ShownLesson:
    """Return a frozen text, as a version keeps it, ready for the templates."""
    citations = {citation["key"]: _citation(citation) for citation in text["citations"]}
    terms = {term["key"]: _term(term) for term in text.get("terms", [])}
    review = text["review"]
    return ShownLesson(
        language=language,
        title=text["title"],
        objective=text["objective"],
        notice=text["notice"],
        minutes=minutes,
        body=_body(text["body"], {**citations, **terms}),
        citations=list(citations.values()),
        terms=list(terms.values()),
        reviewed_by=review.get("by", ""),
        reviewed_on=date.fromisoformat(review["on"]) if review else None,
        check_by=check_by,
    )


def _body(
    passages: Sequence[Mapping[str, Any]], notes: Mapping[str, ShownCitation | ShownTerm]
) -> list[ShownPassage]:
    body = []
    level = 2
    for passage in passages:
        if passage["type"] == "heading":
            level = int(passage["block"]["level"]) + 1
        body.append(
            ShownPassage(
                id=passage["id"],
                template=f"cms/blocks/{passage['type']}.html",
                block=passage["block"],
                notes=[notes[key] for key in passage["notes"]],
                level=level,
            )
        )
    return body


def drawn_lesson(lesson: ShownLesson) -> ShownLesson:
    """Return the same lesson with its HTML in the present language: for all of its readers."""
    return replace(
        lesson,
        drawn_body=list(_drawn_body(lesson.body)),
        drawn_sources=render_to_string("cms/lesson_sources.html", {"lesson": lesson}),
    )


def _drawn_body(body: Sequence[ShownPassage]) -> Iterator[DrawnPart]:
    """Yield the text up to each heading, and up to each block with files.

    Those are left to the page: where a file is depends on the reader or on the hour.
    """
    html = SafeString()
    for passage in body:
        if passage.block.keys() & {"file", "files"}:
            yield DrawnPart(html, passage=passage)
            html = SafeString()
            continue
        html += render_to_string("cms/passage.html", {"passage": passage})
        if passage.is_heading:
            yield DrawnPart(html, heading=passage)
            html = SafeString()
    yield DrawnPart(html)


def _citation(citation: Mapping[str, Any]) -> ShownCitation:
    return ShownCitation(
        number=citation["number"],
        label=citation["label"],
        provision=citation["provision"],
        summary=citation["summary"],
        source=citation["source"],
        seen=date.fromisoformat(citation["seen"]) if citation["seen"] else None,
    )


def _term(term: Mapping[str, Any]) -> ShownTerm:
    return ShownTerm(
        letter=term["letter"],
        term=term["term"],
        definition=term["definition"],
        provision=term["provision"],
    )


def previewed_lesson(page: Any, *, terms: Mapping[str, Meaning]) -> ShownLesson:
    """Return a lesson page, as it is in memory, as its learners would see it."""
    lesson = shown_lesson(
        frozen_text(page, terms=terms).as_json(),
        language=page.locale.language_code,
        minutes=page.minutes,
        check_by=page.check_by,
    )
    return drawn_lesson(lesson)
