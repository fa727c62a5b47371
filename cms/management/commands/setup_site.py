"""Make the languages, front pages, groups, rights and the review that the site needs."""

from typing import Any

from django.core.management.base import BaseCommand

from cms.site import ensure_site


class Command(BaseCommand):
    """Set the site up; a second time it changes nothing."""

    help = "Make languages, front pages, groups, rights and the review; safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        """Set up and say so."""
        home = ensure_site()
        self.stdout.write(f"The site is set up: {home.title}")
