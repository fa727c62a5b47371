"""What all pages have in common: a second person reads them, and one tree is the structure."""

from collections.abc import Hashable
from typing import Any, Final

from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import CommentPanel
from wagtail.models import Locale, Page, PagePermissionTester
from wagtail_localize.fields import TranslatableField

from cms.models.authorship import approvals_of, content_digest
from training.compiled import CompiledQuery, Slot
from training.kernel.frozen import Frozen

PAGE_TEXTS = [
    TranslatableField("title"),
    TranslatableField("slug"),
    TranslatableField("seo_title"),
    TranslatableField("search_description"),
]


class Opening(models.TextChoices):
    """When an activity of a course may be opened."""

    AT_ONCE = "at-once", _("from the beginning")
    PREVIOUS = "previous", _("when the activity before it is finished")
    ALL_REQUIRED = "all-required", _("when all required activities before it are finished")


def opening() -> "models.CharField[str, str]":
    """Return the field in which an author says when an activity opens."""
    return models.CharField(
        _("opens"),
        max_length=12,
        choices=Opening.choices,
        default=Opening.AT_ONCE,
        help_text=_("Learners read in the outline what they have to finish first."),
    )


class NotApproved(Exception):
    """Something was about to be published that no second person has approved."""


class ReviewedPagePermissions(PagePermissionTester):
    """Nobody publishes or unpublishes by hand; a translated tree only follows its source.

    Learners are served frozen versions, so who may change pages may also reorder and delete them.
    """

    def _may_shape(self) -> bool:
        return (
            self.user.is_active
            and is_in_source_tree(self.page)
            and (self.user.is_superuser or "change" in self.permissions)
        )

    def can_publish(self):
        return False

    def can_unpublish(self):
        return False

    def can_publish_subpage(self):
        return False

    def can_reorder_children(self):
        return self._may_shape()

    def can_delete(self, ignore_bulk=False):
        return self.page.is_deletable and self._may_shape()

    def can_move(self):
        return self._may_shape()

    def can_move_to(self, destination):
        if not self.can_move() or not is_in_source_tree(destination):
            return False
        if self.page == destination or destination.is_descendant_of(self.page):
            return False
        return self.page.is_child_of(destination) or self.page.specific.can_move_to(destination)


def is_in_source_tree(page: Page) -> bool:
    """Say whether a page belongs to the tree whose structure counts, or is the root of all."""
    return page.depth == 1 or page.locale_id == Locale.get_default().pk


class ReviewedPageForm(WagtailAdminPageForm):
    """What an author writes; an address left empty is made from the title."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False


class ReviewedPage(Page):
    """A page that is published only by a finished review, in each language."""

    base_form_class = ReviewedPageForm
    is_deletable = True
    is_made_by_setup = False
    publication: Hashable = None  # of a page as it was published: names that for ever
    settings_panels = [CommentPanel()]

    class Meta:
        abstract = True

    def permissions_for_user(self, user):
        return ReviewedPagePermissions(user, self)

    @classmethod
    def can_create_at(cls, parent):
        return super().can_create_at(parent) and is_in_source_tree(parent)

    def publish(self, revision, *args, **kwargs):
        """Publish a revision; raise NotApproved unless its very text has been approved."""
        digest = content_digest(revision.content)
        if not approvals_of(self).filter(digest=digest).exists():
            raise NotApproved(str(self))
        return super().publish(revision, *args, **kwargs)

    @cached_property
    def published(self) -> Any:
        """Return the page as it was published.

        wagtail-localize saves drafts straight into the row, so the public sees the revision.
        """
        return self.live_revision.as_object() if self.live_revision else self

    def serve_published(self, request: HttpRequest) -> HttpResponse:
        """Answer with the page as it was published; not found if no review ever published it.

        What was published stays as it is until the page is published again or moved: it is read
        once a process.
        """
        if self.publication is not None or (self.is_made_by_setup and not self.live_revision_id):
            return Page.serve(self, request)
        served = None
        if self.live_revision_id:
            served = _served.get([_key_of(self)], self._read_published).get(_key_of(self))
        if served is None:
            raise Http404
        return Page.serve(served, request)

    def _read_published(self, wanted: list[Hashable]) -> dict[Hashable, Any]:
        is_own = self.live_revision.object_id == str(self.pk)  # an alias has none of its own
        if not (is_own or self.is_made_by_setup):
            return {}
        page = self.published
        page.publication = wanted[0]
        return {wanted[0]: page}


_served: Final = Frozen[Hashable, Any](most=200)


def _key_of(page: Page) -> Hashable:
    """Name one publishing of a page, at one place of the tree, for ever."""
    return (
        *(page.pk, page.translation_key, page.locale_id, page.live_revision_id),
        *(page.last_published_at, page.path, page.url_path),
    )


def kept_publication(page: Page) -> Any:
    """Return what was published of a page, when this process has served it before, else None."""
    return _served.get([_key_of(page)], lambda _keys: {}).get(_key_of(page))


class PublicPage(ReviewedPage):
    """A page that the public reads, as it was published."""

    class Meta:
        abstract = True

    def serve(self, request, *args, **kwargs):
        return self.serve_published(request)

    def get_context(self, request, *args, **kwargs):
        return super().get_context(request, *args, **kwargs) | {
            "other_language_url": address_in_other_language(self)
        }


_translations: Final[CompiledQuery[Page]] = CompiledQuery(
    lambda: (
        Page.objects.live()
        .filter(translation_key=Slot("key", models.UUIDField()))
        .exclude(pk=Slot("page"))
        .select_related("locale")
        .order_by("path")
    )
)


def address_in_other_language(page: Page) -> str:
    """Return the address of a page in the next language in which it is published, or ''."""
    other = _translations.get(key=page.translation_key, page=page.pk)
    return other.get_url() or "" if other else ""


class CoursePart(ReviewedPage):
    """A page of a course: approving it publishes nothing; publishing a course version does."""

    class Meta:
        abstract = True

    def serve(self, request, *args, **kwargs):
        """Send visitors to the course: learners read frozen versions, never the page."""
        return self.course_page.specific.redirect_here(request)

    @property
    def course_page(self) -> Page:
        """Return the course that the page belongs to."""
        return self.get_ancestors(inclusive=True).filter(depth=COURSE_DEPTH).get()


COURSE_DEPTH = 3  # root, front page, course
