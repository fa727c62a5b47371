"""The catalogue: every published course, found by words and filters, by anybody."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.models import Topic
from cms.rules import Length, length_of
from tests.factories.cms import Written, edit, fresh, in_admin, published, written
from tests.factories.learning import CohortFactory, EditionFactory, EnrollmentFactory
from training.catalogue.models import CourseVersion

pytestmark = pytest.mark.django_db

ADDRESS = "/courses/"


def course(*, is_translated: bool = False, **changes: Any) -> Written:
    """Return a published course whose page says something else."""
    made = written(lessons=1, is_translated=is_translated)
    draft = fresh(made.course)
    edit(draft, made.author, **changes)
    made.approve()
    made.publish()
    return made


def found(*, reads: str = "es", **asked: str) -> list[str]:
    """Return the titles that a visitor finds who reads a language."""
    client = Client()
    client.cookies["django_language"] = reads
    page = client.get(ADDRESS, asked).content.decode()
    return re.findall(r'<p class="row-title"><a [^>]*>([^<]*)</a>', page)


def test_a_visitor_finds_published_courses_and_no_drafts() -> None:
    course(title="Trata: fundamentos")
    written(lessons=1)
    assert found() == ["Trata: fundamentos"]


def test_a_draft_of_a_published_course_is_not_shown() -> None:
    made = course(title="Como se aprobó")
    edit(made.course, made.author, title="Como se quiere cambiar")
    assert found() == ["Como se aprobó"]


@pytest.mark.parametrize("words", ["reparacion", "REPARACIÓN", "victimas repar", "calificar"])
def test_words_are_found_without_accents_in_title_summary_and_outcomes(words: str) -> None:
    course(title="Víctimas y audiencias", summary="La reparación en la sentencia.")
    course(title="Otra", summary="Nada de eso.", outcomes=[("outcome", "Citar")])
    assert found(q=words) == ["Víctimas y audiencias"]


def test_words_are_searched_in_the_language_of_the_page() -> None:
    made, _version = published(lessons=1, is_translated=True)
    told = made.english(made.course)
    assert told.title.startswith("EN ")
    assert found(reads="en", q="EN") == [told.title]
    assert found(reads="es", q="EN un") == []


def test_a_course_that_is_not_translated_is_told_in_its_own_language() -> None:
    course(title="Solo en castellano")
    client = Client()
    client.cookies["django_language"] = "en"
    assert 'lang="es">Solo en castellano</a>' in client.get(ADDRESS).content.decode()


def test_topics_filter_and_only_those_in_use_are_offered() -> None:
    for code, name in (("prueba", "Prueba"), ("pena", "Determinación de la pena")):
        Topic.objects.create(code=code, names={"es": name, "en": f"EN {name}"})
    course(title="Con prueba", topics=["prueba"])
    course(title="Sin tema", topics=[])
    assert found(topic="prueba") == ["Con prueba"]
    page = Client().get(ADDRESS).content.decode()
    assert '<option value="prueba">Prueba</option>' in page
    assert "Determinación de la pena" not in page
    assert len(found(topic="retired-long-ago")) == 2


def test_hours_language_and_open_now_filter() -> None:
    short = course(title="Corto", hours=4)
    course(title="Largo", hours=60)
    assert found(length="short") == ["Corto"]
    assert found(length="long") == ["Largo"]
    assert found(length="nonsense") == ["Corto", "Largo"]
    told, _version = published(lessons=1, is_translated=True)
    assert found(language="en") == [told.course.title]
    assert found(open="1") == []
    version = CourseVersion.objects.get(course__key=str(short.course.translation_key))
    EditionFactory(course_version=version, by_list=True)
    EditionFactory(course_version=version, closed=True)
    assert found(open="1") == []
    EditionFactory(course_version=version)
    assert found(open="1") == ["Corto"]


def test_the_limits_of_a_length_belong_to_the_shorter_one() -> None:
    hours = ["8", "8.25", "24", "24.25"]
    assert [length_of(Decimal(number)) for number in hours] == [
        Length.SHORT, Length.MEDIUM, Length.MEDIUM, Length.LONG,
    ]  # fmt: skip


def test_the_number_found_is_announced_and_nothing_found_offers_a_way_on() -> None:
    course(title="Uno")
    page = Client().get(ADDRESS, {"q": "uno"}).content.decode()
    assert re.search(r'<p class="found" id="count" role="status">1 ', page)
    none = Client().get(ADDRESS, {"q": "<b>xyz</b>"}).content.decode()
    assert 'value="&lt;b&gt;xyz&lt;/b&gt;"' in none  # what was typed stays
    assert 'class="button" href="/courses/"' in none


def test_an_empty_catalogue_has_no_form() -> None:
    page = Client().get(ADDRESS).content.decode()
    assert '<form class="catalogue-form' not in page
    assert reverse("certificates:verify") in page


def test_the_form_works_alone_and_tells_htmx_what_to_replace() -> None:
    course(title="Uno")
    page = Client().get(ADDRESS).content.decode()
    form = page[
        page.index('<form class="catalogue-form') : page.index(
            "</form>", page.index("catalogue-form")
        )
    ]
    assert 'method="get" action="/courses/"' in form
    assert 'data-hx-push-url="true"' in form
    assert (
        'data-hx-target="#found" data-hx-select="#found" data-hx-select-oob="#count:innerHTML"'
        in form
    )
    assert form.index('id="q"') < page.index('id="found"')  # so the field keeps its focus


def test_the_catalogue_costs_the_same_for_many_courses() -> None:
    taken = []
    for more in (1, 2):
        for _number in range(more):
            made = course(title="Curso", topics=["prueba"], is_translated=True)
            EditionFactory(
                course_version=CourseVersion.objects.get(
                    course__key=str(made.course.translation_key)
                )
            )
            Topic.objects.create(code=f"t{Topic.objects.count()}", names={"es": "Tema"})
        cache.clear()
        Client().get(ADDRESS)
        with CaptureQueriesContext(connection) as captured:
            Client().get(ADDRESS, {"q": "curso"})
        taken.append(len(captured))
    assert taken[0] == taken[1]


def test_a_trainer_keeps_the_topics_and_gives_them_to_a_course(settings: Any) -> None:
    made = written(lessons=1)
    author = in_admin(Client(), made.author, settings)
    sent = {"code": "pena", "name_es": "Pena", "name_en": "Penalty"}
    author.post(reverse("topic:add"), sent)
    topic = Topic.objects.get()
    assert topic.names == {"es": "Pena", "en": "Penalty"}
    author.post(reverse("topic:edit", args=[topic.pk]), sent | {"name_en": "Sentence"})
    topic.refresh_from_db()
    assert topic.names["en"] == "Sentence"
    page = author.get(reverse("wagtailadmin_pages:edit", args=[made.course.pk])).content.decode()
    assert 'name="topics" value="pena"' in page
    refused = author.post(reverse("topic:add"), {"code": "otra", "name_es": "Otra"})
    assert 'value="Otra"' in refused.content.decode()  # a name is missing, nothing is lost
    assert Topic.objects.count() == 1


# --- The page of a course ----------------------------------------------------------------------


def page_of(made: Written) -> str:
    return Client().get(fresh(made.course).get_url()).content.decode()


def test_a_course_page_says_what_is_needed_before() -> None:
    made = course(prerequisites="Haber llevado el curso básico.")
    assert "Haber llevado el curso básico." in page_of(made)


def test_a_course_page_has_one_clear_action_and_the_places_that_are_left() -> None:
    made, version = published(lessons=1)
    full = EditionFactory(course_version=version, starts_on=date(2026, 1, 1))
    cohort = CohortFactory(edition=full, capacity=8)
    EnrollmentFactory.create_batch(8, edition=full, cohort=cohort)
    free = EditionFactory(course_version=version, by_application=True)
    CohortFactory(edition=free, capacity=12)
    EnrollmentFactory(edition=free, cohort=free.cohorts.get())
    page = page_of(made)
    assert re.findall(r'class="button" href="(/my/[^"]*)"', page) == [
        reverse("portal:enroll", args=[free.uuid])
    ]
    assert "11 " in page
    assert (
        f'class="button secondary small" href="{reverse("portal:enroll", args=[full.uuid])}"'
        in (page)
    )


def test_a_course_page_tells_of_editions_that_one_cannot_enter_now() -> None:
    made, version = published(lessons=1)
    later = EditionFactory(course_version=version, not_yet=True, titles={"es": "La de después"})
    named = EditionFactory(course_version=version, by_list=True, titles={"es": "Por designación"})
    EditionFactory(course_version=version, closed=True, titles={"es": "La de antes"})
    page = page_of(made)
    assert "La de después" in page
    assert "Por designación" in page
    assert "La de antes" not in page
    for edition in (later, named):
        assert reverse("portal:enroll", args=[edition.uuid]) not in page
