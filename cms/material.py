"""What of a course's tree is approved, and what stands in the way of publishing it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from wagtail.models import Page

from assessments.models import Item
from cms.models import CoursePage, LessonPage, ModulePage, QuizPage
from cms.models.glossary_term import approved_meanings
from cms.models.parts import is_in_source_tree
from cms.reviewing import Approved, is_approved, lags_behind, last_approved
from training.catalogue.models import Course
from training.institutions.models import Country


@dataclass(frozen=True)
class Notice:
    """Something that keeps a course from being published, or that its author should know."""

    text: str
    page: Page | None = None


@dataclass(frozen=True)
class Chosen:
    """A page of the tree and what was approved of it, by language, the source first."""

    page: Any
    approved: Mapping[str, Approved]

    @property
    def source(self) -> Any:
        """Return the approved page in the source language."""
        return self.approved[source_language()].object

    def by_language(self, name: str) -> dict[str, Any]:
        """Return one field in every approved language."""
        return {code: getattr(text.object, name) for code, text in self.approved.items()}

    @property
    def key(self) -> str:
        """Return what the page is known by in every language."""
        return str(self.page.translation_key)


@dataclass
class Reading:
    """What a tree holds that can be published, and what stands in the way."""

    course: Chosen | None = None
    modules: list[tuple[Chosen, list[Chosen]]] = field(default_factory=list)
    problems: list[Notice] = field(default_factory=list)
    warnings: list[Notice] = field(default_factory=list)

    def texts(self) -> Iterator[Approved]:
        """Yield every approved text that goes into the version."""
        chosen = [self.course] if self.course else []
        for module, activities in self.modules:
            chosen += [module, *activities]
        for part in chosen:
            yield from part.approved.values()


def source_language() -> str:
    """Return the language whose tree is the structure of every course."""
    return settings.LANGUAGE_CODE


def languages() -> list[str]:
    """Return the languages of courses, the source first."""
    codes = [code for code, _name in settings.LANGUAGES]
    return sorted(codes, key=lambda code: code != source_language())


def read_tree(course_page: CoursePage) -> Reading:
    """Return what of a course's tree is approved, and what stands in the way of publishing it."""
    reading = Reading()
    if not is_in_source_tree(course_page):
        reading.problems.append(
            Notice(_("A course is published from its tree in the source language."), course_page)
        )
        return reading
    reading.course = _chosen(course_page, reading, is_required=True)
    if Country.objects.filter(code__iexact=course_page.country_code).first() is None:
        reading.problems.append(
            Notice(
                _("No country pack is loaded for “%(code)s”.") % {"code": course_page.country_code},
                course_page,
            )
        )
    if reading.course is not None:
        taken = Course.objects.filter(code=reading.course.source.code).exclude(
            key=reading.course.key
        )
        if taken.exists():
            reading.problems.append(Notice(_("Another course has the same code."), course_page))
    for module_page in course_page.get_children().type(ModulePage).specific():
        module = _chosen(module_page, reading, is_required=True)
        activities = [
            chosen
            for page in module_page.get_children().type(LessonPage, QuizPage).specific()
            if (chosen := _chosen(page, reading, is_required=page.is_required)) is not None
        ]
        for activity in activities:
            if isinstance(activity.page, QuizPage):
                reading.problems += _unapproved_questions(activity)
            else:
                _look_terms_up(activity, reading)
        if module is not None and activities:
            reading.modules.append((module, activities))
        elif module is not None:
            reading.warnings.append(
                Notice(_("A module without anything approved in it is left out."), module_page)
            )
    if not any(a.source.is_required for _module, found in reading.modules for a in found):
        reading.problems.append(
            Notice(_("A course needs at least one required lesson or quiz."), course_page)
        )
    return reading


def _chosen(page: Any, reading: Reading, *, is_required: bool) -> Chosen | None:
    source = last_approved(page)
    if source is None:
        if is_required:
            reading.problems.append(
                Notice(_("No text of this page has been approved by a second person."), page)
            )
        else:
            reading.warnings.append(
                Notice(_("It is optional and not approved, so it is left out."), page)
            )
        return None
    if source.revision.pk != page.latest_revision_id:
        reading.warnings.append(
            Notice(
                _("A newer draft is not approved; the version takes the text approved before."),
                page,
            )
        )
    approved = {source_language(): source}
    translations = {
        translation.locale.language_code: translation
        for translation in page.get_translations().select_related("locale").specific()
    }
    for code in languages()[1:]:
        name = str(dict(settings.LANGUAGES)[code])
        translated = last_approved(translations[code]) if code in translations else None
        if translated is None:
            reading.warnings.append(
                Notice(
                    _("There is no approved text in this language: %(language)s.")
                    % {"language": name},
                    page,
                )
            )
        elif lags_behind(translated, source):
            reading.warnings.append(
                Notice(
                    _(
                        "This translation was made from an earlier text and is left out until it"
                        " is brought up to date: %(language)s."
                    )
                    % {"language": name},
                    page,
                )
            )
        else:
            approved[code] = translated
    return Chosen(page=page, approved=approved)


def _look_terms_up(lesson: Chosen, reading: Reading) -> None:
    """Note the terms of a lesson that no second person has approved in its language.

    In the source language they stand in the way; a translation does without the note.
    """
    for code, text in lesson.approved.items():
        wanted = set(text.object.term_codes)
        missing = sorted(wanted - approved_meanings(wanted, language=code).keys())
        if missing and code == source_language():
            reading.problems.append(
                Notice(
                    _("The lesson refers to terms of the glossary that are not approved: %s.")
                    % ", ".join(missing),
                    lesson.page,
                )
            )
        elif missing:
            reading.warnings.append(
                Notice(
                    _(
                        "These terms of the glossary are not approved in this language "
                        "(%(language)s), so the lesson leaves their notes out: %(terms)s."
                    )
                    % {
                        "language": str(dict(settings.LANGUAGES)[code]),
                        "terms": ", ".join(missing),
                    },
                    lesson.page,
                )
            )


def _unapproved_questions(activity: Chosen) -> list[Notice]:
    """Return what of a quiz is shown to learners without a second person's approval."""
    quiz = activity.source.quiz
    if not is_approved(quiz, quiz.live_revision):
        return [Notice(_("The quiz has not been approved by a second person."), activity.page)]
    keys = quiz.live_revision.as_object().item_keys
    items = Item.objects.filter(translation_key__in=keys, live_revision__isnull=False)
    return [
        Notice(
            _("A question has not been approved by a second person: %(question)s.")
            % {"question": f"{item.code} ({item.locale.language_code})"},
            activity.page,
        )
        for item in items.select_related("live_revision", "locale")
        if not is_approved(item, item.live_revision)
    ]
