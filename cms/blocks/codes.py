"""What is the same in every language: identifiers, names, dates of sources."""

from wagtail.blocks import CharBlock


class CodeBlock(CharBlock):
    """A line that translators never see."""

    def get_translatable_segments(self, value):
        """Offer nothing to translators."""
        return []

    def restore_translated_segments(self, value, segments):
        """Keep the source's value."""
        return value
