"""Whom and what the stories need besides the demonstration; run inside the product."""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from training.accounts.actions import create_person
from training.accounts.models import User
from training.accounts.roles import Role
from training.enrollments.editions import IssuerDraft, save_edition
from training.enrollments.models import Edition
from training.portal.actions import enroll_oneself
from training.privacy.actions import record_shown
from training.privacy.models import NoticeShown
from training.privacy.queries import current_version

OPEN_EDITION = "TIP-PE-01-2026-AUTO"
BY_APPLICATION = "Edición por postulación 2026"

APPLICANT = "sami@demo.example"
ANNOTATOR = "illari@demo.example"
PRESSED_FOR_TIME = "urpi@demo.example"
CAREFUL = "nina@demo.example"
SHORTSIGHTED = "tika@demo.example"
NOMINATED = ("amaru@demo.example", "qori@demo.example")
WITH_TWO_ACCOUNTS = "flor.aguirre@demo.example"
HER_OLD_ACCOUNT = "learner13@demo.example"  # of the demonstration; it holds a certificate
SECOND_ADMINISTRATOR = "administrator@demo.example"

NAMES: Mapping[str, str] = {
    APPLICANT: "Sami Ccahuana Rojas",
    ANNOTATOR: "Illari Quispe Soto",
    PRESSED_FOR_TIME: "Urpi Mamani Flores",
    CAREFUL: "Nina Huarachi Salas",
    SHORTSIGHTED: "Tika Condori Vega",
    NOMINATED[0]: "Amaru Ticona Paz",
    NOMINATED[1]: "Qori Choque Luna",
    WITH_TWO_ACCOUNTS: "Flor de María Aguirre Tello",
    SECOND_ADMINISTRATOR: "Mayta Solís Ugarte",
}
IN_THE_OPEN_EDITION = (ANNOTATOR, PRESSED_FOR_TIME)


@transaction.atomic
def bring(word: str) -> None:
    """Make the people, each with the same password, and an edition that takes applications."""
    now = timezone.now()
    for email in NAMES:
        _make(email, at=now)
    User.objects.filter(email__in=NAMES).update(password=make_password(word))
    edition = Edition.objects.get(code=OPEN_EDITION)
    for email in IN_THE_OPEN_EDITION:
        learner = User.objects.get(email=email)
        enroll_oneself(learner=learner, edition=edition, name=NAMES[email], at=now)
    _open_to_applications(edition, at=now)


def _make(email: str, *, at: datetime) -> None:
    is_staff = email == SECOND_ADMINISTRATOR
    person = create_person(
        email=email,
        display_name=NAMES[email],
        certificate_name=NAMES[email],
        roles=[Role.SYSTEM_ADMINISTRATOR] if is_staff else [],
        is_demonstration=is_staff,
        at=at,
    )
    version = current_version()
    assert version is not None
    occasion = NoticeShown.Occasion.SIGN_UP
    record_shown(person=person, version=version, language="es", occasion=occasion, at=at)


def _open_to_applications(like: Edition, *, at: datetime) -> None:
    coordinator = User.objects.get(email="coordinator@demo.example")
    issuers = [IssuerDraft(one.institution, one.part) for one in like.issuer_set.order_by("order")]
    edition = Edition.objects.get(pk=like.pk)
    edition.pk, edition.uuid = None, uuid4()
    edition.code, edition.titles = "TIP-PE-01-2026-POST", {"es": BY_APPLICATION}
    edition.entry, edition.asks_for_superior = Edition.Entry.APPLICATION, True
    save_edition(edition=edition, issuers=issuers, actor=coordinator.actor, at=at)
