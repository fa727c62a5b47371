"""Dialogues: an interview, a hearing, a conversation, as a transcript tells it."""

from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock, ListBlock, StructBlock, TextBlock

from cms.blocks.base import LessonBlock
from cms.blocks.text import REFERENCES


class Line(StructBlock):
    """What one speaker says."""

    speaker = CharBlock(label=_("Who speaks"), max_length=80)
    text = TextBlock(label=_("Words"), rows=2, help_text=REFERENCES)

    class Meta:
        icon = "user"
        label = _("What is said")
        label_format = "{speaker}: {text}"


class Dialogue(LessonBlock):
    """Named speakers and their lines."""

    title = CharBlock(label=_("Title"), max_length=160)
    setting = TextBlock(
        label=_("Setting"),
        rows=2,
        required=False,
        help_text=_("Where and when it is said, and who is present."),
    )
    lines = ListBlock(Line(), label=_("Lines"), min_num=2)

    def frozen(self, value, notes):
        return {
            "title": value["title"],
            "setting": notes.plain(value["setting"] or ""),
            "lines": [
                {"speaker": line["speaker"], "html": notes.plain(line["text"])}
                for line in value["lines"]
            ],
        }

    class Meta:
        icon = "comment"
        label = _("Dialogue")
        description = _("An invented conversation, interview or hearing with its speakers.")
        template = "cms/blocks/dialogue.html"
        preview_value = {
            "title": "La primera pregunta",
            "setting": "Fiscalía de Valle Sereno (lugar inventado). Nélida está acompañada.",
            "lines": [
                {"speaker": "Fiscal", "text": "Cuénteme, con sus palabras, cómo llegó al taller."},
                {"speaker": "Nélida", "text": "Vi un aviso. El pasaje me lo pagó él."},
            ],
        }
