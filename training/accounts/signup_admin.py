"""Domains that may sign up, and the people of them who wait, in the Wagtail admin."""

from typing import Any

import django_filters
from django import forms
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
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
from wagtail.log_actions import log
from wagtail.permission_policies import ModelPermissionPolicy

from training.accounts import signup
from training.accounts.models import SignupDomain, SignupRequest, SignupState, User
from training.accounts.requests import PersonRequest
from training.institutions.models import Institution
from training.kernel.lifecycle import IllegalTransition

DECIDE = "accounts.change_signuprequest"
END = "accounts.change_signupdomain"


class ReadingPolicy(ModelPermissionPolicy):
    """Requests come from people and are answered on their own page."""

    def user_has_permission(self, user: User, action: str) -> bool:
        """Say whether a person may do this to requests."""
        return action == "view" and super().user_has_permission(user, action)


class DomainPolicy(ModelPermissionPolicy):
    """Domains are listed and ended; never edited or deleted."""

    def user_has_permission(self, user: User, action: str) -> bool:
        """Say whether a person may do this to domains."""
        return action not in {"change", "delete"} and super().user_has_permission(user, action)


class SignupFilterSet(WagtailFilterSet):
    """Find requests by their answer and by the institution of their domain."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=SignupState.choices)

    class Meta:
        model = SignupRequest
        fields: list[str] = ["domain"]


class SignupIndexView(generic.IndexView):
    """Who asked for an account: first who waits, the longest wait first."""

    @cached_property
    def columns(self) -> list[Column]:
        """Show who asks, from where, since when, and where it stands."""
        person = self._get_title_column_class(TitleColumn)
        return [
            person(
                "person",
                label=_("Who"),
                accessor="person.display_name",
                get_url=lambda row: reverse("signup-requests:decide", args=[row.uuid]),
            ),
            Column("email", label=_("E-mail"), accessor="person.email"),
            Column("institution", label=_("Institution"), accessor="domain.institution"),
            DateColumn("asked_at", label=_("Asked"), sort_key="asked_at"),
            Column("state", label=_("State"), accessor="get_state_display"),
        ]

    def get_base_queryset(self) -> QuerySet[SignupRequest]:
        """Leave out whoever has not confirmed the address: it may be somebody else's."""
        requests = SignupRequest.objects.confirmed()
        return requests.select_related("person", "domain__institution")


class DecisionForm(forms.Form):
    """What the person is answered."""

    decision = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("accept", _("Accept")), ("decline", _("Decline"))],
        coerce=lambda value: value == "accept",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Required when you decline: the person reads it."),
    )

    def clean(self) -> dict[str, Any]:
        """Ask why, where somebody is declined."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("decision") is False and not cleaned.get("reason"):
            self.add_error("reason", _("Say why you decline: the person reads it."))
        return cleaned


class EndForm(forms.Form):
    """Why a domain may not sign up any more."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("Kept with the change in the audit.")
    )


class SignupPage(PermissionRequiredMixin, WagtailAdminTemplateMixin, FormView):
    """A page that decides about one thing of a list."""

    request: PersonRequest
    index: str
    index_label: Any

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the list."""
        items: list[dict[str, Any]] = super().get_breadcrumbs_items()
        back = {"url": reverse(self.index), "label": self.index_label}
        return [*items, back, {"url": "", "label": self.get_page_title()}]


class DecideView(SignupPage):
    """One request: who asks, and the decision."""

    permission_required = DECIDE
    template_name = "accounts/signup_decide.html"
    form_class = DecisionForm
    header_icon = "user"
    index = "signup-requests:index"
    index_label = _("Accounts asked for")

    @cached_property
    def asked(self) -> SignupRequest:
        """Return the request, once its address is confirmed."""
        return get_object_or_404(
            SignupRequest.objects.confirmed().select_related(
                "person", "domain__institution", "decided_by"
            ),
            uuid=self.kwargs["uuid"],
        )

    def get_page_title(self) -> str:
        """Return who asks."""
        return self.asked.person.display_name

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show the request."""
        return super().get_context_data(asked=self.asked, **kwargs)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Carry the decision out, or say that somebody did."""
        given: dict[str, Any] = {
            "request": self.asked,
            "by": self.request.user,
            "at": timezone.now(),
            "reason": form.cleaned_data["reason"],
        }
        try:
            if form.cleaned_data["decision"]:
                signup.let_in(**given)
                said = gettext("%(name)s is let in, and told by e-mail.")
            else:
                signup.decline(**given)
                said = gettext("%(name)s was declined, and told why by e-mail.")
        except IllegalTransition:
            messages.error(
                self.request, _("Nothing was changed: somebody answered this request meanwhile.")
            )
        else:
            messages.success(self.request, said % {"name": self.asked.person})
        return redirect(self.index)


class SignupRequestViewSet(ModelViewSet):
    """The queue of people who wait to be let in."""

    model = SignupRequest
    name = "signup-requests"
    menu_label = _("Accounts asked for")
    menu_order = 261
    icon = "user"
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    exclude_form_fields = ()
    list_per_page = 50
    ordering = ["decided_at", "asked_at", "pk"]
    search_fields = ["person__display_name", "person__email"]
    filterset_class = SignupFilterSet
    index_view_class = SignupIndexView

    @property
    def permission_policy(self) -> ReadingPolicy:
        """Let nobody add, edit or delete one here."""
        return ReadingPolicy(SignupRequest)

    def get_urlpatterns(self) -> list[URLPattern]:
        """Keep the list, and add the page of the decision."""
        kept = [p for p in super().get_urlpatterns() if p.name in {"index", "index_results"}]
        return [*kept, path("<uuid:uuid>/", DecideView.as_view(), name="decide")]


class DomainForm(forms.ModelForm):
    """Which domain may sign up, whose it is and why."""

    class Meta:
        model = SignupDomain
        fields = ["domain", "institution", "reason"]
        help_texts = {
            "domain": _(
                "What stands behind the @, for example pj.gob.pe. Only exactly this domain: "
                "list another one for each other ending."
            ),
            "reason": _("For example the letter in which the institution asks for it."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        institution = self.fields["institution"]
        if isinstance(institution, forms.ModelChoiceField):
            institution.queryset = Institution.objects.employers()

    def clean_domain(self) -> str:
        """Hold it to what a domain looks like, and to one row."""
        try:
            domain = signup.clean_domain(self.cleaned_data["domain"])
        except signup.BadDomain:
            said = _("Write what stands behind the @ of an address, for example pj.gob.pe.")
            raise forms.ValidationError(said) from None
        if SignupDomain.objects.open().filter(domain=domain).exists():
            raise forms.ValidationError(_("This domain is listed already."))
        return domain


class DomainCreateView(generic.CreateView):
    """List a domain."""

    page_title = _("List a domain")
    success_message = _("Whoever has an address of %(object)s may ask for an account now.")
    submit_button_label = _("List the domain")

    def save_instance(self) -> SignupDomain:
        """List it through the action."""
        listed = signup.list_domain(
            **self.form.cleaned_data, by=self.request.user, at=timezone.now()
        )
        log(instance=listed, action="wagtail.create", content_changed=True)
        return listed

    def form_valid(self, form: forms.ModelForm) -> HttpResponse:
        """List it; say so if somebody did meanwhile."""
        try:
            return super().form_valid(form)
        except signup.AlreadyListed:
            form.add_error("domain", _("This domain is listed already."))
            return self.form_invalid(form)

    def get_success_buttons(self) -> list[Any]:
        """Offer nothing: a domain is not edited."""
        return []


class DomainIndexView(generic.IndexView):
    """Every domain, also those that ended."""

    add_item_label = _("List a domain")

    @cached_property
    def columns(self) -> list[Column]:
        """Show which domain, whose, by whom, why and until when."""
        domain = self._get_title_column_class(TitleColumn)
        return [
            domain("domain", label=_("Domain"), get_url=self._end_url, sort_key="domain"),
            Column("institution", label=_("Institution")),
            Column("reason", label=_("Why")),
            Column("added_by", label=_("By"), accessor="added_by.display_name"),
            DateColumn("added_at", label=_("Since")),
            DateColumn("ended_at", label=_("Ended")),
        ]

    def _end_url(self, row: SignupDomain) -> str | None:
        if row.ended_at or not self.request.user.has_perm(END):
            return None
        return reverse("signup-domains:end", args=[row.pk])

    def get_base_queryset(self) -> QuerySet[SignupDomain]:
        """Fetch institution and author in the same query."""
        return SignupDomain.objects.select_related("institution", "added_by")


class EndView(SignupPage):
    """End a domain."""

    permission_required = END
    template_name = "accounts/signup_end.html"
    form_class = EndForm
    header_icon = "cross"
    index = "signup-domains:index"
    index_label = _("Domains that may sign up")

    @cached_property
    def domain(self) -> SignupDomain:
        """Return which one."""
        return get_object_or_404(SignupDomain.objects.open(), pk=self.kwargs["pk"])

    def get_page_title(self) -> str:
        """Return the domain."""
        return self.domain.domain

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show the domain."""
        return super().get_context_data(domain=self.domain, **kwargs)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """End it, or say that somebody did."""
        try:
            signup.end_domain(
                domain=self.domain,
                reason=form.cleaned_data["reason"],
                by=self.request.user,
                at=timezone.now(),
            )
        except signup.AlreadyEnded:
            messages.error(self.request, _("Nothing was changed: somebody ended it meanwhile."))
        else:
            said = gettext("Addresses of %(domain)s may not ask for accounts any more.")
            messages.success(self.request, said % {"domain": self.domain})
        return redirect(self.index)


class SignupDomainViewSet(ModelViewSet):
    """Domains whose addresses may ask for an account."""

    model = SignupDomain
    name = "signup-domains"
    menu_label = _("Domains")
    menu_order = 266
    icon = "globe"
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    search_fields = ["domain"]
    index_view_class = DomainIndexView
    add_view_class = DomainCreateView

    @property
    def permission_policy(self) -> DomainPolicy:
        """Let nobody edit or delete one."""
        return DomainPolicy(SignupDomain)

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return the one form there is."""
        return DomainForm

    def get_urlpatterns(self) -> list[URLPattern]:
        """Keep the list and the form, and add the page that ends one."""
        doors = {"index", "index_results", "add"}
        kept = [p for p in super().get_urlpatterns() if p.name in doors]
        return [*kept, path("<int:pk>/end/", EndView.as_view(), name="end")]
