"""Queries written once: the same rows as Django's own, whoever asks, on whatever connection."""

from threading import Thread
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.db.models import Exists, OuterRef, UUIDField
from django.test.utils import CaptureQueriesContext

from tests.factories.learning import EnrollmentFactory
from tests.factories.people import PersonFactory
from training.accounts.backends import Backend
from training.accounts.models import User, accounts_of
from training.compiled import CompiledQuery, Slot
from training.enrollments.models import Enrollment


def own() -> CompiledQuery[Enrollment]:
    return CompiledQuery(
        lambda: (
            Enrollment.objects.of(Slot("learner"))
            .filter(uuid=Slot("uuid", UUIDField()))
            .select_related("edition", "course_version")
            .annotate(has_learner=Exists(User.objects.filter(pk=OuterRef("learner"))))
        )
    )


@pytest.mark.django_db
def test_it_returns_what_the_ordinary_query_returns() -> None:
    query, enrollments = own(), [EnrollmentFactory.create() for _ in range(3)]
    for enrollment in enrollments:
        with CaptureQueriesContext(connection) as asked:
            found = query.get(learner=enrollment.learner_id, uuid=enrollment.uuid)
            assert found is not None
            seen = found.edition.starts_on, found.course_version.outline, vars(found)["has_learner"]
        assert len(asked) == 1
        assert found == enrollment
        assert seen == (enrollment.edition.starts_on, enrollment.course_version.outline, True)
    first, second, _third = enrollments
    assert query.get(learner=first.learner_id, uuid=second.uuid) is None
    assert query.all(learner=first.learner_id, uuid=uuid4()) == []


@pytest.mark.django_db
def test_rows_of_columns_keep_their_types_and_order() -> None:
    enrollment = EnrollmentFactory.create()
    rows: CompiledQuery[tuple[object, ...]] = CompiledQuery(
        lambda: Enrollment.objects.filter(learner=Slot("learner")).values_list(
            "uuid", "pk", "enrolled_at", "edition__cut_score"
        )
    )
    wanted = Enrollment.objects.filter(pk=enrollment.pk).values_list(
        "uuid", "pk", "enrolled_at", "edition__cut_score"
    )
    assert rows.all(learner=enrollment.learner_id) == list(wanted)


@pytest.mark.django_db
def test_a_value_that_lacks_is_an_error() -> None:
    with pytest.raises(KeyError, match="uuid"):
        own().get(learner=1)


@pytest.mark.django_db(transaction=True)
def test_another_thread_asks_on_its_own_connection() -> None:
    query: CompiledQuery[User] = CompiledQuery(lambda: User.objects.filter(pk=Slot("pk")))
    person = PersonFactory.create()
    found: list[User | None] = []

    def ask() -> None:
        found.append(query.get(pk=person.pk))
        connections.close_all()

    for _ in range(2):
        thread = Thread(target=ask)
        thread.start()
        thread.join()
    assert [*found, query.get(pk=person.pk)] == [person] * 3


@pytest.mark.django_db
def test_a_request_knows_whether_its_person_has_roles_and_other_accounts() -> None:
    plain, merged = PersonFactory.create(), PersonFactory.create()
    PersonFactory.create(merged_into=merged, is_active=False)
    known = Backend().get_user(plain.pk)
    assert known is not None
    assert not vars(known)["has_roles"]
    assert not known.opens_admin
    assert accounts_of(known) == [plain.pk]
    assert set(accounts_of(Backend().get_user(merged.pk))) == set(accounts_of(merged))
    assert len(set(accounts_of(merged))) == 2
