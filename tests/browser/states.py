"""What a product must hold so that each of its pages can be seen; run inside the product."""

import json
from datetime import datetime, timedelta
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
from cms.models import CoursePage, HomePage, Topic
from tests.factories.learning import ApplicationFactory, ChangeRequestFactory, EditionFactory
from tests.factories.people import SignupDomainFactory, SignupRequestFactory
from training.accommodations.actions import ask, grant
from training.accommodations.models import Accommodation
from training.accounts import recovery
from training.accounts.actions import create_person, invite
from training.accounts.merging import propose
from training.accounts.models import (
    AccountMerge,
    Invitation,
    PrivilegeReview,
    Recovery,
    SignupDomain,
    SignupRequest,
    User,
)
from training.accounts.roles import Role
from training.catalogue.models import Activity
from training.certificates.actions import revoke
from training.certificates.models import Certificate
from training.desk.actions import ask as ask_list
from training.enrollments.models import (
    Application,
    ChangeRequest,
    Cohort,
    Edition,
    Enrollment,
    Nomination,
)
from training.enrollments.nominations import OfficialDocument, draft_list
from training.feedback.actions import report_problem
from training.feedback.models import Report
from training.institutions.models import District, Institution
from training.kernel.activities import Part
from training.portal.errors import server_error
from training.privacy.actions import ask_export, ask_request
from training.privacy.models import DataRequest
from training.study.actions import add_bookmark, save_note

WITH_CERTIFICATE = "prosecutor@demo.example"
WITH_REVOKED = "learner01@demo.example"
FAILED = "learner07@demo.example"
FORGETFUL = "learner20@demo.example"
IN_A_QUIZ = "learner10@demo.example"
WITH_NOTHING = "chaska@demo.example"
WITH_TWO_FACTORS = "wayra@demo.example"
WITHOUT_LEAVE = "former@demo.example"
ALL_ROLES = "staff@demo.example"
AWAITING = "sami@corte.example"
BY_APPLICATION = "2026-POSTULA"
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
    _accommodate(now)
    _write_about_us()
    _fill_the_queues(now, word)


def _fill_the_queues(now: datetime, word: str) -> None:
    """Let somebody wait for every answer that somebody else gives."""
    staff = User.objects.get(email=ALL_ROLES)
    trainer = User.objects.get(email="trainer@demo.example")
    newcomer = User.objects.get(email=WITH_NOTHING)
    failed = Enrollment.objects.get(learner__email=FAILED)
    learner = failed.learner
    open_edition = Edition.objects.get(entry=Edition.Entry.OPEN)
    applied = EditionFactory(
        code=BY_APPLICATION,
        by_application=True,
        course_version=open_edition.course_version,
        titles={"es": "Edición con postulación", "en": "Edition by application"},
    )
    applied.issuers.set(open_edition.issuers.all())
    ApplicationFactory(
        edition=applied, learner=newcomer, name_on_certificate=LONG_NAME, applied_at=now
    )
    ChangeRequestFactory(
        enrollment=failed, motive="Tuve licencia por salud en octubre.", asked_at=now
    )
    lesson = failed.course_version.activities.exclude(provider=PROVIDER).earliest("order")
    part = Part("", lesson.key, lesson.version, words="", language="es")
    report_problem(
        reporter=learner,
        activity=lesson,
        part=part,
        kind=Report.Kind.LAW,
        words="El artículo citado cambió de número.",
        at=now,
    )
    save_note(
        enrollment=failed,
        activity=lesson,
        part=part,
        words="Volver al plazo de la prueba anticipada.",
        revision=0,
        at=now,
    )
    add_bookmark(enrollment=failed, activity=lesson, part=part, at=now)
    ask_request(
        person=learner, kind=DataRequest.Kind.ACCESS, text="¿Qué guardan?", language="es", at=now
    )
    ask_export(person=learner, language="es", at=now)
    recovery.ask(person=User.objects.get(email=WITH_TWO_FACTORS), contact="01 123 4567", at=now)
    rows = "Correo,Nombre\nbien@demo.example,Ana Flores\nmal,Luis Rojas\n"
    draft_list(
        cohort=Cohort.objects.earliest("pk"),
        document=OfficialDocument("Corte de Lima Norte", "Oficio", "12-2026", now.date()),
        data=rows.encode(),
        file_name="lista.csv",
        uploaded_by=staff,
        at=now,
    )
    domain = SignupDomainFactory(
        domain="corte.example", institution=Institution.objects.earliest("pk"), added_by=trainer
    )
    waiting = create_person(
        email=AWAITING, password=word, at=now, display_name="Sami Quispe", awaits_approval=True
    )
    SignupRequestFactory(domain=domain, person=waiting, asked_at=now)
    twin = create_person(email="gemela@demo.example", at=now, display_name="Rosa Huamán")
    propose(survivor=newcomer, absorbed=twin, reason="Una sola persona.", by=trainer, at=now)
    PrivilegeReview.objects.create(signed_by=trainer, signed_at=now)
    ask_list(person=staff, list_name="attempts", question="", kind="csv", language="es", at=now)


def _accommodate(now: datetime) -> None:
    """Have one request granted and another wait."""
    for email in (WITH_CERTIFICATE, IN_A_QUIZ):
        asked = ask(
            person=User.objects.get(email=email),
            needs=["needs_time", "needs_text"],
            words="Leo con un lector de pantalla y necesito pausas en las sesiones largas.",
            has_consented=True,
            language="es",
            at=now,
        )
        if email == WITH_CERTIFICATE:
            grant(
                asked=asked,
                extra_time_percent=25,
                extra_attempts=1,
                until=timezone.localdate(now) + timedelta(days=90),
                answer="Le enviamos los materiales en un formato que su lector lee bien.",
                by=User.objects.get(email="coordinator@demo.example"),
                at=now,
            )


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
        "need_waiting": str(Accommodation.objects.waiting().latest("pk").uuid),
        "need_granted": str(owner.learner.accommodations.latest("pk").uuid),
        "person_row": owner.learner.pk,
        "newcomer": str(User.objects.get(email=WITH_NOTHING).uuid),
        "invitation_row": Invitation.objects.get(email=INVITED[0]).pk,
        "institution_row": Institution.objects.first().pk,  # type: ignore[union-attr]
        "district_row": District.objects.first().pk,  # type: ignore[union-attr]
        "by_application": str(Edition.objects.get(code=BY_APPLICATION).uuid),
        "application": str(Application.objects.get(edition__code=BY_APPLICATION).uuid),
        "change": str(ChangeRequest.objects.latest("pk").uuid),
        "problem": str(Report.objects.latest("pk").uuid),
        "data_request": str(DataRequest.objects.latest("pk").uuid),
        "recovery": str(Recovery.objects.latest("pk").uuid),
        "nomination": str(Nomination.objects.latest("pk").uuid),
        "signup_request": str(SignupRequest.objects.latest("pk").uuid),
        "domain_row": SignupDomain.objects.latest("pk").pk,
        "merge": str(AccountMerge.objects.latest("pk").uuid),
        "privileges": str(PrivilegeReview.objects.latest("pk").uuid),
        "cohort": str(Cohort.objects.earliest("pk").uuid),
        "topic_row": Topic.objects.earliest("pk").pk,
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
                "signup-closed": _page("account/signup_closed.html"),
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
