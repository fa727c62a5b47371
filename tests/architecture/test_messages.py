"""Both languages, always: no string of ours is without its Spanish and its English."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("training", "cms", "assessments", "templates", "static")
SPANISH_ONLY = frozenset("áéíóúñ¿¡")


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Collect the strings of the tree as it is into a copy of its catalogues."""
    folder = tmp_path_factory.mktemp("messages")
    for package in (*PACKAGES, "locale"):
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "*.mo")
        )
    shutil.copy(ROOT / "manage.py", folder)
    django_admin = Path(sys.executable).with_name("django-admin")
    subprocess.run(
        [django_admin, "makemessages", "-l", "es", "-l", "en", "--no-obsolete", "-v0"],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        check=True,
        capture_output=True,
    )
    return folder / "locale"


def catalogue(collected: Path, language: str) -> polib.POFile:
    return polib.pofile(str(collected / language / "LC_MESSAGES" / "django.po"))


def test_every_string_has_its_spanish(collected: Path) -> None:
    spanish = catalogue(collected, "es")
    missing = [entry.msgid for entry in spanish if not entry.translated()]
    assert missing == []
    assert spanish.percent_translated() == 100


def test_the_english_is_written_in_the_source(collected: Path) -> None:
    foreign = [
        entry.msgid
        for entry in catalogue(collected, "en")
        if not entry.msgstr and SPANISH_ONLY.intersection(entry.msgid.lower())
    ]
    # Names of languages and of people keep their letters in every language.
    assert [text for text in foreign if text not in {"Español"}] == []


def what_libraries_say(language: str, domain: str) -> dict[tuple[str | None, str], str]:
    """Return each string that installed libraries have in a language, and the file it is in."""
    said = {}
    for app in apps.get_app_configs():
        file = Path(app.path) / "locale" / language / "LC_MESSAGES" / f"{domain}.po"
        if file.exists():
            for entry in polib.pofile(str(file)):
                if language == "en" or entry.translated():
                    said[entry.msgctxt, entry.msgid] = str(file)
    return said


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_what_a_library_says_has_its_spanish_too(domain: str) -> None:
    ours = ROOT.glob(f"locale/**/es/LC_MESSAGES/{domain}.po")
    entries = [entry for file in ours for entry in polib.pofile(str(file)) if entry.translated()]
    spanish = {(entry.msgctxt, entry.msgid) for entry in entries}
    spanish |= what_libraries_say("es", domain).keys()
    english = what_libraries_say("en", domain)
    assert len(english) > 100
    missing = [(file, text) for text, file in english.items() if text not in spanish]
    assert missing == []
