"""What a learner's page sends."""

from django import forms


class AnswerForm(forms.Form):
    """An answer, the revision that it was given on, and where to go next."""

    revision = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    is_flagged = forms.BooleanField(required=False)
    go = forms.CharField(required=False, max_length=20)

    @property
    def given(self) -> list[str]:
        """Return what was marked or typed, as it was sent."""
        return self.data.getlist("answer")
