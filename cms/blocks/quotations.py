"""Quotations: the words of a norm, a ruling or a person, and where they stand."""

from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock, TextBlock, URLBlock

from cms.blocks.base import LessonBlock
from cms.blocks.text import REFERENCES


class Quotation(LessonBlock):
    """Somebody's own words."""

    text = TextBlock(label=_("Words"), rows=3, help_text=REFERENCES)
    who = CharBlock(label=_("Who says it"), max_length=160)
    source = CharBlock(
        label=_("Where it stands"),
        max_length=250,
        required=False,
        help_text=_("Document, number, date and page or paragraph."),
    )
    link = URLBlock(label=_("Link to the source"), required=False)

    def frozen(self, value, notes):
        link = value["link"] or ""
        return {
            "text": notes.plain(value["text"]),
            "who": value["who"],
            "source": value["source"] or "",
            "link": link if link.startswith(("https://", "http://")) else "",
        }

    class Meta:
        icon = "openquote"
        label = _("Quotation")
        description = _("Words quoted exactly, with who says them and where they stand.")
        template = "cms/blocks/quotation.html"
        preview_value = {
            "text": "Primero pregunté qué hacía ella. Debí preguntar qué le habían hecho.",
            "who": "Fiscal de un caso inventado",
            "source": "Relato escrito para este curso",
            "link": "",
        }
