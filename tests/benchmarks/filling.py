"""Fill the demonstration with learners by the thousand, each as one that is there already.

Rows are copied inside PostgreSQL: a hundred thousand learners take seconds, and every constraint
and trigger still holds.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, models
from django.utils import timezone
from wagtail.models import Locale, Page

from assessments.attempts import start_attempt
from assessments.marking import right_options
from assessments.models import Attempt
from assessments.rules import tidy_answer
from training.accounts.models import User
from training.catalogue.models import Activity
from training.certificates.models import Certificate
from training.enrollments.models import Edition, Enrollment
from training.privacy.models import NoticeShown
from training.progress.models import Outcome

AT: Final = "@demo.example"
BARE: Final = "bare"


def fill(*, enrollments: int, writers: int) -> dict[str, Any]:
    """Bring the site to so many enrollments; return who signs in, and where they go.

    `writers` learners have an attempt that is answered, but for one question, and not submitted.
    """
    edition = Edition.objects.filter(entry=Edition.Entry.OPEN).earliest("pk")
    first = User.objects.filter(email__startswith="bench").count() + 1
    last = enrollments - Enrollment.objects.exclude(learner__email__startswith="bench").count()
    _copy_learners(first, last, edition)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    activities = list(Activity.objects.filter(course_version=edition.course_version))
    fresh = _answered(
        Enrollment.objects.filter(learner__email__startswith="bench", quiz_attempts=None)
        .select_related("learner")
        .order_by("pk")[:writers],
        quiz=next(activity for activity in activities if activity.is_scored),
    )
    reader = (
        Enrollment.objects.filter(learner__email__startswith="bench", certificates__isnull=False)
        .select_related("learner")
        .earliest("pk")
    )
    lesson = next(activity for activity in activities if not activity.is_scored)
    genuine = Certificate.objects.exclude(series="BENCH").exclude(pdf_name="").earliest("pk")
    return {
        "reader": _session(reader.learner),
        "registrar": _session(User.objects.get(email=f"registrar{AT}")),
        "holder": _session(genuine.enrollment.learner),
        "bare": _bare_page().get_url(),
        "lesson": f"/learn/{reader.uuid}/{lesson.key}/",
        "code": genuine.code,
        "file": f"/my/certificates/{genuine.uuid}/pdf/",
        "writers": fresh,
    }


def _copy_learners(first: int, last: int, edition: Edition) -> None:
    """Copy a learner who passed, from number `first` to `last`, with all that they did."""
    if last < first:
        return
    pattern = Certificate.objects.filter(enrollment__learner__email__startswith="learner")
    certificate = pattern.select_related("enrollment__learner").earliest("pk")
    source = certificate.enrollment
    numbers = f"generate_series({first}, {last}) AS n"
    person = "u.email = 'bench' || n || '@demo.example'"
    people = f"{numbers} JOIN accounts_user u ON {person}"
    enrolled = f"{people} JOIN enrollments_enrollment e ON e.learner_id = u.id"
    own = {"uuid": "gen_random_uuid()"}
    _copy(source.learner, numbers, own | {
        "email": "'bench' || n || '@demo.example'",
        "document_number": "(700000000 + n)::text",
    })  # fmt: skip
    _copy(source, people, own | {
        "learner_id": "u.id",
        "edition_id": str(edition.pk),
        "cohort_id": "NULL",
    })  # fmt: skip
    for shown in NoticeShown.objects.filter(person=source.learner):
        _copy(shown, people, {"person_id": "u.id"})
    for outcome in Outcome.objects.filter(enrollment=source):
        _copy(outcome, enrolled, own | {
            "enrollment_id": "e.id",
            "source": f"'bench:{outcome.pk}:' || n",
        })  # fmt: skip
    # Two of three hold a certificate and what they answered; the others have yet to try.
    enrolled = f"{enrolled} AND mod(n, 3) > 0"
    _copy(certificate, enrolled, own | {
        "enrollment_id": "e.id",
        "series": "'BENCH'",
        "sequence": "n",
        "number": "'BENCH-2026-' || lpad(n::text, 6, '0') || '-00'",
        "code": "upper(substr(md5(n::text), 1, 19))",
    })  # fmt: skip
    for attempt in Attempt.objects.filter(enrollment=source):
        _copy(attempt, enrolled, own | {"enrollment_id": "e.id"})
        answered = (
            f"{enrolled} JOIN assessments_attempt a ON a.enrollment_id = e.id"
            f" AND a.activity_id = {attempt.activity_id}"
        )
        for response in attempt.responses.all():
            _copy(response, answered, {"attempt_id": "a.id"})


def _copy(row: models.Model, among: str, changes: Mapping[str, str]) -> None:
    """Insert a copy of a row for each row of a FROM clause, with some columns computed."""
    table = row._meta.db_table
    names = [field.column for field in row._meta.concrete_fields if not field.primary_key]
    own = {field.column for field in row._meta.concrete_fields}
    values = [changes.get(name, f't."{name}"') for name in names]
    unknown = changes.keys() - own
    assert not unknown, f"{table} has no {unknown}"
    columns = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {', '.join(values)}"
            f" FROM {table} t, {among} WHERE t.id = %s",
            [row.pk],
        )


def _answered(enrollments: Any, *, quiz: Activity) -> list[dict[str, str]]:
    """Start an attempt for each enrollment, answer it, and say where it is saved and submitted."""
    places = []
    for enrollment in enrollments:
        attempt = start_attempt(
            enrollment=enrollment,
            activity=quiz,
            actor=enrollment.learner.actor,
            at=timezone.now() - timedelta(hours=1),
        )
        place, sheet = next(
            (place, sheet) for place, sheet in enumerate(attempt.paper, start=1) if sheet["options"]
        )
        others = attempt.responses.exclude(item_version_id=sheet["item_version"])
        for response in others.select_related("item_version"):
            item = response.item_version
            number = item.structure.get("number")
            given = [str(number["value"])] if number else sorted(right_options(item.structure))
            response.answer = tidy_answer(kind=item.kind, structure=item.structure, given=given)
            response.revision = 1
            response.save(update_fields=["answer", "revision"])
        places.append(
            {
                "session": _session(enrollment.learner),
                "save": f"/quiz/attempt/{attempt.uuid}/{place}/save/",
                "submit": f"/quiz/attempt/{attempt.uuid}/submit/",
                "options": ",".join(sheet["options"]),
            }
        )
    return places


def _session(person: User) -> str:
    """Sign a person in and return the session's key."""
    store = SessionStore()
    store[SESSION_KEY] = str(person.pk)
    store[BACKEND_SESSION_KEY] = "training.accounts.backends.Backend"
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def _bare_page() -> Page:
    """Return the barest page that Wagtail serves: its own type, a title, one link."""
    home = Page.objects.filter(depth=2, locale=Locale.get_default()).first()
    assert home is not None
    page = home.get_children().filter(slug=BARE).first()
    if page is None:
        page = home.add_child(instance=Page(title="Una página", slug=BARE, live=True))
    return page
