"""What trainers write, what was frozen of it, and who approved it."""

from cms.models.approval import Approval
from cms.models.course import CoursePage
from cms.models.glossary_term import GlossaryTerm
from cms.models.home import HomePage
from cms.models.last_place import LastPlace
from cms.models.lesson import LessonPage
from cms.models.lesson_version import LessonVersion
from cms.models.library import StandardPage
from cms.models.module import ModulePage
from cms.models.quiz_page import QuizPage
from cms.models.review import SecondPersonReview
from cms.models.topic import Topic

__all__ = [
    "Approval",
    "CoursePage",
    "GlossaryTerm",
    "HomePage",
    "LastPlace",
    "LessonPage",
    "LessonVersion",
    "ModulePage",
    "QuizPage",
    "SecondPersonReview",
    "StandardPage",
    "Topic",
]
