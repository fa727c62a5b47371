"""Nobody approves their own text, in any language, superusers included."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from wagtail.models import Revision, Task, Workflow, WorkflowState
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield
from wagtail_localize.models import StringSegment, StringTranslation, Translation

from cms.models import Approval, SecondPersonReview
from cms.models.parts import NotApproved
from cms.models.review import OwnText
from cms.reviewing import (
    IncompleteTranslation,
    NotInReview,
    approve,
    is_approved,
    last_approved,
    submit_for_review,
)
from cms.site import ensure_site
from cms.states import ReviewState, review_state
from tests.factories import assessments
from tests.factories.cms import (
    Written,
    edit,
    fresh,
    in_admin,
    published,
    reviewed_quiz,
    reviewer,
    written,
)
from tests.factories.people import PersonFactory
from training.accounts.models import User
from training.accounts.roles import Role
from training.audit.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def course() -> Written:
    return written(lessons=1)


@pytest.fixture
def translated() -> Written:
    return written(lessons=1, is_translated=True)


def superuser() -> User:
    return PersonFactory(is_superuser=True)


def test_a_second_person_approves_and_the_approval_is_kept(course: Written) -> None:
    lesson = course.lessons[0]
    submit_for_review(lesson, course.author)
    assert review_state(lesson)[0] is ReviewState.IN_REVIEW
    approve(fresh(lesson), course.reviewer)
    approval = Approval.objects.get(object_key=str(lesson.translation_key))
    assert (approval.language, approval.approved_by_name) == ("es", "Rita")
    assert Event.objects.filter(verb="text.approved", actor_uuid=course.reviewer.uuid).count() == 1
    assert review_state(fresh(lesson))[0] is ReviewState.APPROVED
    assert not fresh(lesson).live, "learners wait for the course version"


def test_a_review_waits_for_no_mail_server(course: Written, mailoutbox: list[Any]) -> None:
    lesson = course.lessons[0]
    submit_for_review(lesson, course.author)
    task_state = fresh(lesson).current_workflow_task_state
    task_state.task.specific.on_action(task_state, course.reviewer, "reject", comment="Falta")
    course.approve(lesson)
    assert mailoutbox == []


def test_nobody_approves_what_they_wrote(course: Written) -> None:
    course.author.groups.add(*course.reviewer.groups.all())
    submit_for_review(course.lessons[0], course.author)
    with pytest.raises(OwnText):
        approve(fresh(course.lessons[0]), User.objects.get(pk=course.author.pk))
    assert not Approval.objects.exists()


def test_a_superuser_s_own_text_is_no_exception(course: Written) -> None:
    root = superuser()
    lesson = edit(course.lessons[0], root, objective="De la raíz")
    submit_for_review(lesson, course.author)
    with pytest.raises(OwnText):
        approve(fresh(lesson), root)
    task_state = fresh(lesson).current_workflow_task_state
    with pytest.raises(OwnText):
        task_state.task.specific.on_action(task_state, root, "approve")
    with pytest.raises(OwnText):  # past the task itself
        task_state.approve(user=root)
    assert not Approval.objects.exists()
    approve(fresh(lesson), course.reviewer)
    assert last_approved(fresh(lesson)).object.objective == "De la raíz"


def test_a_superuser_may_approve_what_others_wrote(course: Written) -> None:
    submit_for_review(course.lessons[0], course.author)
    approve(fresh(course.lessons[0]), superuser())
    assert Approval.objects.count() == 1


def test_who_mended_it_while_reviewing_became_an_author(course: Written) -> None:
    submit_for_review(course.lessons[0], course.author)
    edit(course.lessons[0], course.reviewer, objective="Mejor así")
    with pytest.raises(OwnText):
        approve(fresh(course.lessons[0]), course.reviewer)


def test_what_was_read_is_what_is_approved(course: Written) -> None:
    lesson = course.lessons[0]
    submit_for_review(lesson, course.author)
    edit(lesson, course.author, objective="Cambiado a mitad de la lectura")
    approve(fresh(lesson), course.reviewer)
    assert not is_approved(fresh(lesson), fresh(lesson).latest_revision)
    assert fresh(lesson).workflow_in_progress, "the new draft is to be read too"


def test_a_reader_without_the_role_is_refused(course: Written) -> None:
    submit_for_review(course.lessons[0], course.author)
    with pytest.raises(PermissionDenied):
        approve(fresh(course.lessons[0]), PersonFactory(roles=[Role.COORDINATOR]))


def test_what_was_not_sent_cannot_be_approved(course: Written) -> None:
    with pytest.raises(NotInReview):
        approve(course.lessons[0], course.reviewer)


def test_after_an_approval_earlier_authors_may_read_what_others_change(course: Written) -> None:
    lesson = course.lessons[0]
    course.approve(lesson)
    course.author.groups.add(*course.reviewer.groups.all())
    other = PersonFactory(roles=[Role.TRAINER])
    lesson = edit(lesson, other, objective="De otra persona")
    submit_for_review(lesson, other)
    approve(fresh(lesson), User.objects.get(pk=course.author.pk))
    assert last_approved(fresh(lesson)).object.objective == "De otra persona"


def test_the_same_text_saved_again_stays_approved(course: Written) -> None:
    course.approve(course.course)
    page = fresh(course.course).get_latest_revision_as_object()
    page.save_revision(user=course.author)
    assert review_state(fresh(course.course))[0] is ReviewState.APPROVED


# --- Translations -----------------------------------------------------------------------------


def test_a_translator_does_not_approve_the_translation(translated: Written) -> None:
    english = translated.english(translated.lessons[0])
    second = reviewer()
    string = StringTranslation.objects.filter(
        locale=english.locale, context__object_id=english.translation_key
    ).first()
    assert string is not None
    string.data, string.last_translated_by = "EN mended", second
    string.save()
    submit_for_review(english, translated.author)
    with pytest.raises(OwnText):
        approve(fresh(english), second)
    approve(fresh(english), translated.reviewer)
    assert is_approved(fresh(english), fresh(english).latest_revision)


def test_a_translation_with_holes_is_not_sent(translated: Written) -> None:
    english = translated.english(translated.lessons[0])
    StringTranslation.objects.filter(
        locale=english.locale, context__object_id=english.translation_key
    ).first().delete()
    with pytest.raises(IncompleteTranslation) as refusal:
        submit_for_review(english, translated.author)
    assert refusal.value.missing == 1
    assert review_state(english) == (ReviewState.INCOMPLETE, 1)


def test_a_string_translated_after_the_approval_is_not_approved(translated: Written) -> None:
    english = translated.english(translated.lessons[0])
    translated.approve(english)
    assert review_state(fresh(english))[0] is ReviewState.APPROVED
    translation = Translation.objects.get(
        target_locale=english.locale, source__object_id=english.translation_key
    )
    segment = StringSegment.objects.filter(
        source=translation.source, context__path="objective"
    ).get()
    StringTranslation.objects.filter(
        translation_of=segment.string, context=segment.context
    ).get().delete()
    StringTranslation.objects.create(
        translation_of=segment.string,
        locale=english.locale,
        context=segment.context,
        data="EN something else",
        translation_type="manual",
        last_translated_by=translated.author,
    )
    assert review_state(fresh(english))[0] is ReviewState.DRAFT
    assert last_approved(fresh(english)).object.objective == "EN Descomponer un relato."


def test_a_draft_translation_over_a_live_row_reaches_nobody() -> None:
    course, _version = published(lessons=1, is_translated=True)
    english = course.english(course.course)
    StringTranslation.objects.filter(
        locale=english.locale, context__object_id=english.translation_key, context__path="summary"
    ).update(data="Not approved")
    Translation.objects.get(
        source__object_id=english.translation_key, target_locale=english.locale
    ).save_target(user=course.author, publish=False)
    assert fresh(english).summary == "Not approved", "wagtail-localize writes the live row"
    assert fresh(english).published.summary == "EN Un curso de prueba."


# --- Questions and quizzes --------------------------------------------------------------------


def test_a_finished_review_publishes_questions_and_quizzes(course: Written) -> None:
    quiz = reviewed_quiz(course)
    assert quiz.live
    assert is_approved(quiz, quiz.live_revision)


def test_nobody_approves_their_own_question(course: Written) -> None:
    item = assessments.unsaved_item()
    item.save()
    item.save_revision(user=course.reviewer)
    submit_for_review(item, course.author)
    with pytest.raises(OwnText):
        approve(type(item).objects.get(pk=item.pk), course.reviewer)
    item.refresh_from_db()
    assert not item.live


def test_a_reviewer_who_has_decided_is_led_home_without_a_refusal(
    course: Written, client: Client, settings: Any
) -> None:
    lesson = course.lessons[0]
    submit_for_review(lesson, course.author)
    in_admin(client, course.reviewer, settings)
    page = {"title": lesson.title, "slug": lesson.slug, "objective": "Otro", "minutes": 10}
    page |= {"opens_after": "at-once"}
    streams = {"body": streamfield([]), "citations": streamfield([])}
    decision = {"action-workflow-action": "true", "workflow-action-name": "reject"}
    answer = client.post(
        reverse("wagtailadmin_pages:edit", args=[lesson.pk]),
        nested_form_data(page | streams | {"comments": inline_formset([])}) | decision,
    )
    assert answer.url == reverse("wagtailadmin_home")
    assert review_state(fresh(lesson)) == (ReviewState.CHANGES_REQUESTED, 0)


def test_an_address_left_empty_is_made_from_the_title(
    course: Written, client: Client, settings: Any
) -> None:
    in_admin(client, course.author, settings)
    page = {"title": "La primera entrevista", "slug": "", "objective": "Oír", "minutes": 10}
    page |= {"opens_after": "at-once"}
    streams = {"body": streamfield([]), "citations": streamfield([])}
    made = client.post(
        reverse("wagtailadmin_pages:add", args=["cms", "lessonpage", course.module.pk]),
        nested_form_data(page | streams | {"comments": inline_formset([])}),
    )
    assert made.status_code == 302
    assert fresh(course.module).get_children().last().slug == "la-primera-entrevista"


# --- The last gate ----------------------------------------------------------------------------


def test_a_workflow_without_its_task_approves_nothing(course: Written) -> None:
    Task.objects.update(active=False)
    with pytest.raises(OwnText):
        submit_for_review(course.lessons[0], course.author)
    assert not Approval.objects.exists()
    assert not WorkflowState.objects.exists()


def test_an_unapproved_revision_is_never_published(course: Written) -> None:
    revision = course.lessons[0].latest_revision
    with pytest.raises(NotApproved):
        revision.publish(user=superuser(), skip_permission_checks=True)
    assert not fresh(course.lessons[0]).live


def test_an_approved_revision_changed_behind_the_back_is_not_published(course: Written) -> None:
    course.approve(course.lessons[0])
    revision = fresh(course.lessons[0]).latest_revision
    Revision.objects.filter(pk=revision.pk).update(
        content=revision.content | {"objective": "Cambiado"}
    )
    with pytest.raises(NotApproved):
        Revision.objects.get(pk=revision.pk).publish(skip_permission_checks=True)
    assert last_approved(fresh(course.lessons[0])) is None


def test_setting_up_twice_changes_nothing(course: Written) -> None:
    def counts() -> dict[str, Any]:
        return {
            "workflows": Workflow.objects.count(),
            "tasks": SecondPersonReview.objects.count(),
            "groups": [
                (group.name, group.permissions.count(), group.page_permissions.count())
                for group in course.author.groups.all()
            ],
        }

    before = counts()
    assert before["tasks"] == Workflow.objects.filter(name="Revisión").count() == 1
    Workflow.objects.filter(name="Revisión").update(name="Lectura jurídica")
    ensure_site()
    assert counts() == before
