"""The blocks that a lesson is written with; the names are baked into the stored pages."""

from django.utils.translation import gettext_lazy as _

from cms.blocks.base import LessonBlock
from cms.blocks.cases import CaseFacts
from cms.blocks.checks import SelfCheck
from cms.blocks.citations import Citation
from cms.blocks.codes import CodeBlock
from cms.blocks.dialogues import Dialogue
from cms.blocks.documents import Document
from cms.blocks.layouts import Accordion, Columns
from cms.blocks.lines import Maker
from cms.blocks.pictures import DescribedPicture, Picture
from cms.blocks.quotations import Quotation
from cms.blocks.recordings import Audio, Video
from cms.blocks.steps import Steps
from cms.blocks.tables import ComparisonTable
from cms.blocks.text import Heading, KeyIdea, Text
from cms.blocks.timelines import Timeline

TEXT, LAW, PRACTICE, PICTURES = (
    _("Text"),
    _("Law"),
    _("Cases and practice"),
    _("Pictures and files"),
)

LESSON_BLOCKS: list[tuple[str, LessonBlock]] = [
    ("text", Text(group=TEXT)),
    ("heading", Heading(group=TEXT)),
    ("key_idea", KeyIdea(group=TEXT)),
    ("columns", Columns(group=TEXT)),
    ("accordion", Accordion(group=TEXT)),
    ("quotation", Quotation(group=LAW)),
    ("timeline", Timeline(group=LAW)),
    ("comparison_table", ComparisonTable(group=LAW)),
    ("case_facts", CaseFacts(group=PRACTICE)),
    ("dialogue", Dialogue(group=PRACTICE)),
    ("steps", Steps(group=PRACTICE)),
    ("self_check", SelfCheck(group=PRACTICE)),
    ("image", Picture(group=PICTURES)),
    ("described_image", DescribedPicture(group=PICTURES)),
    ("audio", Audio(group=PICTURES)),
    ("video", Video(group=PICTURES)),
    ("document", Document(group=PICTURES)),
]

__all__ = ["LESSON_BLOCKS", "Citation", "CodeBlock", "LessonBlock", "Maker"]
