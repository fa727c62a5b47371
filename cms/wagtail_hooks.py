"""Courses in the Wagtail admin: publishing a version, and the doors that stay closed."""

from typing import Any

from django.contrib.auth.models import Permission
from django.http import Http404
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.panels import FieldPanel
from wagtail.admin.ui.tables import Column, LocaleColumn, UpdatedAtColumn
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button
from wagtail.models import Page
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from assessments.models import Item, Quiz
from assessments.wagtail_hooks import ReadersChooser, StateColumn
from cms.admin_views import PERMISSION, PublishCourseVersion, send_for_review
from cms.doors import may_read_texts
from cms.forms import TopicForm
from cms.models import CoursePage, GlossaryTerm, Topic
from cms.models.parts import ReviewedPage, is_in_source_tree
from cms.states import is_reviewed

BEFORE_ALL_OTHERS = -10


# --- Publishing a course version --------------------------------------------------------------


@hooks.register("register_admin_urls")
def course_addresses() -> list[Any]:
    """Add the page on which a course version is published."""
    return [
        path(
            "courses/<int:page_id>/version/",
            PublishCourseVersion.as_view(),
            name="cms_publish_course_version",
        ),
        path(
            "review/<int:content_type_id>/<str:pk>/send/",
            send_for_review,
            name="cms_send_for_review",
        ),
    ]


@hooks.register("insert_global_admin_css")
def admin_styles() -> str:
    """Add our few styles to the admin."""
    return format_html('<link rel="stylesheet" href="{}">', static("css/cms-admin.css"))


@hooks.register("insert_editor_js")
def editor_script() -> str:
    """Let a save wait for the automatic save before it, which Wagtail does not."""
    return format_html('<script src="{}"></script>', static("js/cms-admin.js"))


@hooks.register("register_permissions")
def course_permissions() -> Any:
    """Offer the right to publish course versions in the settings of groups."""
    label, codename = PERMISSION.split(".")
    return Permission.objects.filter(content_type__app_label=label, codename=codename)


@hooks.register("register_page_header_buttons")
def publish_button(page: Page, user: Any, view_name: str, next_url: str | None = None) -> Any:
    """Offer to publish a version from every page of a course."""
    course = _course_of(page)
    if course is not None and user.has_perm(PERMISSION):
        yield Button(
            _("Publish course version"),
            reverse("cms_publish_course_version", args=[course.pk]),
            icon_name="upload",
            priority=5,
        )


@hooks.register("register_page_listing_more_buttons")
def publish_listing_button(page: Page, user: Any, next_url: str | None = None) -> Any:
    """Offer to publish a version in the list of courses."""
    yield from publish_button(page, user, "listing", next_url)


def _course_of(page: Page) -> CoursePage | None:
    courses = CoursePage.objects.ancestor_of(page, inclusive=True)
    course = courses.first()
    if course is None or is_in_source_tree(course):
        return course
    return (
        CoursePage.objects.filter(translation_key=course.translation_key)
        .exclude(pk=course.pk)
        .first()
    )


# --- The glossary -----------------------------------------------------------------------------


class GlossaryViewSet(SnippetViewSet):
    """Terms of the glossary."""

    model = GlossaryTerm
    chooser_viewset_class = ReadersChooser
    icon = "openquote"
    menu_label = gettext_lazy("Glossary")
    menu_name = "glossary"
    menu_order = 250
    add_to_admin_menu = True
    copy_view_enabled = False
    list_display = [
        "term",
        Column("code", label=gettext_lazy("Code")),
        LocaleColumn(),
        StateColumn(),
        UpdatedAtColumn(),
    ]
    list_per_page = 50
    panels = [
        FieldPanel("term"),
        FieldPanel("code"),
        FieldPanel("definition"),
        FieldPanel("provision"),
    ]


register_snippet(GlossaryViewSet)


# --- Topics -----------------------------------------------------------------------------------


class TopicViewSet(ModelViewSet):
    """What courses are about."""

    model = Topic
    name = "topic"
    icon = "tag"
    menu_label = gettext_lazy("Topics")
    menu_order = 252
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    list_display = ["__str__", Column("code", label=gettext_lazy("Code"))]
    list_per_page = 50

    def get_form_class(self, for_update: bool = False) -> type[TopicForm]:
        """Ask for the name in every language."""
        return TopicForm


@hooks.register("register_admin_viewset")
def register_topics() -> ViewSet:
    """Let authors keep the topics of the catalogue."""
    return TopicViewSet()


# --- The library ------------------------------------------------------------------------------


@hooks.register("before_serve_document")
def serve_documents_to_authors_only(document: Any, request: Any) -> None:
    """Learners download the copies that their lessons keep; the library is for its authors."""
    if not request.user.has_perm("wagtailadmin.access_admin"):
        raise Http404


# --- Doors ------------------------------------------------------------------------------------


def _refuse(request: Any, sentence: str) -> Any:
    messages.error(request, sentence)
    return redirect("wagtailadmin_home")


def _refuse_publishing(request: Any) -> Any:
    return _refuse(
        request,
        _("Only a finished review by a second person publishes; the draft was kept."),
    )


@hooks.register("before_publish", order=BEFORE_ALL_OTHERS)
@hooks.register("before_publish_page", order=BEFORE_ALL_OTHERS)
@hooks.register("before_unpublish", order=BEFORE_ALL_OTHERS)
@hooks.register("before_unpublish_page", order=BEFORE_ALL_OTHERS)
def refuse_publishing(request: Any, obj: Any) -> Any:
    """Refuse to publish or unpublish by hand what is reviewed, superusers included."""
    return _refuse_publishing(request) if is_reviewed(obj) else None


@hooks.register("before_edit_snippet", order=BEFORE_ALL_OTHERS)
def refuse_publishing_translated_snippet(request: Any, instance: Any) -> Any:
    """Refuse to publish a question from wagtail-localize's editor, which lets superusers do so."""
    if request.POST.get("action") == "publish" and is_reviewed(instance):
        return _refuse_publishing(request)
    return None


@hooks.register("before_bulk_action", order=BEFORE_ALL_OTHERS)
def refuse_bulk_action(request: Any, action_type: str, objects: Any, action: Any) -> Any:
    """Refuse what a bulk action would do to reviewed pages; it asks only the generic page."""
    pages = [obj for obj in objects if isinstance(obj, Page) and is_reviewed(obj)]
    if not pages:
        return None
    if action_type in ("publish", "unpublish"):
        return _refuse_publishing(request)
    if action_type in ("delete", "move") and not all(
        page.specific.permissions_for_user(request.user).can_delete() for page in pages
    ):
        return _refuse_following(request)
    if action_type == "move" and not is_in_source_tree(action.cleaned_form.cleaned_data["chooser"]):
        return _refuse_following(request)
    return None


def _refuse_following(request: Any) -> Any:
    return _refuse(
        request,
        _(
            "The tree of a translation follows its source: pages are added, moved and deleted in "
            "the source language."
        ),
    )


@hooks.register("before_move_page", order=BEFORE_ALL_OTHERS)
def refuse_move(request: Any, page: Page, destination: Page) -> Any:
    """Refuse to move a page within, into or out of a translated tree."""
    if is_reviewed(page) and not (is_in_source_tree(page) and is_in_source_tree(destination)):
        return _refuse_following(request)
    return None


@hooks.register("before_create_page", order=BEFORE_ALL_OTHERS)
def refuse_creation(request: Any, parent: Page, page_class: type[Page]) -> Any:
    """Refuse to add a page to a translated tree."""
    if issubclass(page_class, ReviewedPage) and not is_in_source_tree(parent):
        return _refuse_following(request)
    return None


@hooks.register("before_copy_page", order=BEFORE_ALL_OTHERS)
def refuse_live_copy(request: Any, page: Page) -> Any:
    """Refuse copies that would be live without a review, and aliases; keep trees parallel."""
    if not is_reviewed(page):
        return None
    if not is_in_source_tree(page):
        return _refuse_following(request)
    if request.POST.get("publish_copies") or request.POST.get("alias"):
        return _refuse_publishing(request)
    return None


@hooks.register("before_delete_page", order=BEFORE_ALL_OTHERS)
def refuse_deletion(request: Any, page: Page) -> Any:
    """Refuse to delete a page of a translated tree."""
    if is_reviewed(page) and not is_in_source_tree(page):
        return _refuse_following(request)
    return None


@hooks.register("after_edit_page")
def lead_reviewers_home(request: Any, page: Page) -> Any:
    """Lead whoever may not open the page any more to their front page, not to a refusal.

    Wagtail leads to the tree of pages after a decision; a reviewer sees only what waits.
    """
    if is_reviewed(page) and not page.permissions_for_user(request.user).can_edit():
        return redirect("wagtailadmin_home")
    return None


@hooks.register("construct_reports_menu")
def hide_translations_report(request: Any, items: list[Any]) -> None:
    """Do not offer the report of translations to whoever may not open it."""
    if not may_read_texts(request):
        address = reverse("wagtail_localize:translations_report")
        items[:] = [item for item in items if getattr(item, "url", "") != address]


@hooks.register("construct_page_action_menu")
def hide_aliasing(menu_items: list[Any], request: Any, context: dict[str, Any]) -> None:
    """Do not offer to make a translation an alias of its source."""
    menu_items[:] = [item for item in menu_items if item.name != "localize-convert-to-alias"]


@hooks.register("construct_snippet_action_menu")
def hide_snippet_publishing(menu_items: list[Any], request: Any, context: dict[str, Any]) -> None:
    """Do not offer to publish or unpublish questions, quizzes and terms by hand."""
    if issubclass(context["model"], Item | Quiz | GlossaryTerm):
        closed = ("action-publish", "action-unpublish")
        menu_items[:] = [item for item in menu_items if item.name not in closed]
