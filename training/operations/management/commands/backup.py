from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from training.operations import archive


class Command(BaseCommand):
    help = "Write database, media and keys to one file, while the site runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            contents = archive.write(target=file.absolute(), made_at=timezone.now())
        except (archive.BackupRefused, OSError) as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{file}: {len(contents.files)} files, {contents.engine}.")
        if settings.S3_BUCKET:
            self.stdout.write(
                f"The bucket {settings.S3_BUCKET} is not in it; it needs its own copy."
            )
