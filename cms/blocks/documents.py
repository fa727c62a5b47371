"""Documents that learners take along: a ruling, a form, a guide."""

from pathlib import PurePosixPath

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock, ChoiceBlock
from wagtail.documents.blocks import DocumentChooserBlock

from cms.blocks.base import LessonBlock

OTHER_LANGUAGES = [("qu", _("Quechua")), ("ay", _("Aymara")), ("pt", _("Portuguese"))]


def languages():
    """Return the languages in which a document may be written."""
    return [*settings.LANGUAGES, *OTHER_LANGUAGES]


class Document(LessonBlock):
    """A document of the library; the lesson keeps its own copy."""

    document = DocumentChooserBlock(label=_("Document"))
    title = CharBlock(label=_("Title"), max_length=200)
    kind = CharBlock(
        label=_("Kind"), max_length=80, help_text=_("E.g. plenary agreement, form, checklist.")
    )
    language = ChoiceBlock(
        label=_("Language of the document"), choices=languages, default=settings.LANGUAGE_CODE
    )

    def frozen(self, value, notes):
        document = value["document"]
        name = document.file.name if document else ""
        return {
            "title": value["title"],
            "kind": value["kind"],
            "language": str(dict(languages()).get(value["language"], "")),
            "format": PurePosixPath(name).suffix.lstrip(".").upper(),
            "size": document.get_file_size() or 0 if document else 0,
            "files": {"document": name} if name else {},
        }

    class Meta:
        icon = "doc-full-inverse"
        label = _("Document")
        description = _("A file to download, with its kind, size and language.")
        template = "cms/blocks/document.html"
        preview_value = {
            "document": None,
            "title": "Guía para la primera entrevista (documento inventado)",
            "kind": "Guía",
            "language": "es",
        }
