"""The front page."""

from django.db import models
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page
from wagtail_localize.fields import TranslatableField

from cms.models.course import CoursePage
from cms.models.parts import PAGE_TEXTS, PublicPage, kept_publication


class HomePage(PublicPage):
    """What the platform is, its courses, and the way to verify a certificate."""

    lede = models.TextField(_("in one sentence"), blank=True)
    introduction = RichTextField(_("introduction"), features=["bold", "italic", "link"], blank=True)

    is_deletable = False
    is_made_by_setup = True
    content_panels = [*Page.content_panels, FieldPanel("lede"), FieldPanel("introduction")]
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["cms.CoursePage", "cms.StandardPage"]
    template = "cms/home_page.html"

    def route(self, request, path_components):
        """Find the page for an address as Wagtail does, but read no page that is kept already."""
        if not path_components:
            return super().route(request, path_components)
        slug, *rest = path_components
        page = self.get_children().filter(slug=slug).first()
        if page is None:
            raise Http404
        found = (page.live and not rest and kept_publication(page)) or page.specific
        found._cached_parent_obj = self  # where treebeard looks for the parent
        return found.route(request, rest)

    def get_context(self, request, *args, **kwargs):
        courses = CoursePage.objects.child_of(self).live()
        return super().get_context(request, *args, **kwargs) | {
            "courses": [
                course.listed(request)
                for course in courses.select_related("live_revision", "locale")
            ]
        }

    translatable_fields = [
        *PAGE_TEXTS,
        TranslatableField("lede"),
        TranslatableField("introduction"),
    ]

    class Meta:
        verbose_name = _("front page")
        verbose_name_plural = _("front pages")
