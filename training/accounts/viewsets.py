"""People and invitations in the Wagtail admin."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

import django_filters
from django import forms
from django.contrib.auth.models import AnonymousUser, Group
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.forms import BaseInlineFormSet, inlineformset_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import BooleanColumn, Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button, ButtonWithDropdown
from wagtail.log_actions import log
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.users.views import users

from training.accounts import actions
from training.accounts.forms import DOCUMENT_TAKEN, POST_FIELDS, DocumentFields, PostForm
from training.accounts.models import Invitation, Post, User
from training.accounts.requests import PersonRequest
from training.accounts.roles import Role
from training.institutions.models import District, Institution

POST_FILTERS = ("role", "institution", "judicial_district", "fiscal_district")


class PeoplePolicy(ModelPermissionPolicy):
    """People come by invitation and are never deleted; two rights allow to correct them."""

    def user_has_permission(self, user: User, action: str) -> bool:
        """Say whether a person may do this to people."""
        if action in {"add", "delete"}:
            return False
        if action == "change":
            return may_administer(user) or user.has_perm("accounts.correct_details")
        return super().user_has_permission(user, action)


def may_administer(user: User) -> bool:
    """Say whether a person may change others' addresses, roles and leave to sign in."""
    return user.has_perm("accounts.change_user")


class PersonFilterSet(WagtailFilterSet):
    """Find people by the post that they hold today, and by their role on the platform."""

    role = django_filters.ChoiceFilter(
        label=gettext_lazy("Post"), choices=Post.Role.choices, method="held_today"
    )
    institution = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Institution"),
        queryset=Institution.objects.employers(),
        method="held_today",
    )
    judicial_district = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Judicial district"),
        queryset=District.objects.filter(kind=District.Kind.JUDICIAL),
        method="held_today",
    )
    fiscal_district = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Fiscal district"),
        queryset=District.objects.filter(kind=District.Kind.FISCAL),
        method="held_today",
    )
    groups = django_filters.ChoiceFilter(
        label=gettext_lazy("Role on the platform"),
        choices=Role.choices,
        field_name="groups__name",
    )

    class Meta:
        model = User
        fields = ["is_active"]

    def held_today(self, queryset: QuerySet[User], name: str, value: object) -> QuerySet[User]:
        """Leave the queryset as it is: all conditions on a post hold for one and the same post."""
        return queryset

    def filter_queryset(self, queryset: QuerySet[User]) -> QuerySet[User]:
        """Keep the people one of whose present posts meets every condition."""
        queryset = super().filter_queryset(queryset)
        chosen = self.form.cleaned_data
        conditions = {name: chosen[name] for name in POST_FILTERS if chosen.get(name)}
        if not conditions:
            return queryset
        posts = Post.objects.held_on(timezone.localdate()).filter(**conditions)
        return queryset.filter(pk__in=posts.order_by().values("person"))


class PersonIndexView(users.IndexView):
    """All people; whoever may correct them is led to their details."""

    template_name = "wagtailadmin/generic/index.html"
    results_template_name = "wagtailadmin/generic/index_results.html"
    page_title = gettext_lazy("People")

    @cached_property
    def columns(self) -> list[Column]:
        """Show who somebody is, what they do and what they may do here."""
        name = self._get_title_column_class(TitleColumn)
        return [
            name(
                "display_name",
                label=gettext_lazy("Name"),
                sort_key="display_name",
                get_url=self.get_edit_url,
                width="24%",
            ),
            Column("email", label=gettext_lazy("E-mail"), sort_key="email"),
            Column("document", label=gettext_lazy("Document"), accessor=_document),
            Column("post", label=gettext_lazy("Post"), accessor=_present_post),
            Column("roles", label=gettext_lazy("Role on the platform"), accessor=_roles),
            BooleanColumn("is_active", label=gettext_lazy("Active"), sort_key="is_active"),
        ]

    def get_base_queryset(self) -> QuerySet[User]:
        """Fetch what the columns show in a fixed number of queries."""
        today = Post.objects.held_on(timezone.localdate()).select_related(
            "institution", "judicial_district", "fiscal_district"
        )
        return User.objects.select_related("wagtail_userprofile").prefetch_related(
            "groups", Prefetch("posts", queryset=today, to_attr="present_posts")
        )

    def get_filterset_kwargs(self) -> dict[str, Any]:
        """Leave out what only Wagtail's own filters know."""
        kwargs: dict[str, Any] = super().get_filterset_kwargs()
        kwargs.pop("is_searching")
        return kwargs

    def order_queryset(self, queryset: QuerySet[User]) -> QuerySet[User]:
        """Order by the columns as they are."""
        return generic.IndexView.order_queryset(self, queryset)


def _document(person: User) -> str:
    return f"{person.document_type.upper()} {person.document_number}".strip()


def _present_post(person: User) -> str:
    posts: list[Post] = getattr(person, "present_posts", [])
    if not posts:
        return ""
    post = posts[0]
    district = post.judicial_district or post.fiscal_district
    return ", ".join(str(part) for part in (post, post.institution, district) if part)


def _roles(person: User) -> str:
    labels = dict(Role.choices)
    return ", ".join(str(labels.get(group.name, group.name)) for group in person.groups.all())


class RolesField(forms.ModelMultipleChoiceField):
    """Roles by what people call them."""

    def label_from_instance(self, obj: Group) -> str:
        """Return the role's name in the reader's language."""
        return str(Role(obj.name).label)


class PersonForm(DocumentFields, forms.ModelForm):
    """Another person's details; addresses, roles and leave to sign in for administrators only."""

    ADMINISTRATIVE = ("email", "is_active", "groups")

    groups = RolesField(
        label=gettext_lazy("Roles on the platform"),
        queryset=Group.objects.filter(name__in=Role.values),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        help_text=gettext_lazy("Kept with the change in the audit."),
    )

    class Meta:
        model = User
        fields = [
            "email",
            "display_name",
            "certificate_name",
            "sex",
            "language",
            "is_active",
            "groups",
        ]

    field_order = [
        "display_name",
        "certificate_name",
        "email",
        "document_kind",
        "document_number",
        "sex",
        "language",
        "is_active",
        "groups",
        "reason",
    ]

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, person=kwargs["instance"], **kwargs)
        self.by = by
        withheld = set() if may_administer(by) else set(self.ADMINISTRATIVE)
        if by == self.person or self.person.merged_into_id:
            withheld.add("is_active")  # nobody shuts oneself out, or opens what was merged
        for name in withheld:
            del self.fields[name]

    def clean_email(self) -> str:
        """Keep addresses in lower case, and each with one account."""
        email: str = self.cleaned_data["email"].lower()
        if User.objects.exclude(pk=self.person.pk).filter(email=email).exists():
            raise forms.ValidationError(_("Another account has this address."))
        return email

    def save(self, commit: bool = True) -> User:
        """Store each change through its action."""
        at, actor = timezone.now(), self.by.actor
        given = self.cleaned_data
        person = User.objects.get(pk=self.person.pk)
        changes = {name: given[name] for name in actions.EDITABLE & given.keys()}
        actions.edit_person(
            person=person, changes=changes, actor=actor, at=at, reason=given["reason"]
        )
        self.save_document(actor=actor, at=at)
        if "email" in given:
            actions.change_email(person=person, email=given["email"], actor=actor, at=at)
        if "groups" in given:
            roles = [Role(group.name) for group in given["groups"]]
            actions.set_roles(person=person, roles=roles, actor=actor, at=at)
        return person


class PostForms(BaseInlineFormSet):
    """Forms of posts; what can be chosen is read once for all of them."""

    @cached_property
    def forms(self) -> list[Any]:
        """Return the forms, each with the same choices."""
        forms: list[Any] = super().forms
        for name in ("level", "institution", "judicial_district", "fiscal_district"):
            choices = [*forms[0].fields[name].choices] if forms else []
            for form in forms:
                form.fields[name].choices = choices
        return forms


PostFormSet = inlineformset_factory(
    User,
    Post,
    form=PostForm,
    formset=PostForms,
    fields=POST_FIELDS,
    extra=1,
    can_delete=False,
)


class PersonEditView(users.EditView):
    """A person's details and posts on one form."""

    template_name = "accounts/person_edit.html"
    success_message = gettext_lazy("The details of %(object)s were saved.")
    error_message = gettext_lazy("Nothing was saved: mend the fields that are marked.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Say who asks: what they may change depends on it."""
        kwargs: dict[str, Any] = super().get_form_kwargs()
        kwargs.pop("editing_self")
        return kwargs | {"by": self.request.user}

    @cached_property
    def posts(self) -> Any:
        """Return the form of the person's posts."""
        return PostFormSet(self.request.POST or None, instance=self.object, prefix="posts")

    def is_valid(self, form: PersonForm) -> bool:
        """Check details and posts together, so that all errors are shown at once."""
        details, posts = super().is_valid(form), self.posts.is_valid()
        if not posts:
            self.produced_error_code = "validation_error"
            self.produced_error_message = self.get_error_message()
        return details and posts

    def save_instance(self) -> User:
        """Store the details, then each post that changed."""
        person: User = self.form.save()
        actor, at = self.request.user.actor, timezone.now()
        for post_form in self.posts:
            if post_form.has_changed():
                post = post_form.instance
                values = post_form.cleaned_data
                fields = {name: values[name] for name in POST_FIELDS}
                if post.pk:
                    actions.correct_post(post=post, changes=fields, actor=actor, at=at)
                else:
                    actions.add_post(person=person, actor=actor, at=at, **fields)
        log(instance=person, action="wagtail.edit", content_changed=True)
        return person

    def form_valid(self, form: PersonForm) -> HttpResponse:
        """Save; say so if another account got the document meanwhile."""
        try:
            return super().form_valid(form)
        except actions.DocumentTaken:
            form.add_error("document_number", DOCUMENT_TAKEN)
            return self.form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form of the posts."""
        return super().get_context_data(posts=self.posts, **kwargs)


class PersonViewSet(users.UserViewSet):
    """Everybody who has an account."""

    menu_label = gettext_lazy("People")
    menu_name = "people"
    menu_order = 250
    icon = "group"
    add_to_settings_menu = False
    add_to_admin_menu = True
    copy_view_enabled = False
    ordering = "display_name"
    search_fields = ["display_name", "certificate_name", "email", "document_number"]
    filterset_class = PersonFilterSet
    index_view_class = PersonIndexView
    edit_view_class = PersonEditView
    template_prefix = ""

    @property
    def permission_policy(self) -> PeoplePolicy:
        """Let nobody add or delete people here."""
        return PeoplePolicy(User)

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return the one form there is."""
        return PersonForm

    def get_edit_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Keep the view's own template."""
        return super().get_edit_view_kwargs(template_name=PersonEditView.template_name, **kwargs)


class InvitationPolicy(ModelPermissionPolicy):
    """Invitations are sent, sent again or withdrawn; never edited or deleted."""

    def user_has_permission(self, user: User, action: str) -> bool:
        """Say whether a person may do this to invitations."""
        if action in {"change", "delete"}:
            return False
        return super().user_has_permission(user, action)


class InvitationForm(forms.ModelForm):
    """Whom to invite, and in which language."""

    class Meta:
        model = Invitation
        fields = ["email", "display_name", "language"]

    def clean_email(self) -> str:
        """Refuse the address of somebody who has an account."""
        email: str = self.cleaned_data["email"].lower()
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError(_("Somebody with this address has an account already."))
        return email


class InvitationCreateView(generic.CreateView):
    """Send an invitation."""

    page_title = gettext_lazy("Invite")
    success_message = gettext_lazy("The invitation to %(object)s is on its way.")
    submit_button_label = gettext_lazy("Send the invitation")

    def save_instance(self) -> Invitation:
        """Write the invitation and its message."""
        invitation = actions.invite(
            **self.form.cleaned_data, invited_by=self.request.user, at=timezone.now()
        )
        log(instance=invitation, action="wagtail.create", content_changed=True)
        return invitation

    def get_success_buttons(self) -> list[Any]:
        """Offer nothing: an invitation is not edited."""
        return []


class InvitationIndexView(generic.IndexView):
    """All invitations and where they stand."""

    add_item_label = gettext_lazy("Invite")

    @cached_property
    def columns(self) -> list[Column]:
        """Show whom, by whom, until when, and what became of it."""
        email = self._get_title_column_class(TitleColumn)
        return [
            email("email", label=gettext_lazy("E-mail"), sort_key="email"),
            Column("display_name", label=gettext_lazy("Name"), sort_key="display_name"),
            Column("state", label=gettext_lazy("State"), accessor=_state),
            Column("invited_by", label=gettext_lazy("Invited by")),
            Column(
                "invited_at",
                label=gettext_lazy("Invited"),
                accessor=lambda row: _day(row.invited_at),
                sort_key="invited_at",
            ),
            Column(
                "expires_at",
                label=gettext_lazy("Expires"),
                accessor=lambda row: _day(row.expires_at),
                sort_key="expires_at",
            ),
        ]

    def get_base_queryset(self) -> QuerySet[Invitation]:
        """Fetch who invited in the same query."""
        return Invitation.objects.select_related("invited_by")

    def get_list_buttons(self, instance: Invitation) -> list[Button]:
        """Offer to send again or to withdraw what nobody accepted."""
        state = instance.state_at(timezone.now())
        if state == Invitation.State.ACCEPTED or not _may_change_invitations(self.request.user):
            return []
        views = {"send_again": (_("Send again"), "mail")}
        if state == Invitation.State.PENDING:
            views["withdraw"] = (_("Withdraw"), "cross")
        buttons = [
            Button(label, url=reverse(f"invitation:{name}", args=[instance.pk]), icon_name=icon)
            for name, (label, icon) in views.items()
        ]
        return [
            ButtonWithDropdown(buttons=buttons, icon_name="dots-horizontal", attrs=_more(instance))
        ]


def _more(invitation: Invitation) -> dict[str, str]:
    return {"aria-label": _("More options for '%(title)s'") % {"title": invitation}}


def _state(invitation: Invitation) -> Promise:
    return Invitation.State(invitation.state_at(timezone.now())).label


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")


def _may_change_invitations(user: User | AnonymousUser) -> bool:
    return user.has_perm("accounts.change_invitation")


class InvitationDeedView(WagtailAdminTemplateMixin, TemplateView):
    """Ask, then do one thing to an invitation."""

    template_name = "accounts/invitation_deed.html"
    header_icon = "mail"
    deed: ClassVar[Callable[..., None]]
    question: ClassVar[Promise]
    verb: ClassVar[Promise]
    done: ClassVar[Promise]

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find the invitation."""
        super().setup(request, *args, **kwargs)
        if not _may_change_invitations(request.user):
            raise PermissionDenied
        self.invitation = get_object_or_404(Invitation, pk=kwargs["pk"])

    def get_page_title(self) -> str:
        """Name the deed."""
        return str(self.verb)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Put the question."""
        question = str(self.question) % {"email": self.invitation.email}
        return super().get_context_data(question=question, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        """Lead back to the list."""
        items: list[dict[str, str]] = super().get_breadcrumbs_items()
        return [
            *items,
            {"url": reverse("invitation:index"), "label": _("Invitations")},
            {"url": "", "label": self.get_page_title()},
        ]

    def post(self, request: PersonRequest, pk: int) -> HttpResponse:
        """Do it."""
        try:
            self.deed(invitation=self.invitation, actor=request.user.actor, at=timezone.now())
        except actions.UsedInvitation:
            messages.error(request, _("Somebody has accepted this invitation meanwhile."))
        else:
            messages.success(request, str(self.done) % {"email": self.invitation.email})
        return redirect("invitation:index")


class SendAgainView(InvitationDeedView):
    """Send an invitation with a new link."""

    deed = staticmethod(actions.send_again)
    question = gettext_lazy("Send the invitation to %(email)s again? The earlier link will end.")
    verb = gettext_lazy("Send again")
    done = gettext_lazy("The invitation to %(email)s is on its way.")


class WithdrawView(InvitationDeedView):
    """End an invitation."""

    deed = staticmethod(actions.withdraw_invitation)
    question = gettext_lazy("Withdraw the invitation to %(email)s? Its link will end.")
    verb = gettext_lazy("Withdraw")
    done = gettext_lazy("The invitation to %(email)s was withdrawn.")


class InvitationViewSet(ModelViewSet):
    """Leave to sign up."""

    model = Invitation
    name = "invitation"
    url_prefix = "invitations"
    menu_label = gettext_lazy("Invitations")
    menu_order = 260
    icon = "mail"
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    search_fields = ["email", "display_name"]
    index_view_class = InvitationIndexView
    add_view_class = InvitationCreateView

    @property
    def permission_policy(self) -> InvitationPolicy:
        """Let nobody edit or delete an invitation."""
        return InvitationPolicy(Invitation)

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return the one form there is."""
        return InvitationForm

    def get_urlpatterns(self) -> list[URLPattern]:
        """Add the two deeds."""
        deeds = [
            path("<int:pk>/send-again/", SendAgainView.as_view(), name="send_again"),
            path("<int:pk>/withdraw/", WithdrawView.as_view(), name="withdraw"),
        ]
        return super().get_urlpatterns() + deeds
