"""What a product must hold so that each of its pages can be seen; run inside the product."""

import json
from datetime import timedelta
from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone, translation

from assessments.attempts import start_attempt
from assessments.models import Attempt, ItemVersion
from assessments.provider import PROVIDER
from cms.building import create_standard_page, review_and_approve
from cms.models import CoursePage, HomePage
from training.accounts.actions import create_person, invite
from training.accounts.models import Invitation, User
from training.accounts.roles import Role
from training.catalogue.models import Activity
from training.certificates.actions import revoke
from training.certificates.models import Certificate
from training.enrollments.models import Cohort, Edition, Enrollment
from training.institutions.models import District, Institution
from training.portal.errors import server_error

WITH_CERTIFICATE = "prosecutor@demo.example"
WITH_REVOKED = "learner01@demo.example"
FAILED = "learner07@demo.example"
FORGETFUL = "learner20@demo.example"
IN_A_QUIZ = "learner10@demo.example"
WITH_NOTHING = "chaska@demo.example"
WITH_TWO_FACTORS = "wayra@demo.example"
WITHOUT_LEAVE = "former@demo.example"
ALL_ROLES = "staff@demo.example"
INVITED = ("invited@demo.example", "late@demo.example", "early@demo.example")
LONG_NAME = "María de los Ángeles Ñaupari-Quispe Yupanqui de la Cruz y Villavicencio"


def prepare(word: str) -> None:
    """Bring everything about and print what the tests need to know, as JSON."""
    _people(word)
    print(json.dumps(_places() | {"rendered": _rendered()}))  # noqa: T201


def _people(word: str) -> None:
    now = timezone.now()

    def made(email: str, name: str, **fields: Any) -> User:
        return create_person(
            email=email, password=word, at=now, display_name=name, certificate_name=name, **fields
        )

    made(WITH_NOTHING, LONG_NAME)
    made(ALL_ROLES, "Elena Paucar Ríos", roles=list(Role), is_demonstration=True)
    made(WITHOUT_LEAVE, "Former Learner", is_active=False)
    careful = made(WITH_TWO_FACTORS, "Wayra Condori")
    TOTP.activate(careful, generate_totp_secret())
    RecoveryCodes.activate(careful)
    for address in INVITED:
        invite(email=address, language="es", invited_by=None, at=now)
    Invitation.objects.filter(email=INVITED[1]).update(expires_at=now - timedelta(days=1))
    revoked = Certificate.objects.get(enrollment__learner__email=WITH_REVOKED)
    registrar = User.objects.get(email="registrar@demo.example")
    revoke(
        certificate=revoked,
        actor=registrar.actor,
        at=now,
        reason_public="Se emitió con un nombre que no correspondía al documento de identidad.",
    )
    in_a_quiz = Enrollment.objects.get(learner__email=IN_A_QUIZ)
    last = Activity.objects.filter(
        course_version=in_a_quiz.edition.course_version, provider=PROVIDER
    ).last()
    assert last is not None
    start_attempt(enrollment=in_a_quiz, activity=last, actor=in_a_quiz.learner.actor, at=now)
    _write_about_us()


def _write_about_us() -> None:
    """Publish a page of text, by the two people that it takes."""
    trainer = User.objects.get(email="trainer@demo.example")
    texts = {
        "title": {"es": "Sobre nosotros"},
        "lede": {"es": "Quiénes escriben estos cursos."},
        "body": {"es": '<h2>Quiénes</h2><p>Véase <a href="/">esto</a>.</p><ul><li>Uno</li></ul>'},
    }
    home = HomePage.objects.get(locale__language_code="es")
    page = create_standard_page(home, texts, trainer)
    reviewer = User.objects.get(email="reviewer@demo.example")
    review_and_approve([page], author=trainer, reviewer=reviewer)


def _places() -> dict[str, Any]:
    course = CoursePage.objects.get(locale__language_code="es")
    standing = Certificate.objects.get(enrollment__learner__email=WITH_CERTIFICATE)
    revoked = Certificate.objects.get(enrollment__learner__email=WITH_REVOKED)
    owner = standing.enrollment
    running = Attempt.objects.get(enrollment__learner__email=IN_A_QUIZ, state="in_progress")
    kinds = [str(ItemVersion.objects.get(pk=line["item_version"]).kind) for line in running.paper]
    activities = list(Activity.objects.filter(course_version=owner.edition.course_version))
    careful = User.objects.get(email=WITH_TWO_FACTORS)
    nominating = Edition.objects.get(entry=Edition.Entry.NOMINATION)
    return {
        "course": {page.locale.language_code: page.url for page in _translations(course)},
        "course_page": course.pk,
        "open_edition": str(Edition.objects.get(entry=Edition.Entry.OPEN).uuid),
        "closed_edition": str(nominating.uuid),
        "edition_row": nominating.pk,
        "cohort_row": Cohort.objects.first().pk,  # type: ignore[union-attr]
        "enrollment": str(owner.uuid),
        "unfinished": str(Enrollment.objects.get(learner__email=FAILED).uuid),
        "lessons": [str(a.key) for a in activities if a.provider != PROVIDER],
        "quizzes": [str(a.key) for a in activities if a.provider == PROVIDER],
        "passed": str(_last_attempt(WITH_CERTIFICATE).uuid),
        "failed": str(_last_attempt(FAILED).uuid),
        "running": str(running.uuid),
        "busy": str(running.enrollment.uuid),
        "places": {kind: kinds.index(kind) + 1 for kind in kinds},
        "valid": {"code": standing.code, "number": standing.number},
        "revoked": {"code": revoked.code, "row": revoked.pk, "uuid": str(revoked.uuid)},
        "certificate": {"row": standing.pk, "uuid": str(standing.uuid)},
        "awaiting": str(revoked.enrollment.uuid),
        "person": str(owner.learner.uuid),
        "person_row": owner.learner.pk,
        "newcomer": str(User.objects.get(email=WITH_NOTHING).uuid),
        "invitation_row": Invitation.objects.get(email=INVITED[0]).pk,
        "institution_row": Institution.objects.first().pk,  # type: ignore[union-attr]
        "district_row": District.objects.first().pk,  # type: ignore[union-attr]
        "recovery_code": RecoveryCodes.activate(careful).get_unused_codes()[0],
    }


def _translations(course: CoursePage) -> list[CoursePage]:
    return [course, *course.get_translations()]


def _last_attempt(email: str) -> Attempt:
    found = Attempt.objects.filter(enrollment__learner__email=email, state="graded").last()
    assert found is not None
    return found


def _rendered() -> dict[str, dict[str, str]]:
    """Return the pages that no visitor reaches without harm to the other tests, by language."""
    pages: dict[str, dict[str, str]] = {}
    certificate = Certificate.objects.get(enrollment__learner__email=WITH_CERTIFICATE)
    here = {"site_name": settings.SITE_NAME}
    for language in ("es", "en"):
        with translation.override(language):
            pages[language] = {
                "too-many-attempts": _page("429.html"),
                "too-many-lookups": _page("certificates/too_many.html"),
                "bad-request": render_to_string("portal/bad_request.html", here),
                "server-error": server_error(RequestFactory().get("/")).content.decode(),
                "certificate-waiting": _page(
                    "portal/certificate_waiting.html",
                    {"certificate": certificate},
                    user=certificate.enrollment.learner,
                ),
            }
    return pages


def _page(template: str, context: Any = None, *, user: Any = None) -> str:
    request = RequestFactory().get("/verify/")
    request.user = user or AnonymousUser()
    get_token(request)
    return render_to_string(template, context, request=request)
