"""Texts beside the courses: about, accessibility, privacy."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page
from wagtail_localize.fields import TranslatableField

from cms.models.parts import PAGE_TEXTS, PublicPage


class StandardPage(PublicPage):
    """A plain page of text."""

    lede = models.TextField(_("in one sentence"), blank=True)
    body = RichTextField(_("text"), features=["h2", "h3", "bold", "italic", "ol", "ul", "link"])

    content_panels = [*Page.content_panels, FieldPanel("lede"), FieldPanel("body")]
    parent_page_types = ["cms.HomePage"]
    subpage_types: list[str] = []
    template = "cms/standard_page.html"

    translatable_fields = [*PAGE_TEXTS, TranslatableField("lede"), TranslatableField("body")]

    class Meta:
        verbose_name = _("page of text")
        verbose_name_plural = _("pages of text")
