"""What learners fill in on their own pages."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from training.catalogue.models import Activity
from training.enrollments.changes import Terms
from training.enrollments.models import Change
from training.portal.queries import Destination
from training.portal.rules import name_problem, tidy_name
from training.portal.wording import CHANGES, destination_in_words, name_problem_in_words


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


class ChangeForm(forms.Form):
    """What somebody asks to be changed about their course, and why."""

    change = forms.ChoiceField(label=_("What you ask for"), widget=forms.RadioSelect)
    until = forms.DateField(
        label=_("Until when you need"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    quiz = forms.ChoiceField(label=_("Which quiz"), required=False)
    edition = forms.ChoiceField(label=_("Which edition"), required=False)
    motive = forms.CharField(
        label=_("Why you ask"),
        max_length=3000,
        help_text=_("A few sentences. Name no victim and no case."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(
        self,
        *args: Any,
        last_day: date,
        quizzes: Sequence[Activity],
        destinations: Sequence[Destination],
        language: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.quizzes = {activity.key: activity for activity in quizzes}
        self.editions = {str(one.edition.uuid): one.edition for one in destinations}
        absent = {Change.MAKE_UP} if not quizzes else set()
        absent |= {Change.TRANSFER} if not destinations else set()
        self._choose(
            "change", [(kind.value, CHANGES[kind]) for kind in Change if kind not in absent]
        )
        self._choose(
            "quiz",
            [("", "–"), *((activity.key, activity.title(language)) for activity in quizzes)],
        )
        self._choose(
            "edition",
            [
                ("", _("The one that the coordination finds best")),
                *(
                    (
                        str(one.edition.uuid),
                        destination_in_words(
                            title=one.title, edition=one.edition, takes_along=one.takes_along
                        ),
                    )
                    for one in destinations
                ),
            ],
        )
        self.last_day = last_day
        if Change.MAKE_UP in absent:
            del self.fields["quiz"]
        if Change.TRANSFER in absent:
            del self.fields["edition"]

    def _choose(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        field = self.fields[name]
        if not isinstance(field, forms.ChoiceField):
            raise TypeError(name)
        field.choices = list(choices)

    def clean(self) -> dict[str, Any]:
        """Require what the chosen change needs."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("change") == Change.EXTENSION:
            if "until" not in self.errors and values.get("until") is None:
                self.add_error("until", _("Say until when you need more time."))
        elif "until" in self.errors:
            del self.errors["until"]
        if values.get("change") == Change.MAKE_UP and not values.get("quiz"):
            self.add_error("quiz", _("Choose the quiz."))
        return values

    @property
    def wanted(self) -> Change:
        """Return which change is asked for."""
        return Change(self.cleaned_data["change"])

    @property
    def terms(self) -> Terms:
        """Return what it needs."""
        return Terms(
            until=self.cleaned_data.get("until"),
            activity=self.quizzes.get(self.cleaned_data.get("quiz", "")),
            edition=self.editions.get(self.cleaned_data.get("edition", "")),
        )
