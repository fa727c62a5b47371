"""The invented people of the demonstration: accounts, posts, and how far each has come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.contrib.auth.hashers import make_password

from assessments.attempts import save_response, start_attempt, submit_attempt
from assessments.marking import right_options
from assessments.models import Attempt
from cms.actions import finish_lesson
from training.accounts.actions import add_post, create_person, set_document
from training.accounts.models import Post, User
from training.accounts.roles import Role
from training.audit.actions import SYSTEM
from training.catalogue.models import Activity
from training.enrollments.actions import enroll
from training.enrollments.models import Cohort, Edition, Enrollment
from training.institutions.models import Country, District, Institution
from training.institutions.queries import counterparts_of, district_called
from training.privacy.actions import record_shown
from training.privacy.models import NoticeShown
from training.privacy.queries import current_version

FILE = Path(__file__).with_name("people.yaml")
PASSWORD = "Demostracion-2026"  # noqa: S105 - public: the README names it
TITLES = {
    "judge": "Juzgado penal",
    "prosecutor": "Fiscalía provincial",
    "assistant": "Asistente jurisdiccional",
    "police": "Unidad de investigación",
    "public-defender": "Defensa pública",
}
EMPLOYERS = {"prosecutor": "mp", "police": "pnp", "public-defender": "minjusdh"}
FIRST_DOCUMENT = 90_000_100
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Plan:
    """How far somebody has come: lessons done, and the share of wrong answers in each quiz."""

    lessons: int
    wrong: Sequence[float] = ()


PLANS = {
    "none": Plan(0),
    "l1": Plan(1),
    "l2": Plan(2),
    "l3": Plan(3),
    "l4": Plan(4),
    "failed": Plan(4, (0.6,)),
    "quiz": Plan(4, (0.1,)),
    "passed": Plan(4, (0.1, 0.0)),
}


def account_emails() -> list[str]:
    """Return the addresses of the accounts that the README names, in its order."""
    return [row["email"] for row in yaml.safe_load(FILE.read_text("utf-8"))["accounts"]]


def load_people(*, at: datetime) -> list[tuple[User, str]]:
    """Make the accounts; return the learners, each with how far they come."""
    data = yaml.safe_load(FILE.read_text("utf-8"))
    country = Country.objects.get(code="PE")
    learners = []
    for row in data["accounts"]:
        person = _account(row["name"], row["email"], at=at, row=row)
        if post := row.get("post"):
            _document(person, row["document"], country, at)
            _post(person, post["role"], post["district"], country, post["title"], post["from"], at)
            if "progress" in row:
                learners.append((person, row["progress"]))
    for number, line in enumerate(data["learners"], start=1):
        name, sex, role, district, progress = (part.strip() for part in line.split(";"))
        email = f"learner{number:02d}@demo.example"
        person = _account(name, email, at=at, row={"sex": sex})
        _document(person, str(FIRST_DOCUMENT + number), country, at)
        since = date(2015 + number % 9, 1 + number % 12, 1)
        _post(person, role, district, country, TITLES[role], since, at)
        learners.append((person, progress))
    return learners


def _account(name: str, email: str, *, at: datetime, row: Mapping[str, Any]) -> User:
    person = create_person(
        email=email,
        display_name=name,
        certificate_name=name,
        roles=[Role(role) for role in row.get("roles", ())],
        sex=row.get("sex", ""),
        is_demonstration=True,
        at=at,
    )
    person.password = _password_hash()
    person.save(update_fields=["password"])
    if version := current_version():
        record_shown(
            person=person,
            version=version,
            language="es",
            occasion=NoticeShown.Occasion.SIGN_UP,
            at=at,
        )
    return person


@cache
def _password_hash() -> str:
    """Return one hash for all: hashing is slow on purpose, and the password is public."""
    return make_password(PASSWORD)


def _document(person: User, number: str, country: Country, at: datetime) -> None:
    set_document(person=person, kind=f"{country.code}:dni", number=number, actor=SYSTEM, at=at)


def _post(
    person: User,
    role: str,
    district: str,
    country: Country,
    title: str,
    since: date,
    at: datetime,
) -> None:
    judicial = district_called(district, country=country, kind=District.Kind.JUDICIAL)
    if judicial is None:
        raise LookupError(district)
    add_post(
        person=person,
        role=Post.Role(role),
        institution=Institution.objects.get(code=EMPLOYERS.get(role, "pj")),
        judicial_district=judicial,
        fiscal_district=next(iter(counterparts_of(judicial, on=at.date())), None),
        title=title,
        valid_from=since,
        actor=SYSTEM,
        at=at,
    )


def let_learn(
    *,
    learners: Sequence[tuple[User, str]],
    edition: Edition,
    cohort: Cohort,
    coordinator: User,
    since: datetime,
) -> None:
    """Enroll learners in a cohort and let each come as far as planned, a step every few days."""
    activities = list(Activity.objects.filter(course_version=edition.course_version))
    for place, (person, progress) in enumerate(learners):
        began = since + DAY * (place % 5)
        enrollment, _ = enroll(
            learner=person,
            edition=edition,
            cohort=cohort,
            name_on_certificate=person.certificate_name,
            actor=coordinator.actor,
            at=began,
            by_hand=True,
        )
        _follow(PLANS[progress], enrollment=enrollment, activities=activities, began=began)


def _follow(
    plan: Plan, *, enrollment: Enrollment, activities: Sequence[Activity], began: datetime
) -> None:
    lessons = [activity for activity in activities if not activity.is_scored]
    quizzes = [activity for activity in activities if activity.is_scored]
    moment = began
    for lesson in lessons[: plan.lessons]:
        moment += DAY + timedelta(minutes=lesson.minutes)
        finish_lesson(enrollment=enrollment, activity=lesson, at=moment)
    for quiz, wrong in zip(quizzes, plan.wrong, strict=False):
        moment += DAY
        _sit(enrollment, quiz, wrong=wrong, at=moment)


def _sit(enrollment: Enrollment, quiz: Activity, *, wrong: float, at: datetime) -> Attempt:
    """Take one attempt at a quiz with a share of wrong answers."""
    actor = enrollment.learner.actor
    attempt = start_attempt(enrollment=enrollment, activity=quiz, actor=actor, at=at)
    responses = list(attempt.responses.select_related("item_version"))
    misses = round(wrong * len(responses))
    for place, response in enumerate(responses):
        item = response.item_version
        at += timedelta(minutes=2)
        save_response(
            attempt=attempt,
            item_version_id=item.pk,
            given=_answer(item.kind, item.structure, is_right=place >= misses),
            is_flagged=False,
            revision=response.revision,
            at=at,
        )
    return submit_attempt(attempt=attempt, actor=actor, at=at + timedelta(minutes=1))


def _answer(kind: str, structure: Mapping[str, Any], *, is_right: bool) -> list[str]:
    """Return what a form would send for an item, right or wrong."""
    if kind == "numeric":
        return [str(structure["number"]["value"]) if is_right else "1"]
    right = sorted(right_options(structure))
    wrong = sorted({option["id"] for option in structure["options"]} - set(right))
    return right if is_right else wrong[:1]
