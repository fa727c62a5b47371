"""What every block of a lesson can do: be frozen, and show itself from what was frozen."""

from collections.abc import Mapping, Sequence
from typing import Any

from wagtail.blocks import StructBlock

from cms.blocks.notes import Notes

Frozen = dict[str, Any]


class LessonBlock(StructBlock):
    """A block that can be frozen into plain data, from which its template shows it.

    The template reads `block`, the frozen value; so a lesson looks the same in the editor's
    preview, in the panel of blocks, and to a learner of a version published years ago.
    """

    def frozen(self, value: Mapping[str, Any], notes: Notes) -> Frozen:
        """Return all that the template needs, as JSON; its texts are clean HTML."""
        raise NotImplementedError

    def passages(self, value: Mapping[str, Any], notes: Notes) -> Sequence[Frozen]:
        """Return the parts of the block beside which notes may stand; most have one."""
        return [self.frozen(value, notes)]

    def get_context(self, value, parent_context=None):
        frozen = self.frozen(value, Notes())
        return super().get_context(value, parent_context) | {"block": frozen, "level": 3}

    class Meta:
        preview_template = "cms/blocks/preview.html"
