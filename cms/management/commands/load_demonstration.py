"""Load the demonstration: a course, two editions, a cohort, accounts with a public password."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cms.demonstration.loading import load
from cms.demonstration.people import PASSWORD, account_emails


class Command(BaseCommand):
    """Load the demonstration once; a second time changes nothing."""

    help = "Load the demonstration; what is there already is left as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load it, where accounts with a public password are allowed."""
        if not settings.DEMONSTRATION:
            raise CommandError(
                "The demonstration has accounts with a public password; "
                "set DEMONSTRATION=true where that is wanted."
            )
        is_new = load(at=timezone.now())
        self.stdout.write("The demonstration is loaded." if is_new else "It was loaded before.")
        self.stdout.write(f"Accounts, all with the password {PASSWORD}:")
        self.stdout.writelines(f"  {email}\n" for email in account_emails())
