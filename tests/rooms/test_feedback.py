"""What learners report about a lesson or a question, and the answer that they get."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.models import Attempt, ItemVersion
from tests.factories.assessments import answer_all, begun, submitted
from tests.factories.cms import in_admin, published, reading
from tests.factories.learning import NOON, CourseVersionFactory, EditionFactory, EnrollmentFactory
from tests.factories.learning import lesson as a_lesson
from tests.factories.people import PersonFactory
from training.accounts.models import OutgoingMail, User
from training.accounts.roles import Role
from training.audit.queries import events_of
from training.desk.panels import tasks_for
from training.enrollments.models import Enrollment
from training.feedback.actions import TooManyReports, answer_report, report_problem, take_on
from training.feedback.models import Report, ReportState
from training.feedback.rules import MOST_REPORTS, WITHIN, may_report
from training.kernel.activities import Part
from training.kernel.lifecycle import IllegalTransition

pytestmark = pytest.mark.django_db

SENT = {"kind": "law", "words": "El artículo 129-B cambió en 2024."}


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="training.accounts.backends.Backend")
    return client


def report_address(enrollment: Enrollment, key: str) -> str:
    return reverse("feedback:report", args=[enrollment.uuid, key])


def reported(**changes: Any) -> Report:
    """Return what a learner reported about a lesson."""
    version = CourseVersionFactory(activities=[a_lesson(1)])
    enrollment = EnrollmentFactory(edition=EditionFactory(course_version=version))
    activity = version.activities.get()
    said: dict[str, Any] = {
        "reporter": enrollment.learner,
        "activity": activity,
        "part": Part("", activity.key, activity.version, words="", language="es"),
        "kind": Report.Kind.TYPO,
        "words": "Falta una tilde.",
        "at": timezone.now(),
    }
    return report_problem(**said | changes)


# --- The learner -------------------------------------------------------------------------------


def test_a_learner_reports_a_problem_with_a_lesson_and_comes_back() -> None:
    _course, version = published(lessons=1)
    enrollment = reading(version)
    activity = version.activities.get()
    client = signed_in(enrollment.learner)
    lesson = reverse("cms:lesson", args=[enrollment.uuid, activity.key])
    address = report_address(enrollment, activity.key)
    assert f'href="{address}"' in client.get(lesson).content.decode()
    assert client.get(address).status_code == 200
    assert client.post(address, SENT)["Location"] == lesson
    report = Report.objects.get()
    assert report.reporter == enrollment.learner
    assert (report.kind, report.words) == ("law", SENT["words"])
    assert (report.provider, report.key, report.version) == ("cms", activity.key, activity.version)
    assert report.about == activity.title("es")
    event = events_of(report).get()
    assert event.verb == "problem.reported"
    assert event.actor_uuid == enrollment.learner.uuid


def test_what_was_typed_stays_when_something_is_missing() -> None:
    _course, version = published(lessons=1)
    enrollment = reading(version)
    client = signed_in(enrollment.learner)
    address = report_address(enrollment, version.activities.get().key)
    refused = client.post(address, {"words": "Una frase larga."})
    assert refused.status_code == 422
    assert "Una frase larga." in refused.content.decode()
    assert client.post(address, {"kind": "typo", "words": "   "}).status_code == 422
    assert not Report.objects.exists()


def question(attempt: Attempt, place: int = 1) -> ItemVersion:
    return ItemVersion.objects.get(pk=attempt.paper[place - 1]["item_version"])


def test_reporting_during_an_attempt_saves_the_answer_first() -> None:
    attempt = begun()
    client = signed_in(attempt.enrollment.learner)
    sheet = reverse("assessments:attempt", args=[attempt.uuid, 1])
    option = attempt.paper[0]["options"][0]
    gone = client.post(sheet, {"answer": option, "revision": 0, "go": "report"})
    response = attempt.responses.get(item_version=question(attempt))
    assert response.answer in (option, [option])
    page = client.get(gone["Location"])
    assert f'href="{sheet}"' in page.content.decode()
    assert client.post(gone["Location"], SENT)["Location"] == sheet
    report, item = Report.objects.get(), question(attempt)
    assert (report.provider, report.key) == ("assessments", str(item.key))
    assert report.version == item.number
    assert report.about
    told = [str(getattr(report, field.name)) for field in Report._meta.concrete_fields]
    assert not any(option in text for text in told)  # never what was answered
    assert str(attempt.uuid) not in told


def test_a_result_leads_to_a_report_of_each_question() -> None:
    attempt = begun()
    answer_all(attempt)
    submitted(attempt)
    client = signed_in(attempt.enrollment.learner)
    result = reverse("assessments:result", args=[attempt.uuid])
    page = client.get(result).content.decode()
    link = (
        f"{report_address(attempt.enrollment, attempt.activity.key)}"
        f"?part={question(attempt).pk}&amp;back={result.replace('/', '%2F')}%23item-1"
    )
    assert f'href="{link}"' in page
    sent = client.post(link.replace("&amp;", "&"), SENT)
    assert sent["Location"] == f"{result}#item-1"


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_way_back_never_leaves_the_site(back: str) -> None:
    attempt = begun()
    client = signed_in(attempt.enrollment.learner)
    address = report_address(attempt.enrollment, attempt.activity.key)
    page = client.get(address, {"back": back}).content.decode()
    assert back not in page
    assert reverse("assessments:quiz", args=[attempt.enrollment.uuid, attempt.activity.key]) in page


def test_nobody_reports_a_question_that_was_not_asked() -> None:
    attempt, other = begun(), begun()
    client = signed_in(attempt.enrollment.learner)
    address = report_address(attempt.enrollment, attempt.activity.key)
    for part in (str(question(other).pk), "999999", "x"):
        assert client.get(f"{address}?part={part}").status_code == 404


def test_the_same_report_twice_is_one() -> None:
    first = reported()
    again = report_problem(
        reporter=first.reporter,
        activity=first.activity,
        part=Part("", first.key, first.version, words="", language="es"),
        kind=Report.Kind.TYPO,
        words=first.words,
        at=first.reported_at,
    )
    assert again == first
    assert Report.objects.count() == 1


def test_a_person_reports_so_much_a_day_and_loses_no_words() -> None:
    assert may_report(MOST_REPORTS - 1)
    assert not may_report(MOST_REPORTS)
    _course, version = published(lessons=1)
    enrollment = reading(version)
    activity = version.activities.get()
    said = {
        "reporter": enrollment.learner,
        "activity": activity,
        "part": Part("", activity.key, activity.version, words="", language="es"),
        "kind": Report.Kind.OTHER,
    }
    now = timezone.now()
    for number in range(MOST_REPORTS):
        report_problem(**said, words=f"Problema {number}", at=now)
    client = signed_in(enrollment.learner)
    refused = client.post(report_address(enrollment, activity.key), SENT)
    assert refused.status_code == 422
    assert SENT["words"] in refused.content.decode()
    with pytest.raises(TooManyReports):
        report_problem(**said, words="Uno más", at=now + WITHIN - timedelta(seconds=1))
    assert report_problem(**said, words="Uno más", at=now + WITHIN)


def test_a_lesson_costs_no_query_more_for_what_was_reported() -> None:
    _course, version = published(lessons=1)
    enrollment = reading(version)
    activity = version.activities.get()
    client = signed_in(enrollment.learner)
    address = reverse("cms:lesson", args=[enrollment.uuid, activity.key])
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    assert not [query for query in captured.captured_queries if "feedback" in query["sql"]]


# --- Trainers ----------------------------------------------------------------------------------


@pytest.fixture
def trainer(settings: Any) -> Client:
    return in_admin(Client(), PersonFactory(display_name="Tina", roles=[Role.TRAINER]), settings)


def test_a_trainer_takes_a_report_on_and_answers_in_the_reporters_language(trainer: Client) -> None:
    report = reported()
    User.objects.filter(pk=report.reporter_id).update(language="en")
    page = reverse("problems:report", args=[report.uuid])
    trainer.post(page, {"take_on": "yes"})
    report.refresh_from_db()
    assert report.state == ReportState.IN_PROGRESS
    trainer.post(page, {"decision": "solved", "answer": "Corrected, thank you."})
    report.refresh_from_db()
    assert report.state == ReportState.SOLVED
    mail = OutgoingMail.objects.get(template="emails/report_answered")
    assert (mail.to, mail.language) == (report.reporter.email, "en")
    assert mail.subject == "The answer to the problem that you reported"
    assert "Corrected, thank you." in mail.text
    assert "It is solved." in mail.text
    assert "Corrected, thank you." in mail.html
    verbs = [event.verb for event in events_of(report).order_by("pk")]
    assert verbs == ["problem.reported", "problem.taken-on", "problem.solved"]


def test_a_trainer_never_reads_who_reported(trainer: Client) -> None:
    report = reported()
    pages = [reverse("problems:index"), reverse("problems:report", args=[report.uuid])]
    for address in pages:
        page = trainer.get(address).content.decode()
        assert "Falta una tilde." in page or address == pages[0]
        assert report.reporter.email not in page
        assert report.reporter.display_name not in page


def test_an_answer_without_words_is_asked_again(trainer: Client) -> None:
    report = reported()
    take_on(report=report, by=PersonFactory(), at=NOON)
    page = trainer.post(reverse("problems:report", args=[report.uuid]), {"decision": "declined"})
    assert page.status_code == 200
    report.refresh_from_db()
    assert report.state == ReportState.IN_PROGRESS
    assert not OutgoingMail.objects.filter(template="emails/report_answered").exists()


def test_a_report_is_taken_on_and_answered_once() -> None:
    report, person = reported(), PersonFactory()
    closing = {"report": report, "is_solved": False, "answer": "Está bien así.", "by": person}
    with pytest.raises(IllegalTransition):
        answer_report(**closing, at=NOON)
    take_on(report=report, by=person, at=NOON)
    with pytest.raises(IllegalTransition):
        take_on(report=report, by=person, at=NOON)
    answer_report(**closing, at=NOON)
    assert report.state == ReportState.DECLINED
    with pytest.raises(IllegalTransition):
        answer_report(**closing, at=NOON)
    assert OutgoingMail.objects.filter(template="emails/report_answered").count() == 1


def test_an_answer_that_came_too_late_keeps_what_was_typed(trainer: Client) -> None:
    report, other = reported(), PersonFactory()
    take_on(report=report, by=other, at=NOON)
    answer_report(report=report, is_solved=True, answer="Hecho.", by=other, at=NOON)
    page = trainer.post(
        reverse("problems:report", args=[report.uuid]),
        {"decision": "declined", "answer": "Mi respuesta larga."},
    )
    assert "Mi respuesta larga." in page.content.decode()
    report.refresh_from_db()
    assert report.answer == "Hecho."


def test_the_queue_filters_by_course_kind_and_state(trainer: Client) -> None:
    typo = reported()
    law = reported(kind=Report.Kind.LAW, words="Derogado.")
    take_on(report=law, by=PersonFactory(), at=NOON)

    def found(**asked: Any) -> set[str]:
        page = trainer.get(reverse("problems:index"), asked).content.decode()
        return {
            str(report.uuid)
            for report in (typo, law)
            if reverse("problems:report", args=[report.uuid]) in page
        }

    assert found() == {str(typo.uuid), str(law.uuid)}
    assert found(kind="law") == {str(law.uuid)}
    assert found(state="open") == {str(typo.uuid)}
    assert found(course=typo.activity.course_version.course_id) == {str(typo.uuid)}


def test_the_dashboard_counts_what_nobody_took_on() -> None:
    person = PersonFactory(roles=[Role.TRAINER])
    assert tasks_for(person) == []
    first, _second = reported(), reported(words="Otra cosa.")
    assert [task.url for task in tasks_for(person)] == [reverse("problems:index")]
    assert tasks_for(person)[0].sentence.startswith("2 ")
    take_on(report=first, by=person, at=NOON)
    assert tasks_for(person)[0].sentence.startswith("1 ")
    assert tasks_for(PersonFactory(roles=[Role.COORDINATOR])) == []


def test_the_database_ties_state_and_answer() -> None:
    report = reported()
    for broken in ({"state": "solved"}, {"state": "in-progress"}, {"answer": "Sin estado"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Report.objects.filter(pk=report.pk).update(**broken)


def test_the_queue_costs_the_same_for_many_reports(trainer: Client) -> None:
    taken = []
    for number in (2, 5):
        for _row in range(number):
            reported()
        trainer.get(reverse("problems:index"))
        with CaptureQueriesContext(connection) as captured:
            trainer.get(reverse("problems:index"))
        taken.append(len(captured))
    assert taken[0] == taken[1]
