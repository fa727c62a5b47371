from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from training.operations import archive


class Command(BaseCommand):
    help = "Put the database, media and keys of a backup in the place of the site's own."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="replace data that is there")

    def handle(self, *, file: Path, force: bool, **options: Any) -> None:
        try:
            contents = archive.restore(source=file.absolute(), force=force)
        except (archive.RestoreRefused, OSError) as problem:
            raise CommandError(f"{problem} Nothing was changed.") from problem
        self.stdout.write(f"{len(contents.files)} files of {contents.made_at} are in place.")
