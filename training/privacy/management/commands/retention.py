from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from training.privacy.retention import apply, overdue


class Command(BaseCommand):
    help = "Empty what has been kept as long as the privacy notice says; it also runs every day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how much it is")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        now = timezone.now()
        found = overdue(at=now) if dry_run else apply(at=now)
        if not found:
            self.stdout.write("No rule: load the country pack first.")
        for due in found:
            verb = "would be emptied" if dry_run else "emptied"
            self.stdout.write(f"{due.what} before {due.before:%Y-%m-%d}: {due.number} {verb}.")
