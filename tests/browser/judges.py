"""The outside judges of a page: axe-core for accessibility, the Nu checker for HTML."""

import json
import os
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from playwright.sync_api import Page

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


# Colours that change slowly are judged when they have changed.
_AT_REST = """async () => {
  const moving = document.getAnimations().filter(one => one instanceof CSSTransition);
  await Promise.allSettled(moving.map(one => one.finished));
}"""
_RUN = """async ([type, values]) => {
  const options = {runOnly: {type, values}, resultTypes: ['violations']};
  const {violations} = await axe.run(document, options);
  return violations.flatMap(({id, help, nodes}) =>
    nodes.map(({html}) => [id, html.slice(0, 160), help]));
}"""


@cache
def _axe() -> str:
    return Path(os.environ["AXE_PATH"]).read_text()


@dataclass(frozen=True)
class Finding:
    """One thing that axe finds wrong with one node of a page."""

    rule: str
    node: str
    why: str

    @property
    def line(self) -> str:
        return f"{self.rule}: {self.why}: {self.node}"


def axe_findings(page: Page) -> list[Finding]:
    """Return what axe finds wrong with the page as it stands."""
    page.evaluate(_axe())
    return _run(page, "tag", STANDARDS)


def contrast_findings(page: Page) -> list[Finding]:
    """Return what is hard to read on a page that `axe_findings` has seen in other colours."""
    page.evaluate(_AT_REST)
    return _run(page, "rule", ["color-contrast"])


def _run(page: Page, kind: str, values: list[str]) -> list[Finding]:
    found: list[list[str]] = page.evaluate(_RUN, [kind, values])
    return [Finding(*words) for words in found]


def axe_violations(page: Page) -> list[str]:
    """Return what axe finds wrong with the page as it stands, one line a node."""
    return [finding.line for finding in axe_findings(page)]


def html_errors(documents: dict[str, str], folder: Path) -> dict[str, list[str]]:
    """Return the Nu checker's errors and warnings for HTML texts by name, in one run."""
    paths = {}
    for number, (name, text) in enumerate(documents.items()):
        path = folder / f"{number}.html"
        path.write_text(text, encoding="utf-8")
        paths[path.as_uri()] = name
    done = subprocess.run(
        ["java", "-jar", os.environ["VNU_JAR"], "--format", "json", "--exit-zero-always"]
        + [path.removeprefix("file://") for path in paths],
        capture_output=True,
        text=True,
        check=True,
    )
    errors: dict[str, list[str]] = {name: [] for name in documents}
    for message in json.loads(done.stderr)["messages"]:
        name = paths[message["url"].replace("file:/", "file:///").replace("/////", "///")]
        if message["type"] == "error" or message.get("subType") == "warning":
            errors[name].append(f"{message.get('lastLine')}: {message['message']}")
    return errors
