"""A visitor without JavaScript who follows links and fills forms, and knows the answers."""

import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import yaml
from bs4 import BeautifulSoup, Tag

from tests.product import PASSWORD

ITEMS = Path(__file__).resolve().parents[1] / "cms" / "demonstration" / "course" / "items.yaml"


class Visitor:
    """One person's browser, as plain HTTP."""

    def __init__(self, address: str, *, language: str = "es") -> None:
        self.address = address
        self.session = requests.Session()
        self.session.headers["Accept-Language"] = language
        self.page = BeautifulSoup("", "html.parser")
        self.response = requests.Response()

    @property
    def path(self) -> str:
        """Return the path of the page that is open."""
        return urlsplit(self.response.url).path

    @property
    def text(self) -> str:
        """Return the words of the page, white space folded."""
        return " ".join(self.page.get_text(" ").split())

    def open(self, path: str) -> "Visitor":
        """Open a page."""
        return self._take(self.session.get(urljoin(self.address, path), timeout=30))

    def submit(self, form: Tag | None = None, /, press: str = "", **values: Any) -> "Visitor":
        """Send a form (the page's first in `main`) with values changed, pressing a named button."""
        form = form or self.forms()[0]
        data = self._filled(form) | values
        if press:
            button = form.select_one(press)
            assert button is not None, f"no button {press} in {self.path}"
            if button.get("name"):
                data[str(button["name"])] = str(button.get("value", ""))
            action = button.get("formaction") or form.get("action")
        else:
            action = form.get("action")
        target = urljoin(self.response.url, str(action or ""))
        if str(form.get("method", "get")).lower() == "get":
            return self._take(self.session.get(target, params=data, timeout=30))
        headers = {"Referer": self.response.url}
        return self._take(self.session.post(target, data=data, headers=headers, timeout=30))

    def forms(self) -> list[Tag]:
        """Return the forms in the main part of the page."""
        return list(self.page.select("main form"))

    def sign_in(self, email: str, password: str = PASSWORD) -> "Visitor":
        """Sign in by the form."""
        self.open("/accounts/login/")
        form = next(form for form in self.forms() if form.select_one("[name=password]"))
        self.submit(form, login=email, password=password)
        assert "/login" not in self.path, self.text
        return self

    def _take(self, response: requests.Response) -> "Visitor":
        self.response = response
        self.page = BeautifulSoup(response.text, "html.parser")
        return self

    def _filled(self, form: Tag) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for field in form.select("input[name], select[name], textarea[name]"):
            name, kind = str(field["name"]), field.get("type", "text")
            if kind in ("submit", "image", "file") or field.has_attr("disabled"):
                continue
            if kind in ("checkbox", "radio"):
                if field.has_attr("checked"):
                    data.setdefault(name, []).append(str(field.get("value", "on")))
            elif field.name == "select":
                chosen = field.select_one("option[selected]") or field.select_one("option")
                data[name] = str(chosen.get("value", "")) if chosen else ""
            elif field.name == "textarea":
                data[name] = field.text
            else:
                data[name] = str(field.get("value", ""))
        return data


def folded(text: str) -> str:
    """Return a text by its letters and digits only, so that typography does not matter."""
    return re.sub(r"\W+", "", text.casefold())


@cache
def answer_book() -> dict[str, Any]:
    """Return, by folded question in both languages, the right options (folded) or the number."""
    book: dict[str, Any] = {}
    for item in yaml.safe_load(ITEMS.read_text(encoding="utf-8")):
        for language in ("es", "en"):
            right: Any
            if item["kind"] == "numeric":
                right = str(item["numeric"]["value"])
            else:
                right = {
                    folded(option["text"][language])
                    for option in item["options"]
                    if option["correct"]
                }
            book[folded(item["stem"][language])] = right
    return book
