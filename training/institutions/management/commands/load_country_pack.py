from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from training.institutions.actions import PACKS, load_country_pack
from training.institutions.rules import BadPack


class Command(BaseCommand):
    help = "Load a country pack: one that is shipped, by its code, or any folder, by its path."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pack", metavar="CODE|FOLDER")

    def handle(self, *args: Any, pack: str, **options: Any) -> None:
        shipped = PACKS / pack.lower()
        folder = shipped if pack.isalpha() and shipped.is_dir() else Path(pack)
        if not folder.is_dir():
            known = ", ".join(sorted(path.name for path in PACKS.iterdir() if path.is_dir()))
            raise CommandError(f"There is no pack {pack!r}. Shipped: {known}; or give a folder.")
        try:
            loaded = load_country_pack(folder, at=timezone.now())
        except BadPack as bad:
            raise CommandError(f"{folder} was not loaded:\n{bad}") from None
        self.stdout.write(
            f"{loaded.country.code} {loaded.country.pack_version}: "
            f"{len(loaded.created)} created, {len(loaded.changed)} changed."
        )
