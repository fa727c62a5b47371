"""Short lists on course pages."""

from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock, StructBlock

from cms.blocks.codes import CodeBlock


class Maker(StructBlock):
    """Somebody who made the course, and their part in it."""

    name = CodeBlock(label=_("Name"), max_length=200)
    part = CharBlock(label=_("Part in the course"), max_length=200)

    class Meta:
        icon = "user"
        label = _("Maker")
        label_format = "{name}"
