"""Every address for everybody: whoever may not, learns not even that it exists."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from assessments.models import Attempt, QuizVersion
from tests.factories.assessments import answer_all, start
from tests.factories.cms import add_blocks, document_block, kept_files, reading, written
from tests.factories.learning import NOON, EnrollmentFactory, LearnerFactory
from tests.factories.people import PersonFactory, PostFactory
from training.accounts.models import User
from training.accounts.roles import Role
from training.catalogue.models import Activity
from training.certificates.models import Certificate
from training.enrollments.models import Enrollment, Wait

PUBLIC = {
    "styleguide", "styleguide_head", "accessibility",
    "root", "operations:health", "operations:live", "operations:ready", "set_language",
    "certificates:verify", "certificates:verification", "account_invitation", "wagtail_serve",
    "account_login", "account_logout", "account_inactive", "account_signup",
    "account_email_verification_sent", "account_reset_password", "account_confirm_login_code",
    "account_confirm_email", "account_reset_password_from_key_done",
    "account_reset_password_from_key", "account_reset_password_done", "mfa_authenticate",
    "mfa_login_webauthn", "wagtailcore_login", "wagtailcore_authenticate_with_password",
    "wagtaildocs_serve", "wagtaildocs_authenticate_with_password", "picture", "",
    "catalogue", "portal:calendar_feed", "privacy_notice", "account_recovery",
    "account_stop_recovery",
}  # fmt: skip
PERSONAL = {
    "portal:courses", "portal:record", "portal:certificates", "account_profile",
    "account_add_post", "account_reauthenticate", "account_email", "account_change_password",
    "account_set_password", "mfa_index", "mfa_reauthenticate", "mfa_activate_totp",
    "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes", "mfa_list_webauthn", "mfa_add_webauthn",
    "mfa_reauthenticate_webauthn", "mfa_remove_webauthn", "mfa_edit_webauthn",
    "portal:calendar", "portal:calendar_address", "portal:reminders", "account_waiting",
    "portal:enroll", "cms:glossary", "privacy:home", "privacy:read", "privacy:decide",
    "privacy:ask_export", "privacy:ask", "study:notes", "study:download",
    "accommodations:home", "accommodations:withdraw",
}  # fmt: skip
OWNED = {
    "portal:course", "portal:name", "portal:ask", "portal:certificate_pdf", "cms:resume",
    "cms:lesson",
    "cms:lesson_done", "cms:lesson_file", "assessments:attempt", "assessments:save",
    "assessments:review",
    "assessments:submit", "assessments:result", "assessments:quiz", "assessments:start",
    "account_end_post", "portal:stop_waiting_for_place", "privacy:export", "study:note",
    "study:save", "study:notice", "feedback:report",
}  # fmt: skip
POST_ONLY = {
    "cms:lesson_done", "assessments:save", "assessments:submit", "assessments:start",
    "account_end_post", "portal:stop_waiting_for_place", "study:note", "study:save",
    "study:notice",
}  # fmt: skip


def names(resolver: URLResolver, space: str = "") -> Iterator[str]:
    """Return the name of every address but the admin's."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name or ''}"
        elif str(pattern.pattern) != "admin/":
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from names(pattern, inner)


def test_every_address_stands_in_the_matrix() -> None:
    known = PUBLIC | PERSONAL | OWNED
    assert {name for name in names(get_resolver()) if name not in known} == set()


class World:
    """A course, a learner in the middle of it with a certificate, and everybody else."""

    def __init__(self) -> None:
        course = written(lessons=1, quizzes=1)
        add_blocks(course.lessons[0], course.author, document_block())
        course.approve()
        version = course.publish()
        self.file = kept_files(version)[0]
        self.enrollment: Enrollment = reading(version)
        self.owner: User = self.enrollment.learner
        activities = {a.provider: a for a in version.activities.all()}
        self.lesson, self.quiz = activities["cms"], activities["assessments"]
        self.attempt: Attempt = start(self.enrollment, _version(self.quiz))
        answer_all(self.attempt)
        done = EnrollmentFactory(learner=self.owner, completed=True)
        self.certificate = Certificate.objects.get(enrollment=done)
        PostFactory(person=self.owner)
        self.people = {
            "anonymous": None,
            "owner": self.owner,
            "other learner": LearnerFactory(),
            **{role.value: PersonFactory(roles=[role]) for role in Role},
            "author": course.author,
            "superuser": PersonFactory(is_superuser=True),
        }

    def address(self, name: str) -> str:
        """Return the owner's address of that name."""
        activity = self.quiz if name.startswith("assessments") else self.lesson
        words: dict[str, Any] = {}
        if name == "cms:lesson_file":
            words = {"enrollment": self.enrollment.uuid, "key": activity.key, "name": self.file}
        elif name == "cms:glossary":
            words = {}
        elif name.startswith(("cms:", "assessments:quiz", "assessments:start")) or (
            name.startswith(("study:", "feedback:")) and name in OWNED
        ):
            words = {"enrollment": self.enrollment.uuid}
            if name != "cms:resume":
                words["key"] = activity.key
        elif name.startswith("assessments:"):
            words = {"uuid": self.attempt.uuid}
            if name in ("assessments:attempt", "assessments:save"):
                words["place"] = 1
        elif name == "portal:certificate_pdf":
            words = {"uuid": self.certificate.uuid}
        elif name == "portal:enroll":
            words = {"uuid": self.enrollment.edition.uuid}
        elif name == "account_end_post":
            words = {"uuid": self.owner.posts.get().uuid}
        elif name == "portal:stop_waiting_for_place":
            wait, _is_new = Wait.objects.get_or_create(
                learner=self.owner,
                edition=self.enrollment.edition,
                defaults={"name_on_certificate": "Ana Flores", "since": NOON},
            )
            words = {"uuid": wait.uuid}
        elif name.startswith("portal:") and name in OWNED:
            words = {"uuid": self.enrollment.uuid}
        elif name in ("mfa_remove_webauthn", "mfa_edit_webauthn"):
            words = {"pk": 1}
        return reverse(name, kwargs=words)

    def client(self, who: str) -> Client:
        """Return a browser in which somebody is signed in, or nobody."""
        client = Client()
        person = self.people[who]
        if person is not None:
            client.force_login(person, backend="training.accounts.backends.Backend")
        return client


def _version(activity: Activity) -> QuizVersion:
    return QuizVersion.objects.get(key=activity.key, number=activity.version)


@pytest.fixture
def world(db: None) -> World:
    return World()


def ask(client: Client, name: str, address: str) -> Any:
    response: Any = client.post(address) if name in POST_ONLY else client.get(address)
    if response.streaming:
        list(response.streaming_content)  # read to its end, a file is closed
    return response


def leads_to_login(response: Any) -> bool:
    return response.status_code in (301, 302) and "/login" in response["Location"]


def test_what_belongs_to_one_learner_is_nothing_to_others(world: World) -> None:
    others = world.people.keys() - {"anonymous", "owner"}
    for name in sorted(OWNED - {"privacy:export"}):
        address = world.address(name)
        assert leads_to_login(ask(world.client("anonymous"), name, address)), name
        for who in others:
            assert ask(world.client(who), name, address).status_code == 404, (name, who)
        served = ask(world.client("owner"), name, address)
        assert served.status_code in (200, 302, 400, 422), name  # nothing was sent to be saved
        assert not leads_to_login(served), name


def test_what_is_personal_asks_who_is_there(world: World) -> None:
    for name in sorted(PERSONAL):
        address = world.address(name)
        assert leads_to_login(world.client("anonymous").get(address)), name
        for who in world.people.keys() - {"anonymous"}:
            status = world.client(who).get(address).status_code
            assert status in (200, 302, 403, 404, 405), (name, who, status)
