"""Pages of the admin: what publishing a course would do, doing it, and sending texts for review."""

from typing import Any

from django import forms
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail_localize.views.edit_translation import user_can_edit_instance

from cms.models import CoursePage
from cms.publishing import CannotPublish, preview_of_publication, publish_course
from cms.reviewing import IncompleteTranslation, NoWorkflow, submit_for_review
from cms.states import edit_url, is_reviewed, texts_of_course
from training.accounts.models import User

PERMISSION = "cms.publish_course_version"


class PublicationForm(forms.Form):
    """What the author says about the new version."""

    note = forms.CharField(
        label=gettext_lazy("What changed, in one sentence"),
        widget=forms.TextInput(attrs={"size": 60}),
        max_length=500,
        required=False,
    )


class PublishCourseVersion(WagtailAdminTemplateMixin, TemplateView):
    """Shows what the next version of a course changes and whom it affects; publishes it."""

    template_name = "cms/admin/publish_course.html"
    header_icon = "upload"
    page_title = gettext_lazy("Publish course version")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not isinstance(request.user, User) or not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        self.user = request.user
        self.course = get_object_or_404(CoursePage, pk=kwargs["page_id"])
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        return self.course.title

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        return [
            *self.breadcrumbs_items,
            {
                "url": reverse("wagtailadmin_explore", args=[self.course.pk]),
                "label": self.course.title,
            },
            {"url": "", "label": str(self.page_title)},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        texts = texts_of_course(self.course)
        return super().get_context_data(**kwargs) | {
            "course": self.course,
            "publication": preview_of_publication(self.course),
            "form": kwargs.get("form") or PublicationForm(),
            "texts": texts,
            "ready_to_send": sum(text.can_be_sent for text in texts),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send texts for review, or publish."""
        if "send" in request.POST:
            return self._send()
        form = PublicationForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        try:
            version = publish_course(
                course_page=self.course,
                actor=self.user.actor,
                at=timezone.now(),
                note=form.cleaned_data["note"],
            )
        except CannotPublish:
            messages.error(request, _("Nothing was published: see what stands in the way."))
            return self.render_to_response(self.get_context_data(form=form))
        messages.success(
            request,
            _("Version %(number)d of “%(title)s” is published.")
            % {"number": version.number, "title": self.course.title},
        )
        return redirect("wagtailadmin_explore", self.course.pk)

    def _send(self) -> HttpResponse:
        sent = 0
        for text in texts_of_course(self.course):
            if text.can_be_sent:
                try:
                    submit_for_review(text.object, self.user)
                    sent += 1
                except NoWorkflow:
                    messages.error(
                        self.request, _("No review has been set up for texts of this kind.")
                    )
        messages.success(
            self.request,
            ngettext(
                "%(count)d text was sent for review.", "%(count)d texts were sent for review.", sent
            )
            % {"count": sent},
        )
        return redirect(self.request.path)


@require_POST
def send_for_review(request: HttpRequest, content_type_id: int, pk: str) -> HttpResponse:
    """Send one text for review; wagtail-localize's editor has no such button of its own."""
    model = get_object_or_404(ContentType, pk=content_type_id).model_class()
    if model is None or not isinstance(request.user, User):
        raise PermissionDenied
    obj = get_object_or_404(model, pk=unquote(pk))
    if not is_reviewed(obj) or not user_can_edit_instance(request.user, obj):
        raise PermissionDenied
    try:
        submit_for_review(obj, request.user)
    except IncompleteTranslation as reason:
        messages.error(request, _missing_strings(reason.missing))
    except NoWorkflow:
        messages.error(request, _("No review has been set up for texts of this kind."))
    else:
        messages.success(request, _("The text was sent for review."))
    return redirect(edit_url(obj))


def _missing_strings(count: int) -> str:
    return ngettext(
        "%(count)d string is not translated yet.",
        "%(count)d strings are not translated yet.",
        count,
    ) % {"count": count}
