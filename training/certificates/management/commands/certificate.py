"""The registry on the command line, for others' scripts."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from training.certificates.documents import open_pdf
from training.certificates.models import Certificate
from training.certificates.rules import typed_number
from training.kernel.identifiers import BadIdentifier, normalise_registry_number


class Command(BaseCommand):
    """Print the registry numbers, or write the file of one certificate."""

    help = "List the registry numbers (--list), or write the PDF of one (NUMBER --pdf FILE)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what can be asked for."""
        parser.add_argument("number", nargs="?", metavar="NUMBER", help="a registry number")
        parser.add_argument("--list", action="store_true", help="print all numbers, one a line")
        parser.add_argument("--pdf", type=Path, metavar="FILE", help="where to write the PDF")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do one of the two; a wrong question ends with a sentence and exit code 1."""
        number, file = options["number"], options["pdf"]
        if options["list"] and not (number or file):
            for listed in Certificate.objects.in_registry_order().values_list("number", flat=True):
                self.stdout.write(listed)
        elif number and file and not options["list"]:
            _write(_find(number), file)
        else:
            raise CommandError("Ask for --list, or for NUMBER --pdf FILE.")


def _find(typed: str) -> Certificate:
    try:
        number = normalise_registry_number(typed_number(typed) or typed)
    except BadIdentifier as problem:
        raise CommandError(f"{typed} is not a registry number: {problem}.") from problem
    certificate: Certificate | None = Certificate.objects.filter(number=number).first()
    if certificate is None:
        raise CommandError(f"No certificate has the number {number}.")
    return certificate


def _write(certificate: Certificate, file: Path) -> None:
    with open_pdf(certificate) as pdf:
        content = pdf.read()
    try:
        file.write_bytes(content)
    except OSError as problem:
        raise CommandError(f"Cannot write {file}: {problem.strerror}.") from problem
