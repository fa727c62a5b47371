"""Pictures, always with words for those who do not see them."""

from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock
from wagtail.images.blocks import ImageChooserBlock

from cms.blocks.base import LessonBlock
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
