"""The glossary: terms beside the line that uses them, frozen with the lesson, and on their page."""

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from cms import building, queries
from cms.blocks.notes import Notes, letter, referred_to, terms_in
from cms.material import Notice
from cms.models import GlossaryTerm, LessonPage, LessonVersion
from cms.publishing import CannotPublish, preview_of_publication
from cms.rules import alphabetical, heading_letter, matches
from cms.states import texts_of_course
from tests.factories.cms import (
    Written,
    both,
    edit,
    fresh,
    in_admin,
    lesson_data,
    published,
    reading,
    term,
    term_data,
    written,
)
from tests.factories.learning import LearnerFactory

TEXT = "<p>Da su consentimiento[[termino:consentimiento]] y cita [[cp-129-a]].</p>"


def a_lesson_with_a_term(
    *, is_approved: bool = True, is_translated: bool = False, is_told_in_english: bool = False
) -> tuple[Written, GlossaryTerm]:
    """Return a draft of a course whose one lesson refers to a term, and the term."""
    course = written(lessons=0)
    if is_approved:
        word = term(course.author, course.reviewer, is_translated=is_told_in_english)
    else:
        word = building.create_term(term_data(), course.author)
    data = lesson_data(1, body=[{"type": "text", **both(TEXT)}])
    page = building.create_lesson(course.module, data, course.author)
    course.lessons.append(page)
    course.texts.append(page)
    if is_translated:
        told = LessonPage(**building.lesson_fields(data, "en"))
        course.texts.append(building.translate(page, told, language="en", user=course.author))
    return course, word


def texts(notices: list[Notice]) -> str:
    return " | ".join(notice.text for notice in notices)


# --- In lessons -------------------------------------------------------------------------------


def test_references_to_terms_and_to_citations_are_told_apart() -> None:
    text = "a [[cp-129-a]] b[[termino:consentimiento]] c [[ término: niñez ]] d[[term:x]]"
    assert referred_to(text) == ["cp-129-a"]
    assert terms_in(text) == ["consentimiento", "niñez", "x"]


def test_terms_have_letters_and_citations_numbers() -> None:
    notes = Notes(["cp"], {"b": "dos <2>", "a": "uno"})
    with translation.override("en"):
        marked = notes.plain("x [[termino:b]] [[cp]]")
    assert 'href="#note-a" aria-label="Meaning of “dos &lt;2&gt;”">a</a>' in marked
    assert 'href="#note-1"' in marked
    notes.rich("<p>[[termino:a]] [[termino:b]] [[termino:unknown]]</p>")
    assert notes.letters == {"b": "a", "a": "b"}
    assert notes.take() == ["termino:b", "cp", "termino:a"]


@pytest.mark.parametrize(("place", "mark"), [(1, "a"), (26, "z"), (27, "aa"), (53, "ba")])
def test_the_letters_go_on_after_z(place: int, mark: str) -> None:
    assert letter(place) == mark


@pytest.mark.django_db
def test_a_term_stands_beside_its_line_and_stays_what_it_was(client: Client) -> None:
    course, word = a_lesson_with_a_term()
    course.approve()
    version = course.publish()
    enrollment = reading(version)
    client.force_login(enrollment.learner)
    address = f"/learn/{enrollment.uuid}/{course.lessons[0].translation_key}/"
    html = client.get(address).content.decode()
    assert '<details class="note" id="note-a">' in html
    assert 'href="#note-a"' in html
    assert html.count("Qué es consentimiento.") == 2, "in the margin and at the foot"
    assert LessonVersion.objects.get().texts["es"]["terms"] == [
        {
            "key": "termino:consentimiento",
            "letter": "a",
            "term": "consentimiento",
            "definition": "Qué es consentimiento.",
            "provision": "Código Penal, artículo 129-A",
        }
    ]

    course.approve(edit(word, course.author, definition="Otra definición."))
    assert fresh(word).definition == "Otra definición."
    assert "Qué es consentimiento." in client.get(address).content.decode()
    course.publish()
    assert [v.texts["es"]["terms"][0]["definition"] for v in LessonVersion.objects.all()] == [
        "Qué es consentimiento.",
        "Otra definición.",
    ]
    GlossaryTerm.objects.all().delete()
    assert "Qué es consentimiento." in client.get(address).content.decode()


@pytest.mark.django_db
def test_a_draft_of_a_term_reaches_no_lesson() -> None:
    course, word = a_lesson_with_a_term()
    edit(word, course.author, definition="Sin aprobar.")
    course.approve()
    course.publish()
    told = LessonVersion.objects.get().texts["es"]["terms"]
    assert told[0]["definition"] == "Qué es consentimiento."


@pytest.mark.django_db
def test_a_term_that_nobody_approved_stands_in_the_way() -> None:
    course, _word = a_lesson_with_a_term(is_approved=False)
    course.approve()
    publication = preview_of_publication(course.course)
    assert "consentimiento" in texts(publication.problems)
    with pytest.raises(CannotPublish):
        course.publish()


@pytest.mark.django_db
def test_a_translation_does_without_a_term_that_is_not_approved_in_its_language() -> None:
    course, _word = a_lesson_with_a_term(is_translated=True)
    course.approve()
    publication = preview_of_publication(course.course)
    assert publication.can_be_published
    assert "consentimiento" in texts(publication.warnings)
    course.publish()
    english = LessonVersion.objects.get().texts["en"]
    assert "terms" not in english
    assert "[[" not in english["body"][0]["block"]["html"]


@pytest.mark.django_db
def test_a_translated_term_is_told_in_its_language() -> None:
    course, _word = a_lesson_with_a_term(is_translated=True, is_told_in_english=True)
    course.approve()
    course.publish()
    english = LessonVersion.objects.get().texts["en"]
    assert english["terms"][0]["definition"] == "EN Qué es consentimiento."


@pytest.mark.django_db
def test_a_lesson_without_terms_is_frozen_as_before_there_were_any() -> None:
    published(lessons=1)
    assert "terms" not in LessonVersion.objects.get().texts["es"]


@pytest.mark.django_db
def test_a_text_that_refers_to_no_term_of_the_glossary_is_refused() -> None:
    data = lesson_data(1, body=[{"type": "text", **both(TEXT)}])
    page = LessonPage(**building.lesson_fields(data, "es"))
    with pytest.raises(ValidationError) as refusal:
        page.clean()
    assert "consentimiento" in str(refusal.value.message_dict["body"])


@pytest.mark.django_db
def test_the_terms_of_a_course_are_sent_for_review_with_it() -> None:
    course, word = a_lesson_with_a_term(is_approved=False)
    building.create_term(term_data("otro"), course.author)
    found = [text.object for text in texts_of_course(course.course)]
    assert [obj for obj in found if isinstance(obj, GlossaryTerm)] == [word]


@pytest.mark.django_db
def test_a_reviewer_approves_a_term_in_the_admin(client: Client, settings: Any) -> None:
    course, word = a_lesson_with_a_term(is_approved=False)
    building.submit_for_review(word, course.author)
    state = fresh(word).current_workflow_task_state
    address = reverse(
        "wagtailsnippets_cms_glossaryterm:workflow_action", args=[word.pk, "approve", state.pk]
    )
    in_admin(client, course.author, settings).post(address)
    assert not fresh(word).live, "nobody approves their own text"
    in_admin(client, course.reviewer, settings).post(address)
    assert fresh(word).live


@pytest.mark.django_db
def test_an_author_s_preview_shows_the_latest_draft_of_a_term(
    client: Client, settings: Any
) -> None:
    course, word = a_lesson_with_a_term(is_approved=False)
    edit(word, course.author, definition="Recién escrita.")
    page = fresh(course.lessons[0]).get_latest_revision_as_object()
    context = page.get_preview_context(None, "")
    assert [shown.definition for shown in context["lesson"].terms] == ["Recién escrita."]
    in_admin(client, course.author, settings)
    listing = client.get("/admin/snippets/cms/glossaryterm/")
    assert "consentimiento" in listing.content.decode()
    html = page_of_preview(word)
    assert "Recién escrita." in html


def page_of_preview(word: GlossaryTerm) -> str:
    latest = fresh(word).get_latest_revision_as_object()
    return latest.make_preview_request().content.decode()


# --- Its page ---------------------------------------------------------------------------------


def test_the_alphabet_is_the_spanish_one() -> None:
    words = ["órgano", "ñandú", "nube", "Ámbito", "acoger", "zona"]
    assert sorted(words, key=alphabetical) == [
        "acoger", "Ámbito", "nube", "ñandú", "órgano", "zona",
    ]  # fmt: skip
    assert [heading_letter(word) for word in ("Ámbito", "ñandú", "1818")] == ["A", "Ñ", "#"]


@pytest.mark.parametrize(
    ("search", "is_found"),
    [("", True), ("VICTIMA", True), ("niñez victima", True), ("ninez", True), ("juez", False)],
)
def test_a_search_forgives_accents_and_needs_every_word(search: str, is_found: bool) -> None:
    assert matches(search, "Víctima", "de la niñez") is is_found


@pytest.fixture
def course(db: None) -> Written:
    return written(lessons=0)


def test_the_page_shows_the_approved_terms_of_its_language(client: Client, course: Written) -> None:
    for code in ("trata", "acoger", "ámbito"):
        word = term(course.author, course.reviewer, code=code, is_translated=code == "trata")
    edit(word, course.author, definition="Sin aprobar.")
    building.create_term(term_data("borrador"), course.author)
    client.force_login(LearnerFactory())
    html = client.get("/learn/glossary/").content.decode()
    assert html.index("<dt>Acoger") < html.index("<dt>Ámbito") < html.index("<dt>Trata")
    assert "Sin aprobar" not in html
    assert "orrador" not in html
    assert "style=" not in html
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = "en"
    english = client.get("/learn/glossary/").content.decode()
    assert "EN Qué es trata." in english
    assert "Qué es acoger." not in english


def test_the_search_works_by_its_address_alone(client: Client, course: Written) -> None:
    for code in ("trata", "acoger"):
        term(course.author, course.reviewer, code=code)
    client.force_login(LearnerFactory())
    html = client.get("/learn/glossary/", {"q": "TRATÁ"}).content.decode()
    assert "Qué es trata." in html
    assert "Qué es acoger." not in html
    assert 'value="TRATÁ"' in html
    nothing = client.get("/learn/glossary/", {"q": "<b>nada"}).content.decode()
    assert "&lt;b&gt;nada" in nothing
    assert "Qué es trata." not in nothing


def test_an_empty_glossary_says_so(client: Client, db: None) -> None:
    client.force_login(LearnerFactory())
    assert client.get("/learn/glossary/").status_code == 200


@pytest.mark.parametrize("size", [1, 6])
def test_the_page_costs_the_same_however_many_terms(
    course: Written, size: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(size):
        term(course.author, course.reviewer, code=f"palabra-{number}")
    with django_assert_num_queries(1):
        assert queries.glossary(language="es").total == size
