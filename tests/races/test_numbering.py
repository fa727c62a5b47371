"""Certificates issued at the same moment: numbers without gaps, one each."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection, transaction

from tests.factories import certificates as situations
from tests.factories.learning import NOON, EnrollmentFactory, LearnerFactory
from training.audit.actions import SYSTEM
from training.audit.models import Event
from training.certificates.actions import AlreadyIssued, issue, revoke
from training.certificates.documents import attach_pdf
from training.certificates.models import Certificate, RegistrySeries
from training.certificates.rendering import render_pdf
from training.enrollments.models import Enrollment

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 16


def all_at_once(calls: list[Callable[[], object]]) -> list[object]:
    """Run each call in a thread of its own, let loose together; return results or exceptions."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        try:
            start.wait()
            return call()
        except Exception as problem:
            return problem
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def issue_for(enrollment: Enrollment) -> str:
    """Issue a certificate and return its number."""
    certificate = issue(
        enrollment=enrollment, scaled=Decimal("0.8"), actor=SYSTEM, at=NOON, reason=""
    )
    return str(certificate.number)


class ChangedItsMind(Exception):
    """The transaction fails after the number was taken."""


def issue_and_fail(enrollment: Enrollment) -> None:
    """Take a number in a transaction that does not come to its end."""
    with transaction.atomic():
        issue_for(enrollment)
        raise ChangedItsMind


def enrollments(count: int) -> list[Enrollment]:
    edition = situations.edition()
    return [EnrollmentFactory(learner=LearnerFactory(), edition=edition) for _ in range(count)]


def test_numbers_from_many_threads_have_no_gaps_though_some_fail() -> None:
    people = enrollments(THREADS)
    deeds = [issue_for if place % 4 else issue_and_fail for place in range(THREADS)]
    results = all_at_once(
        [lambda deed=deed, who=who: deed(who) for deed, who in zip(deeds, people, strict=True)]
    )
    failed = [result for result in results if isinstance(result, Exception)]
    assert [type(problem) for problem in failed] == [ChangedItsMind] * (THREADS // 4)
    issued = Certificate.objects.in_registry_order()
    expected = list(range(1, THREADS - len(failed) + 1))
    assert [certificate.sequence for certificate in issued] == expected
    assert {certificate.number for certificate in issued} == set(results) - set(failed)
    assert RegistrySeries.objects.get().last_sequence == len(expected)
    assert Event.objects.filter(verb="certificate.issued").count() == len(expected)


def test_one_enrollment_gets_one_certificate_from_many_threads() -> None:
    (enrollment,) = enrollments(1)
    results = all_at_once([lambda: issue_for(enrollment)] * THREADS)
    refused = [result for result in results if isinstance(result, AlreadyIssued)]
    assert len(refused) == THREADS - 1
    assert Certificate.objects.get().sequence == RegistrySeries.objects.get().last_sequence == 1


def test_one_of_two_revocations_counts() -> None:
    (enrollment,) = enrollments(1)
    issue_for(enrollment)

    def revoke_it(reason: str) -> None:
        revoke(certificate=Certificate.objects.get(), actor=SYSTEM, at=NOON, reason_public=reason)

    results = all_at_once([lambda: revoke_it("one"), lambda: revoke_it("another")])
    assert sorted(type(result).__name__ for result in results) == ["AlreadyRevoked", "NoneType"]
    assert Event.objects.filter(verb="certificate.revoked").count() == 1


def test_two_workers_attach_one_file() -> None:
    (enrollment,) = enrollments(1)
    issue_for(enrollment)
    certificate = Certificate.objects.get()
    results = all_at_once([lambda: attach_pdf(certificate_id=certificate.pk)] * 2)
    assert results == [None, None]
    certificate.refresh_from_db()
    assert certificate.pdf_sha256


def test_threads_of_one_process_draw_the_same_file() -> None:
    (enrollment,) = enrollments(1)
    issue_for(enrollment)
    certificate = Certificate.objects.get()
    drawn = all_at_once([lambda: render_pdf(certificate)] * 4)
    assert set(drawn) == {render_pdf(certificate)}
