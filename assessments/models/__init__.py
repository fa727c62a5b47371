"""What is asked, what was frozen of it, and what learners answered."""

from assessments.models.attempt import Attempt, AttemptQuerySet
from assessments.models.bank import Bank
from assessments.models.item import Item
from assessments.models.item_version import ItemVersion
from assessments.models.quiz import Quiz
from assessments.models.quiz_version import QuizVersion, QuizVersionItem
from assessments.models.response import Response

__all__ = [
    "Attempt",
    "AttemptQuerySet",
    "Bank",
    "Item",
    "ItemVersion",
    "Quiz",
    "QuizVersion",
    "QuizVersionItem",
    "Response",
]
