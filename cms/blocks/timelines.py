"""Chronologies: what was in force, or what happened, and when."""

from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock, ListBlock, StructBlock, TextBlock

from cms.blocks.base import LessonBlock
from cms.blocks.text import REFERENCES


class Moment(StructBlock):
    """One dated entry of a chronology."""

    date = CharBlock(label=_("Date, in words"), max_length=80)
    title = CharBlock(label=_("Title"), max_length=160)
    text = TextBlock(
        label=_("What changed or happened"), rows=2, required=False, help_text=REFERENCES
    )

    class Meta:
        icon = "date"
        label = _("Dated entry")
        label_format = "{date} · {title}"


class Timeline(LessonBlock):
    """Dated entries down a line."""

    title = CharBlock(label=_("Title"), max_length=160)
    entries = ListBlock(Moment(), label=_("Dated entries"), min_num=2)

    def frozen(self, value, notes):
        return {
            "title": value["title"],
            "entries": [
                {
                    "date": entry["date"],
                    "title": entry["title"],
                    "html": notes.plain(entry["text"] or ""),
                }
                for entry in value["entries"]
            ],
        }

    class Meta:
        icon = "history"
        label = _("Timeline")
        description = _("A legal chronology: dated entries, the earliest first.")
        template = "cms/blocks/timeline.html"
        preview_value = {
            "title": "El expediente de Valle Sereno",
            "entries": [
                {
                    "date": "4 de mayo de 2026",
                    "title": "Denuncia",
                    "text": "La hermana de Nélida acude a la fiscalía (caso inventado).",
                },
                {
                    "date": "6 de mayo de 2026",
                    "title": "Entrevista",
                    "text": "Nélida declara una sola vez, acompañada.",
                },
            ],
        }
