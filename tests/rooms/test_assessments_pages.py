"""A learner's way through a quiz, page by page."""

import json
import re
from typing import Any
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup, Tag
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.attempts import in_paper_order
from assessments.marking import Kind
from assessments.models import Attempt, Response
from tests.factories.assessments import (
    answer_all,
    approved_item,
    approved_quiz,
    begun,
    enrolled,
    freeze,
    right_answer,
    start,
    submitted,
    translated,
    wrong_answer,
)
from tests.factories.learning import LearnerFactory, lesson
from training.audit.models import Event
from training.certificates.models import Certificate
from training.enrollments.models import Edition
from training.progress.models import Outcome

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner(client: Client) -> Any:
    """Somebody who is signed in."""
    person = LearnerFactory(language="es")
    client.force_login(person)
    return person


def soup(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def words(response: Any) -> str:
    main = soup(response).find("main")
    assert isinstance(main, Tag)
    return " ".join(main.get_text(" ").split())


def address(attempt: Attempt, place: int = 1, name: str = "attempt") -> str:
    return reverse(f"assessments:{name}", args=[attempt.uuid, place])


def to(name: str, attempt: Attempt) -> str:
    return reverse(f"assessments:{name}", args=[attempt.uuid])


def quiz_address(attempt: Attempt, name: str = "quiz") -> str:
    return reverse(f"assessments:{name}", args=[attempt.enrollment.uuid, attempt.quiz_version.key])


def right(attempt: Attempt, place: int = 1) -> list[str]:
    return right_answer(in_paper_order(attempt)[place - 1].item_version)


def wrong(attempt: Attempt, place: int = 1) -> list[str]:
    return wrong_answer(in_paper_order(attempt)[place - 1].item_version)


def revision(attempt: Attempt, place: int = 1) -> int:
    return in_paper_order(attempt)[place - 1].revision


def answered(attempt: Attempt) -> int:
    return Response.objects.filter(attempt=attempt, answer__isnull=False).count()


# --- the way ----------------------------------------------------------------------------------


def test_the_whole_way_without_a_script(client: Client, learner: Any) -> None:
    version = freeze(approved_quiz([approved_item(kind) for kind in Kind]))
    enrollment = enrolled(version, learner=learner)
    page = client.get(reverse("assessments:quiz", args=[enrollment.uuid, version.key]))
    form = soup(page).select_one("main form")
    assert form is not None
    response = client.post(form["action"])
    attempt = Attempt.objects.get()
    for place in range(1, len(Kind) + 1):
        assert response.url == address(attempt, place)
        sheet = soup(client.get(response.url)).select_one("form[data-answer]")
        assert sheet is not None
        response = client.post(
            sheet["action"],
            {
                "answer": right(attempt, place),
                "revision": sheet.select_one("[name=revision]")["value"],
                "go": "next",
            },
        )
    assert response.url == to("review", attempt)
    review = client.get(response.url)
    assert "4" in words(review)
    response = client.post(to("submit", attempt))
    assert response.url == to("result", attempt)
    assert "20" in words(client.get(response.url))
    assert Outcome.objects.get().is_success


def test_the_first_page_says_what_will_happen(client: Client, learner: Any) -> None:
    attempt = begun(
        *[approved_item() for _number in range(10)], learner=learner, attempts_allowed=3, minutes=25
    )
    answer_all(attempt, right=8)
    submitted(attempt)
    text = words(client.get(quiz_address(attempt)))
    assert "Lea con calma." in text
    facts = soup(client.get(quiz_address(attempt))).select("dl.facts dd")
    told = [" ".join(fact.get_text(" ").split()) for fact in facts]
    assert told[0] == "10"
    assert "25" in told[1]
    assert "14" in told[2]
    assert "20" in told[2]
    assert "2" in told[3]
    assert "16" in told[4]


def test_an_attempt_in_progress_waits_for_its_learner(client: Client, learner: Any) -> None:
    attempt = begun(learner=learner)
    client.post(address(attempt), {"answer": right(attempt), "revision": 0, "go": "next"})
    page = client.get(quiz_address(attempt))
    assert soup(page).select_one(f'a[href="{address(attempt)}"]')
    assert not soup(page).select_one(f'form[action="{quiz_address(attempt, "start")}"]')
    assert client.post(quiz_address(attempt, "start")).url == address(attempt)
    assert Attempt.objects.count() == 1
    reloaded = soup(client.get(address(attempt)))
    marked = reloaded.select("input[name=answer][checked]")
    assert [box["value"] for box in marked] == right(attempt)


def test_previous_and_the_overview_save_too(client: Client, learner: Any) -> None:
    attempt = begun(learner=learner)
    sent = {"answer": right(attempt, 3), "revision": 0}
    assert client.post(address(attempt, 3), sent | {"go": "previous"}).url == address(attempt, 2)
    assert answered(attempt) == 1
    sent = {"answer": right(attempt, 2), "revision": 0}
    assert client.post(address(attempt, 2), sent | {"go": "4"}).url == address(attempt, 4)
    assert answered(attempt) == 2
    assert client.post(address(attempt, 4), {"revision": 0, "go": "99"}).url == to(
        "review", attempt
    )


def test_the_review_names_what_is_unanswered_and_flagged(client: Client, learner: Any) -> None:
    attempt = begun(learner=learner, attempts_allowed=2)
    client.post(address(attempt, 2), {"answer": right(attempt, 2), "revision": 0, "is_flagged": 1})
    page = soup(client.get(to("review", attempt)))
    unanswered = page.select(".notice.warning a")
    assert [link["href"] for link in unanswered] == [address(attempt, n) for n in (1, 3, 4)]
    flagged = page.select(".notice.info a")
    assert [link["href"] for link in flagged] == [address(attempt, 2)]
    assert not Outcome.objects.exists()


def test_the_impatient_second_click_gives_one_result(client: Client, learner: Any) -> None:
    attempt = begun(learner=learner)
    answer_all(attempt)
    for _click in range(2):
        assert client.post(to("submit", attempt)).url == to("result", attempt)
    assert Outcome.objects.count() == 1
    assert Certificate.objects.count() == 1
    assert client.get(address(attempt)).url == to("result", attempt)
    late = {"answer": wrong(attempt), "revision": revision(attempt), "go": "next"}
    assert client.post(address(attempt), late).url == to("result", attempt)
    assert client.get(to("review", attempt)).url == to("result", attempt)


def test_a_result_is_not_to_be_had_before_submitting(client: Client, learner: Any) -> None:
    attempt = begun(learner=learner)
    assert client.get(to("result", attempt)).url == to("review", attempt)
    assert client.get(to("submit", attempt)).status_code == 405


# --- saving while one stays -------------------------------------------------------------------


def test_a_script_saves_each_answer_as_it_is_given(client: Client, learner: Any) -> None:
    attempt = begun(learner=learner)
    reply = client.post(
        address(attempt, name="save"), {"answer": right(attempt), "revision": 0, "is_flagged": "on"}
    )
    told = reply.json()
    assert (told["revision"], told["is_answered"], told["is_readable"]) == (1, True, True)
    assert re.search(r"\d\d:\d\d:\d\d", told["saved"])
    stored = in_paper_order(attempt)[0]
    assert ([stored.answer], stored.is_flagged) == (right(attempt), True)


def test_two_windows_show_both_answers_and_lose_none(client: Client, learner: Any) -> None:
    attempt = begun(approved_item(Kind.SINGLE), learner=learner)
    client.post(address(attempt, name="save"), {"answer": right(attempt), "revision": 0})
    late = {"answer": wrong(attempt), "revision": 0}
    reply = client.post(address(attempt, name="save"), late)
    assert reply.status_code == 409
    assert reply.json()["revision"] == 1
    assert "uno" in reply.json()["html"]
    page = client.post(address(attempt), late | {"go": "next"})
    assert page.status_code == 409
    sheet = soup(page)
    assert [box["value"] for box in sheet.select("[name=answer][checked]")] == wrong(attempt)
    assert sheet.select_one("[name=revision]")["value"] == "1"
    assert "«uno»" in words(page)
    assert [in_paper_order(attempt)[0].answer] == right(attempt)
    chosen = client.post(address(attempt), {"answer": wrong(attempt), "revision": 1, "go": "stay"})
    assert chosen.url == address(attempt)
    assert [in_paper_order(attempt)[0].answer] == wrong(attempt)


def test_a_number_that_cannot_be_read_is_kept_and_said_so(client: Client, learner: Any) -> None:
    attempt = begun(approved_item(Kind.NUMERIC), learner=learner)
    reply = client.post(address(attempt, name="save"), {"answer": "uno y medio", "revision": 0})
    assert reply.json()["is_readable"] is False
    sheet = soup(client.get(address(attempt)))
    assert sheet.select_one("[name=answer]")["value"] == "uno y medio"
    assert not sheet.select_one("[data-unreadable]").has_attr("hidden")
    reply = client.post(address(attempt, name="save"), {"answer": "1,5", "revision": 1})
    assert reply.json()["is_readable"] is True


def test_saving_after_submitting_sends_one_to_the_result(client: Client, learner: Any) -> None:
    attempt = begun(learner=learner)
    submitted(attempt)
    reply = client.post(address(attempt, name="save"), {"answer": right(attempt), "revision": 0})
    assert (reply.status_code, reply.json()["address"]) == (410, to("result", attempt))
    assert answered(attempt) == 0


@pytest.mark.parametrize(
    "sent",
    [
        {"answer": "not-an-option", "revision": 0},
        {"answer": "", "revision": "x"},
        {"answer": "", "revision": -1},
        {"answer": ""},
    ],
)
def test_what_no_page_of_ours_sends_is_refused(
    client: Client, learner: Any, sent: dict[str, Any]
) -> None:
    attempt = begun(approved_item(), learner=learner)
    for name in ("attempt", "save"):
        assert client.post(address(attempt, name=name), sent).status_code == 400
    assert answered(attempt) == 0


def test_saving_needs_the_forms_token() -> None:
    strict = Client(enforce_csrf_checks=True)
    person = LearnerFactory()
    strict.force_login(person)
    attempt = begun(learner=person)
    sent = {"answer": right(attempt), "revision": 0}
    assert strict.post(address(attempt, name="save"), sent).status_code == 403
    assert answered(attempt) == 0


# --- whose it is ------------------------------------------------------------------------------


def is_nowhere(client: Client, path: str, sent: dict[str, Any] | None = None) -> bool:
    """Say whether an address leads to "not found", also by way of a language's address."""
    response = (
        client.get(path, follow=True) if sent is None else client.post(path, sent, follow=True)
    )
    return response.status_code == 404


def test_anothers_attempt_is_nowhere(client: Client) -> None:
    attempt = begun()
    client.force_login(LearnerFactory())
    before = Event.objects.count()
    sent = {"answer": right(attempt), "revision": 0}
    assert is_nowhere(client, quiz_address(attempt))
    assert is_nowhere(client, quiz_address(attempt, "start"), {})
    assert is_nowhere(client, address(attempt))
    assert is_nowhere(client, address(attempt), sent)
    assert is_nowhere(client, address(attempt, name="save"), sent)
    assert is_nowhere(client, to("review", attempt))
    assert is_nowhere(client, to("result", attempt))
    assert is_nowhere(client, to("submit", attempt), {})
    attempt.refresh_from_db()
    assert attempt.is_open
    assert (answered(attempt), Event.objects.count()) == (0, before)


def test_a_visitor_is_asked_to_sign_in(client: Client) -> None:
    attempt = begun()
    for response in (client.get(address(attempt)), client.post(to("submit", attempt))):
        assert response.status_code == 302
        assert response.url.startswith(reverse("account_login"))


def test_what_does_not_exist_is_nowhere(client: Client, learner: Any) -> None:
    attempt = begun(learner=learner)
    sent = {"answer": "", "revision": 0}
    for place in (0, len(Kind) + 1):
        assert is_nowhere(client, address(attempt, place))
        assert is_nowhere(client, address(attempt, place), sent)
        assert is_nowhere(client, address(attempt, place, "save"), sent)
    assert is_nowhere(client, reverse("assessments:quiz", args=[attempt.enrollment.uuid, uuid4()]))
    assert is_nowhere(client, reverse("assessments:result", args=[uuid4()]))


def test_used_up_attempts_are_told_not_begun(client: Client, learner: Any) -> None:
    attempt = begun(learner=learner, attempts_allowed=1)
    submitted(attempt)
    response = client.post(quiz_address(attempt, "start"))
    assert response.url == quiz_address(attempt)
    assert Attempt.objects.count() == 1
    assert not soup(client.get(quiz_address(attempt))).select_one("main form")


def test_after_the_last_day_the_page_leads_to_asking_for_more_time(
    client: Client, learner: Any
) -> None:
    attempt = begun(learner=learner, attempts_allowed=3)
    submitted(attempt)
    Edition.objects.update(starts_on="2026-01-01", ends_on="2026-01-31")
    for page in (quiz_address(attempt), to("result", attempt)):
        found = soup(client.get(page))
        assert not found.select_one("main form")
        assert found.select_one(f'a[href="/my/courses/{attempt.enrollment.uuid}/request/"]')
    response = client.post(quiz_address(attempt, "start"))
    assert response.url == quiz_address(attempt)
    assert Attempt.objects.count() == 1


# --- the result -------------------------------------------------------------------------------


def test_a_result_explains_itself(client: Client, learner: Any) -> None:
    attempt = begun(approved_item(Kind.SINGLE), approved_item(Kind.NUMERIC), learner=learner)
    answer_all(attempt, right=1)
    submitted(attempt)
    page = client.get(to("result", attempt))
    text = words(page)
    assert "10" in soup(page).select_one(".result-mark").get_text()
    assert "Porque uno" in text
    assert "Explicación" in text
    assert "CP 129-A.1 · CP 129-A.3" in text
    assert "999999 años" in text
    assert "1,5 años" in text
    chosen = soup(page).select_one(".option.is-chosen.is-right")
    assert chosen is not None
    assert "uno" in chosen.get_text()


def test_a_foreseen_mistake_is_explained(client: Client, learner: Any) -> None:
    attempt = begun(approved_item(Kind.NUMERIC), learner=learner)
    client.post(address(attempt), {"answer": "2,0", "revision": 0})
    submitted(attempt)
    assert "Redondeó." in words(client.get(to("result", attempt)))


def test_a_fail_says_what_to_read_and_a_pass_what_comes_next(client: Client, learner: Any) -> None:
    version = freeze(approved_quiz([approved_item()]))
    enrollment = enrolled(version, learner=learner, before=[lesson(1), lesson(2)])
    failed = start(enrollment, version)
    submitted(failed)
    page = soup(client.get(to("result", failed)))
    assert [link.get_text() for link in page.select(".rows a")] == ["Lección 1", "Lección 2"]
    assert page.select_one(f'form[action="{quiz_address(failed, "start")}"]')
    passed = start(enrollment, version)
    answer_all(passed)
    submitted(passed)
    page = soup(client.get(to("result", passed)))
    assert not page.select(".rows a")
    assert "Lección 1" in page.select_one(".next-step").get_text()


@pytest.mark.parametrize(
    ("feedback", "shown"), [("each-attempt", True), ("when-closed", False), ("never", False)]
)
def test_right_answers_are_shown_by_the_quizs_policy(
    client: Client, learner: Any, feedback: str, shown: bool
) -> None:
    attempt = begun(
        approved_item(Kind.SINGLE), approved_item(Kind.NUMERIC), learner=learner, feedback=feedback
    )
    answer_all(attempt, right=0)
    submitted(attempt)
    text = words(client.get(to("result", attempt)))
    for secret in ("Porque uno", "Explicación", "1,5 años", "CP 129-A.1"):
        assert (secret in text) is shown, secret


def test_no_page_of_an_attempt_gives_the_key_away(client: Client, learner: Any) -> None:
    attempt = begun(learner=learner)
    answer_all(attempt)
    for place in range(1, len(Kind) + 1):
        html = client.get(address(attempt, place)).content.decode()
        assert "Porque" not in html
        assert "Explicación" not in html
        assert "is_correct" not in html


# --- languages --------------------------------------------------------------------------------


def test_changing_language_in_the_middle_keeps_every_answer(client: Client, learner: Any) -> None:
    item = approved_item(Kind.MULTIPLE)
    translated(item)
    attempt = begun(item, learner=learner, shuffle_options=True)
    client.post(address(attempt), {"answer": right(attempt)[:1], "revision": 0})
    spanish = soup(client.get(address(attempt)))
    client.cookies["django_language"] = "en"
    learner.language = "en"
    learner.save()
    english = soup(client.get(address(attempt)))
    assert english.html["lang"] == "en"
    assert "EN uno" in english.get_text()
    for state in ("[name=answer]", "[name=answer][checked]"):
        assert [box["value"] for box in english.select(state)] == [
            box["value"] for box in spanish.select(state)
        ]
    client.post(address(attempt), {"answer": right(attempt), "revision": 1})
    client.post(to("submit", attempt))
    attempt.refresh_from_db()
    assert attempt.scaled == 1


def test_an_untranslated_question_is_shown_in_its_own_language_and_says_so(
    client: Client, learner: Any
) -> None:
    attempt = begun(approved_item(), learner=learner)
    client.cookies["django_language"] = "en"
    learner.language = "en"
    learner.save()
    page = soup(client.get(address(attempt)))
    assert page.select_one("#question-stem")["lang"] == "es"
    assert "not translated" in page.get_text()


# --- cost -------------------------------------------------------------------------------------


def queries(client: Client, *, items: int, learner: Any) -> dict[str, int]:
    attempt = begun(
        *[approved_item(list(Kind)[number % 4]) for number in range(items)],
        learner=learner,
        attempts_allowed=5,
    )
    sent = {"answer": right(attempt), "revision": 0}
    steps = {
        "quiz": lambda: client.get(quiz_address(attempt)),
        "question": lambda: client.get(address(attempt)),
        "save": lambda: client.post(address(attempt, name="save"), sent),
        "review": lambda: client.get(to("review", attempt)),
        "submit": lambda: client.post(to("submit", attempt)),
        "result": lambda: client.get(to("result", attempt)),
        "start": lambda: client.post(quiz_address(attempt, "start")),
    }
    client.get("/verify/")  # warms what is read once
    counts = {}
    for name, step in steps.items():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert step().status_code in (200, 302)
        counts[name] = len(captured)
    return counts


def test_the_number_of_queries_does_not_grow_with_the_number_of_items(
    client: Client, learner: Any
) -> None:
    few, many = (
        queries(client, items=4, learner=learner),
        queries(client, items=24, learner=learner),
    )
    assert few == many
    assert few["save"] <= 10, json.dumps(few)
