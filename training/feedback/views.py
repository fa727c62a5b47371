"""Report a problem: one page beside every lesson, quiz and question, with the way back."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from training.accounts.requests import PersonRequest
from training.catalogue.models import Activity
from training.enrollments.models import Enrollment
from training.feedback.actions import TooManyReports, report_problem
from training.feedback.forms import ReportForm
from training.kernel.activities import Part, provider_named


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def report(request: PersonRequest, enrollment: UUID, key: str) -> HttpResponse:
    """Ask what is wrong with an activity or a part of it, keep it, and lead back."""
    own = get_object_or_404(Enrollment.objects.of(request.user).with_course(), uuid=enrollment)
    activity = get_object_or_404(Activity, course_version_id=own.course_version_id, key=key)
    part = _part(own, activity, request.GET.get("part", ""))
    back = _back(request, own, activity)
    form = ReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            report_problem(
                reporter=request.user,
                activity=activity,
                part=part,
                kind=form.cleaned_data["kind"],
                words=form.cleaned_data["words"],
                at=timezone.now(),
            )
        except TooManyReports:
            form.add_error(
                None,
                _(
                    "You have reported ten problems since yesterday, which is as many as we can "
                    "take from one person. Copy your words and send them tomorrow."
                ),
            )
        else:
            messages.success(
                request,
                _("Thank you. The people who write the course read it and answer by e-mail."),
            )
            return HttpResponseRedirect(back)
    page = {"form": form, "title": activity.title(_language()), "part": part, "back": back}
    return render(request, "feedback/report.html", page, status=422 if form.errors else 200)


def _part(own: Enrollment, activity: Activity, name: str) -> Part:
    """Return what it is about; 404 when its provider showed this learner none of that name."""
    try:
        return provider_named(activity.provider).part(
            enrollment=own.uuid, activity=activity.reference, name=name, language=_language()
        )
    except LookupError:
        raise Http404 from None


def _back(request: PersonRequest, own: Enrollment, activity: Activity) -> str:
    """Return the page that the learner came from, else that of the activity."""
    back = request.GET.get("back", "")
    if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return back
    return provider_named(activity.provider).address(
        enrollment=own.uuid, activity=activity.reference
    )


def _language() -> str:
    return get_language() or "es"
