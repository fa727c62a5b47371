"""Situations of courses: drafts, approved texts, published versions, learners who read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.test import Client
from wagtail.documents import get_document_model
from wagtailmedia.models import Media, MediaType

from assessments.models import Item, Quiz
from cms import building
from cms.building import review_and_approve
from cms.models import (
    CoursePage,
    GlossaryTerm,
    HomePage,
    LessonPage,
    LessonVersion,
    ModulePage,
    QuizPage,
)
from cms.publishing import publish_course
from cms.reviewing import specific
from tests.factories import assessments
from tests.factories.learning import NOON, CountryFactory, EditionFactory, EnrollmentFactory
from tests.factories.people import PersonFactory
from training.accounts.models import User
from training.accounts.roles import Role
from training.catalogue.models import CourseVersion
from training.enrollments.models import Enrollment
from training.study.actions import choose_at_notice
from training.study.models import NoticeChoice

_numbers = count(1)


def both(text: str) -> dict[str, str]:
    """Return a text in both languages, the English one marked."""
    return {"es": text, "en": text.replace("<p>", "<p>EN ") if "<p>" in text else f"EN {text}"}


def lesson_data(number: int, **changes: Any) -> dict[str, Any]:
    """Return a lesson with one block of each kind and two citations, one of them cited twice."""
    return {
        "key": f"lesson-{number}",
        "title": both(f"Lección {number}"),
        "objective": both("Descomponer un relato."),
        "minutes": 45,
        "competence": "C1",
        "bloom": "analyse",
        "content_notice": both("Presenta un caso inventado."),
        "citations": [
            {
                "id": name,
                "label": both(f"Código Penal, {name}"),
                "provision": name,
                "text": both(f"Resumen de {name}"),
                "source": "SPIJ",
                "seen": "2026-06-12",
            }
            for name in ("cp-129-a", "cp-129-b")
        ],
        "body": [
            {
                "type": "text",
                **both("<p>Primero [[cp-129-b]].</p><p>Luego [[cp-129-a]] y [[cp-129-b]].</p>"),
            },
            {"type": "heading", "level": 2, **both("La conducta")},
            {
                "type": "key_idea",
                **{
                    code: {"title": title, "text": f"<p>{title}</p>"}
                    for code, title in both("A cada nombre, su verbo").items()
                },
            },
            {
                "type": "case_facts",
                **{
                    code: {
                        "title": title,
                        "number": f"{code} 01-2026",
                        "court": f"{code} Juzgado",
                        "entries": [
                            {"date": f"{code} 4 de mayo", "text": f"{code} Nélida responde."},
                            {"date": f"{code} 6 de mayo", "text": f"{code} Abel paga."},
                        ],
                        "question": f"{code} ¿Qué hizo?",
                    }
                    for code, title in both("El taller").items()
                },
            },
            {
                "type": "comparison_table",
                **{
                    code: {
                        "caption": title,
                        "columns": [f"{code} Elemento", f"{code} Hecho"],
                        "rows": [
                            [f"{code} Captar", f"{code} Aviso"],
                            [f"{code} Medio", f"{code} No"],
                        ],
                    }
                    for code, title in both("El caso, descompuesto").items()
                },
            },
            {
                "type": "steps",
                **{
                    code: {
                        "title": title,
                        "steps": [
                            {"title": f"{code} Ordene", "text": f"{code} Por fecha."},
                            {"title": f"{code} Pregunte", "text": f"{code} La edad."},
                        ],
                    }
                    for code, title in both("Dos pasos").items()
                },
            },
            {
                "type": "self_check",
                **{
                    code: {
                        "question": question,
                        "answer": f"{code} No.",
                        "reason": f"{code} Está consumado.",
                        "provision": f"{code} AP 4-2023",
                    }
                    for code, question in both("¿Hay tentativa?").items()
                },
            },
            {
                "type": "quotation",
                "link": "https://example.org/norma",
                **{
                    code: {"text": text, "who": f"{code} La fiscal", "source": f"{code} Acta"}
                    for code, text in both("Pregunté qué le habían hecho.").items()
                },
            },
            {
                "type": "timeline",
                **{
                    code: {
                        "title": title,
                        "entries": [
                            {
                                "date": f"{code} 2007",
                                "title": f"{code} Ley",
                                "text": f"{code} 1",
                            },
                            {
                                "date": f"{code} 2014",
                                "title": f"{code} Otra",
                                "text": f"{code} 2",
                            },
                        ],
                    }
                    for code, title in both("Las reformas").items()
                },
            },
            {
                "type": "dialogue",
                **{
                    code: {
                        "title": title,
                        "setting": f"{code} En la fiscalía",
                        "lines": [
                            {"speaker": f"{code} Fiscal", "text": f"{code} Cuénteme."},
                            {"speaker": f"{code} Nélida", "text": f"{code} Vi un aviso."},
                        ],
                    }
                    for code, title in both("La entrevista").items()
                },
            },
            {
                "type": "columns",
                **{
                    code: {"left": f"<p>{code} Izquierda</p>", "right": f"<p>{code} Derecha</p>"}
                    for code in ("es", "en")
                },
            },
            {
                "type": "accordion",
                **{
                    code: {
                        "parts": [
                            {"title": f"{code} Menor", "text": f"<p>{code} La edad.</p>"},
                            {"title": f"{code} Adulta", "text": f"<p>{code} El medio.</p>"},
                        ]
                    }
                    for code in ("es", "en")
                },
            },
        ],
    } | changes


def term_data(code: str = "consentimiento", **changes: Any) -> dict[str, Any]:
    """Return a term of the glossary."""
    return {
        "code": code,
        "term": both(code),
        "definition": both(f"Qué es {code}."),
        "provision": both("Código Penal, artículo 129-A"),
    } | changes


def term(
    author: User, reviewer: User, *, is_translated: bool = False, **changes: Any
) -> GlossaryTerm:
    """Return a term of the glossary that a second person approved."""
    data = term_data(**changes)
    drafts = [building.create_term(data, author)]
    if is_translated:
        told = GlossaryTerm(**building.term_fields(data, "en"))
        drafts.append(building.translate(drafts[0], told, language="en", user=author))
    review_and_approve([fresh(draft) for draft in drafts], author=author, reviewer=reviewer)
    return fresh(drafts[0])


def course_data(**changes: Any) -> dict[str, Any]:
    """Return what a course page says."""
    number = next(_numbers)
    return {
        "slug": f"curso-{number}",
        "code": f"TIP-T-{number:02d}",
        "country": "PE",
        "title": both(f"Curso {number}"),
        "summary": both("Un curso de prueba."),
        "audience": both("Juezas y jueces"),
        "hours": 5,
        "outcomes": [both("Calificar"), both("Citar")],
        "syllabus": [both("Módulo 1")],
        "makers": [{"name": "Rosa Huamán", "part": both("Contenido")}],
    } | changes


def trainer(**fields: Any) -> User:
    """Return somebody who writes."""
    return PersonFactory(display_name="Tina", roles=[Role.TRAINER], **fields)


def reviewer(**fields: Any) -> User:
    """Return somebody who reads what others wrote."""
    return PersonFactory(display_name="Rita", roles=[Role.LEGAL_REVIEWER], **fields)


def in_admin(client: Client, person: User, settings: Any) -> Client:
    """Let a person into the admin: in a demonstration, its accounts need no second factor."""
    settings.DEMONSTRATION = True
    User.objects.filter(pk=person.pk).update(is_demonstration=True)
    client.force_login(User.objects.get(pk=person.pk))
    return client


@dataclass
class Written:
    """A course and who wrote it; `texts` are all its pages in both languages, the source first."""

    course: CoursePage
    module: ModulePage
    lessons: list[LessonPage]
    author: User
    reviewer: User
    quiz_pages: list[QuizPage] = field(default_factory=list)
    texts: list[Any] = field(default_factory=list)

    def approve(self, *objects: Any) -> None:
        """Send texts for review, by default all, and have them approved."""
        review_and_approve(
            [fresh(obj) for obj in objects or self.texts],
            author=self.author,
            reviewer=self.reviewer,
        )

    def publish(self, *, at: datetime = NOON, note: str = "") -> CourseVersion:
        """Publish what is approved."""
        return publish_course(course_page=self.course, actor=self.author.actor, at=at, note=note)

    def english(self, page: Any) -> Any:
        """Return the translation of a page."""
        return fresh(page).get_translations().get().specific


def fresh(obj: Any) -> Any:
    """Return an object as the database has it now."""
    return specific(type(obj).objects.get(pk=obj.pk))


def written(
    *,
    lessons: int = 2,
    quizzes: int = 0,
    is_translated: bool = False,
    has_every_block: bool = False,
) -> Written:
    """Return a course of drafts, with everything in one module.

    Lessons are short, for each string of a translation takes its time, unless `has_every_block`.
    """
    CountryFactory()
    home = HomePage.objects.get(locale__language_code=settings.LANGUAGE_CODE)
    author, second = trainer(), reviewer()
    data = course_data()
    course = building.create_course_page(home, data, author)
    module_data = {"title": both("Módulo 1"), "summary": both("Lo primero")}
    module = building.create_module(course, module_data, author)
    result = Written(course, module, [], author, second, texts=[course, module])
    told: list[Any] = [
        CoursePage(**building.course_fields(data, "en")),
        ModulePage(**building.module_fields(module_data, "en")),
    ]
    for number in range(1, lessons + 1):
        lesson = lesson_data(number)
        if not has_every_block:
            lesson["body"] = lesson["body"][:3]
        page = building.create_lesson(module, lesson, author)
        result.lessons.append(page)
        result.texts.append(page)
        told.append(LessonPage(**building.lesson_fields(lesson, "en")))
    for number in range(1, quizzes + 1):
        quiz = reviewed_quiz(result)
        quiz_data = {"title": both(f"Cuestionario {number}"), "introduction": both("Lea.")}
        place = building.create_quiz_page(module, quiz_data, quiz, author)
        result.quiz_pages.append(place)
        result.texts.append(place)
        told.append(QuizPage(quiz=quiz, **building.quiz_page_fields(quiz_data, "en")))
    if is_translated:
        result.texts += [
            building.translate(source, spoken, language="en", user=author)
            for source, spoken in zip(list(result.texts), told, strict=True)
        ]
    return result


def reviewed_quiz(course: Written, items: Sequence[Item] = ()) -> Quiz:
    """Return a quiz of one question, both approved by a second person."""
    item = assessments.unsaved_item()
    item.save()
    item.save_revision(user=course.author)
    quiz = Quiz(
        name=f"Quiz {next(_numbers)}",
        live=False,
        items=[{"type": "item", "value": str(item.translation_key)}],
    )
    quiz.save()
    quiz.save_revision(user=course.author)
    course.approve(item, quiz)
    quiz.refresh_from_db()
    return quiz


def approved(**what: Any) -> Written:
    """Return a course whose every text a second person approved."""
    course = written(**what)
    course.approve()
    return course


def published(**what: Any) -> tuple[Written, CourseVersion]:
    """Return an approved course and its first version."""
    course = approved(**what)
    return course, course.publish()


def reading(version: CourseVersion, *, has_read_notices: bool = True, **fields: Any) -> Enrollment:
    """Return a learner's enrollment in an open edition, by default past all content notices."""
    enrollment = EnrollmentFactory(edition=EditionFactory(course_version=version), **fields)
    for activity in version.activities.all() if has_read_notices else ():
        now = NoticeChoice.Choice.NOW
        choose_at_notice(enrollment=enrollment, activity=activity, choice=now, at=NOON)
    return enrollment


def edit(page: Any, user: User, **changes: Any) -> Any:
    """Save a new draft of a page with some fields changed, as its editor does."""
    draft = fresh(page).get_latest_revision_as_object()
    for name, value in changes.items():
        setattr(draft, name, value)
    draft.save_revision(user=user)
    return fresh(page)


def form_data(page: Any, **changes: Any) -> Mapping[str, Any]:
    """Return what the editor of a page posts, with some fields changed."""
    data: dict[str, Any] = {
        "title": page.title,
        "slug": page.slug,
        "seo_title": "",
        "search_description": "",
        "comments-TOTAL_FORMS": 0,
        "comments-INITIAL_FORMS": 0,
        "comments-MIN_NUM_FORMS": 0,
        "comments-MAX_NUM_FORMS": "",
    }
    return data | changes


# --- Files ------------------------------------------------------------------------------------

CAPTIONS = b"WEBVTT\n\n00:01.000 --> 00:04.000\nPuede detenerse cuando quiera.\n"


def document(name: str = "guia.pdf", content: bytes = b"%PDF-1.7 guide") -> Any:
    """Return a document of the library."""
    return get_document_model().objects.create(
        title=name, file=ContentFile(content, name=name), file_size=len(content)
    )


def recording(name: str, content: bytes) -> Media:
    """Return an audio or video file of the library."""
    kind = MediaType.VIDEO if name.endswith(".mp4") else MediaType.AUDIO
    return Media.objects.create(title=name, type=kind, file=ContentFile(content, name=name))


def document_block(**changes: Any) -> tuple[str, dict[str, Any]]:
    """Return a block that offers a document."""
    value = {
        "document": changes.pop("document", None) or document(),
        "title": "Guía para la entrevista",
        "kind": "Guía",
        "language": "es",
    }
    return "document", value | changes


def add_blocks(page: LessonPage, user: User, *blocks: tuple[str, Mapping[str, Any]]) -> LessonPage:
    """Save a draft of a lesson with more blocks at its end."""
    draft = fresh(page).get_latest_revision_as_object()
    for name, value in blocks:
        draft.body.append((name, draft.body.stream_block.child_blocks[name].normalize(value)))
    draft.save_revision(user=user)
    return fresh(page)


def kept_files(version: CourseVersion) -> list[str]:
    """Return the names under which the lessons of a version keep their files, in the source.

    The captions of a film come last.
    """
    lessons = {a.key: a.version for a in version.activities.all() if a.provider == "cms"}
    return [
        PurePosixPath(name).name
        for key, number in lessons.items()
        for passage in LessonVersion.objects.get(key=key, number=number).texts["es"]["body"]
        for name in sorted(
            passage["block"].get("files", {}).values(), key=lambda file: file.endswith(".vtt")
        )
    ]
