"""Every address of the admin for every role: each reaches its own work, and nothing else."""

import logging
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from wagtail.models import Site
from wagtail_localize.models import StringSegment, Translation

from assessments.attempts import save_response
from assessments.marking import Kind
from cms.models import Topic
from cms.reviewing import submit_for_review
from tests.factories import assessments
from tests.factories.cms import fresh, in_admin, published
from tests.factories.learning import (
    NOON,
    ApplicationFactory,
    ChangeRequestFactory,
    CohortFactory,
    EditionFactory,
    EnrollmentFactory,
    LearnerFactory,
    NominationFactory,
)
from tests.factories.people import PersonFactory, SignupDomainFactory, SignupRequestFactory
from training.accommodations.actions import ask as ask_accommodation
from training.accommodations.models import Accommodation
from training.accounts.actions import invite
from training.accounts.merging import propose
from training.accounts.models import PrivilegeReview, User
from training.accounts.roles import Role
from training.audit.models import Event
from training.certificates.models import Certificate
from training.desk.actions import ask
from training.desk.exports import make
from training.enrollments.models import Enrollment
from training.feedback.actions import report_problem
from training.feedback.models import Report
from training.institutions.models import District
from training.kernel.activities import Part

ANSWER = "31415.9265"  # what a learner answered; it stands nowhere else
ROLES = {
    "trainer": Role.TRAINER, "reviewer": Role.LEGAL_REVIEWER, "coordinator": Role.COORDINATOR,
    "registrar": Role.REGISTRAR, "viewer": Role.INSTITUTIONAL_VIEWER,
    "administrator": Role.SYSTEM_ADMINISTRATOR,
}  # fmt: skip
LISTS = ("index", "index_results")
ITEMS, QUIZZES, BANKS = (f"wagtailsnippets_assessments_{kind}" for kind in ("item", "quiz", "bank"))
CHOOSERS = [f"wagtailsnippetchoosers_assessments_{kind}" for kind in ("item", "quiz", "bank")]
CHOOSING = ("choose", "choose_results", "chosen", "chosen_multiple")
WRITING = ("list", "list_results", "edit", "revisions_revert")
HISTORY = (
    "usage", "history", "history_results", "revisions_compare", "workflow_history",
    "workflow_history_detail",
)  # fmt: skip


def many(space: str, *names: str) -> set[str]:
    return {f"{space}:{name}" for name in names}


# Who opens our addresses with GET, or those of POST_ONLY with POST.
OURS: dict[str, set[str]] = {
    "": {
        *(name for room in ("institution", "district") for name in many(
            room, "add", "edit", "delete", "history", "history_results", "usage")),
        *many("invitation", "edit", "delete", "usage"),
        *many("wagtailusers_users", "add", "delete"),
        *(name for kind in (ITEMS, QUIZZES) for name in many(
            kind, "unpublish", "unlock", "revisions_unschedule")),
    },
    "trainer": {
        "cms_publish_course_version", "cms_send_for_review",
        *many(ITEMS, "add", "delete", "preview_on_add", "revisions_view", *HISTORY),
        *many(QUIZZES, "add", "delete", *HISTORY),
        *many(BANKS, "list", "list_results", "add", "edit", "delete", "usage", "copy",
              "history", "history_results"),
        *many("problems", *LISTS, "report"),
        *many("topic", *LISTS, "add", "edit", "delete", "usage", "history", "history_results"),
        *(f"{chooser}:create" for chooser in CHOOSERS),
        *many(CHOOSERS[2], *CHOOSING),
        "wagtail_localize:submit_snippet_translation", "wagtail_localize:submit_page_translation",
    },
    "reviewer": {
        *(name for kind in (ITEMS, QUIZZES) for name in many(
            kind, "workflow_action", "collect_workflow_action_data", "lock")),
        f"{ITEMS}:workflow_preview",
    },
    "trainer reviewer": {
        *many(ITEMS, "preview_on_edit", *WRITING), *many(QUIZZES, *WRITING),
        *many(CHOOSERS[0], *CHOOSING), *many(CHOOSERS[1], *CHOOSING),
        *many("wagtail_localize", "translations_report", "translations_report_results",
              "snippets_api_listing", "snippets_api_detail"),
    },
    "coordinator": {
        *many("edition", "add", "edit"),
        *many("cohort", "add", "edit", "nominations", "nomination", "nomination_template"),
        *many("desk", "applications", "applications_results", "application", "make_change"),
        *many("accommodation-requests", *LISTS, "decide"),
    },
    "registrar": {
        *many("certificate", *LISTS, "inspect", "pdf"),
        *many("desk", "awaiting", "awaiting_results", "issue", "revoke"),
        "desk:export",
    },
    "coordinator registrar": {
        *many("signup-requests", *LISTS, "decide"),
        *many("edition", *LISTS), *many("cohort", *LISTS, "members"),
        *many("desk", "learners", "learners_results", "person", "changes", "changes_results",
              "change"),
        *many("desk", "enrollments", "enrollments_results", "progress", "progress_results"),
        "attempts", "attempts_results",
    },
    "trainer coordinator registrar": many("desk", "cohorts", "cohorts_results", "cohort"),
    "coordinator administrator": many(
        "invitation", *LISTS, "add", "history", "history_results", "send_again", "withdraw"),
    "administrator": {
        *many("access-log", *LISTS),
        *many("privilege-reviews", *LISTS, "sign_off", "read", "csv"),
        *many("signup-domains", *LISTS, "add", "end"),
    },
    "registrar administrator": {
        *many("audit", *LISTS, "inspect"),
        *many("desk", "merges", "merges_results", "merge_choose", "merge_new", "merge"),
        *many("wagtailusers_users", "edit", "history", "history_results", "usage"),
    },
    "coordinator registrar administrator": many("wagtailusers_users", *LISTS),
    "coordinator registrar viewer administrator": {
        *many("institution", *LISTS), *many("district", *LISTS)},
    # It only says that the review would be cancelled; whoever publishes by hand is refused.
    # Everybody has exports of their own; a list is asked for by whoever sees it.
    " ".join(ROLES): {
        *(f"{kind}:confirm_workflow_cancellation" for kind in (ITEMS, QUIZZES)), "desk:exports"},
}  # fmt: skip
OWNED = {"desk:export"}  # not there at all for colleagues
POST_ONLY = {"cms_send_for_review", f"{ITEMS}:lock", f"{QUIZZES}:lock"}
ROOMS = (
    "topic:", "problems:", "accommodation-requests:",
    "desk:", "cms_", "audit:", "access-log:", "privilege-reviews:", "signup-",
    "institution:", "district:", "invitation:", "edition:", "cohort:",
    "certificate:", "wagtailusers_users:", "wagtailsnippets_assessments_",
    "wagtailsnippetchoosers_assessments_",
)  # fmt: skip
ROWS = {name: set(who.split()) for who, names in OURS.items() for name in names}

# Wagtail's own addresses by how they begin, the longest first; who may get anything there.
EVERYBODY = " ".join(ROLES)
STOCK = {
    "": EVERYBODY,  # the dashboard, and what leads nowhere
    **dict.fromkeys(("account/", "login/", "logout/", "password_reset/"), EVERYBODY),
    **dict.fromkeys(("jsi18n/", "localize/jsi18n/", "sprite/", "dismissibles/"), EVERYBODY),
    **dict.fromkeys(("editing-sessions/", "tag-autocomplete/", "block-preview/"), EVERYBODY),
    **dict.fromkeys(("test404/", "failwhale/"), EVERYBODY),  # raise, for trying the error pages
    "reports/site-history/": EVERYBODY,  # each sees the changes of what the role may see
    # Names of pages, pictures, documents and reviews, for links; no contents.
    **dict.fromkeys(("api/main/", "choose-", "workflows/task_chooser/"), EVERYBODY),
    **dict.fromkeys(("images/chooser/", "documents/chooser/"), EVERYBODY),
    r"pages/<int:page_to_move_id>/move/<int:destination_id>/confirm/": EVERYBODY,  # asks only
    "pages/workflow/confirm_cancellation/": EVERYBODY,
    "pages/": "trainer reviewer",
    "pages/workflow/": "reviewer",
    **dict.fromkeys(("images/", "documents/", "reports/", "localize/", "forms/"), "trainer"),
    **dict.fromkeys(("collections/", "groups/", "locales/", "redirects/", "settings/"), ""),
    **dict.fromkeys(("sites/", "workflows/", "snippets/", "bulk/"), ""),
    **dict.fromkeys(
        ("snippets/cms/glossaryterm/", "snippets/choose/cms/glossaryterm/"), "trainer reviewer"
    ),
}

# One raises on purpose, one signs out, one only leads to the history, which asks for itself.
ELSEWHERE = {
    "wagtailadmin_error_test",
    "wagtailadmin_logout",
    "wagtailadmin_pages:revisions_index",
}


def addresses(resolver: URLResolver, prefix: str, space: str = "") -> Iterator[tuple[str, str]]:
    """Return name and route of every address below."""
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name or ''}", route
        else:
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from addresses(pattern, route, inner)


def admin() -> list[tuple[str, str]]:
    """Return every named address of the admin; those without a name are doors of named ones."""
    roots = [p for p in get_resolver().url_patterns if str(p.pattern) == "admin/"]
    return [(name, route) for root in roots for name, route in addresses(root, "") if name]


def is_ours(name: str) -> bool:
    return name.startswith(ROOMS) or name in ROWS


def start_of(route: str) -> str:
    return max((start for start in STOCK if route.startswith(start)), key=len)


class World:
    """One of everything, a learner whose answers nobody sees, and a browser for each role."""

    def __init__(self, settings: Any) -> None:
        self.course, _version = published(lessons=1, quizzes=1, is_translated=True)
        number = assessments.approved_item(Kind.NUMERIC)
        attempt = assessments.begun(number, learner=LearnerFactory())
        save_response(
            attempt=attempt, item_version_id=attempt.responses.get().item_version_id,
            given=[ANSWER], is_flagged=False, revision=0, at=NOON,
        )  # fmt: skip
        assessments.submitted(attempt)
        self.learner: User = attempt.enrollment.learner
        done = partial(EnrollmentFactory, learner=self.learner, completed=True)
        certificate = Certificate.objects.get(enrollment=done())
        waiting = done(edition=EditionFactory(approval=True))
        author = self.course.author
        invitation = invite(
            email="n@example.org", language="es", invited_by=author, at=timezone.now()
        )
        page, quiz = self.course.lessons[0], self.course.quiz_pages[0].quiz
        item = assessments.approved_item()
        for text in (page, item, quiz):
            text.save_revision(user=author)
            submit_for_review(fresh(text), author)
        country = certificate.enrollment.course_version.course.country
        cohort = CohortFactory()
        people = {role: PersonFactory(roles=[group]) for role, group in ROLES.items()}
        people |= {"trainer": author, "reviewer": self.course.reviewer}
        cohort.coordinators.set([author, people["coordinator"]])
        Enrollment.objects.filter(pk=attempt.enrollment_id).update(cohort=cohort)
        export = ask(
            person=people["registrar"], list_name="attempts", question="", kind="csv",
            language="es", at=timezone.now(),
        )  # fmt: skip
        make(export_id=export.pk, at=timezone.now())
        district = District.objects.create(
            country=country, kind="judicial", code="lima", name="Lima"
        )
        translation = Translation.objects.get(source__object_id=page.translation_key)
        self.texts = {ITEMS: fresh(item), QUIZZES: fresh(quiz), "": fresh(page)}
        review = PrivilegeReview.objects.create(signed_by=author, signed_at=timezone.now())
        domain = SignupDomainFactory()
        merge = propose(
            survivor=PersonFactory(), absorbed=PersonFactory(), reason="One person", by=author,
            at=timezone.now(),
        )  # fmt: skip
        pk = {
            "signup-domains": domain, ITEMS: item, QUIZZES: quiz, BANKS: item.bank,
            CHOOSERS[0]: item, CHOOSERS[1]: quiz, CHOOSERS[2]: item.bank,
            "audit": Event.objects.earliest("pk"), "district": district,
            "institution": certificate.enrollment.edition.issuers.get(), "invitation": invitation,
            "edition": waiting.edition, "cohort": cohort, "certificate": certificate,
            "wagtailusers_users": self.learner, "wagtailusers_groups": author.groups.get(),
            "wagtailsites": Site.objects.get(), "wagtaillocales": page.locale,
            "wagtail_localize": item, "topic": Topic.objects.create(code="pena"),
        }  # fmt: skip
        self.pk = {space: row.pk for space, row in pk.items()}
        self.uuid = {
            "desk:export": export.uuid, "desk:cohort": cohort.uuid,
            "desk:issue": waiting.uuid, "desk:revoke": certificate.uuid,
            "problems:report": self._problem(waiting).uuid,
            "accommodation-requests:decide": self._need().uuid,
            "desk:application": ApplicationFactory().uuid,
            "desk:change": ChangeRequestFactory().uuid,
            "desk:make_change": EnrollmentFactory().uuid,
            "privilege-reviews:read": review.uuid, "privilege-reviews:csv": review.uuid,
            "desk:merge": merge.uuid, "signup-requests:decide": SignupRequestFactory().uuid,
            "cohort:nomination": NominationFactory(cohort_id=self.pk["cohort"]).uuid,
        }  # fmt: skip
        home = self.course.course.get_parent()
        self.words = {
            "uuid": self.learner.uuid, "parent_page_id": self.course.module.pk,
            "destination_id": self.course.module.pk, "translation_id": translation.pk,
            "translation_source_id": translation.source_id, "action_name": "approve",
            "string_segment_id": StringSegment.objects.earliest("pk").pk, "model_name": "item",
            "app_label": "assessments", "content_type_app_name": "cms", "collection_id": 1,
            "content_type_model_name": "lessonpage", "action": "delete", "page_pk": home.pk,
            "kind": "csv", "first": self.learner.uuid, "second": self.learner.uuid,
            "content_type_id": ContentType.objects.get_for_model(item).pk,
        }  # fmt: skip
        people |= {"learner": self.learner, "other learner": LearnerFactory()}
        self.clients = {who: in_admin(Client(), person, settings) for who, person in people.items()}
        self.clients["anonymous"] = Client()

    def _problem(self, enrollment: Enrollment) -> Report:
        """Return a problem that the learner reported."""
        activity = enrollment.course_version.activities.earliest("order")
        return report_problem(
            reporter=self.learner, activity=activity, kind=Report.Kind.OTHER, words="Algo.",
            at=NOON,
            part=Part("", activity.key, activity.version, words="", language="es"),
        )  # fmt: skip

    def _need(self) -> Accommodation:
        """Return what the learner asked for."""
        return ask_accommodation(
            person=self.learner, needs=["needs_time"], words="", has_consented=True,
            language="es", at=NOON,
        )  # fmt: skip

    def address(self, name: str, route: str) -> str:
        """Return an address of something that is there."""
        space = name.partition(":")[0]
        text = self.texts.get(space, self.texts[""])
        task = text.current_workflow_task_state
        words = self.words | {
            "revision_id": text.latest_revision_id, "task_state_id": task.pk,
            "task_id": task.task_id, "workflow_state_id": task.workflow_state_id,
            "page_id": text.pk, "page_to_move_id": text.pk, "pk": self.pk.get(space, 1),
            "uuid": self.uuid.get(name, self.learner.uuid),
        }  # fmt: skip
        if name == "cms_publish_course_version":
            words["page_id"] = self.course.course.pk
        if name == "cms_send_for_review":
            words["pk"] = self.pk[ITEMS]
        if "(" in route:
            route = re.sub(r"\(\?P<pk>[^)]*\)|\(\\d\+\)", str(words["pk"]), route)
            route = (
                re.sub(r"\([^)]*\)", str(text.latest_revision_id), route)
                .replace(r"\.", ".")
                .strip("$")
            )
        return "/admin/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda m: str(words.get(m[1], 1)), route)


@pytest.fixture
def world(db: None, settings: Any) -> Iterator[World]:
    made = World(settings)
    logging.disable()  # a thousand refusals are a thousand warnings
    yield made
    logging.disable(logging.NOTSET)


def answer(client: Client, address: str, method: str) -> str:
    """Return how an address answers: "opened", "refused", or the status."""
    with transaction.atomic():
        response = getattr(client, method)(address)
        transaction.set_rollback(True)
    if response.status_code in (301, 302):
        where = response["Location"].partition("?")[0]
        return "refused" if where in ("/admin/", "/accounts/login/") else "opened"
    if response.status_code == 200:
        read = b"".join(response) if response.streaming else response.content
        assert ANSWER.encode() not in read, f"an answer is read at {address}"
    return {200: "opened", 403: "refused"}.get(response.status_code, str(response.status_code))


def test_every_address_of_ours_stands_in_the_table() -> None:
    assert {name for name, _route in admin() if is_ours(name)} == set(ROWS)


def test_each_role_opens_its_own_addresses_and_no_others(world: World) -> None:
    wrong = []
    for name, route in admin():
        if not is_ours(name):
            continue
        address = world.address(name, route)
        for who, client in world.clients.items():
            method = "post" if name in POST_ONLY else "get"
            said = answer(client, address, method)
            refusal = "404" if name in OWNED and who in ROLES else "refused"
            if said != ("opened" if who in ROWS[name] else refusal):
                wrong.append((name, who, said))
            if who not in ROWS[name] and who in ROLES and method == "get":
                said = answer(client, address, "post")
                if said not in ("refused", "405"):
                    wrong.append((name, who, f"post: {said}"))
    assert wrong == []


def test_nobody_reaches_what_is_stock_and_not_theirs(world: World) -> None:
    wrong, opened = [], {start: set[str]() for start in STOCK}
    for name, route in admin():
        if is_ours(name) or name in ELSEWHERE:
            continue
        start = start_of(route)
        address = world.address(name, route)
        for who in ROLES:
            said = answer(world.clients[who], address, "get")
            if said == "opened":
                opened[start].add(who)
                if who not in STOCK[start].split():
                    wrong.append((name, who))
    assert wrong == []
    theirs = {start: set(who.split()) for start, who in STOCK.items() if who != EVERYBODY}
    assert theirs == {start: opened[start] for start in theirs}
