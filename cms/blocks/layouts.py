"""Ways to lay text out: side by side, or folded away."""

from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock, ListBlock, RichTextBlock, StructBlock

from cms.blocks.base import LessonBlock
from cms.blocks.notes import RICH_TEXT
from cms.blocks.text import REFERENCES


class Columns(LessonBlock):
    """Two texts side by side; one below the other on a narrow screen."""

    left = RichTextBlock(label=_("Left"), features=RICH_TEXT, help_text=REFERENCES)
    right = RichTextBlock(
        label=_("Right"), features=RICH_TEXT, help_text=_("On a phone it stands below the left.")
    )

    def frozen(self, value, notes):
        return {
            "left": notes.rich(value["left"].source),
            "right": notes.rich(value["right"].source),
        }

    class Meta:
        icon = "grip"
        label = _("Two columns")
        description = _("Two short texts that are read against each other.")
        template = "cms/blocks/columns.html"
        preview_value = {
            "left": "<p><b>Qué se pregunta.</b> ¿Qué hizo cada persona?</p>",
            "right": "<p><b>Dónde se busca.</b> En el aviso, los mensajes y el pasaje.</p>",
        }


class Fold(StructBlock):
    """One part of an accordion."""

    title = CharBlock(label=_("Title"), max_length=160)
    text = RichTextBlock(label=_("Text"), features=RICH_TEXT, help_text=REFERENCES)

    class Meta:
        icon = "collapse-down"
        label = _("Part of the accordion")
        label_format = "{title}"


class Accordion(LessonBlock):
    """Parts that the reader opens; on paper all are open."""

    parts = ListBlock(Fold(), label=_("Parts"), min_num=2)

    def frozen(self, value, notes):
        return {
            "parts": [
                {"title": part["title"], "html": notes.rich(part["text"].source)}
                for part in value["parts"]
            ]
        }

    class Meta:
        icon = "collapse-down"
        label = _("Accordion")
        description = _("Parts that open one by one. Never hide in it what everybody must read.")
        template = "cms/blocks/accordion.html"
        preview_value = {
            "parts": [
                {"title": "Si la víctima es menor", "text": "<p>Pregunte primero la edad.</p>"},
                {"title": "Si la víctima es adulta", "text": "<p>Busque el medio empleado.</p>"},
            ]
        }
