"""The blocks that a lesson is written with; the names are baked into the stored pages."""

from cms.blocks.base import LessonBlock
from cms.blocks.cases import CaseFacts
from cms.blocks.checks import SelfCheck
from cms.blocks.citations import Citation
from cms.blocks.codes import CodeBlock
from cms.blocks.lines import Maker
from cms.blocks.pictures import Picture
from cms.blocks.steps import Steps
from cms.blocks.tables import ComparisonTable
from cms.blocks.text import Heading, KeyIdea, Text

LESSON_BLOCKS: list[tuple[str, LessonBlock]] = [
    ("text", Text()),
    ("heading", Heading()),
    ("key_idea", KeyIdea()),
    ("case_facts", CaseFacts()),
    ("comparison_table", ComparisonTable()),
    ("steps", Steps()),
    ("self_check", SelfCheck()),
    ("image", Picture()),
]

__all__ = ["LESSON_BLOCKS", "Citation", "CodeBlock", "LessonBlock", "Maker"]
