"""How far each text of a course is with its review, in each language."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.contrib.admin.utils import quote
from django.urls import reverse
from wagtail.models import Page, WorkflowState

from assessments.models import Item, Quiz
from cms.models import CoursePage, GlossaryTerm, LessonPage, QuizPage
from cms.models.parts import ReviewedPage
from cms.reviewing import has_unsaved_strings, is_approved, specific, translation_of


class ReviewState(StrEnum):
    """Where a text stands on its way to a second person's approval."""

    APPROVED = "approved"
    IN_REVIEW = "in-review"
    CHANGES_REQUESTED = "changes-requested"
    DRAFT = "draft"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True)
class ReviewedText:
    """A page, question, quiz or term of a course in one language, and where its review stands."""

    object: Any
    title: str
    kind: str
    language: str
    state: ReviewState
    missing: int
    edit_url: str

    @property
    def can_be_sent(self) -> bool:
        """Say whether it waits for its author to send it for review."""
        return self.state in (ReviewState.DRAFT, ReviewState.CHANGES_REQUESTED)


def texts_of_course(course_page: CoursePage) -> list[ReviewedText]:
    """Return every text that a course is made of, the tree first, then the rest."""
    return [_reviewed(obj) for obj in _objects(course_page)]


def _objects(course_page: CoursePage) -> Iterator[Any]:
    pages = list(course_page.get_descendants(inclusive=True).specific())
    for page in pages:
        yield page
        yield from page.get_translations().filter(alias_of=None).specific()
    yield from GlossaryTerm.objects.filter(
        code__in={
            code
            for page in pages
            if isinstance(page, LessonPage)
            for code in page.get_latest_revision_as_object().term_codes
        }
    ).order_by("code", "locale")
    seen = set()
    for quiz in (page.quiz for page in pages if isinstance(page, QuizPage)):
        if quiz.pk not in seen:
            seen.add(quiz.pk)
            yield quiz
            latest = quiz.get_latest_revision_as_object()
            keys = latest.item_keys
            yield from Item.objects.filter(translation_key__in=keys).order_by("code", "locale")


def _reviewed(obj: Any) -> ReviewedText:
    state, missing = review_state(obj)
    return ReviewedText(
        object=obj,
        title=obj.get_admin_display_title() if isinstance(obj, Page) else str(obj),
        kind=str(obj._meta.verbose_name),
        language=obj.locale.get_display_name() if hasattr(obj, "locale") else "",
        state=state,
        missing=missing,
        edit_url=edit_url(obj),
    )


def review_state(obj: Any) -> tuple[ReviewState, int]:
    """Return where the review of a text stands, and how many strings of a translation miss."""
    obj = specific(obj)
    workflow = obj.current_workflow_state
    if workflow is not None and workflow.status == WorkflowState.STATUS_IN_PROGRESS:
        return ReviewState.IN_REVIEW, 0
    translation = translation_of(obj)
    if translation is not None:
        total, translated = translation.get_progress()
        if translated < total:
            return ReviewState.INCOMPLETE, total - translated
    if workflow is not None:
        return ReviewState.CHANGES_REQUESTED, 0
    revision = obj.latest_revision
    is_current = translation is None or not has_unsaved_strings(translation, revision)
    if is_current and is_approved(obj, revision):
        return ReviewState.APPROVED, 0
    return ReviewState.DRAFT, 0


def is_reviewed(obj: Any) -> bool:
    """Say whether only a finished review may publish something."""
    model = obj.specific_class if isinstance(obj, Page) else type(obj)
    return issubclass(model, ReviewedPage | Item | Quiz | GlossaryTerm)


def edit_url(obj: Any) -> str:
    """Return where a page, question, quiz or term is edited."""
    if isinstance(obj, Page):
        return reverse("wagtailadmin_pages:edit", args=[obj.pk])
    meta = obj._meta
    name = f"wagtailsnippets_{meta.app_label}_{meta.model_name}:edit"
    return reverse(name, args=[quote(obj.pk)])
