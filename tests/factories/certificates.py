"""Situations of certificates: somebody with a post and a document completes a course."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tests.factories.learning import (
    NOON,
    CountryFactory,
    CourseFactory,
    CourseVersionFactory,
    EditionFactory,
    EnrollmentFactory,
    InstitutionFactory,
    LearnerFactory,
    do,
)
from training.accounts.models import Post, User
from training.certificates.models import Certificate
from training.enrollments.models import Edition, Enrollment, Issuer
from training.institutions.models import Country, District

NAME = "Ñawpaq K’anchaq Ch’aska Wañuy Q’illu"
DOCUMENT = 45678912
SENTENCE = "Por haber aprobado «{course}» ({mode}), del {start} al {end}: {hours} h, {mark_words}."


def country() -> Country:
    """Return a country whose pack has words for certificates."""
    country: Country = CountryFactory()
    country.document_types = [{"code": "dni", "names": {"es": "DNI", "en": "DNI"}}]
    country.wording = {
        "modes": {"tutored": {"es": "con tutoría", "en": "with a tutor"}},
        "approval": {
            "es": {"title": "Certificado de aprobación", "sentence": SENTENCE},
            "en": {"title": "Certificate of approval"},
        },
    }
    country.save()
    return country


def edition(**fields: Any) -> Edition:
    """Return an edition with everything that a certificate says of it."""
    place = country()
    version = CourseVersionFactory(course=CourseFactory(country=place))
    made: Edition = EditionFactory(
        **{
            "course_version": version,
            "mode": Edition.Mode.TUTORED,
            "starts_on": date(2026, 8, 3),
            "ends_on": date(2026, 11, 20),
            "hours_asynchronous": Decimal("32"),
            "hours_synchronous": Decimal("4.50"),
            "hours_assessed": Decimal("3.50"),
            "place": "Arequipa",
            "legal_basis": {"es": "Convenio n.º 12-2026", "en": "Agreement no. 12-2026"},
            "signatories": [
                {"name": "Rosa Huamán", "post": {"es": "Directora", "en": "Director"}},
                {"name": "Luis Condori", "post": {"es": "Coordinador", "en": "Coordinator"}},
            ],
            "issuer": InstitutionFactory(names={"es": "Escuela", "en": "School"}, country=place),
            **fields,
        }
    )
    partner = InstitutionFactory(names={"es": "Programa", "en": "Programme"}, country=place)
    Issuer.objects.create(edition=made, institution=partner, part=Issuer.Part.CO_ORGANISER, order=1)
    return made


def judge() -> User:
    """Return a judge with a document, who has held two posts."""
    place = country()
    learner: User = LearnerFactory(
        document_country="PE",
        document_type="dni",
        document_number=str(DOCUMENT + User.objects.count()),
    )
    court = InstitutionFactory(names={"es": "Poder Judicial", "en": "Judiciary"}, country=place)
    district, _is_new = District.objects.get_or_create(
        country=place, kind="judicial", code="pp", name="Puente Piedra–Ventanilla"
    )
    held = {"person": learner, "role": Post.Role.JUDGE, "institution": court}
    Post.objects.create(
        **held, title="Secretaria", valid_from=date(2019, 1, 1), valid_to=date(2023, 12, 31)
    )
    Post.objects.create(
        **held, title="Jueza penal", judicial_district=district, valid_from=date(2024, 1, 1)
    )
    return learner


def passed_enrollment(*, scaled: str = "0.825", at: datetime = NOON, **fields: Any) -> Enrollment:
    """Return a judge's completed enrollment; an automatic edition has issued the certificate."""
    learner = fields.pop("learner", None) or judge()
    enrollment: Enrollment = EnrollmentFactory(
        at=at,
        learner=learner,
        edition=fields.pop("edition", None) or edition(),
        name_on_certificate=NAME,
        **fields,
    )
    do(enrollment, "lesson-1", at=at)
    do(enrollment, "lesson-2", at=at)
    do(enrollment, "quiz-1", scaled=scaled, at=at)
    return enrollment


def certificate(**fields: Any) -> Certificate:
    """Return the certificate of somebody who passed."""
    return Certificate.objects.get(enrollment=passed_enrollment(**fields))
