"""Reviews of privileges in the Wagtail admin: made, read again, and taken away as a sheet."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, TemplateView, View
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.permission_policies import ModelPermissionPolicy

from training.accounts import privileges
from training.accounts.models import PrivilegeReview, User
from training.accounts.privileges import Decision, Privilege
from training.accounts.requests import PersonRequest
from training.kernel.sheets import as_csv

READ = "accounts.view_privilegereview"
SIGN = "accounts.add_privilegereview"
WHY = _("Say why this role is taken.")
NOT_OWN = _("Nobody takes a role from themselves: another administrator has to.")
NOT_HERE = _("This is taken on the server, not here.")


class ReviewForm(forms.Form):
    """What the reviewer decides about each role that is held now."""

    remark = forms.CharField(
        label=_("Remark on the whole"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.privileges = privileges.privileges_held()
        for privilege in self.privileges:
            self.fields[f"decision-{privilege.key}"] = forms.ChoiceField(
                label=_("Decision"),
                choices=[("keep", _("Keep")), ("take", _("Take away"))],
                widget=forms.RadioSelect,
                error_messages={"required": _("Decide about this role.")},
            )
            self.fields[f"remark-{privilege.key}"] = forms.CharField(
                label=_("Remark"), max_length=500, required=False
            )

    def rows(self) -> list[tuple[Privilege, forms.BoundField, forms.BoundField]]:
        """Return each role with its two fields."""
        return [
            (row, self[f"decision-{row.key}"], self[f"remark-{row.key}"]) for row in self.privileges
        ]

    def clean(self) -> dict[str, Any]:
        """Ask why, where a role is taken, and refuse what cannot be."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for row in self.privileges:
            if cleaned.get(f"decision-{row.key}") != "take":
                continue
            if row.role == privileges.EVERYTHING:
                self.add_error(f"decision-{row.key}", NOT_HERE)
            elif row.person.pk == self.by.pk:
                self.add_error(f"decision-{row.key}", NOT_OWN)
            elif not cleaned.get(f"remark-{row.key}"):
                self.add_error(f"remark-{row.key}", WHY)
        return cleaned

    def decisions(self) -> dict[str, Decision]:
        """Return what was decided, by role."""
        given = self.cleaned_data
        return {
            row.key: Decision(
                is_kept=given[f"decision-{row.key}"] == "keep", remark=given[f"remark-{row.key}"]
            )
            for row in self.privileges
        }


class ReviewPage(PermissionRequiredMixin, WagtailAdminTemplateMixin):
    """A page about a review."""

    header_icon = "key"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the list."""
        items: list[dict[str, Any]] = super().get_breadcrumbs_items()
        back = {"url": reverse("privilege-reviews:index"), "label": gettext("Privileges")}
        return [*items, back, {"url": "", "label": self.get_page_title()}]


class SignOffView(ReviewPage, FormView):
    """Go through every role, decide, and sign the whole off."""

    request: PersonRequest
    permission_required = SIGN
    template_name = "accounts/privilege_sign_off.html"
    form_class = ReviewForm
    page_title = _("Review the privileges")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Say who reviews."""
        return super().get_form_kwargs() | {"by": self.request.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say when it was done last."""
        return super().get_context_data(last=privileges.last_review(), **kwargs)

    def form_valid(self, form: ReviewForm) -> HttpResponse:
        """Sign off, or show the list as it is now."""
        try:
            review = privileges.sign_off(
                decisions=form.decisions(),
                by=self.request.user,
                at=timezone.now(),
                remark=form.cleaned_data["remark"],
            )
        except privileges.ListChanged:
            messages.error(
                self.request,
                _("Not signed off: somebody changed roles meanwhile. Read the list again."),
            )
            return self.render_to_response(self.get_context_data(form=self.get_form()))
        messages.success(self.request, _("The review is signed off."))
        return redirect("privilege-reviews:read", review.uuid)


class ReadView(ReviewPage, TemplateView):
    """A review as it was signed off."""

    permission_required = READ
    template_name = "accounts/privilege_review.html"

    @cached_property
    def review(self) -> PrivilegeReview:
        """Return which one."""
        return _review(self.kwargs["uuid"])

    def get_page_title(self) -> str:
        """Return the day."""
        return gettext("Review of %(day)s") % {"day": _day(self.review.signed_at)}

    def get_header_buttons(self) -> list[Button]:
        """Offer the sheet."""
        sheet = reverse("privilege-reviews:csv", args=[self.review.uuid])
        return [HeaderButton(gettext("Download as a sheet (CSV)"), url=sheet, icon_name="download")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the lines."""
        lines = [(line, privileges.role_in_words(line.role)) for line in self.review.lines.all()]
        return super().get_context_data(review=self.review, lines=lines, **kwargs)


class SheetView(PermissionRequiredMixin, View):
    """A review as CSV."""

    permission_required = READ

    def get(self, request: HttpRequest, uuid: str) -> HttpResponse:
        """Return the sheet."""
        review = _review(uuid)
        head = [
            *(gettext("Who"), gettext("Role"), gettext("Since"), gettext("Given by")),
            *(gettext("Last sign-in"), gettext("Second factor"), gettext("Decision")),
            *(gettext("Remark"), gettext("Signed off"), gettext("By")),
        ]
        rows = [
            [
                line.person_name,
                privileges.role_in_words(line.role),
                _iso(line.held_since),
                line.granted_by,
                _iso(line.last_sign_in),
                gettext("yes") if line.has_second_factor else gettext("no"),
                gettext("Keep") if line.is_kept else gettext("Take away"),
                line.remark,
                _iso(review.signed_at),
                review.signed_by.display_name,
            ]
            for line in review.lines.all()
        ]
        response = HttpResponse(as_csv([head, *rows]), content_type="text/csv; charset=utf-8")
        name = f"privileges-{timezone.localdate(review.signed_at):%Y-%m-%d}.csv"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


class ReviewIndexView(generic.IndexView):
    """Every review, the newest first."""

    page_title = _("Privileges")

    @cached_property
    def columns(self) -> list[Column]:
        """Show when, by whom, and what came of it."""
        when = self._get_title_column_class(TitleColumn)
        return [
            when(
                "signed_at",
                label=_("Signed off"),
                accessor=lambda row: _day(row.signed_at),
                get_url=lambda row: reverse("privilege-reviews:read", args=[row.uuid]),
            ),
            Column("signed_by", label=_("By"), accessor="signed_by.display_name"),
            Column("roles", label=_("Roles reviewed")),
            Column("taken", label=_("Taken away")),
        ]

    def get_base_queryset(self) -> QuerySet[PrivilegeReview]:
        """Count the lines in the same query."""
        reviews: QuerySet[PrivilegeReview] = PrivilegeReview.objects.select_related(
            "signed_by"
        ).annotate(roles=Count("lines"), taken=Count("lines", filter=Q(lines__is_kept=False)))
        return reviews

    @cached_property
    def header_buttons(self) -> list[Button]:
        """Lead to a new review, for whoever may sign one off."""
        if not self.request.user.has_perm(SIGN):
            return []
        begin = reverse("privilege-reviews:sign_off")
        return [HeaderButton(gettext("Review the privileges"), url=begin, icon_name="check")]


class FactsPolicy(ModelPermissionPolicy):
    """Reviews are signed off on their own page and never changed."""

    def user_has_permission(self, user: User, action: str) -> bool:
        """Say whether a person may do this to reviews."""
        return action == "view" and super().user_has_permission(user, action)


class PrivilegeReviewViewSet(ModelViewSet):
    """Who may do what, gone through every six months."""

    model = PrivilegeReview
    name = "privilege-reviews"
    menu_label = _("Privileges")
    menu_order = 264
    icon = "key"
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    exclude_form_fields = ()
    index_view_class = ReviewIndexView

    @property
    def permission_policy(self) -> FactsPolicy:
        """Let nobody edit or delete."""
        return FactsPolicy(PrivilegeReview)

    def get_urlpatterns(self) -> list[URLPattern]:
        """Keep the list; add the page to sign off, the one to read, and the sheet."""
        kept = [p for p in super().get_urlpatterns() if p.name in {"index", "index_results"}]
        return [
            *kept,
            path("new/", SignOffView.as_view(), name="sign_off"),
            path("<uuid:uuid>/", ReadView.as_view(), name="read"),
            path("<uuid:uuid>/csv/", SheetView.as_view(), name="csv"),
        ]


def _review(uuid: str) -> PrivilegeReview:
    reviews = PrivilegeReview.objects.select_related("signed_by").prefetch_related("lines")
    review: PrivilegeReview = get_object_or_404(reviews, uuid=uuid)
    return review


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")


def _iso(moment: datetime | None) -> str:
    return f"{timezone.localdate(moment):%Y-%m-%d}" if moment else ""
