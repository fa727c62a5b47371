"""What registrars and coordinators write when they decide."""

from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateInput

from training.accounts.models import User
from training.catalogue.models import Activity
from training.enrollments.changes import Terms, editions_to_change_to, quizzes_of
from training.enrollments.models import Change, ChangeRequest, Cohort, Edition, Enrollment

TIME_FOR_A_MAKE_UP = timedelta(days=14)


class IssueForm(forms.Form):
    """Why a certificate is issued by hand."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("For example the minutes that approve it. Kept in the audit, not printed."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RevokeForm(forms.Form):
    """Why a certificate is revoked: for everybody, and for the file."""

    reason_public = forms.CharField(
        label=_("Public reason"),
        max_length=500,
        help_text=_(
            "Shown to whoever verifies the certificate, and to its holder. Write nothing private."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    reason_internal = forms.CharField(
        label=_("Internal note"),
        max_length=2000,
        required=False,
        help_text=_("Kept in the audit only."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AnswerForm(forms.Form):
    """What an applicant is answered."""

    cohort = forms.ModelChoiceField(
        label=_("Cohort"),
        queryset=Cohort.objects.all(),
        required=False,
        empty_label=_("The first one with a place"),
        help_text=_("Only if you accept. When there is no place, the person waits for one."),
    )
    answer = forms.CharField(
        label=_("Answer"),
        max_length=2000,
        required=False,
        help_text=_("The applicant reads it. Required when you decline: say why."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cohorts = cast(forms.ModelChoiceField, self.fields["cohort"])
        cohorts.queryset = Cohort.objects.filter(edition=edition)


class QuizField(forms.ModelChoiceField):
    """A quiz of a course, by its title in the reader's language."""

    language = "es"

    def label_from_instance(self, obj: Activity) -> str:
        """Return how the quiz is called."""
        return obj.title(self.language)


class CohortField(forms.ModelChoiceField):
    """A cohort with the edition that it is of."""

    def label_from_instance(self, obj: Cohort) -> str:
        """Return how the cohort is told apart."""
        return f"{obj.edition.code}: {obj.name}"


class TermsForm(forms.Form):
    """What a change of an enrollment needs; each kind of change keeps its fields."""

    until = forms.DateField(label=_("Until when"), required=False, widget=AdminDateInput)
    activity = QuizField(label=_("Quiz"), queryset=Activity.objects.none(), required=False)
    edition = forms.ModelChoiceField(
        label=_("Edition to change to"), queryset=Edition.objects.none(), required=False
    )
    cohort = CohortField(
        label=_("Cohort of that edition"),
        queryset=Cohort.objects.none(),
        required=False,
        empty_label=_("The first one with a place"),
    )

    needs = {
        Change.EXTENSION: ("until",),
        Change.MAKE_UP: ("until", "activity"),
        Change.TRANSFER: ("edition", "cohort"),
        Change.WITHDRAWAL: (),
    }
    optional = ("cohort",)

    def __init__(
        self, *args: Any, enrollment: Enrollment, now: datetime, language: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate(now)
        quiz = cast(QuizField, self.fields["activity"])
        quiz.language = language
        quiz.queryset = Activity.objects.filter(
            pk__in=[activity.pk for activity in quizzes_of(enrollment)]
        ).order_by("order")
        others = editions_to_change_to(enrollment=enrollment, on=today)
        cast(forms.ModelChoiceField, self.fields["edition"]).queryset = others
        cohorts = cast(forms.ModelChoiceField, self.fields["cohort"])
        cohorts.queryset = Cohort.objects.filter(edition__in=others.order_by()).select_related(
            "edition"
        )

    @property
    def wanted(self) -> Change:
        """Return which change it is."""
        raise NotImplementedError

    @property
    def terms(self) -> Terms:
        """Return what the change needs, and nothing that belongs to another."""
        used = self.needs[self.wanted]
        return Terms(**{name: self.cleaned_data.get(name) for name in used})

    def require_terms(self, change: Change) -> None:
        """Point at each field that the change needs and that is empty."""
        for name in self.needs[change]:
            if name not in (*self.optional, *self.errors) and not self.cleaned_data.get(name):
                self.add_error(name, _("Fill this in for this change."))


class ChangeAnswerForm(TermsForm):
    """What a learner is answered, and what exactly is granted."""

    answer = forms.CharField(
        label=_("Answer"),
        max_length=2000,
        required=False,
        help_text=_("The learner reads it. Required when you decline: say why."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, asked: ChangeRequest, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, now=now, **kwargs)
        self.asked = asked
        for name in {"until", "activity", "edition", "cohort"} - set(self.needs[self.wanted]):
            del self.fields[name]
        last = max(asked.enrollment.last_day, timezone.localdate(now) + TIME_FOR_A_MAKE_UP)
        self.initial.update(
            until=asked.until or last, activity=asked.activity, edition=asked.edition
        )

    def clean(self) -> dict[str, Any]:
        """Require what is granted, unless the request is declined."""
        values: dict[str, Any] = super().clean() or {}
        if "accept" in self.data:
            self.require_terms(self.wanted)
        else:
            for name in self.needs[self.wanted]:
                self.errors.pop(name, None)
        return values

    @property
    def wanted(self) -> Change:
        """Return what was asked for."""
        return Change(self.asked.change)


class MakeChangeForm(TermsForm):
    """A change for one learner, and why."""

    change = forms.ChoiceField(
        label=_("What changes"), choices=Change.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        help_text=_("The learner reads it. Kept in the audit."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    field_order = ("change", "until", "activity", "edition", "cohort", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        helps = {
            "until": _("For more time, and for one more attempt."),
            "activity": _("For one more attempt."),
            "edition": _(
                "For a change to another edition. Finished work comes along where both editions "
                "study the same version of the course; it stays in the record in any case."
            ),
            "cohort": _("For a change to another edition, if it matters."),
        }
        for name, words in helps.items():
            self.fields[name].help_text = str(words)

    def clean(self) -> dict[str, Any]:
        """Require what the chosen change needs."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("change"):
            self.require_terms(Change(values["change"]))
        return values

    @property
    def wanted(self) -> Change:
        """Return which change was chosen."""
        return Change(self.cleaned_data["change"])


class ChooseAccountsForm(forms.Form):
    """Which two accounts, by their addresses."""

    first = forms.EmailField(label=_("E-mail of one account"))
    second = forms.EmailField(label=_("E-mail of the other account"))

    def clean_first(self) -> User:
        """Find the one."""
        return self._account("first")

    def clean_second(self) -> User:
        """Find the other."""
        second = self._account("second")
        if second == self.cleaned_data.get("first"):
            raise forms.ValidationError(_("These are not two accounts but one."))
        return second

    def _account(self, name: str) -> User:
        found = User.objects.filter(email=self.cleaned_data[name].lower()).first()
        if found is None:
            raise forms.ValidationError(_("No account has this address."))
        return found


class ProposeMergeForm(forms.Form):
    """Which account stays, and why they are one person's."""

    stays = forms.ChoiceField(label=_("Which account stays?"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Why they belong to one person"),
        max_length=2000,
        help_text=_("For example the document that you saw. The second person reads it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["stays"]).choices = [
            (str(person.uuid), f"{person.display_name}, {person.email}") for person in people
        ]


class DecideMergeForm(forms.Form):
    """What the second person says."""

    decision = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("merge", _("They are one person: merge")), ("refuse", _("Refuse"))],
        coerce=lambda value: value == "merge",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        help_text=_("Kept with the decision in the audit."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class UndoForm(forms.Form):
    """Why two accounts are not one person's after all."""

    reason = forms.CharField(
        label=_("Why it is undone"),
        max_length=2000,
        help_text=_("Kept with the change in the audit."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
