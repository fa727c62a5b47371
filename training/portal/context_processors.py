"""What every page may show of the site itself."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """Give templates the site's name and whether it is a demonstration; no queries."""
    return {"site_name": settings.SITE_NAME, "is_demonstration": settings.DEMONSTRATION}
