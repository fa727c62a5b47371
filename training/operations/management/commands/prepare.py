import errno
import hashlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor


class Command(BaseCommand):
    help = "Migrate, collect static files and load the demonstration, each only when needed."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demonstration", action="store_true")

    def handle(self, *, demonstration: bool, **options: Any) -> None:
        try:
            migrate_if_needed()
            collect_static_if_changed()
            if demonstration:
                call_command("load_demonstration", stdout=self.stdout)
        except OSError as problem:
            if problem.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
                raise
            raise CommandError(
                f"Writing to {settings.VAR_DIR} failed: {problem.strerror}."
            ) from None
        except DatabaseError as problem:
            if "is full" not in str(problem):
                raise
            raise CommandError(f"The disk that holds {settings.VAR_DIR} is full.") from None


def migrate_if_needed() -> None:
    """Apply the migrations that are missing."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def collect_static_if_changed() -> None:
    """Collect the static files unless they are those of the last time."""
    stamp = Path(settings.STATIC_ROOT) / ".sources.sha256"
    wanted = _static_digest()
    if not stamp.exists() or stamp.read_text() != wanted:
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(wanted)


def _static_digest() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            source = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{source.st_size}\0{source.st_mtime_ns}\n".encode())
    return digest.hexdigest()
