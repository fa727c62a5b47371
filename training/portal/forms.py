"""What learners fill in on their own pages."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from training.portal.rules import name_problem, tidy_name
from training.portal.wording import name_problem_in_words


class NameForm(forms.Form):
    """The name as it will be printed on a certificate."""

    name = forms.CharField(
        label=_("Name on the certificate"),
        max_length=200,
        help_text=_(
            "Given names and surnames as on your identity document, with accents and capital "
            "letters where they belong."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "name", "data-name-source": True}),
    )

    def clean_name(self) -> str:
        """Return the name as it can be printed."""
        name = tidy_name(self.cleaned_data["name"])
        problem = name_problem(name)
        if problem is not None:
            raise ValidationError(name_problem_in_words(problem), code=problem.value)
        return name


class ApplicationForm(NameForm):
    """Why somebody wants to take part, and who supports it."""

    motive = forms.CharField(
        label=_("Why you want to take part"),
        max_length=3000,
        help_text=_(
            "A few sentences: your present work, and what you will use the course for. Name no "
            "victim and no case."
        ),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    superior = forms.CharField(
        label=_("Superior who supports your application"),
        max_length=200,
        help_text=_("Name and post."),
    )

    def __init__(self, *args: Any, asks_for_superior: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_for_superior:
            del self.fields["superior"]
