"""What people read when something went wrong; none of these pages is a dead end."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import requires_csrf_token


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400: the address or the form could not be understood."""
    return _without_database("portal/bad_request.html", status=400)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403: signed in, but not allowed."""
    return render(request, "portal/permission_denied.html", status=403)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404: no such page, or not one of this person's."""
    return render(request, "portal/not_found.html", status=404)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without touching session, user or database, which may be what failed."""
    return _without_database("portal/server_error.html", status=500)


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that came without its token: say what was kept, and lead back to it."""
    back = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        back = "/"
    return render(request, "portal/csrf_failure.html", {"back": back}, status=403)


def _without_database(template: str, *, status: int) -> HttpResponse:
    page = loader.render_to_string(template, {"site_name": settings.SITE_NAME})
    return HttpResponse(page, status=status)
