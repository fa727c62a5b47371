"""Recoveries of accounts in the Wagtail admin: who asks, and what tells that it is that person."""

from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy

from training.accounts import recovery
from training.accounts.models import Recovery, RecoveryState, User
from training.accounts.queries import IdentityHints, identity_hints
from training.accounts.requests import PersonRequest
from training.accounts.rules import approvals_needed
from training.kernel.lifecycle import IllegalTransition

RECOVER = "accounts.recover_account"


class RecoveryForm(forms.Form):
    """An administrator's decision, and how it was made sure who asks."""

    decision = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[
            ("approve", _("It is this person: remove the second factor")),
            ("refuse", _("Refuse")),
        ],
        coerce=lambda value: value == "approve",
        widget=forms.RadioSelect,
    )
    channel = forms.CharField(
        label=_("How you made sure"),
        max_length=300,
        required=False,
        help_text=_(
            "Not by e-mail: for example a call to the number that the institution publishes, "
            "or in person with an identity document."
        ),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("Kept with the decision in the audit.")
    )

    def clean(self) -> dict[str, Any]:
        """Ask how it was made sure, where it is approved."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("decision") and not cleaned.get("channel"):
            self.add_error("channel", _("Say how you made sure that it is this person."))
        return cleaned


class ReadingPolicy(ModelPermissionPolicy):
    """Recoveries are asked for by people and decided on their own page."""

    def user_has_permission(self, user: User, action: str) -> bool:
        """Say whether a person may do this to recoveries."""
        return action == "view" and super().user_has_permission(user, action)


class RecoveryFilterSet(WagtailFilterSet):
    """Find recoveries by where they stand."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=RecoveryState.choices)

    class Meta:
        model = Recovery
        fields: list[str] = []


class RecoveryIndexView(generic.IndexView):
    """Every recovery, the newest first."""

    @cached_property
    def columns(self) -> list[Column]:
        """Show who asks, since when, and where it stands."""
        person = self._get_title_column_class(TitleColumn)
        return [
            person(
                "person",
                label=_("Who"),
                accessor="person.display_name",
                get_url=lambda row: reverse("recovery:decide", args=[row.uuid]),
            ),
            DateColumn("asked_at", label=_("Asked"), sort_key="asked_at"),
            Column("state", label=_("State"), accessor="get_state_display"),
        ]

    def get_base_queryset(self) -> QuerySet[Recovery]:
        """Fetch the people in the same query."""
        return Recovery.objects.select_related("person")


class DecideView(PermissionRequiredMixin, WagtailAdminTemplateMixin, FormView):
    """One recovery: hints of who it is, and the decision."""

    request: PersonRequest
    permission_required = RECOVER
    template_name = "accounts/recovery_decide.html"
    form_class = RecoveryForm
    page_title = _("Recovery of an account")
    header_icon = "key"

    @cached_property
    def asked(self) -> Recovery:
        """Return the recovery."""
        return get_object_or_404(
            Recovery.objects.select_related("person"), uuid=self.kwargs["uuid"]
        )

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        """Lead back to the list."""
        items: list[dict[str, str]] = super().get_breadcrumbs_items()
        back = {"url": reverse("recovery:index"), "label": gettext("Recoveries")}
        return [*items, back, {"url": "", "label": str(self.asked.person)}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the hints and what was decided so far."""
        person = self.asked.person
        hints: IdentityHints = identity_hints(person=person, on=timezone.localdate())
        return super().get_context_data(
            asked=self.asked,
            hints=hints,
            approvals=self.asked.approvals.select_related("approved_by"),
            needed=approvals_needed(works_here=recovery.works_here(person)),
            hours=settings.RECOVERY_WAIT_HOURS,
            is_own=person == self.request.user,
            **kwargs,
        )

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Decide, or say why not."""
        given = form.cleaned_data
        try:
            said = self._approve(given) if given["decision"] else self._refuse(given)
        except recovery.NotForOneself:
            form.add_error(None, _("Nobody recovers their own account: ask another administrator."))
            return self.form_invalid(form)
        except recovery.AlreadyApproved:
            form.add_error(None, _("You made sure already: another administrator has to, too."))
            return self.form_invalid(form)
        except IllegalTransition:
            messages.error(
                self.request, _("Nothing was done: this recovery was decided or stopped meanwhile.")
            )
        else:
            messages.success(self.request, said)
        return redirect("recovery:index")

    def _approve(self, given: dict[str, Any]) -> str:
        is_enough = recovery.approve(
            recovery=self.asked,
            by=self.request.user,
            channel=given["channel"],
            reason=given["reason"],
            at=timezone.now(),
        )
        if not is_enough:
            return gettext("Kept. The account works here: a second administrator has to make sure.")
        self.asked.refresh_from_db()
        moment = date_format(timezone.localtime(self.asked.effective_at), "DATETIME_FORMAT")
        return gettext("Approved. It takes effect on %(moment)s, unless the person stops it.") % {
            "moment": moment
        }

    def _refuse(self, given: dict[str, Any]) -> str:
        recovery.refuse(
            recovery=self.asked, by=self.request.user, reason=given["reason"], at=timezone.now()
        )
        return gettext("Refused. The second factor stays.")


class RecoveryViewSet(ModelViewSet):
    """People who lost their second factor."""

    model = Recovery
    name = "recovery"
    url_prefix = "recoveries"
    menu_label = _("Recoveries")
    menu_order = 262
    icon = "key"
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    exclude_form_fields = ()
    filterset_class = RecoveryFilterSet
    index_view_class = RecoveryIndexView
    search_fields = ["person__display_name", "person__email"]

    @property
    def permission_policy(self) -> ReadingPolicy:
        """Let nobody add, edit or delete one here."""
        return ReadingPolicy(Recovery)

    def get_urlpatterns(self) -> list[URLPattern]:
        """Keep the list, and add the page of the decision."""
        reading = [p for p in super().get_urlpatterns() if p.name in {"index", "index_results"}]
        return [*reading, path("<uuid:uuid>/", DecideView.as_view(), name="decide")]
