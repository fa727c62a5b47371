"""Sound and moving pictures, always with all their words in the page."""

import mimetypes

from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock, RichTextBlock, StructBlockValidationError
from wagtail.documents.blocks import DocumentChooserBlock
from wagtailmedia.blocks import AudioChooserBlock, VideoChooserBlock

from cms.blocks.base import LessonBlock
from cms.blocks.notes import RICH_TEXT
from cms.blocks.webvtt import LARGEST, NotWebVTT, require_webvtt

TRANSCRIPT = _("Every word that is said, with who says it, and what else matters to understand it.")
_TYPES = {".m4a": "audio/mp4", ".mp3": "audio/mpeg", ".ogg": "audio/ogg"}


def _played(recording):
    """Return what a page needs to play a recording of the library."""
    if recording is None:
        return {"type": "", "files": {}}
    name = recording.file.name
    known = next((kind for suffix, kind in _TYPES.items() if name.endswith(suffix)), None)
    return {
        "type": known or mimetypes.guess_type(name)[0] or "",
        "files": {"recording": name},
    }


class Audio(LessonBlock):
    """A recording to listen to."""

    title = CharBlock(label=_("Title"), max_length=160)
    recording = AudioChooserBlock(label=_("Audio file"))
    transcript = RichTextBlock(label=_("Transcript"), features=RICH_TEXT, help_text=TRANSCRIPT)

    def frozen(self, value, notes):
        return {
            "title": value["title"],
            "transcript": notes.rich(value["transcript"].source),
            **_played(value["recording"]),
        }

    class Meta:
        icon = "wagtailmedia-audio"
        label = _("Audio")
        description = _("A recording with its transcript. It plays only when the reader asks.")
        template = "cms/blocks/audio.html"
        preview_value = {
            "title": "La llamada (grabación inventada)",
            "recording": None,
            "transcript": "<p><b>Operadora.</b> ¿Está usted en un lugar seguro?</p>",
        }


class Video(LessonBlock):
    """A film, with captions for those who do not hear it."""

    title = CharBlock(label=_("Title"), max_length=160)
    recording = VideoChooserBlock(label=_("Video file"))
    captions = DocumentChooserBlock(
        label=_("Captions"),
        help_text=_(
            "A WebVTT file (.vtt) in the language of this lesson, uploaded among the documents. "
            "A translated lesson takes its own."
        ),
    )
    transcript = RichTextBlock(label=_("Transcript"), features=RICH_TEXT, help_text=TRANSCRIPT)

    def clean(self, value):
        value = super().clean(value)
        with value["captions"].open_file() as file:
            content = file.read(LARGEST + 1)
        try:
            if len(content) > LARGEST:
                raise NotWebVTT(0)
            require_webvtt(content)
        except NotWebVTT as reason:
            raise StructBlockValidationError(
                block_errors={"captions": ValidationError(_not_captions(reason.line))}
            ) from reason
        return value

    def frozen(self, value, notes):
        played = _played(value["recording"])
        if value["captions"]:
            played["files"] |= {"captions": value["captions"].file.name}
        return {
            "title": value["title"],
            "transcript": notes.rich(value["transcript"].source),
            "language": get_language(),
            **played,
        }

    class Meta:
        icon = "wagtailmedia-video"
        label = _("Video")
        description = _("A film with captions and transcript. It plays only when the reader asks.")
        template = "cms/blocks/video.html"
        preview_value = {
            "title": "La sala de entrevistas (película inventada)",
            "recording": None,
            "captions": None,
            "transcript": "<p><b>Fiscal.</b> Puede detenerse cuando quiera.</p>",
        }


def _not_captions(line):
    if line:
        return _(
            "The captions are not valid WebVTT: look at line %(line)d. The file begins with "
            "WEBVTT, and each caption has a line like 00:01.000 --> 00:04.000 and its text below."
        ) % {"line": line}
    return _(
        "The captions are not valid WebVTT: the file needs to be text in UTF-8 of at most 1 MB, "
        "with at least one caption. Choose a file that ends in .vtt."
    )
