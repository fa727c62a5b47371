"""The week's figures on the dashboard: of what each reader may see, and no more."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories.learning import CohortFactory, EnrollmentFactory, InstitutionFactory, do
from tests.rooms.test_desk import member, page
from training.accounts.models import Post, User
from training.accounts.roles import Role
from training.certificates.models import Certificate
from training.desk import figures
from training.desk.figures import Scope, count_week
from training.institutions.models import Institution

pytestmark = pytest.mark.django_db

HOME = "wagtailadmin_home"


@pytest.fixture(autouse=True)
def _without_second_factor(settings: Any) -> Iterator[None]:
    settings.DEMONSTRATION = True
    cache.clear()
    yield
    cache.clear()


def holds_post(person: User, institution: Institution) -> None:
    Post.objects.create(
        person=person,
        role=Post.Role.JUDGE,
        institution=institution,
        valid_from=timezone.localdate() - timedelta(days=900),
    )


def at_noon(days_ago: int) -> datetime:
    day = timezone.localdate() - timedelta(days=days_ago)
    return timezone.make_aware(datetime(day.year, day.month, day.day, 12))


def number_of(text: str, key: str) -> str:
    """Return what a figure of the dashboard says of the last week."""
    found = re.search(rf'id="figure-{key}".*?<strong>(.*?)</strong>', text)
    return found[1] if found else ""


def test_each_day_is_counted_where_it_belongs() -> None:
    now = timezone.now()
    for days_ago in (1, 1, 6, 7, 13, 14):
        EnrollmentFactory(at=at_noon(days_ago), completed=True)
    learner = EnrollmentFactory(at=at_noon(30)).learner
    for days_ago in (2, 3):
        do(EnrollmentFactory(learner=learner, at=at_noon(30)), "lesson-1", at=at_noon(days_ago))
    week = count_week(Scope(), now=max(now, at_noon(1)))
    for series in (week.enrollments, week.completions):
        assert (series.last, series.before) == (3, 2)
        assert (series.days[12], series.days[7], series.days[6], series.days[0]) == (2, 1, 1, 1)
        assert sum(series.days) == 5
    assert week.certificates.last + week.certificates.before >= Certificate.objects.count() - 1
    assert (week.active.last, week.active.before) == (4, 2)  # one learner on two days is one
    assert (week.active.days[11], week.active.days[10]) == (1, 1)
    assert len(week.days) == 14
    assert week.days[-1] == timezone.localdate(now)


def test_the_dashboard_tells_numbers_in_words_in_a_drawing_and_in_a_table() -> None:
    client = member(Role.REGISTRAR)[1]
    for _ in range(3):
        EnrollmentFactory(at=at_noon(1))
    EnrollmentFactory(at=at_noon(8))
    text = page(client, HOME)
    assert number_of(text, "enrollments") == "3"
    assert "1 in the seven days before" in text
    chart = re.search(r'<svg class="chart"[^>]*aria-labelledby="chart-enrollments.*?</svg>', text)
    assert chart is not None
    assert chart[0].count("<rect") == 2
    assert 'class="chart-last"' in chart[0]
    assert 'class="chart-before"' in chart[0]
    for part in ("<title", "<desc", 'role="img"'):
        assert part in chart[0]
    assert "style=" not in chart[0]
    assert text.count("<details>") == 1  # where nothing happened nothing is drawn
    assert number_of(text, "completions") == "0"
    assert "<td>3</td>" in text


def test_each_sees_figures_of_what_they_may_see() -> None:
    court, school = InstitutionFactory(), InstitutionFactory()
    own, foreign = CohortFactory(), CohortFactory()
    for cohort, institution, number in ((own, court, 6), (foreign, school, 3)):
        for _ in range(number):
            enrollment = EnrollmentFactory(edition=cohort.edition, cohort=cohort, at=at_noon(1))
            holds_post(enrollment.learner, institution)
    seen = {}
    for role in Role:
        person, client = member(role)
        if role == Role.TRAINER:
            own.coordinators.add(person)
        if role == Role.INSTITUTIONAL_VIEWER:
            holds_post(person, court)
        text = page(client, HOME)
        seen[role] = number_of(text, "enrollments")
        if role == Role.INSTITUTIONAL_VIEWER:
            viewer, viewed = person, text
    assert seen == {
        Role.REGISTRAR: "9",
        Role.COORDINATOR: "9",
        Role.TRAINER: "6",
        Role.INSTITUTIONAL_VIEWER: "6",
        Role.LEGAL_REVIEWER: "",
        Role.SYSTEM_ADMINISTRATOR: "",
        Role.DATA_PROTECTION_OFFICER: "",
    }
    assert '<svg class="chart"' not in viewed
    assert "fewer than 5" in viewed  # nobody has completed a course
    Post.objects.filter(person=viewer).update(institution=school)
    client = Client(headers={"accept-language": "en"})
    client.force_login(viewer)
    assert number_of(page(client, HOME), "enrollments") == "fewer than 5"
    Post.objects.filter(person=viewer).delete()
    assert number_of(page(client, HOME), "enrollments") == ""


def test_figures_cost_the_same_for_many_as_for_few_and_nothing_for_five_minutes() -> None:
    client = member(Role.REGISTRAR)[1]
    page(client, HOME)
    counts = []
    for size in (2, 6):
        for _ in range(size):
            EnrollmentFactory(completed=True, at=at_noon(1))
        cache.clear()
        page(client, HOME)
        for is_fresh in (False, True):
            if not is_fresh:
                cache.clear()
            with CaptureQueriesContext(connection) as queries:
                page(client, HOME)
            counts.append(len(queries))
    few, few_again, many, many_again = counts
    assert (few, few_again) == (many, many_again)
    with CaptureQueriesContext(connection) as queries:
        count_week(Scope(), now=timezone.now())
    assert len(queries) == 5
    key = f"desk-week:{timezone.localdate()}:{Scope().key}"
    assert cache.get(key) is not None
    assert figures.week_of(Scope(), now=timezone.now()) == cache.get(key)
