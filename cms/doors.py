"""Doors of Wagtail and wagtail-localize that no hook and no permission closes: our own views.

`admin_doors` puts them before the stock addresses.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.admin.views.pages.move import MoveChooseDestination
from wagtail.models import DraftStateMixin, Page
from wagtail_localize.models import Translation, TranslationSource
from wagtail_localize.views.report import TranslationsReportView
from wagtail_localize.views.snippets_api import SnippetViewSet
from wagtail_localize.views.submit_translations import (
    SubmitPageTranslationView,
    SubmitSnippetTranslationView,
    SubmitTranslationView,
)
from wagtail_localize.views.update_translations import (
    UpdateTranslationsForm,
    UpdateTranslationsView,
)

from cms.models.parts import is_in_source_tree
from cms.reviewing import specific


@require_POST
def set_page_position(request: HttpRequest, page_to_move_id: int) -> HttpResponse:
    """Reorder the children of a page.

    The stock view asks the generic page, which knows only Wagtail's right to publish.
    """
    page = get_object_or_404(Page, pk=page_to_move_id).specific
    parent = page.get_parent().specific
    if not parent.permissions_for_user(request.user).can_reorder_children():
        raise PermissionDenied
    others = [child for child in parent.get_children() if child.pk != page.pk]
    try:
        place = int(request.GET["position"])
    except (KeyError, ValueError):
        place = len(others)
    if 0 <= place < len(others):
        page.move(others[place], pos="left", user=request.user)
    else:
        page.move(parent, pos="last-child", user=request.user)
    return HttpResponse("")


class MovePage(MoveChooseDestination):
    """Choose where to move a page; asks the page's own rights, not the generic page's."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super(MoveChooseDestination, self).setup(request, *args, **kwargs)
        self.page_to_move = get_object_or_404(Page, pk=kwargs["page_to_move_id"]).specific
        self.page_perms = self.page_to_move.permissions_for_user(request.user)
        if not self.page_perms.can_move():
            raise PermissionDenied


class _FromDraft(SubmitTranslationView):
    """Translate the latest draft, which review reads too; the stock view takes the live row."""

    def get_object(self) -> Any:
        found = super().get_object()
        if isinstance(found, Page) and not is_in_source_tree(found):
            raise PermissionDenied
        return _latest(found)


class SubmitPage(_FromDraft, SubmitPageTranslationView):
    """Begin to translate a page."""


class SubmitSnippet(_FromDraft, SubmitSnippetTranslationView):
    """Begin to translate a question."""


class UpdateTranslations(UpdateTranslationsView):
    """Bring translations up to date with the latest draft; publishing is not offered."""

    def get_form(self) -> UpdateTranslationsForm:
        form = super().get_form()
        del form.fields["publish_translations"]
        return form

    @transaction.atomic
    def form_valid(self, form: UpdateTranslationsForm) -> HttpResponse:
        instance = _latest(self.object.get_source_instance())
        TranslationSource.update_or_create_from_instance(instance)
        messages.success(self.request, self.get_success_message())
        return redirect(self.get_success_url() or self.get_default_success_url())


def may_read_texts(request: HttpRequest) -> bool:
    """Say whether somebody reads questions before they are published: who writes or reviews."""
    return request.user.has_perm("assessments.view_item")


class TranslationsReport(TranslationsReportView):
    """How far translations are; the stock view shows everybody's drafts to all staff."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_read_texts(request):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Translation]:
        return super().get_queryset().order_by("-source__last_updated_at", "pk")


class SnippetsApi(SnippetViewSet):
    """Names of questions, quizzes and banks; the stock view tells them to all staff."""

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        meta = self.get_model()._meta
        if not request.user.has_perm(f"{meta.app_label}.view_{meta.model_name}"):
            raise PermissionDenied


def refused(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Refuse to loosen a translation from its source."""
    messages.error(
        request,
        _("A translation always follows its source: it cannot be stopped or made an alias."),
    )
    return redirect(request.headers.get("Referer") or "wagtailadmin_home")


def _latest(instance: Any) -> Any:
    found = specific(instance)
    return found.get_latest_revision_as_object() if isinstance(found, DraftStateMixin) else found
