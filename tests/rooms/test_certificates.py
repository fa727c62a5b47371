"""Issuing and revoking: a snapshot, numbered, that nothing changes afterwards."""

import logging
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import CaptureQueriesContext

from tests.factories import certificates as situations
from tests.factories.learning import (
    NOON,
    CourseVersionFactory,
    EnrollmentFactory,
    LearnerFactory,
    lesson,
)
from training.accounts.models import Post
from training.audit.actions import SYSTEM
from training.audit.append_only import AppendOnlyViolation
from training.audit.queries import events_of
from training.certificates.actions import (
    AlreadyIssued,
    AlreadyRevoked,
    ReasonMissing,
    issue,
    revoke,
)
from training.certificates.models import Certificate, RegistrySeries
from training.enrollments.models import Edition
from training.institutions.models import District, Institution
from training.kernel.identifiers import normalise_code, normalise_registry_number
from training.progress.models import Outcome

pytestmark = pytest.mark.django_db


def test_a_certificate_says_all_that_r_41_asks_for() -> None:
    certificate = situations.certificate()
    said = {name: getattr(certificate, name) for name in EXPECTED}
    assert said == EXPECTED
    assert certificate.hours == Decimal("40.00")
    assert certificate.course_titles["en"] == "Foundations of trafficking"
    assert certificate.wording["es"]["sentence"] == (
        "Por haber aprobado «Fundamentos de la trata» (con tutoría), del 3 de agosto de 2026 al "
        "16 de noviembre de 2026: 40 h, dieciséis y 50/100."
    )
    assert certificate.wording["en"]["sentence"] == (
        "For having passed the course “Foundations of trafficking”, delivered with a tutor, from "
        "3 August 2026 to 16 November 2026, 40 academic hours, with a mark of sixteen and 50/100 "
        "(16.50/20)."
    )
    assert normalise_registry_number(certificate.number) == certificate.number
    assert normalise_code(certificate.code) == certificate.code
    assert certificate.verification_address == f"http://testserver/verify/{certificate.code}/"
    assert len(certificate.evidence_digest) == 64


EXPECTED: dict[str, Any] = {
    "kind": "approval",
    "series": "TIP",
    "year": 2026,
    "sequence": 1,
    "recipient_name": situations.NAME,
    "document_country": "PE",
    "document_type": "dni",
    "document_number": "45678912",
    "document_names": {"es": "DNI", "en": "DNI"},
    "post_role": "judge",
    "post_titles": {"es": "Jueza penal", "en": "Jueza penal"},
    "institution_names": {"es": "Poder Judicial", "en": "Judiciary"},
    "district_kind": "judicial",
    "district_name": "Puente Piedra–Ventanilla",
    "languages": ["es", "en"],
    "course_version": 1,
    "edition_titles": {"es": "Edición de prueba", "en": "Edition for tests"},
    "mode": "tutored",
    "mode_names": {"es": "con tutoría", "en": "with a tutor"},
    "starts_on": date(2026, 8, 3),
    "ends_on": date(2026, 11, 16),  # completed before the edition ends
    "hours_asynchronous": Decimal("32"),
    "hours_synchronous": Decimal("4.50"),
    "hours_assessed": Decimal("3.50"),
    "academic_hour_minutes": 45,
    "mark": Decimal("16.50"),
    "scale_maximum": 20,
    "mark_words": {"es": "dieciséis y 50/100", "en": "sixteen and 50/100"},
    "attendance": None,
    "syllabus": {"es": ["Módulo 1"], "en": ["Module 1"]},
    "place": "Arequipa",
    "issued_at": NOON,
    "issued_on": date(2026, 11, 16),
    "issuers": [
        {"names": {"es": "Escuela", "en": "School"}, "short_names": {}, "part": "issuer"},
        {"names": {"es": "Programa", "en": "Programme"}, "short_names": {}, "part": "co-organiser"},
    ],
    "signatories": [
        {"name": "Rosa Huamán", "post": {"es": "Directora", "en": "Director"}},
        {"name": "Luis Condori", "post": {"es": "Coordinador", "en": "Coordinator"}},
    ],
    "legal_basis": {"es": "Convenio n.º 12-2026", "en": "Agreement no. 12-2026"},
    "design_version": "1",
    "is_demonstration": False,
    "state": "valid",
    "pdf_name": "",
}


def test_at_ones_own_pace_it_runs_from_enrolling_to_completing() -> None:
    own_pace = situations.edition(mode=Edition.Mode.SELF_PACED)
    certificate = situations.certificate(edition=own_pace)
    assert (certificate.starts_on, certificate.ends_on) == (date(2026, 11, 16),) * 2


def test_it_copies_the_post_held_at_the_date() -> None:
    earlier = datetime(2022, 6, 1, 17, tzinfo=UTC)
    assert situations.certificate(at=earlier).post_titles["es"] == "Secretaria"


def test_a_prosecutor_is_of_a_fiscal_district() -> None:
    learner = situations.judge()
    post = Post.objects.get(person=learner, title="Jueza penal")
    post.role = Post.Role.PROSECUTOR
    post.fiscal_district = District.objects.create(
        country=post.institution.country, kind="fiscal", code="ln", name="Lima Norte"
    )
    post.save()
    certificate = situations.certificate(learner=learner)
    assert (certificate.district_kind, certificate.district_name) == ("fiscal", "Lima Norte")


def test_somebody_without_post_or_document_gets_one_too() -> None:
    certificate = situations.certificate(learner=LearnerFactory())
    assert certificate.post_titles == {}
    assert certificate.document_number == certificate.district_name == ""


def test_the_year_is_that_of_the_place() -> None:
    last_evening = datetime(2027, 1, 1, 3, 0, tzinfo=UTC)  # 31 December, 22:00 in Lima
    certificate = situations.certificate(at=last_evening)
    assert certificate.year == 2026
    assert certificate.issued_on == date(2026, 12, 31)


def test_a_course_without_marks_says_none() -> None:
    enrollment = EnrollmentFactory(learner=situations.judge(), edition=situations.edition())
    certificate = issue(enrollment=enrollment, scaled=None, actor=SYSTEM, at=NOON, reason="")
    certificate.refresh_from_db()
    assert certificate.mark is None
    assert certificate.mark_words == {}
    assert "{" not in certificate.wording["en"]["sentence"]
    assert "mark" not in certificate.wording["en"]["sentence"]


def test_a_pack_that_names_an_unknown_field_delays_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    edition = situations.edition()
    country = edition.course_version.course.country
    country.wording["approval"]["es"]["sentence"] = "Por {nothing}"
    country.save()
    with caplog.at_level(logging.ERROR, logger="training.certificates.wording"):
        enrollment = EnrollmentFactory(edition=edition)
        certificate = issue(
            enrollment=enrollment, scaled=Decimal(1), actor=SYSTEM, at=NOON, reason=""
        )
    assert certificate.wording["es"]["sentence"].startswith("Por haber aprobado el curso «Fund")
    assert "{nothing}" in caplog.text


def test_nothing_on_it_is_looked_up_again() -> None:
    certificate = situations.certificate()
    before = Certificate.objects.filter(pk=certificate.pk).values().get()
    learner = certificate.enrollment.learner
    learner.certificate_name = learner.display_name = "Somebody else"
    learner.document_number = "00000000"
    learner.save()
    Post.objects.all().update(title="Another post")
    Institution.objects.all().update(names={"es": "Otra", "en": "Another"})
    District.objects.all().update(name="Another")
    Edition.objects.all().update(place="Cusco", titles={}, starts_on=date(2020, 1, 1), series="X")
    assert Certificate.objects.filter(pk=certificate.pk).values().get() == before


def test_the_evidence_seals_the_outcomes_that_stand() -> None:
    first = situations.certificate(scaled="0.825")
    second = situations.certificate(scaled="0.85")
    assert first.evidence_digest != second.evidence_digest
    assert Outcome.objects.filter(enrollment=first.enrollment).count() == 3


def test_numbers_follow_each_other_in_a_series_and_year() -> None:
    numbers = [situations.certificate().sequence for _ in range(3)]
    other = situations.certificate(edition=situations.edition(series="OTRA"))
    assert numbers == [1, 2, 3]
    assert other.sequence == 1
    assert RegistrySeries.objects.get(series="TIP", year=2026).last_sequence == 3


def test_one_certificate_stands_for_an_enrollment() -> None:
    enrollment = situations.passed_enrollment()
    with pytest.raises(AlreadyIssued):
        issue(enrollment=enrollment, scaled=Decimal(1), actor=SYSTEM, at=NOON, reason="again")
    assert Certificate.objects.count() == 1
    assert RegistrySeries.objects.get().last_sequence == 1


def test_after_a_revocation_another_may_be_issued() -> None:
    certificate = situations.certificate()
    revoke(certificate=certificate, actor=SYSTEM, at=NOON, reason_public="Error in the name")
    again = issue(
        enrollment=certificate.enrollment, scaled=Decimal(1), actor=SYSTEM, at=NOON, reason="name"
    )
    assert again.sequence == 2
    assert list(Certificate.objects.unrevoked()) == [again]


def test_revoking_keeps_the_date_and_both_reasons() -> None:
    certificate = situations.certificate()
    revoke(
        certificate=certificate,
        actor=SYSTEM,
        at=NOON,
        reason_public=" Issued  in error ",
        reason_internal="Complaint 12",
    )
    assert certificate.is_revoked
    assert certificate.revoked_at == NOON
    assert certificate.revocation_reason == "Issued in error"
    event = events_of(certificate).first()
    assert (event.verb, event.reason) == ("certificate.revoked", "Complaint 12")
    assert event.detail["public_reason"] == "Issued in error"


def test_revoking_twice_is_refused_and_changes_nothing() -> None:
    certificate = situations.certificate()
    revoke(certificate=certificate, actor=SYSTEM, at=NOON, reason_public="First")
    with pytest.raises(AlreadyRevoked):
        revoke(
            certificate=certificate,
            actor=SYSTEM,
            at=NOON + timedelta(days=1),
            reason_public="Second",
        )
    certificate.refresh_from_db()
    assert certificate.revocation_reason == "First"
    assert events_of(certificate).filter(verb="certificate.revoked").count() == 1


def test_revoking_needs_a_public_reason() -> None:
    certificate = situations.certificate()
    with pytest.raises(ReasonMissing):
        revoke(certificate=certificate, actor=SYSTEM, at=NOON, reason_public=" ")
    certificate.refresh_from_db()
    assert not certificate.is_revoked


def test_issuing_is_audited_in_the_same_transaction() -> None:
    enrollment = EnrollmentFactory(edition=situations.edition())
    with transaction.atomic():
        issue(enrollment=enrollment, scaled=Decimal(1), actor=SYSTEM, at=NOON, reason="")
        transaction.set_rollback(True)
    assert not Certificate.objects.exists()
    assert not RegistrySeries.objects.exists()
    certificate = issue(
        enrollment=enrollment, scaled=Decimal(1), actor=SYSTEM, at=NOON, reason="by hand"
    )
    event = events_of(certificate).get()
    assert (event.verb, event.reason) == ("certificate.issued", "by hand")
    assert event.detail["number"] == certificate.number
    assert situations.NAME not in str(event.detail)


def test_the_vocabulary_of_the_registry() -> None:
    old = situations.certificate(at=datetime(2025, 5, 5, 17, tzinfo=UTC))
    new = situations.certificate()
    assert list(Certificate.objects.issued_in(2025)) == [old]
    assert list(Certificate.objects.of(new.enrollment.learner)) == [new]
    assert list(Certificate.objects.in_registry_order()) == [old, new]
    revoke(certificate=old, actor=SYSTEM, at=NOON, reason_public="Error")
    assert list(Certificate.objects.unrevoked()) == [new]
    assert Certificate.objects.count() == 2, "the default manager hides nothing"


# --- What the database itself refuses ---------------------------------------------------------


FROZEN = [
    (model, field)
    for model in (Certificate, RegistrySeries)
    for field in model._meta.concrete_fields
    if field.name not in model.may_change
]


@pytest.mark.parametrize(
    ("model", "field"), FROZEN, ids=[f"{model.__name__}.{field.name}" for model, field in FROZEN]
)
def test_raw_sql_changes_no_column_of_the_snapshot(
    model: type[models.Model], field: "models.Field[Any, Any]"
) -> None:
    situations.certificate()
    row = model._default_manager.get()
    changed = _another(field, field.value_from_object(row))
    value = field.get_db_prep_save(changed, connection)
    sql = f'UPDATE "{model._meta.db_table}" SET "{field.column}" = %s'
    with (
        pytest.raises(IntegrityError, match="append-only snapshot"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, [value])


def _another(field: "models.Field[Any, Any]", value: Any) -> Any:
    match field:
        case models.JSONField():
            return {"other": "text"}
        case models.UUIDField():
            return uuid4()
        case models.BooleanField():
            return not value
        case models.DateTimeField() | models.DateField():
            return value + timedelta(days=1)
        case models.DecimalField():
            return (value or 0) + Decimal(1)
        case models.IntegerField() | models.ForeignKey():
            return value + 1
        case _:
            return "XX" if value != "XX" else "YY"


@pytest.mark.parametrize("model", [Certificate, RegistrySeries])
def test_raw_sql_deletes_no_row(model: type[models.Model]) -> None:
    situations.certificate()
    with (
        pytest.raises(IntegrityError, match="append-only snapshot"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f'DELETE FROM "{model._meta.db_table}"')


def test_raw_sql_does_not_empty_the_table() -> None:
    if connection.vendor != "postgresql":
        return  # SQLite has no TRUNCATE
    with (
        pytest.raises(IntegrityError, match="append-only snapshot"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("TRUNCATE certificates_certificate CASCADE")


def test_django_deletes_and_changes_nothing_either() -> None:
    certificate = situations.certificate()
    certificate.recipient_name = "Somebody else"
    for attempt in (
        certificate.delete,
        certificate.save,
        Certificate.objects.all().delete,
        lambda: Certificate.objects.update(recipient_name="Somebody else"),
        lambda: certificate.save(update_fields=["state", "mark"]),
        RegistrySeries.objects.all().delete,
    ):
        with pytest.raises(AppendOnlyViolation):
            attempt()


@pytest.mark.parametrize(
    "change",
    [
        {"state": "revoked"},
        {"state": "revoked", "revoked_at": NOON},
        {"revoked_at": NOON},
        {"revocation_reason": "Because"},
        {"pdf_name": "2026/a.pdf"},
        {"pdf_sha256": "0" * 64},
    ],
)
def test_facts_that_belong_together_are_tied(change: dict[str, Any]) -> None:
    certificate = situations.certificate()
    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.filter(pk=certificate.pk).update(**change)


def test_two_standing_certificates_of_a_kind_are_refused() -> None:
    certificate = situations.certificate()
    certificate.pk, certificate._state.adding = None, True
    certificate.uuid, certificate.sequence = uuid4(), 2
    certificate.number, certificate.code = "TIP-2026-000002-85", "0000-0000-0000-0000"
    with pytest.raises(IntegrityError), transaction.atomic():
        certificate.save()


def test_issuing_costs_the_same_however_much_was_done() -> None:
    few = situations.edition(issuing=Edition.Issuing.APPROVAL)
    many = situations.edition(
        issuing=Edition.Issuing.APPROVAL,
        course_version=CourseVersionFactory(activities=[lesson(n) for n in range(20)]),
    )
    costs = []
    for edition in (few, many):
        enrollment = EnrollmentFactory(edition=edition, completed=True)
        with CaptureQueriesContext(connection) as queries:
            issue(enrollment=enrollment, scaled=Decimal(1), actor=SYSTEM, at=NOON, reason="")
        costs.append(len(queries))
    first_of_its_series, next_one = costs
    assert next_one <= first_of_its_series < 20
