"""Load the demonstration through the actions that people use, all of it or nothing.

A trainer writes, a reviewer approves, the trainer publishes; a coordinator opens two editions and
enrolls a cohort; forty learners learn; a registrar issues what they earned.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from wagtail.models import Page

from assessments.loading import save_item_draft, save_quiz_draft
from assessments.models import Bank, Item, Quiz
from cms import building
from cms.demonstration.people import DAY, let_learn, load_people
from cms.models import CoursePage, GlossaryTerm, HomePage, ModulePage, QuizPage, Topic
from cms.publishing import publish_course
from cms.site import ensure_site
from training.accounts.models import User
from training.audit.actions import record_event
from training.catalogue.models import Course, CourseVersion
from training.enrollments.models import Cohort, Edition, Enrollment, EnrollmentState, Issuer
from training.institutions.actions import PACKS, load_country_pack
from training.institutions.models import Institution
from training.learning.actions import issue_certificate

FOLDER = Path(__file__).with_name("course")
WEIGHTS = {"quiz": Decimal(40), "final_test": Decimal(60)}
FINAL_MODULE = {
    "key": "final",
    "title": {"es": "Evaluación", "en": "Assessment"},
    "summary": {
        "es": "Una prueba de todo lo trabajado.",
        "en": "One test of all that was studied.",
    },
}
ISSUERS = {
    "pj-gender": Issuer.Part.ISSUER,
    "mp-fistrap": Issuer.Part.ISSUER,
    "ilo": Issuer.Part.CO_ORGANISER,
    "unodc": Issuer.Part.CO_ORGANISER,
}
SIGNATORIES = [
    {
        "name": "Beatriz Salaverry Montes",
        "post": {"es": "Presidenta (persona ficticia)", "en": "President (fictional person)"},
        "institution": {
            "es": "Comisión de Justicia de Género",
            "en": "Gender Justice Commission",
        },
    },
    {
        "name": "Joaquín Ledesma Arrunátegui",
        "post": {
            "es": "Coordinador nacional (persona ficticia)",
            "en": "National coordinator (fictional person)",
        },
        "institution": {
            "es": "Fiscalías Especializadas en Trata de Personas",
            "en": "Specialised Trafficking Prosecutors",
        },
    },
]
STARTED = 45  # days before the loading on which both editions started
APPROVAL_REASON = "Acta de cierre de la cohorte / Closing minutes of the cohort"
LEFT_TO_APPROVE = 2


def load(*, at: datetime) -> bool:
    """Load the demonstration unless it is there; say whether it was loaded now."""
    code = _read("course.yaml")["code"]
    if Course.objects.filter(code=code).exists():
        return False
    with transaction.atomic():
        load_country_pack(PACKS / "pe", at=at)
        home = ensure_site()
        learners = load_people(at=at - (STARTED + 30) * DAY)
        version = _load_course(home, at=at - STARTED * DAY)
        _load_learning(version, learners=learners, at=at)
    return True


def _read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text("utf-8"))


def _person(name: str) -> User:
    return User.objects.get(email=f"{name}@demo.example")


def _load_course(home: HomePage, *, at: datetime) -> CourseVersion:
    trainer, reviewer = _person("trainer"), _person("reviewer")
    items, waiting = _write_items(trainer)
    terms = _write_glossary(trainer)
    for topic in _read("topics.yaml"):
        Topic.objects.get_or_create(code=topic["code"], defaults={"names": topic["names"]})
    page, texts = _write_course(home, items=items, author=trainer)
    questions = Item.objects.filter(translation_key__in=[i.translation_key for i in items.values()])
    building.review_and_approve([*questions, *terms, *texts], author=trainer, reviewer=reviewer)
    for item in waiting:  # what a lawyer has to settle stays in review, unpublished
        building.submit_for_review(item, trainer)
    return publish_course(
        course_page=page, actor=trainer.actor, at=at, note="Primera versión / First version"
    )


def _write_items(author: User) -> tuple[dict[str, Item], list[Item]]:
    """Write all questions as drafts; return those that may be asked by key, and the others."""
    bank, _ = Bank.objects.get_or_create(name="Trata de personas – Perú")
    usable: dict[str, Item] = {}
    waiting = []
    for data in _read("items.yaml"):
        item = save_item_draft(data=data, bank=bank, user=author)
        if data["review"] == "none":
            usable[data["key"]] = item
        else:
            waiting.append(item)
    return usable, waiting


def _write_glossary(author: User) -> list[GlossaryTerm]:
    """Write the terms of the glossary as drafts in both languages."""
    written = []
    for data in _read("glossary.yaml"):
        term = building.create_term(data, author)
        told = GlossaryTerm(**building.term_fields(data, "en"))
        written += [term, building.translate(term, told, language="en", user=author)]
    return written


def _write_course(
    home: HomePage, *, items: Mapping[str, Item], author: User
) -> tuple[CoursePage, list[Any]]:
    """Write the course's drafts in both languages; return its page and all texts to be read."""
    data = _read("course.yaml")
    syllabus = {"syllabus": data["syllabus"], "country": "PE"}
    page = building.create_course_page(home, data | syllabus, author)
    texts: list[Any] = _both(page, building.course_fields(data | syllabus, "en"), author)
    for module_data in [*data["modules"], FINAL_MODULE]:
        module = building.create_module(page, module_data, author)
        texts += _both(module, building.module_fields(module_data, "en"), author)
        for key in module_data.get("lessons", []):
            texts += _write_lesson(module, _read(f"lessons/{key}.yaml"), author)
        quiz_data = module_data.get("quiz") or data["final_test"]
        weight = WEIGHTS["quiz" if "quiz" in module_data else "final_test"]
        texts += _write_quiz(module, quiz_data | {"weight": weight}, items=items, author=author)
    return page, texts


def _write_lesson(module: ModulePage, data: Mapping[str, Any], author: User) -> list[Any]:
    files = {block["file"] for block in data["body"] if block["type"].endswith("image")}
    images = {
        name: building.ensure_image(FOLDER / "images" / name, title=name, user=author)
        for name in sorted(files)
    }
    lesson = building.create_lesson(module, data, author, images)
    return _both(lesson, building.lesson_fields(data, "en", images), author)


def _write_quiz(
    module: ModulePage, data: Mapping[str, Any], *, items: Mapping[str, Item], author: User
) -> list[Any]:
    quiz: Quiz = save_quiz_draft(
        data={**data, "name": data["title"]["es"]},
        items=[items[key] for key in data["items"]],
        user=author,
    )
    place: QuizPage = building.create_quiz_page(module, data, quiz, author)
    return [quiz, *_both(place, building.quiz_page_fields(data, "en"), author)]


def _both(page: Page, english: Mapping[str, Any], author: User) -> list[Page]:
    """Return a page's draft and its English draft, translated string by string."""
    told = type(page)(**english)
    return [page, building.translate(page, told, language="en", user=author)]


def _load_learning(
    version: CourseVersion, *, learners: Sequence[tuple[User, str]], at: datetime
) -> None:
    """Open two editions, enroll a cohort, let it learn, and issue what was earned."""
    coordinator, registrar = _person("coordinator"), _person("registrar")
    _edition(
        version,
        code="TIP-PE-01-2026-AUTO",
        names={"es": "Edición autoinstructiva 2026", "en": "Self-paced edition 2026"},
        mode=Edition.Mode.SELF_PACED,
        entry=Edition.Entry.OPEN,
        issuing=Edition.Issuing.AUTOMATIC,
        at=at,
        by=coordinator,
    )
    tutored = _edition(
        version,
        code="TIP-PE-01-2026-LIMA",
        names={"es": "Edición tutorizada Lima 2026", "en": "Tutored edition Lima 2026"},
        mode=Edition.Mode.TUTORED,
        entry=Edition.Entry.NOMINATION,
        issuing=Edition.Issuing.APPROVAL,
        at=at,
        by=coordinator,
    )
    cohort = Cohort.objects.create(
        edition=tutored,
        code="LIMA-2026-1",
        name="Lima Norte, Sur, Este, Ventanilla y Callao",
        capacity=50,
    )
    cohort.coordinators.add(coordinator)
    record_event(actor=coordinator.actor, verb="cohort.created", record=cohort, at=at)
    let_learn(
        learners=learners,
        edition=tutored,
        cohort=cohort,
        coordinator=coordinator,
        since=at - (STARTED - 5) * DAY,
    )
    earned = Enrollment.objects.filter(state=EnrollmentState.COMPLETED).order_by("completed_at")
    for enrollment in list(earned)[:-LEFT_TO_APPROVE]:
        issue_certificate(
            enrollment=enrollment, actor=registrar.actor, at=at - DAY, reason=APPROVAL_REASON
        )


def _edition(
    version: CourseVersion,
    *,
    code: str,
    names: Mapping[str, str],
    mode: str,
    entry: str,
    issuing: str,
    at: datetime,
    by: User,
) -> Edition:
    started = (at - STARTED * DAY).date()
    edition = Edition.objects.create(
        code=code,
        course_version=version,
        titles=dict(names),
        mode=mode,
        entry=entry,
        issuing=issuing,
        enrollment_opens_at=at - STARTED * DAY,
        enrollment_closes_at=at + 300 * DAY,
        starts_on=started,
        ends_on=(at + 320 * DAY).date(),
        hours_asynchronous=Decimal("3.5"),
        hours_assessed=Decimal("1.5"),
        academic_hour_minutes=60,
        signatories=SIGNATORIES,
    )
    Issuer.objects.bulk_create(
        Issuer(
            edition=edition,
            institution=Institution.objects.get(code=institution),
            part=part,
            order=order,
        )
        for order, (institution, part) in enumerate(ISSUERS.items())
    )
    record_event(actor=by.actor, verb="edition.created", record=edition, at=at)
    return edition
