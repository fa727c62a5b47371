"""Cases, as a file tells them."""

from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock, ListBlock, StructBlock, TextBlock

from cms.blocks.base import LessonBlock
from cms.blocks.text import REFERENCES


class Entry(StructBlock):
    """One dated entry of a file."""

    date = CharBlock(label=_("Date, in words"), max_length=80)
    text = TextBlock(label=_("What happened"), rows=2, help_text=REFERENCES)

    class Meta:
        icon = "date"
        label = _("Entry")
        label_format = "{date}"


class CaseFacts(LessonBlock):
    """The facts of an invented case, as a file."""

    title = CharBlock(label=_("Case"), max_length=160)
    number = CharBlock(label=_("File number"), max_length=80)
    court = CharBlock(label=_("Court or prosecution office"), max_length=200)
    entries = ListBlock(Entry(), label=_("Entries"), min_num=1)
    question = TextBlock(label=_("Question to the reader"), rows=2, required=False)

    def frozen(self, value, notes):
        return {
            "title": value["title"],
            "number": value["number"],
            "court": value["court"],
            "entries": [
                {"date": entry["date"], "html": notes.plain(entry["text"])}
                for entry in value["entries"]
            ],
            "question": notes.plain(value["question"] or ""),
        }

    class Meta:
        icon = "folder-open-1"
        label = _("Case facts")
        description = _("An invented case with its number, its court and its dated entries.")
        template = "cms/blocks/case_facts.html"
        preview_value = {
            "title": "El taller de Puerto Almendro",
            "number": "Expediente ficticio 01-2026",
            "court": "Juzgado de Investigación Preparatoria de Valle Sereno (lugar inventado)",
            "entries": [
                {"date": "4 de mayo de 2026", "text": "Nélida, de 26 años, responde a un aviso."},
                {"date": "6 de mayo", "text": "Abel le paga el pasaje."},
            ],
            "question": "¿Qué hizo cada persona, cómo lo logró y para qué?",
        }
