"""Procedures, one step after the other."""

from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock, ListBlock, StructBlock, TextBlock

from cms.blocks.base import LessonBlock
from cms.blocks.text import REFERENCES


class Step(StructBlock):
    """One step."""

    title = CharBlock(label=_("What to do"), max_length=160)
    text = TextBlock(label=_("How"), rows=2, required=False, help_text=REFERENCES)

    class Meta:
        icon = "order"
        label = _("Step")
        label_format = "{title}"


class Steps(LessonBlock):
    """Numbered steps down a line."""

    title = CharBlock(label=_("Title"), max_length=160)
    steps = ListBlock(Step(), label=_("Steps"), min_num=2)

    def frozen(self, value, notes):
        return {
            "title": value["title"],
            "steps": [
                {"title": step["title"], "html": notes.plain(step["text"] or "")}
                for step in value["steps"]
            ],
        }

    class Meta:
        icon = "list-ol"
        label = _("Steps")
        description = _("A procedure in numbered steps.")
        template = "cms/blocks/steps.html"
        preview_value = {
            "title": "Leer un relato",
            "steps": [
                {"title": "Ordene los hechos por fecha", "text": "Una línea por hecho."},
                {
                    "title": "Ponga un verbo a cada nombre",
                    "text": "Captar, transportar, trasladar.",
                },
            ],
        }
