"""How many queries a page made, told in a header."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

HEADER = "X-Queries"


class QueryCountMiddleware:
    """Counts the queries of each request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        made = 0

        def count(execute: Callable[..., Any], *words: Any) -> Any:
            nonlocal made
            made += 1
            return execute(*words)

        with connection.execute_wrapper(count):
            response = self.get_response(request)
        response[HEADER] = str(made)
        return response
