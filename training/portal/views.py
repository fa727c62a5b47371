"""The learner's own pages. Whatever they show is reached through the learner."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language

from training.portal.errors import (
    bad_request,
    csrf_failure,
    not_found,
    permission_denied,
    server_error,
)

__all__ = ["bad_request", "csrf_failure", "not_found", "permission_denied", "server_error"]


def root(request: HttpRequest) -> HttpResponse:
    """Lead to the public home page in the visitor's language."""
    response = redirect(f"/{get_language()}/")
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    return response
