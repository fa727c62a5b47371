"""The living page of the design system: all of it, in both languages, not in production."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.template.loader import get_template
from django.test import Client

from training.portal.styleguide import ICONS, VERDICTS

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
pytestmark = pytest.mark.django_db


def included(name: str, known: set[str] | None = None) -> set[str]:
    """Return the components that a template includes, extends or draws, however deep."""
    known = set() if known is None else known
    text = Path(get_template(name).origin.name).read_text()
    drawn = [f"components/{tag}.html" for tag in re.findall(r"{% (site_\w+)", text)]
    for found in re.findall(r'{% (?:include|extends) "([^"]+)"', text) + drawn:
        if found not in known:
            known.add(found)
            included(found, known)
    return known


def test_every_component_stands_in_the_guide() -> None:
    components = {f"components/{path.name}" for path in (TEMPLATES / "components").glob("*.html")}
    assert components == {
        name
        for page in ("styleguide/page.html", "styleguide/alone.html")
        for name in included(page)
        if name.startswith("components/")
    }


def test_every_icon_stands_in_the_guide() -> None:
    sprite = (ROOT / "static/icons/sprite.svg").read_text()
    assert set(ICONS) == set(re.findall(r'<symbol id="([\w-]+)"', sprite))


@pytest.mark.parametrize(
    ("language", "word"), [("es", "Sistema de diseño"), ("en", "Design system")]
)
def test_it_is_shown_in_both_languages(client: Client, language: str, word: str) -> None:
    page = client.get("/styleguide/", headers={"accept-language": language}).content.decode()
    assert f"<h1>{word}</h1>" in page
    assert page.count("<h1>") == 1
    for name in ("confirm", *VERDICTS):
        assert client.get(f"/styleguide/{name}/").status_code == 200
    assert client.get("/styleguide/nothing/").status_code == 404


def test_production_has_no_such_address() -> None:
    ask = (
        "import django; django.setup(); from django.urls import NoReverseMatch, reverse\n"
        "try: print(reverse('styleguide'))\nexcept NoReverseMatch: print('none')"
    )
    production = {
        "MODE": "production",
        "SECRET_KEY": "for-this-test-only-" * 4,
        "BASE_URL": "https://training.example.org",
        "ALLOWED_HOSTS": "training.example.org",
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "BROKER_URL": "redis://127.0.0.1:1/0",
        "CACHE_URL": "redis://127.0.0.1:1/1",
        "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
        "DEFAULT_FROM_EMAIL": "Training <no-reply@training.example.org>",
        "CONTACT_EMAIL": "help@training.example.org",
        "DJANGO_SETTINGS_MODULE": "training.settings",
    }
    for mode, answer in (("production", "none"), ("embedded", "/styleguide/")):
        done = subprocess.run(
            [sys.executable, "-c", ask],
            cwd=ROOT,
            env=os.environ | production | {"MODE": mode},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout.strip() == answer, done.stderr
