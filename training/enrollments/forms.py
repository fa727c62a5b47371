"""How coordinators and registrars fill in editions, cohorts and lists."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import Promise, cached_property
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from wagtail.admin.widgets import AdminDateInput, AdminDateTimeInput

from training.accounts.models import User
from training.accounts.roles import Role
from training.catalogue.models import CourseVersion
from training.enrollments.editions import JUDGING, IssuerDraft, QuotaDraft, Trouble
from training.enrollments.models import MOST_PLACES, Cohort, Edition, Issuer
from training.enrollments.rules import Group, GroupKind, most_kept
from training.enrollments.sheets import MOST_BYTES, Fault
from training.institutions.models import District, Institution

BLANK_ROWS = 2
LONGEST_LIST = 200

TROUBLES: Mapping[Trouble, Promise] = {
    Trouble.UNKNOWN: gettext_lazy(
        "nobody has an account with this address; invite the person first"
    ),
    Trouble.TWICE: gettext_lazy("it stands in the list twice"),
    Trouble.INACTIVE: gettext_lazy("the account is not active"),
    Trouble.IN_THIS_COHORT: gettext_lazy("is in this cohort already"),
    Trouble.IN_ANOTHER_COHORT: gettext_lazy("is in another cohort of this edition"),
    Trouble.WAITING: gettext_lazy("is on the waiting list already"),
}


class VersionField(forms.ModelChoiceField):
    """A course version, told apart by course, number and title."""

    def label_from_instance(self, obj: CourseVersion) -> str:
        """Return how a version is called in the list."""
        return f"{obj} · {obj.title(get_language() or 'es')}"


class IssuerForm(forms.Form):
    """One institution and its part."""

    institution = forms.ModelChoiceField(
        label=gettext_lazy("Institution"), queryset=Institution.objects.all(), required=False
    )
    part = forms.ChoiceField(
        label=gettext_lazy("Part"), choices=Issuer.Part.choices, required=False
    )


class IssuerFormSet(forms.BaseFormSet):
    """The institutions on the certificate, in the order of their logos."""

    def __init__(self, *, edition: Edition, **kwargs: Any) -> None:
        given = edition.issuer_set.all() if edition.pk else []
        initial = [{"institution": row.institution_id, "part": row.part} for row in given]
        super().__init__(**kwargs | {"prefix": "issuers", "initial": initial})

    def clean(self) -> None:
        """Require one issuer, and each institution once."""
        if any(self.errors):
            return
        rows = self.drafts
        if not any(row.part == Issuer.Part.ISSUER for row in rows):
            raise ValidationError(_("Name at least one institution that issues the certificate."))
        if len({row.institution for row in rows}) != len(rows):
            raise ValidationError(_("Name each institution once."))

    @property
    def drafts(self) -> list[IssuerDraft]:
        """Return the rows that name an institution."""
        return [
            IssuerDraft(institution=row["institution"], part=row["part"] or Issuer.Part.ISSUER)
            for row in (form.cleaned_data for form in self.forms)
            if row.get("institution")
        ]


class SignatoryForm(forms.Form):
    """Somebody who signs, with the post in each language."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, language in settings.LANGUAGES:
            self.fields[f"post_{code}"] = forms.CharField(
                label=_("Post (%(language)s)") % {"language": language},
                max_length=160,
                required=False,
            )
        for code, language in settings.LANGUAGES:
            self.fields[f"institution_{code}"] = forms.CharField(
                label=_("Institution (%(language)s)") % {"language": language},
                max_length=160,
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        """Require a post in the first language for whoever signs, and nothing without a name."""
        values: dict[str, Any] = super().clean() or {}
        first = f"post_{settings.LANGUAGE_CODE}"
        if values.get("name") and not values.get(first):
            self.add_error(first, _("Say in which capacity the person signs."))
        if not values.get("name") and any(values.values()):
            self.add_error("name", _("Say who signs."))
        return values


class SignatoryFormSet(forms.BaseFormSet):
    """Those who sign the certificates, from left to right."""

    def __init__(self, *, edition: Edition, **kwargs: Any) -> None:
        initial = [
            {"name": person["name"]}
            | _by_language("post", person.get("post", {}))
            | _by_language("institution", person.get("institution", {}))
            for person in edition.signatories
        ]
        super().__init__(**kwargs | {"prefix": "signatories", "initial": initial})

    @property
    def people(self) -> list[dict[str, Any]]:
        """Return the signatories as an edition keeps them."""
        return [
            {
                "name": row["name"],
                "post": _texts(row, "post"),
                "institution": _texts(row, "institution"),
            }
            for row in (form.cleaned_data for form in self.forms)
            if row.get("name")
        ]


IssuerRows = forms.formset_factory(IssuerForm, formset=IssuerFormSet, extra=BLANK_ROWS, max_num=8)
SignatoryRows = forms.formset_factory(
    SignatoryForm, formset=SignatoryFormSet, extra=BLANK_ROWS, max_num=6
)


class EditionForm(forms.ModelForm):
    """An edition with its names by language, issuers and signatories on one form."""

    reason = forms.CharField(
        label=gettext_lazy("Reason for the change"),
        required=False,
        help_text=gettext_lazy(
            "Required when the scale or the mark needed to pass changes while learners are "
            "enrolled. Kept in the audit."
        ),
    )

    class Meta:
        model = Edition
        fields = [
            "code",
            "course_version",
            "mode",
            "entry",
            "asks_for_superior",
            "enrollment_opens_at",
            "enrollment_closes_at",
            "starts_on",
            "ends_on",
            "scale_maximum",
            "cut_score",
            "hours_asynchronous",
            "hours_synchronous",
            "hours_assessed",
            "academic_hour_minutes",
            "issuing",
            "series",
            "place",
        ]
        field_classes = {"course_version": VersionField}
        labels = {"course_version": gettext_lazy("Course version")}
        widgets = {
            "enrollment_opens_at": AdminDateTimeInput,
            "enrollment_closes_at": AdminDateTimeInput,
            "starts_on": AdminDateInput,
            "ends_on": AdminDateInput,
        }
        help_texts = {
            "code": gettext_lazy("Short and unique, for example TIP-PE-01-2026-2."),
            "course_version": gettext_lazy(
                "What the learners study. It cannot change once somebody is enrolled."
            ),
            "entry": gettext_lazy(
                "Between the two dates any learner may enroll, or may apply and wait for your "
                "answer. By nomination only, you enroll them from a cohort's list."
            ),
            "series": gettext_lazy(
                "The letters before the year in the registry number, for example TIP."
            ),
            "issuing": gettext_lazy(
                "After approval, each completed course waits in “Awaiting a decision” until a "
                "registrar issues its certificate."
            ),
        }

    sections: tuple[tuple[Promise, tuple[str, ...]], ...] = (
        (gettext_lazy("What and when"), (
            "code", "course_version", "names", "mode", "starts_on", "ends_on",
        )),
        (gettext_lazy("Enrollment"), (
            "entry", "asks_for_superior", "enrollment_opens_at", "enrollment_closes_at",
        )),
        (gettext_lazy("Marks and hours"), (
            "scale_maximum", "cut_score", "hours_asynchronous", "hours_synchronous",
            "hours_assessed", "academic_hour_minutes",
        )),
        (gettext_lazy("Certificates"), ("issuing", "series", "place", "legal_basis")),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        edition = self.instance
        self.has_learners = edition.pk is not None and edition.enrollments.exists()
        versions = CourseVersion.objects.select_related("course").order_by(
            "course__code", "-number"
        )
        _choice(self, "course_version").queryset = versions
        self.fields["course_version"].disabled = self.has_learners
        for code, language in settings.LANGUAGES:
            words = {"language": language}
            self._add_text(f"names_{code}", _("Name (%(language)s)") % words, edition.titles, code)
            self._add_text(
                f"legal_basis_{code}", _("Legal basis (%(language)s)") % words,
                edition.legal_basis, code,
            )  # fmt: skip
        if not self.has_learners:
            del self.fields["reason"]
        rows = {"data": self.data or None, "edition": edition}
        self.issuers = cast(IssuerFormSet, IssuerRows(**rows))
        self.signatories = cast(SignatoryFormSet, SignatoryRows(**rows))

    def _add_text(self, name: str, label: str, texts: Mapping[str, str], code: str) -> None:
        self.fields[name] = forms.CharField(
            label=label, required=False, max_length=300, initial=texts.get(code, "")
        )

    @cached_property
    def panels(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields under their headings."""
        grouped = []
        for heading, names in self.sections:
            fields = [self[name] for stem in names for name in self._named(stem)]
            grouped.append((str(heading), fields))
        return grouped

    def _named(self, stem: str) -> list[str]:
        if stem in self.fields:
            return [stem]
        return [f"{stem}_{code}" for code, _language in settings.LANGUAGES]

    def is_valid(self) -> bool:
        """Check the edition, its issuers and its signatories, so that all errors show at once."""
        parts = [super().is_valid(), self.issuers.is_valid(), self.signatories.is_valid()]
        return all(parts)

    def clean(self) -> dict[str, Any]:
        """Explain dates in the wrong order, a cut score off the scale, a silent change of rules."""
        values: dict[str, Any] = super().clean() or {}
        self._require_order("starts_on", "ends_on", _("The edition ends before it starts."))
        self._require_order(
            "enrollment_opens_at",
            "enrollment_closes_at",
            _("Enrollment closes before it opens."),
        )
        if values.get("enrollment_opens_at") and values["enrollment_opens_at"] == values.get(
            "enrollment_closes_at"
        ):
            self.add_error("enrollment_closes_at", _("Enrollment closes when it opens."))
        maximum, cut = values.get("scale_maximum"), values.get("cut_score")
        if maximum is not None and cut is not None and not 0 <= cut <= maximum:
            self.add_error(
                "cut_score",
                _("The mark needed to pass lies between 0 and %(maximum)s.") % {"maximum": maximum},
            )
        hours = ("hours_asynchronous", "hours_synchronous", "hours_assessed")
        given = [values[name] for name in hours if values.get(name) is not None]
        if len(given) == len(hours) and sum(given) <= 0:
            self.add_error(
                hours[0], _("A certificate names the hours of the course: say how many.")
            )
        if self.has_learners and JUDGING & set(self.changed_data) and not values.get("reason"):
            self.add_error(
                "reason",
                _("Learners are enrolled: say why the rules by which they are judged change."),
            )
        return values

    def _require_order(self, first: str, second: str, complaint: str) -> None:
        start, end = self.cleaned_data.get(first), self.cleaned_data.get(second)
        if start and end and end < start:
            self.add_error(second, complaint)

    def edition(self) -> Edition:
        """Return the edition as filled in, not stored."""
        edition: Edition = self.instance
        edition.titles = _texts(self.cleaned_data, "names")
        edition.legal_basis = _texts(self.cleaned_data, "legal_basis")
        edition.signatories = self.signatories.people
        return edition


class QuotaForm(forms.Form):
    """Places kept for an institution or for a judicial district."""

    institution = forms.ModelChoiceField(
        label=gettext_lazy("Institution"),
        queryset=Institution.objects.employers(),
        required=False,
    )
    district = forms.ModelChoiceField(
        label=gettext_lazy("Judicial district"),
        queryset=District.objects.filter(kind=District.Kind.JUDICIAL),
        required=False,
    )
    places = forms.IntegerField(
        label=gettext_lazy("Places kept"), min_value=1, max_value=MOST_PLACES, required=False
    )

    def clean(self) -> dict[str, Any]:
        """Require one group, and a number for it."""
        values: dict[str, Any] = super().clean() or {}
        institution, district = values.get("institution"), values.get("district")
        if institution and district:
            self.add_error("district", _("Choose an institution or a district, not both."))
        if (institution or district) and not values.get("places") and "places" not in self.errors:
            self.add_error("places", _("Say how many places are kept."))
        if values.get("places") and not (institution or district):
            self.add_error("institution", _("Say for whom the places are kept."))
        return values


class QuotaFormSet(forms.BaseFormSet):
    """For whom a cohort keeps places."""

    def __init__(self, *, cohort: Cohort, **kwargs: Any) -> None:
        given = cohort.quotas.all() if cohort.pk else []
        initial = [
            {"institution": row.institution_id, "district": row.district_id, "places": row.places}
            for row in given
        ]
        super().__init__(**kwargs | {"prefix": "quotas", "initial": initial})

    def clean(self) -> None:
        """Require each group once."""
        if not any(self.errors) and len(self.quotas) != len(self.drafts):
            raise ValidationError(_("Name each institution and each district once."))

    @property
    def drafts(self) -> list[QuotaDraft]:
        """Return the rows that keep places."""
        return [
            QuotaDraft(
                institution=row.get("institution"),
                district=row.get("district"),
                places=row["places"],
            )
            for row in (form.cleaned_data for form in self.forms)
            if row.get("places")
        ]

    @property
    def quotas(self) -> dict[Group, int]:
        """Return how many places are kept for whom."""
        return {
            Group(GroupKind.INSTITUTION, draft.institution.pk)
            if draft.institution
            else Group(GroupKind.DISTRICT, draft.district.pk if draft.district else 0): draft.places
            for draft in self.drafts
        }


QuotaRows = forms.formset_factory(QuotaForm, formset=QuotaFormSet, extra=BLANK_ROWS, max_num=60)


class CohortForm(forms.ModelForm):
    """A cohort, who coordinates it, and for whom it keeps places."""

    class Meta:
        model = Cohort
        fields = ["edition", "code", "name", "capacity", "coordinators"]
        widgets = {"coordinators": forms.CheckboxSelectMultiple}
        labels = {
            "edition": gettext_lazy("Edition"),
            "coordinators": gettext_lazy("Coordinators"),
        }
        help_texts = {
            "capacity": gettext_lazy(
                "Between 8 and 150. When all are taken, people wait; whoever is next gets the "
                "place that falls free and is told by e-mail."
            ),
            "coordinators": gettext_lazy(
                "Coordinators and trainers who guide this cohort. They see its marks; other "
                "coordinators see only who is enrolled and how far."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choice(self, "coordinators").queryset = User.objects.filter(
            groups__name__in=(Role.COORDINATOR, Role.TRAINER), is_active=True
        ).distinct()
        if self.instance.pk and self.instance.enrollments.exists():
            self.fields["edition"].disabled = True
            self.fields["edition"].help_text = _("It cannot change: learners are enrolled.")
        rows = {"data": self.data or None, "cohort": self.instance}
        self.quotas = cast(QuotaFormSet, QuotaRows(**rows))

    def is_valid(self) -> bool:
        """Check the cohort and its quotas, so that all errors show at once."""
        parts = [self.quotas.is_valid(), super().is_valid()]
        return all(parts)

    def clean_capacity(self) -> int:
        """Refuse fewer places than are taken or kept."""
        capacity: int = self.cleaned_data["capacity"]
        cohort = self.instance
        taken = cohort.enrollments.holding_a_place().count() if cohort.pk else 0
        if capacity < taken:
            raise ValidationError(_("%(taken)d places are taken.") % {"taken": taken})
        if self.quotas.is_valid() and capacity < most_kept(self.quotas.quotas):
            kept = most_kept(self.quotas.quotas)
            raise ValidationError(_("The quotas keep %(kept)d places.") % {"kept": kept})
        return capacity


class ListForm(forms.Form):
    """Whom to enroll by hand."""

    addresses = forms.CharField(
        label=gettext_lazy("E-mail addresses, one a line"),
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy(
            "Everybody on the list is enrolled, or nobody: lines with a mistake are named, mend "
            "them and send the list again. People without an account are invited first. When the "
            "cohort is full, the last ones wait for a place."
        ),
    )

    def clean_addresses(self) -> list[str]:
        """Return the lines."""
        lines: list[str] = self.cleaned_data["addresses"].splitlines()
        if len(lines) > LONGEST_LIST:
            raise ValidationError(_("%(most)d lines at once at most.") % {"most": LONGEST_LIST})
        return lines


FAULTS: Mapping[Fault, Promise] = {
    Fault.EMPTY: gettext_lazy(
        "The file names nobody. Put the column names into the first row and a person into each "
        "row below it."
    ),
    Fault.TOO_BIG: gettext_lazy(
        "The file is too big for a list of people. Copy the columns with addresses and names into "
        "our template and send that."
    ),
    Fault.TOO_MANY_ROWS: gettext_lazy(
        "The list has more than 10,000 rows. Divide it and send one part after the other."
    ),
    Fault.WRONG_TYPE: gettext_lazy(
        "This is neither a CSV nor an XLSX file, whatever its name says. Open it in your "
        "spreadsheet program and save it as one of them."
    ),
    Fault.BROKEN: gettext_lazy(
        "The file is damaged and cannot be read. Save it again, or copy the list into our template."
    ),
    Fault.NO_EMAIL_COLUMN: gettext_lazy(
        "No column is called “E-mail” or “Correo”. Name the column with the addresses so, "
        "in the first row."
    ),
    Fault.COLUMN_TWICE: gettext_lazy(
        "Two columns have the addresses, or two the names. Leave one of each."
    ),
}


class NominationForm(forms.Form):
    """Who nominates, under which document, and the list itself."""

    nominated_by = forms.CharField(
        label=gettext_lazy("Who nominates"),
        max_length=200,
        help_text=gettext_lazy("For example the Commission of Gender Justice of the Judiciary."),
    )
    document_kind = forms.CharField(
        label=gettext_lazy("Kind of document"),
        max_length=80,
        help_text=gettext_lazy("For example an official letter or an administrative resolution."),
    )
    document_number = forms.CharField(label=gettext_lazy("Number of the document"), max_length=80)
    document_date = forms.DateField(
        label=gettext_lazy("Date of the document"), widget=AdminDateInput
    )
    file = forms.FileField(
        label=gettext_lazy("List"),
        help_text=gettext_lazy(
            "CSV or XLSX, with a column of e-mail addresses and, if you have them, one of names. "
            "Nobody is enrolled yet: first you see row by row what would happen."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )

    def clean_file(self) -> Any:
        """Refuse a file that is too big before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(str(FAULTS[Fault.TOO_BIG]))
        return file


def _choice(form: forms.BaseForm, name: str) -> forms.ModelChoiceField:
    return cast(forms.ModelChoiceField, form.fields[name])


def _texts(values: Mapping[str, str], stem: str) -> dict[str, str]:
    """Return the filled-in texts of a field that is asked in each language."""
    asked = {code: values.get(f"{stem}_{code}", "") for code, _language in settings.LANGUAGES}
    return {code: text for code, text in asked.items() if text}


def _by_language(stem: str, texts: Mapping[str, str]) -> dict[str, str]:
    return {f"{stem}_{code}": text for code, text in texts.items()}
