"""Two accounts of one person: seen side by side, proposed by one, decided by another, undone."""

from typing import Any

from django import forms
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.generic.base import BaseListingView
from wagtail.admin.widgets.button import Button, HeaderButton

from training.accounts import merging
from training.accounts.models import AccountMerge, MergeState, User
from training.desk import queries
from training.desk.forms import ChooseAccountsForm, DecideMergeForm, ProposeMergeForm, UndoForm
from training.desk.views import DeskPage, StaffRequest
from training.kernel.lifecycle import IllegalTransition

MERGES = "accounts.view_accountmerge"
PROPOSE = "accounts.add_accountmerge"
DECIDE = "accounts.change_accountmerge"
TROUBLES: dict[type[Exception], Any] = {
    merging.SameAccount: gettext_lazy("These are not two accounts but one."),
    merging.ClosedAccount: gettext_lazy(
        "The account that stays has to be active, and none of the two may wait for approval."
    ),
    merging.MergedBefore: gettext_lazy(
        "One of them was merged already or waits for it. If it has absorbed another account, "
        "let it be the one that stays."
    ),
    merging.NotForOneself: gettext_lazy("One of the two is yours: another person has to do it."),
    merging.SecondPersonNeeded: gettext_lazy(
        "You proposed it: a second person has to confirm or refuse it."
    ),
}
TRAIL = (("desk:merges", gettext_lazy("Merged accounts")),)


class MergesView(PermissionRequiredMixin, BaseListingView):
    """Every merging, the newest first."""

    permission_required = MERGES
    page_title = gettext_lazy("Merged accounts")
    header_icon = "group"
    verbose_name_plural = gettext_lazy("mergings of accounts")
    index_url_name = "desk:merges"
    index_results_url_name = "desk:merges_results"
    is_searchable = True
    search_fields = (
        "survivor__display_name",
        "survivor__email",
        "absorbed__display_name",
        "absorbed__email",
    )
    template_name = "wagtailadmin/generic/listing.html"
    results_template_name = "wagtailadmin/generic/listing_results.html"
    paginate_by = 50
    columns = (
        TitleColumn(
            "survivor",
            label=gettext_lazy("Stays"),
            accessor="survivor.display_name",
            get_url=lambda merge: reverse("desk:merge", args=[merge.uuid]),
        ),
        Column("stays", label=gettext_lazy("E-mail"), accessor="survivor.email"),
        Column("absorbed", label=gettext_lazy("Merged into it"), accessor="absorbed.email"),
        Column("by", label=gettext_lazy("Proposed by"), accessor="proposed_by.display_name"),
        DateColumn("proposed_at", label=gettext_lazy("Proposed")),
        Column("state", label=gettext_lazy("State"), accessor="get_state_display"),
    )

    def get_base_queryset(self) -> QuerySet[AccountMerge]:
        """Return all of them with their people."""
        return AccountMerge.objects.select_related("survivor", "absorbed", "proposed_by")

    def order_queryset(self, queryset: QuerySet[AccountMerge]) -> QuerySet[AccountMerge]:
        """Put the newest first."""
        return queryset.order_by("-proposed_at", "-pk")

    @cached_property
    def header_buttons(self) -> list[Button]:
        """Lead to a new one."""
        if not self.request.user.has_perm(PROPOSE):
            return []
        url = reverse("desk:merge_choose")
        return [HeaderButton(_("Merge two accounts"), url=url, icon_name="plus")]


class ChooseView(DeskPage, FormView):
    """Say which two accounts."""

    permission_required = PROPOSE
    template_name = "desk/merge_choose.html"
    form_class = ChooseAccountsForm
    page_title = gettext_lazy("Merge two accounts")
    header_icon = "group"
    trail = TRAIL

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Show them side by side."""
        first, second = form.cleaned_data["first"], form.cleaned_data["second"]
        return redirect("desk:merge_new", first.uuid, second.uuid)


class ProposeView(DeskPage, FormView):
    """Two accounts side by side; say which stays and why."""

    request: StaffRequest
    permission_required = PROPOSE
    template_name = "desk/merge.html"
    form_class = ProposeMergeForm
    page_title = gettext_lazy("Merge two accounts")
    header_icon = "group"
    trail = TRAIL

    @cached_property
    def people(self) -> list[User]:
        """Return the two."""
        return [get_object_or_404(User, uuid=self.kwargs[name]) for name in ("first", "second")]

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the two."""
        return super().get_form_kwargs() | {"people": self.people}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show what each holds, and what speaks against it."""
        return super().get_context_data(
            compared=queries.comparison(*self.people), verb=_("Propose the merging"), **kwargs
        )

    def form_valid(self, form: ProposeMergeForm) -> HttpResponse:
        """Propose, or say why not."""
        first, second = self.people
        stays_first = form.cleaned_data["stays"] == str(first.uuid)
        survivor, absorbed = (first, second) if stays_first else (second, first)
        try:
            merge = merging.propose(
                survivor=survivor,
                absorbed=absorbed,
                reason=form.cleaned_data["reason"],
                by=self.request.user,
                at=timezone.now(),
            )
        except (merging.NotMergeable, merging.NotForOneself) as trouble:
            form.add_error(None, TROUBLES[type(trouble)])
            return self.form_invalid(form)
        messages.success(
            self.request, _("Proposed. Nothing changes until a second person confirms it.")
        )
        return redirect("desk:merge", merge.uuid)


class MergeView(DeskPage, FormView):
    """One merging: decide about it, read it, undo it."""

    request: StaffRequest
    permission_required = MERGES
    template_name = "desk/merge.html"
    header_icon = "group"
    trail = TRAIL

    @cached_property
    def merge(self) -> AccountMerge:
        """Return which one."""
        return get_object_or_404(
            AccountMerge.objects.select_related(
                "survivor", "absorbed", "proposed_by", "decided_by", "undone_by"
            ),
            uuid=self.kwargs["uuid"],
        )

    def get_page_title(self) -> str:
        """Return who it is about."""
        return self.merge.survivor.display_name

    def get_form_class(self) -> type[forms.Form]:
        """Ask for a decision, or why it is undone."""
        return DecideMergeForm if self.merge.is_open else UndoForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show both accounts and how it went."""
        merge, user = self.merge, self.request.user
        may_act = user.has_perm(DECIDE) and user.pk not in (merge.survivor_id, merge.absorbed_id)
        is_own = merge.is_open and merge.proposed_by_id == user.pk
        can_change = merge.is_open or merge.state == MergeState.MERGED
        return super().get_context_data(
            merge=merge,
            compared=queries.comparison(merge.survivor, merge.absorbed),
            is_own=is_own,
            may_act=may_act and can_change and not is_own,
            verb=_("Keep the decision") if merge.is_open else _("Undo the merging"),
            **kwargs,
        )

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Carry it out, or say why not."""
        if not self.request.user.has_perm(DECIDE):
            return self.handle_no_permission()
        try:
            said = self._carry_out(form.cleaned_data)
        except (
            merging.NotMergeable,
            merging.NotForOneself,
            merging.SecondPersonNeeded,
        ) as trouble:
            form.add_error(None, TROUBLES[type(trouble)])
            return self.form_invalid(form)
        except IllegalTransition:
            messages.error(self.request, _("Nothing was changed: somebody decided meanwhile."))
        else:
            messages.success(self.request, said)
        return redirect("desk:merges")

    def _carry_out(self, given: dict[str, Any]) -> str:
        who: dict[str, Any] = {
            "merge": self.merge,
            "by": self.request.user,
            "at": timezone.now(),
        }
        if not self.merge.is_open:
            merging.undo(**who, reason=given["reason"])
            return _("Undone: they are two accounts again.")
        if given["decision"]:
            merging.confirm(**who, answer=given["reason"])
            return _("Merged. The person signs in with the account that stays.")
        merging.refuse(**who, answer=given["reason"])
        return _("Refused. The two accounts stay as they are.")
