"""Running text: paragraphs, headings and key ideas."""

from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock, ChoiceBlock, RichTextBlock

from cms.blocks.base import Frozen, LessonBlock
from cms.blocks.notes import RICH_TEXT, top_level

REFERENCES = _(
    "Refer to a citation of this lesson with its identifier, [[cp-129-a]], and to a term of the "
    "glossary with its code, [[termino:consentimiento]]."
)


class Text(LessonBlock):
    """Paragraphs and lists."""

    text = RichTextBlock(label=_("Text"), features=RICH_TEXT, help_text=REFERENCES)

    def frozen(self, value, notes):
        return {"html": notes.rich(value["text"].source)}

    def passages(self, value, notes):
        passages: list[Frozen] = []
        for element in top_level(value["text"].source):
            html = notes.rich(element)
            cited = notes.take()
            if cited or not passages or passages[-1]["notes"]:
                passages.append({"html": html, "notes": cited})
            else:
                passages[-1]["html"] += html
        return passages

    class Meta:
        icon = "doc-full"
        label = _("Text")
        description = _("Paragraphs and lists, with references to the citations of the lesson.")
        template = "cms/blocks/text.html"
        preview_value = {
            "text": "<p>Un expediente casi nunca empieza con la palabra «trata». El delito hay que "
            "<b>encontrarlo</b> dentro del relato.</p>"
        }


class Heading(LessonBlock):
    """A heading within a lesson."""

    text = CharBlock(label=_("Heading"), max_length=160)
    level = ChoiceBlock(
        label=_("Level"), choices=[("2", _("section")), ("3", _("part"))], default="2"
    )

    def frozen(self, value, notes):
        return {"text": value["text"], "level": value["level"]}

    class Meta:
        icon = "title"
        label = _("Heading")
        description = _("Begins a section of the lesson, or a part of one.")
        template = "cms/blocks/heading.html"
        preview_value = {"text": "La conducta: qué hizo cada quien", "level": "2"}


class KeyIdea(LessonBlock):
    """The sentence to remember."""

    title = CharBlock(label=_("Idea"), max_length=160)
    text = RichTextBlock(label=_("Text"), features=RICH_TEXT, help_text=REFERENCES)

    def frozen(self, value, notes):
        return {"title": value["title"], "html": notes.rich(value["text"].source)}

    class Meta:
        icon = "pick"
        label = _("Key idea")
        description = _("A ruled passage with the one idea to take along. Use it rarely.")
        template = "cms/blocks/key_idea.html"
        preview_value = {
            "title": "A cada nombre, su verbo",
            "text": "<p>Escriba junto a cada nombre un verbo y, junto al verbo, el hecho que lo "
            "muestra.</p>",
        }
