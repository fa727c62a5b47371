"""What learners write beside an activity."""

from django import forms
from django.utils.translation import gettext_lazy as _

from training.study.models import NoticeChoice
from training.study.rules import LONGEST_NOTE, tidy_note


class NoteForm(forms.Form):
    """A note, the revision that it was written on, and what the button asks for."""

    words = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=LONGEST_NOTE,
        strip=False,
        error_messages={
            "max_length": _(
                "The note is too long: it may have %(limit_value)d characters. It has not been "
                "saved; shorten it, or put a part of it beside another section."
            )
        },
    )
    place = forms.CharField(required=False, max_length=64)
    revision = forms.IntegerField(min_value=0)
    deed = forms.ChoiceField(
        choices=[(deed, deed) for deed in ("save", "bookmark", "remove-bookmark")]
    )

    def clean_words(self) -> str:
        """Return the note without what does not show."""
        return tidy_note(self.cleaned_data["words"])


class NoticeForm(forms.Form):
    """Read now, or come back later."""

    choice = forms.ChoiceField(choices=NoticeChoice.Choice.choices)
