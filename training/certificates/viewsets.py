"""Certificates in the Wagtail admin: found and read, never added, edited or deleted there."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, StatusTagColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button, ButtonWithDropdown, HeaderButton
from wagtail.permission_policies import ModelPermissionPolicy

from training.accounts.models import User
from training.audit.spreadsheets import ExportedListMixin
from training.certificates.choices import choices
from training.certificates.documents import open_pdf
from training.certificates.models import Certificate
from training.enrollments.models import Cohort
from training.kernel.texts import in_language


class ReadingPolicy(ModelPermissionPolicy):
    """Whoever may see certificates sees them; other deeds have their own doors at the desk."""

    def user_has_permission(self, user: User, action: str) -> bool:
        """Say whether a person may do this to certificates here."""
        return action == "view" and super().user_has_permission(user, action)


class CertificateFilterSet(WagtailFilterSet):
    """Find certificates by what they are, whose they are and when they were issued.

    Institution and district are those that the paper names.
    """

    year = django_filters.ChoiceFilter(label=gettext_lazy("Year"))
    course_code = django_filters.ChoiceFilter(label=gettext_lazy("Course"))
    edition_code = django_filters.ChoiceFilter(label=gettext_lazy("Edition"))
    cohort = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Cohort"),
        queryset=Cohort.objects.order_by("code"),
        field_name="enrollment__cohort",
    )
    institution = django_filters.ChoiceFilter(
        label=gettext_lazy("Institution"), field_name="institution_names__es"
    )
    district_name = django_filters.ChoiceFilter(label=gettext_lazy("District"))
    issued_on = django_filters.DateFromToRangeFilter(
        label=gettext_lazy("Issued"), widget=DateRangePickerWidget
    )

    class Meta:
        model = Certificate
        fields = ["state", "kind"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = choices()
        for one in self.filters.values():
            if one.field_name in found:
                one.extra["choices"] = found[one.field_name]


class CertificateIndexView(ExportedListMixin, generic.IndexView):
    """The registry, the newest entry first."""

    right = "certificates.view_certificate"
    more_columns = (
        Column("edition_code", label=gettext_lazy("Edition")),
        Column("post", label=gettext_lazy("Post"), accessor=lambda c: _named(c.post_titles)),
        Column(
            "institution",
            label=gettext_lazy("Institution"),
            accessor=lambda c: _named(c.institution_names),
        ),
        Column("district_name", label=gettext_lazy("District")),
        Column("hours", label=gettext_lazy("Academic hours")),
        Column("mark", label=gettext_lazy("Mark")),
        Column("scale_maximum", label=gettext_lazy("Highest mark")),
        Column("revoked_at", label=gettext_lazy("Revoked")),
    )

    @cached_property
    def columns(self) -> list[Column]:
        """Show what identifies a certificate and where it stands."""
        number = self._get_title_column_class(TitleColumn)
        return [
            number(
                "number",
                label=gettext_lazy("Registry number"),
                sort_key="number",
                get_url=lambda certificate: reverse("certificate:inspect", args=[certificate.pk]),
            ),
            Column("recipient_name", label=gettext_lazy("Name"), sort_key="recipient_name"),
            Column("document", label=gettext_lazy("Document"), accessor=_document),
            Column("course", label=gettext_lazy("Course"), accessor=_course),
            DateColumn("issued_at", label=gettext_lazy("Issued"), sort_key="issued_at"),
            StatusTagColumn(
                "state",
                label=gettext_lazy("State"),
                sort_key="state",
                accessor=lambda certificate: certificate.get_state_display(),
                primary=lambda certificate: not certificate.is_revoked,
            ),
        ]

    def get_list_buttons(self, instance: Certificate) -> list[Button]:
        """Offer the file, and to revoke what stands to whoever may."""
        return [
            ButtonWithDropdown(
                buttons=_deeds(instance, self.request.user, Button),
                icon_name="dots-horizontal",
                attrs={"aria-label": _("More options for '%(title)s'") % {"title": instance}},
            )
        ]


def _deeds(certificate: Certificate, user: User, button: type[Button]) -> list[Button]:
    pdf = reverse("certificate:pdf", args=[certificate.pk])
    deeds = [button(_("PDF"), url=pdf, icon_name="download")]
    if user.has_perm("certificates.revoke_certificate") and not certificate.is_revoked:
        revoke = reverse("desk:revoke", args=[certificate.uuid])
        deeds.append(button(_("Revoke"), url=revoke, icon_name="cross"))
    return deeds


def _document(certificate: Certificate) -> str:
    return f"{certificate.document_type.upper()} {certificate.document_number}".strip()


def _named(texts: Mapping[str, str]) -> str:
    return in_language(texts, get_language() or "es")


def _course(certificate: Certificate) -> str:
    return certificate.course_title(get_language() or "es")


class CertificateInspectView(generic.InspectView):
    """One certificate, all of it."""

    def get_header_buttons(self) -> list[Button]:
        """Offer the file, and to revoke it to whoever may."""
        return _deeds(self.object, self.request.user, HeaderButton)

    def get_field_display_value(self, field_name: str, field: Any) -> Any:
        """Return texts by language as lines, and what has choices by its label."""
        value = getattr(self.object, field_name)
        if isinstance(value, dict | list):
            return _as_text(value)
        return super().get_field_display_value(field_name, field)


def _as_text(value: Any) -> str:
    """Return a value of JSON as people read it."""
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_as_text(part)}" for key, part in value.items() if part)
    if isinstance(value, list):
        return " · ".join(_as_text(part) for part in value)
    return str(value)


FIRST_READ = ("number", "state", "revoked_at", "revocation_reason", "recipient_name")
NOT_READ = {"id", "enrollment", "superseded_by", "pdf_name"}
READ_AFTERWARDS = tuple(
    field.name
    for field in Certificate._meta.concrete_fields
    if field.name not in NOT_READ.union(FIRST_READ)
)


class CertificateViewSet(ModelViewSet):
    """Every certificate that was ever issued."""

    model = Certificate
    name = "certificate"
    url_prefix = "certificates"
    menu_label = gettext_lazy("Certificates")
    menu_order = 240
    icon = "doc-full-inverse"
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_view_fields = (*FIRST_READ, *READ_AFTERWARDS)
    exclude_form_fields = ()
    search_fields = ["number", "recipient_name", "document_number"]
    ordering = ["-issued_at", "-pk"]
    filterset_class = CertificateFilterSet
    index_view_class = CertificateIndexView
    inspect_view_class = CertificateInspectView

    @property
    def permission_policy(self) -> ReadingPolicy:
        """Let nobody add, edit or delete a certificate."""
        return ReadingPolicy(Certificate)

    def get_urlpatterns(self) -> list[URLPattern]:
        """Keep the doors that read, and add the file."""
        reading = {"index", "index_results", "inspect"}
        kept = [pattern for pattern in super().get_urlpatterns() if pattern.name in reading]
        return [*kept, path("<int:pk>/pdf/", self.pdf, name="pdf")]

    def pdf(self, request: HttpRequest, pk: int) -> FileResponse:
        """Send a certificate's file."""
        if not request.user.has_perm("certificates.view_certificate"):
            raise PermissionDenied
        certificate = get_object_or_404(Certificate, pk=pk)
        return FileResponse(open_pdf(certificate), filename=f"{certificate.number}.pdf")
