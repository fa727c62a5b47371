"""Legal citations of a lesson: what stands in the margin."""

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock, DateBlock, StructBlock, TextBlock

from cms.blocks.codes import CodeBlock


class Citation(StructBlock):
    """A provision or decision, told in our own words (R-13, R-24)."""

    key = CodeBlock(
        label=_("Identifier"),
        max_length=60,
        validators=[RegexValidator(r"^[\w-]+$", _("Letters, digits and hyphens only."))],
        help_text=_("What the text refers to with [[…]], e.g. cp-129-a-1."),
    )
    label = CharBlock(label=_("Name"), max_length=200)
    provision = CodeBlock(label=_("Provision"), max_length=120, help_text=_("E.g. CP 129-A.1"))
    summary = TextBlock(label=_("In our own words"), rows=3)
    source = CodeBlock(label=_("Source"), max_length=300)
    seen = DateBlock(label=_("Seen on"))

    class Meta:
        icon = "openquote"
        label = _("Citation")
        label_format = "{key} · {label}"
