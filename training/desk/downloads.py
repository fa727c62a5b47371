"""The lists that somebody asked for as a file: asked, being made, fetched."""

from typing import Any, Final

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.generic import TemplateView, View
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from training.audit.spreadsheets import file_name
from training.desk.actions import MOST_WAITING, AlreadyAsked, TooManyWaiting, ask
from training.desk.exports import NotUnderstood, UnknownList, open_file, opened
from training.desk.models import ListExport
from training.desk.views import StaffRequest

LOOK_AGAIN: Final = 10  # seconds
SHOWN: Final = 50


class ExportsView(WagtailAdminTemplateMixin, TemplateView):
    """One's own exports, and asking for one that is too large to wait for."""

    request: StaffRequest
    template_name = "desk/exports.html"
    page_title = gettext_lazy("My exports")
    header_icon = "download"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way here."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.get_page_title()}]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show them; while a worker makes one, the page asks again by itself."""
        context = self.get_context_data(**kwargs)
        response = self.render_to_response(context)
        if any(export.is_waiting for export, _is_here in context["lines"]):
            response.headers["Refresh"] = f"{LOOK_AGAIN}; url={request.path}"
        response.headers["Cache-Control"] = "no-store, private"
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add one's own exports, and the list that is about to be asked for."""
        now = timezone.now()
        own = ListExport.objects.of(self.request.user)[:SHOWN]
        return super().get_context_data(
            lines=[(export, export.is_downloadable(now)) for export in own],
            asked=self._asked(),
            **kwargs,
        )

    def _asked(self) -> dict[str, Any] | None:
        if "list" not in self.request.GET:
            return None
        asked = {name: self.request.GET.get(name, "") for name in ("list", "kind", "question")}
        try:
            listed = opened(
                list_name=asked["list"],
                question=asked["question"],
                kind=asked["kind"],
                person=self.request.user,
            )
        except (UnknownList, NotUnderstood):
            raise Http404 from None
        return asked | {"title": listed.get_page_title(), "rows": len(listed.keys())}

    def post(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask for a file."""
        try:
            ask(
                person=request.user,
                list_name=request.POST.get("list", ""),
                question=request.POST.get("question", ""),
                kind=request.POST.get("kind", ""),
                language=get_language() or "es",
                at=timezone.now(),
            )
        except (UnknownList, NotUnderstood):
            raise Http404 from None
        except AlreadyAsked:
            messages.warning(request, _("This file is being made already."))
        except TooManyWaiting:
            messages.error(
                request,
                _(
                    "Nothing was asked for: %(n)d of your files are still being made. Ask again "
                    "when one of them is ready."
                )
                % {"n": MOST_WAITING},
            )
        else:
            messages.success(request, _("The file is being made. It appears here when it is."))
        return redirect("desk:exports")


class ExportFileView(View):
    """The file, for whoever asked for it, while it is kept and the list is still theirs to see."""

    def get(self, request: StaffRequest, uuid: Any) -> HttpResponseBase:
        """Hand it over."""
        now = timezone.now()
        own = ListExport.objects.of(request.user).downloadable(now).select_related("person")
        export = get_object_or_404(own, uuid=uuid)
        try:
            content = open_file(export=export, at=now)
        except (UnknownList, NotUnderstood):
            raise Http404 from None
        response = FileResponse(
            content,
            as_attachment=True,
            filename=f"{file_name(export.title)}.{export.kind}",
        )
        response.headers["Cache-Control"] = "no-store, private"
        return response
