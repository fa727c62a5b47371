from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from training.operations import queries


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Answer that the process does; nothing else is looked at."""
    return JsonResponse({"live": True})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Answer whether database, broker and worker are up: 200 or 503."""
    health = queries.health(now=timezone.now())
    return JsonResponse(health.as_json(), status=200 if health.is_ready else 503)
