"""What is logged: one line an event, with ids and routes; no name, no address, no token."""

import logging
from typing import Any

import structlog
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django_structlog.middlewares import RequestMiddleware

SHARED_PROCESSORS: tuple[Any, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


class RequestLogMiddleware(RequestMiddleware):
    """Log each request by its route: an address may hold a token or a verification code."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Return method and route, such as `GET verify/<str:code>/`."""
        return f"{request.method} {route_of(request)}"


class RouteInsteadOfPath(logging.Filter):
    """Keep the addresses out of Django's own messages about requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the path that Django puts into the message."""
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest) and record.args:
            route = route_of(request)
            record.args = tuple(route if arg == request.path else arg for arg in record.args)
        return True


def route_of(request: HttpRequest) -> str:
    """Return the pattern that answers a request, or a dash when none does."""
    if request.resolver_match is not None:
        return str(request.resolver_match.route)
    try:
        return resolve(request.path_info).route
    except Resolver404:
        return "-"


def configuration(*, level: str, as_json: bool) -> dict[str, Any]:
    """Return Django's LOGGING: to standard error, as JSON or for a person's eyes."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED_PROCESSORS,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    last: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if as_json:
        last += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        # plain: the default takes seconds for a long traceback, and prints what variables held
        last += [
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            )
        ]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"route": {"()": RouteInsteadOfPath}},
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": last,
                "foreign_pre_chain": SHARED_PROCESSORS,
            }
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "structured",
                "filters": ["route"],
            }
        },
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": {
            "django": {"handlers": [], "level": "NOTSET", "propagate": True},
            "django.server": {"handlers": [], "level": "NOTSET", "propagate": True},
        },
    }
