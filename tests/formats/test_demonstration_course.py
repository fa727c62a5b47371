"""The demonstration course's data files are complete, parallel and sound in both languages."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

COURSE = Path(__file__).parents[2] / "cms" / "demonstration" / "course"
LANGUAGES = {"es", "en"}
KINDS = {"single", "multiple", "true_false", "numeric"}
BLOCK_TYPES = {
    "text",
    "heading",
    "key_idea",
    "comparison_table",
    "case_facts",
    "steps",
    "self_check",
    "image",
    "dialogue",
    "timeline",
}
ALLOWED_TAGS = {"p", "ul", "ol", "li", "b", "i"}
REFERENCE = re.compile(r"\[\[([a-z0-9-]+)\]\]")
TERM = re.compile(r"\[\[termino:([a-z0-9-]+)\]\]")
TAG = re.compile(r"</?([a-zA-Z0-9]+)[^>]*>")
WORD = re.compile(r"\w+(?:[-’']\w+)*")
OUT_OF_PLACE = {
    "es": ('"', "“", "”", "CNPP", "trata de blancas", "prostituta", "pornografía", "cliente"),
    "en": ('"', "«", "»", "CNPP", "white slave", "prostitute", "pornography", "client "),
}
# What a passage may say only while it says that it is no longer the law.
FALLEN = {
    "005-2016-IN": {"es": ("derog",), "en": ("repeal",)},
    "011-2014-TR": {"es": ("derog",), "en": ("repeal",)},
    "32330": {"es": ("inconstitucional", "caen"), "en": ("unconstitutional", "fall")},
}


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def lesson_files() -> list[Path]:
    return sorted((COURSE / "lessons").glob("*.yaml"))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def translated(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping that carries a text in some language."""
    if isinstance(value, dict):
        if LANGUAGES & value.keys():
            yield value
        else:
            for part in value.values():
                yield from translated(part)
    elif isinstance(value, list):
        for part in value:
            yield from translated(part)


def shape(value: Any) -> Any:
    """Reduce a text to its structure, so that two languages can be compared."""
    if isinstance(value, dict):
        return {key: shape(part) for key, part in value.items()}
    if isinstance(value, list):
        return [shape(part) for part in value]
    references = sorted(REFERENCE.findall(value)) + sorted(TERM.findall(value))
    return [tag.group(0) for tag in TAG.finditer(value)], references


def text_of(value: Any) -> str:
    return " ".join(strings(value))


def passages_of_lesson(lesson: dict[str, Any], language: str) -> Iterator[str]:
    """Yield the lesson's passages; a case is read together with the block that answers it."""
    body = lesson["body"]
    for position, block in enumerate(body):
        passage = text_of(block[language])
        if block["type"] == "case_facts" and position + 1 < len(body):
            passage += " " + text_of(body[position + 1][language])
        yield passage
    for citation in lesson["citations"]:
        yield text_of([citation["label"][language], citation["text"][language]])


def passages_of_item(item: dict[str, Any], language: str) -> Iterator[str]:
    yield item["stem"][language] + " " + item["feedback"][language]
    for option in item.get("options", []):
        yield option["text"][language] + " " + option["feedback"][language]


course = load(COURSE / "course.yaml")
items = {item["key"]: item for item in load(COURSE / "items.yaml")}
lessons = {path.stem: load(path) for path in lesson_files()}
glossary = load(COURSE / "glossary.yaml")
quizzes = [*(module["quiz"] for module in course["modules"]), course["final_test"]]

each_lesson = pytest.mark.parametrize("lesson", lessons.values(), ids=lessons.keys())
each_item = pytest.mark.parametrize("item", items.values(), ids=items.keys())
each_quiz = pytest.mark.parametrize("quiz", quizzes, ids=[quiz["key"] for quiz in quizzes])
each_language = pytest.mark.parametrize("language", sorted(LANGUAGES))


# Both languages


@pytest.mark.parametrize(
    "document",
    [course, list(items.values()), glossary, *lessons.values()],
    ids=["course", "items", "glossary", *lessons],
)
def test_every_text_stands_in_both_languages_with_the_same_structure(document):
    pairs = list(translated(document))
    assert pairs
    for pair in pairs:
        assert pair.keys() >= LANGUAGES
        assert all(text.strip() for text in strings([pair["es"], pair["en"]]))
        assert shape(pair["es"]) == shape(pair["en"])


@each_language
@pytest.mark.parametrize(
    "document",
    [course, list(items.values()), glossary, *lessons.values()],
    ids=["course", "items", "glossary", *lessons],
)
def test_no_word_or_quotation_mark_is_out_of_place(document, language):
    text = text_of([pair[language] for pair in translated(document)])
    found = [word for word in OUT_OF_PLACE[language] if word.lower() in text.lower()]
    assert found == []
    assert text.count("«") == text.count("»")
    assert text.count("“") == text.count("”")


# The course


def test_the_keys_are_the_files_and_the_items_are_told_apart():
    named = [key for module in course["modules"] for key in module["lessons"]]
    assert named == sorted(lessons)
    assert all(lesson["key"] == stem for stem, lesson in lessons.items())
    assert len(items) == len(load(COURSE / "items.yaml"))


def test_the_hours_are_the_minutes_of_lessons_quiz_and_test():
    minutes = sum(lesson["minutes"] for lesson in lessons.values())
    minutes += sum(quiz["minutes"] for quiz in quizzes)
    assert minutes == course["hours"] * course["academic_hour_minutes"]


@each_lesson
def test_a_lesson_and_its_items_use_competences_of_the_course(lesson):
    known = {competence["code"] for competence in course["competences"]}
    assert lesson["competence"] in known
    assert {item["competence"] for item in items.values()} <= known


# Lessons


@each_language
@each_lesson
def test_a_lesson_is_between_800_and_1500_words(lesson, language):
    text = text_of([block[language] for block in lesson["body"]])
    words = WORD.findall(TAG.sub(" ", TERM.sub(" ", REFERENCE.sub(" ", text))))
    assert 800 <= len(words) <= 1500


@each_lesson
def test_a_lesson_has_the_blocks_a_lesson_needs(lesson):
    types = [block["type"] for block in lesson["body"]]
    assert set(types) <= BLOCK_TYPES
    assert types.count("text") >= 5
    assert types.count("case_facts") >= 2
    assert types.count("comparison_table") >= 1
    assert types.count("steps") >= 1
    assert types.count("key_idea") >= 2
    assert types.count("self_check") >= 2


@each_language
@each_lesson
def test_every_reference_has_a_citation_and_every_citation_a_reference(lesson, language):
    cited = [citation["id"] for citation in lesson["citations"]]
    referred = set(REFERENCE.findall(text_of([block[language] for block in lesson["body"]])))
    assert len(cited) == len(set(cited))
    assert referred == set(cited)
    for citation in lesson["citations"]:
        assert citation["provision"].strip()
        assert citation["source"].strip()
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", citation["seen"])


def test_the_lessons_refer_to_terms_of_the_glossary_and_the_glossary_says_where_they_are_from():
    codes = [term["code"] for term in glossary]
    assert len(codes) == len(set(codes))
    referred = set(TERM.findall(text_of([lesson["body"] for lesson in lessons.values()])))
    assert len(referred) >= 5
    assert referred <= set(codes)
    assert all(len(text) <= 600 for term in glossary for text in strings(term["definition"]))


@each_lesson
def test_rich_text_stays_within_the_allowed_tags_and_closes_them(lesson):
    for text in strings(lesson["body"]):
        open_tags: list[str] = []
        for tag in TAG.finditer(text):
            assert tag.group(1) in ALLOWED_TAGS
            assert tag.group(0) in (f"<{tag.group(1)}>", f"</{tag.group(1)}>")
            if tag.group(0).startswith("</"):
                assert open_tags.pop() == tag.group(1)
            else:
                open_tags.append(tag.group(1))
        assert open_tags == []


@each_language
@each_lesson
def test_every_row_of_a_table_has_a_cell_for_each_column(lesson, language):
    tables = [block[language] for block in lesson["body"] if block["type"] == "comparison_table"]
    for table in tables:
        assert {len(row) for row in table["rows"]} == {len(table["columns"])}


@each_language
@each_lesson
def test_a_case_says_that_it_is_fictional(lesson, language):
    word = {"es": "ficticio", "en": "fictional"}[language]
    cases = [block[language] for block in lesson["body"] if block["type"] == "case_facts"]
    assert all(word in case["number"].lower() for case in cases)


@each_lesson
def test_the_diagrams_are_small_drawings_without_scripts(lesson):
    for block in lesson["body"]:
        if block["type"] == "image":
            drawing = (COURSE / "images" / block["file"]).read_text(encoding="utf-8")
            assert drawing.startswith("<svg")
            assert "viewBox" in drawing
            assert "<script" not in drawing
            assert "<image" not in drawing
            assert len(drawing) < 10_000


# Items and quizzes


@each_item
def test_an_item_says_what_it_measures_and_where_it_rests(item):
    assert item["kind"] in KINDS
    assert item["module"] in {"m1", "m2"}
    assert item["difficulty"] in {1, 2, 3}
    assert item["bloom"]
    assert item["citations"]
    assert (item["review"] == "lawyer") == bool(item.get("lawyer_points"))
    assert item["review"] in {"none", "lawyer"}


@each_item
def test_an_item_can_be_answered_rightly_and_wrongly(item):
    if item["kind"] == "numeric":
        numeric = item["numeric"]
        assert "options" not in item
        assert numeric["tolerance"] >= 0
        assert numeric["wrong"]
        for wrong in numeric["wrong"]:
            assert abs(wrong["value"] - numeric["value"]) > numeric["tolerance"]
        return
    right = [option for option in item["options"] if option["correct"]]
    assert len(right) < len(item["options"])
    if item["kind"] == "multiple":
        assert len(right) >= 1
    else:
        assert len(right) == 1
    if item["kind"] == "true_false":
        assert [option["text"]["es"] for option in item["options"]] == ["Verdadero", "Falso"]
    assert all(option["feedback"]["es"] and option["feedback"]["en"] for option in item["options"])


@each_quiz
def test_a_quiz_asks_reviewed_items_of_all_four_kinds(quiz):
    asked = [items[key] for key in quiz["items"]]
    assert len(set(quiz["items"])) == len(quiz["items"])
    assert {item["review"] for item in asked} == {"none"}
    assert {item["kind"] for item in asked} == KINDS
    assert 0 < quiz["cut_score"] <= 1
    assert quiz["attempts"] >= 1


def test_the_quiz_has_ten_items_the_final_twelve_of_both_modules_and_none_twice():
    (quiz, final) = quizzes
    assert (len(quiz["items"]), len(final["items"])) == (10, 12)
    assert not set(quiz["items"]) & set(final["items"])
    assert {items[key]["module"] for key in quiz["items"]} == {"m1"}
    assert {items[key]["module"] for key in final["items"]} == {"m1", "m2"}


def test_the_bank_holds_enough_usable_items():
    usable = [item for item in items.values() if item["review"] == "none"]
    assert len(usable) >= 24
    assert len([item for item in usable if item["kind"] == "numeric"]) >= 6


# The law


@each_language
@pytest.mark.parametrize("norm", FALLEN)
def test_a_fallen_norm_is_named_only_to_say_that_it_fell(norm, language):
    passages = [
        *(text for lesson in lessons.values() for text in passages_of_lesson(lesson, language)),
        *(text for item in items.values() for text in passages_of_item(item, language)),
    ]
    naming = [passage for passage in passages if norm in passage]
    assert naming, f"nothing names {norm}: this check has lost its object"
    for passage in naming:
        assert any(mark in passage.lower() for mark in FALLEN[norm][language]), passage


def test_the_lessons_rest_on_the_norms_of_today():
    provisions = {
        citation["provision"] for lesson in lessons.values() for citation in lesson["citations"]
    }
    assert {"CP 129-A.1", "CP 129-B", "CP 129-Q", "D.S. 007-2023-IN"} <= provisions
    assert not {provision for provision in provisions if provision.startswith("CP 153")}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("o05-attempt-floor", 8 * 12 - 8 * 12 / 3),
        ("o13-third", (15 - 8) * 12 / 3),
        ("o14-width", (15 - 8) * 12),
        ("o15-cost-of-missing", (12 - 8) * 12),
        ("o11-indicator-count", 11),
        ("o16-verb-count", 6),
        ("o17-second-paragraph", 3),
    ],
)
def test_the_sums_of_the_numeric_items_follow_from_the_law(key, value):
    assert items[key]["numeric"]["value"] == value
