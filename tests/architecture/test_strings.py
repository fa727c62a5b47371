"""Strings that name modules or models obey the same law as imports."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
COMPOSITION = {f"training/{name}.py" for name in ("settings", "urls", "celery", "wsgi", "asgi")}
ROWS = [
    {"portal", "desk", "operations", "api"},
    {"packages", "reports"},
    {"learning"},
    {"certificates"},
    {"study"},
    {"progress"},
    {"enrollments"},
    {"catalogue"},
    {"privacy"},
    {"accounts"},
    {"institutions", "law"},
    {"audit"},
    {"kernel"},
]
MODULE = re.compile(r"(training|cms|assessments)(\.[a-z_]+)+")
MODEL = re.compile(r"([a-z_]+)\.([A-Z][A-Za-z]+)")


def room(module: str) -> tuple[int, str]:
    """Return the height (0 is the top) and the name of the room that a module stands in."""
    first, *rest = module.split(".")
    if first == "cms":
        return 0, "cms"
    if first == "assessments":
        return 1, "assessments"
    name = rest[0] if rest else ""
    height = next((2 + row for row, names in enumerate(ROWS) if name in names), 2)
    return height, name


def may_name(source: str, target: str) -> bool:
    """Say whether one module may know another, by the rooms that they stand in."""
    (here, own), (there, other) = room(source), room(target)
    starts_the_site = own == "operations" and f"training/{other}.py" in COMPOSITION
    return own == other or here < there or starts_the_site


def strings(text: str) -> Iterator[str]:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def named_modules(text: str) -> Iterator[str]:
    labels = {config.label: config.name for config in apps.get_app_configs()}
    for value in strings(text):
        if MODULE.fullmatch(value):
            yield value
        elif (match := MODEL.fullmatch(value)) and match[1] in labels:
            yield labels[match[1]]


def sources() -> list[Path]:
    return [
        path
        for package in ("training", "cms", "assessments")
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts and str(path.relative_to(ROOT)) not in COMPOSITION
    ]


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_strings_name_only_rooms_below(path: Path) -> None:
    own = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    foreign = [
        name
        for name in named_modules(path.read_text())
        if name.startswith(("training.", "cms", "assessments")) and not may_name(own, name)
    ]
    assert foreign == []


def test_a_string_that_breaks_the_law_is_seen() -> None:
    text = 'path("x/", include("cms.urls"))\nForeignKey("assessments.Quiz")'
    assert [may_name("training.portal.urls", name) for name in named_modules(text)] == [
        False,
        False,
    ]
