"""Pictures, always with words for those who do not see them."""

from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock, RichTextBlock
from wagtail.images.blocks import ImageChooserBlock

from cms.blocks.base import LessonBlock
from cms.blocks.notes import RICH_TEXT
from cms.pictures import picture_of


class Picture(LessonBlock):
    """A picture, a diagram or a map."""

    image = ImageChooserBlock(label=_("Image"))
    alt = CharBlock(
        label=_("What the image shows"),
        max_length=300,
        help_text=_("Read aloud to those who do not see it."),
    )
    caption = CharBlock(label=_("Caption"), max_length=300, required=False)

    def frozen(self, value, notes):
        return {
            **picture_of(value["image"]),
            "alt": value["alt"],
            "caption": notes.plain(value["caption"] or ""),
        }

    class Meta:
        icon = "image"
        label = _("Image")
        description = _(
            "A picture or diagram; its description is required. No victims, no violence."
        )
        template = "cms/blocks/image.html"
        preview_value = {
            "image": None,
            "alt": "Tres figuras en fila, numeradas del uno al tres y unidas por una línea.",
            "caption": "El delito se completa cuando se reúnen los tres elementos.",
        }


class DescribedPicture(LessonBlock):
    """A figure whose whole content also stands in words."""

    image = ImageChooserBlock(label=_("Image"))
    alt = CharBlock(
        label=_("What the image shows"),
        max_length=300,
        help_text=_("In one sentence, read aloud to those who do not see it."),
    )
    caption = CharBlock(label=_("Caption"), max_length=300, required=False)
    description = RichTextBlock(
        label=_("The same in words"),
        features=RICH_TEXT,
        help_text=_("Everything that can be learnt from the figure, for those who do not see it."),
    )

    def frozen(self, value, notes):
        return {
            **picture_of(value["image"]),
            "alt": value["alt"],
            "caption": notes.plain(value["caption"] or ""),
            "description": notes.rich(value["description"].source),
        }

    class Meta:
        icon = "image"
        label = _("Figure with its text")
        description = _("A diagram or chart, and below it, folded, all of it in words.")
        template = "cms/blocks/described_image.html"
        preview_value = {
            "image": None,
            "alt": "Tres figuras en fila, numeradas del uno al tres y unidas por una línea.",
            "caption": "El delito se completa cuando se reúnen los tres elementos.",
            "description": "<p>La primera figura es la conducta; la segunda, el medio; la tercera, "
            "la finalidad.</p>",
        }
