"""What a learner's page sends, and what trainers write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.forms.models import construct_instance
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.blocks import StreamBlockValidationError

from assessments.rules import item_problems
from assessments.snapshots import shape_of

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

ITEM_PROBLEMS = {
    "no-stem": ("stem", _("Write the question.")),
    "no-number": ("number", _("Give the right number.")),
    "options-beside-a-number": (
        "options",
        _("A question that asks for a number has no options: remove them, or change the kind."),
    ),
    "number-beside-options": (
        "number",
        _("Only a question that asks for a number has one: empty it, or change the kind."),
    ),
    "too-few-options": ("options", _("Give at least two options.")),
    "same-option-twice": ("options", _("Two options say the same.")),
    "more-than-true-and-false": (
        "options",
        _("True or false has exactly two options: one that says true, one that says false."),
    ),
    "no-right-option": ("options", _("Mark at least one option as right.")),
    "no-wrong-option": (
        "options",
        _("All options are right: give at least one wrong one, or learners would mark them all."),
    ),
    "not-one-right-option": (
        "options",
        _("Mark exactly one option as right. If several are, choose the kind “multiple choice”."),
    ),
}


class AnswerForm(forms.Form):
    """An answer, the revision that it was given on, and where to go next."""

    revision = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    is_flagged = forms.BooleanField(required=False)
    go = forms.CharField(required=False, max_length=20)

    @property
    def given(self) -> list[str]:
        """Return what was marked or typed, as it was sent."""
        return cast(QueryDict, self.data).getlist("answer")


def stream_error(messages: Sequence[StrPromise | str]) -> StreamBlockValidationError:
    """Return one error about a stream as a whole: its widget shows no second one."""
    return StreamBlockValidationError(non_block_errors=list(messages))


class ItemForm(WagtailAdminModelForm):
    """An item as its author sends it to review: what cannot be asked is explained, field by field.

    A draft may be unfinished; it is judged when it goes to review.
    """

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.is_deferred_validation and not self.errors:
            messages: dict[str, list[StrPromise]] = {}
            for problem in item_problems(shape_of(construct_instance(self, self.instance))):
                field, message = ITEM_PROBLEMS[problem]
                messages.setdefault(field, []).append(message)
            for field, told in messages.items():
                self.add_error(field, stream_error(told) if field == "options" else told)
        return cleaned


class QuizForm(WagtailAdminModelForm):
    """A quiz as its author sends it to review."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.is_deferred_validation or self.errors:
            return cleaned
        items = [block.value for block in cleaned.get("items") or [] if block.value is not None]
        keys = [item.translation_key for item in items]
        if not items:
            self.add_error("items", stream_error([_("A quiz needs at least one question.")]))
        elif len(set(keys)) < len(keys):
            twice = sorted({item.code for item in items if keys.count(item.translation_key) > 1})
            message = _("The same question stands twice: %(codes)s.") % {"codes": ", ".join(twice)}
            self.add_error("items", stream_error([message]))
        return cleaned
