"""Keep the openings of the pages that show or hand out other people's data."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from uuid import UUID

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from training.audit.access import network_in, record_access
from training.audit.models import Access
from training.kernel.access import Watched, watched


class AccessLogMiddleware:
    """After a page was shown to somebody, keep that it was; a page that was refused was not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        page = self._shown(request, response)
        if page is not None:
            for owner in _owners(page, request):
                record_access(
                    verb=Access.Verb.EXPORTED if page.is_export else Access.Verb.VIEWED,
                    at=timezone.now(),
                    actor=getattr(request.user, "uuid", None),
                    subject=owner,
                    place=page.place,
                    network=network_in(request),
                )
        return response

    @staticmethod
    def _shown(request: HttpRequest, response: HttpResponse) -> Watched | None:
        match = request.resolver_match
        if match is None or request.method != "GET" or response.status_code != HTTPStatus.OK:
            return None
        return watched(match.view_name)


def _owners(page: Watched, request: HttpRequest) -> Sequence[UUID | None]:
    """Return whose data the page shows, nobody for a list: each is one row of the log."""
    if page.owner is None or request.resolver_match is None:
        return [None]
    try:
        found = page.owner(request.resolver_match.kwargs)
    except DatabaseError:
        return [None]
    return [found] if found is None or isinstance(found, UUID) else list(found)
