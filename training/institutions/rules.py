"""What a country pack has to look like. Pure: texts in, a pack or its problems out."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from string import Formatter
from typing import Any
from zoneinfo import available_timezones

import yaml

FILES = ("country.yaml", "institutions.yaml", "districts.yaml", "privacy.yaml")
KINDS_OF_DISTRICT = ("judicial", "fiscal")
WORDING_PARTS = frozenset({"title", "lead", "sentence", "sentence_without_mark", "notice"})
WORDING_FIELDS = frozenset(
    {"course", "mode", "start", "end", "hours", "mark", "mark_words", "scale"}
)
PRIVACY_POINTS = (
    *("controller", "purposes", "recipients", "data-bank", "answers"),
    *("consequences", "transfers", "automated-decisions", "retention", "rights"),
)
"""What a privacy notice has to say (R-56), in the order in which it is read."""

PRIVACY_FIELDS = frozenset(
    {
        *("controller", "address", "contact", "officer", "officer_contact"),
        *("data_bank", "recipients", "transfers"),
    }
)
"""What only the sponsors of a site can say; a notice leaves room for it in braces."""

DEFAULTS: Mapping[str, type] = {
    "scale_maximum": int,
    "cut_score": int,
    "academic_hour_minutes": int,
    "place": str,
    "series": str,
}

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_COUNTRY = re.compile(r"[A-Z]{2}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_DAY_OF_YEAR = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_SUPPORT_NUMBER = re.compile(r"[0-9+ ]{2,20}")


@dataclass(frozen=True)
class Problem:
    """What is wrong in a pack, and where."""

    file: str
    line: int
    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.text}"


class BadPack(Exception):
    """A country pack cannot be loaded; the message names file, line and field of each problem."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Pack:
    """A country as its pack describes it; each part holds the fields of its model."""

    country: Mapping[str, Any]
    institutions: Sequence[Mapping[str, Any]]
    districts: Sequence[Mapping[str, Any]]
    crosswalk: Sequence[Mapping[str, Any]]


def folded(name: str) -> str:
    """Return a name without case, accents, dashes and repeated spaces, to compare it."""
    plain = unicodedata.normalize("NFKD", name.replace("–", " ").replace("-", " ").casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def parse_pack(files: Mapping[str, str]) -> Pack:
    """Return the pack of these texts by file name; raise BadPack with everything that is wrong."""
    problems: list[Problem] = []
    documents = {name: _read(name, files.get(name), problems) for name in FILES}
    if problems:
        raise BadPack(problems)
    country = _country(documents["country.yaml"])
    country["privacy"] = _privacy(documents["privacy.yaml"])
    institutions = _institutions(documents["institutions.yaml"])
    districts, crosswalk = _districts(documents["districts.yaml"])
    if problems:
        raise BadPack(problems)
    return Pack(country, institutions, districts, crosswalk)


class _Node:
    """A part of a document that knows where it stands, and reads itself as what it should be."""

    def __init__(
        self, file: str, line: int, field: str, value: Any, problems: list[Problem]
    ) -> None:
        self.file, self.line, self.field = file, line, field
        self.value = value
        self.problems = problems

    def fail(self, text: str) -> None:
        """Note a problem of this part."""
        self.problems.append(Problem(self.file, self.line, self.field, text))

    def parts(self, *required: str, optional: Mapping[str, Any] | None = None) -> "_Parts":
        """Return the parts of a mapping; note those that are missing or unknown.

        A part that is absent still answers: with its default, or with nothing.
        """
        given = self.value if isinstance(self.value, dict) else {}
        if given is not self.value:
            self.fail("has to be a mapping")
        known = dict.fromkeys(required) | dict(optional or {})
        for name, node in given.items():
            if name not in known:
                node.fail(f"is unknown; known here: {', '.join(known)}")
        if given is self.value:
            for name in required:
                if name not in given:
                    self.fail(f"{name} is missing")
        return {
            name: given.get(name) or _Node(self.file, self.line, name, default, [])
            for name, default in known.items()
        }

    def by_name(self) -> "_Parts":
        """Return the parts of a mapping whose names are free."""
        return self.parts(optional=self.value if isinstance(self.value, dict) else {})

    def entries(self) -> list["_Node"]:
        """Return the entries of a list."""
        if not isinstance(self.value, list):
            self.fail("has to be a list")
            return []
        return self.value

    def text(self, pattern: re.Pattern[str] | None = None, *, may_be_empty: bool = False) -> str:
        """Return a text, held to a pattern."""
        if not isinstance(self.value, str) or not (self.value.strip() or may_be_empty):
            self.fail("has to be a text (in quotes, if it looks like a number, a date or yes/no)")
            return ""
        if pattern and not pattern.fullmatch(self.value):
            self.fail(f"{self.value!r} does not look like {pattern.pattern}")
        return self.value

    def texts(self) -> dict[str, str]:
        """Return texts by language."""
        if not isinstance(self.value, dict) or not self.value:
            self.fail("has to give a text for each language, as in {es: …, en: …}")
            return {}
        for language, node in self.value.items():
            if not _LANGUAGE.fullmatch(language):
                node.fail("is not a language code")
        return {language: node.text() for language, node in self.value.items()}

    def list_of_texts(self, pattern: re.Pattern[str] | None = None) -> list[str]:
        """Return a list of texts."""
        return [entry.text(pattern) for entry in self.entries()]

    def flag(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            self.fail("has to be true or false")
            return False
        return self.value

    def day(self) -> date | None:
        """Return a date, or nothing where it is not known."""
        if self.value is not None and type(self.value) is not date:
            self.fail("has to be a date like 2021-03-30, or null where it is not known")
            return None
        return self.value


_Parts = dict[str, _Node]


def _read(file: str, text: str | None, problems: list[Problem]) -> _Node:
    def node(mark: yaml.Mark, field: str, value: Any) -> _Node:
        return _Node(file, mark.line + 1, field, value, problems)

    def walk(part: yaml.Node, field: str) -> _Node:
        here = node(part.start_mark, field or "the file", None)
        if isinstance(part, yaml.MappingNode):
            here.value = {}
            for key, content in part.value:
                name = str(key.value)
                if name in here.value:
                    here.value[name].fail(
                        f"is given twice, again in line {key.start_mark.line + 1}"
                    )
                here.value[name] = walk(content, f"{field}.{name}" if field else name)
        elif isinstance(part, yaml.SequenceNode):
            here.value = [walk(entry, f"{field}[{i}]") for i, entry in enumerate(part.value)]
        else:
            here.value = loader.construct_object(part)
        return here

    start = yaml.Mark(file, 0, 0, 0, None, 0)
    if text is None:
        missing = node(start, "the file", {})
        missing.fail("is missing")
        return missing
    loader = yaml.SafeLoader(text)
    try:
        top = loader.get_single_node()
        return walk(top, "") if top else node(start, "the file", None)
    except (yaml.YAMLError, ValueError) as error:
        broken = node(getattr(error, "problem_mark", None) or start, "the file", {})
        broken.fail(f"is not YAML: {getattr(error, 'problem', None) or error}")
        return broken
    finally:
        loader.dispose()


def _country(document: _Node) -> dict[str, Any]:
    parts = document.parts(
        *("code", "version", "names", "time_zone", "languages"),
        *("document_types", "post_levels", "defaults", "wording", "notices"),
        optional={"calendar": {}},
    )
    zone = parts["time_zone"].text()
    if zone and zone not in available_timezones():
        parts["time_zone"].fail(f"{zone!r} is no time zone")
    return {
        "code": parts["code"].text(_COUNTRY),
        "pack_version": parts["version"].text(),
        "names": parts["names"].texts(),
        "time_zone": zone,
        "languages": parts["languages"].list_of_texts(_LANGUAGE),
        "document_types": _document_types(parts["document_types"]),
        "post_levels": {
            role: _levels(node) for role, node in parts["post_levels"].by_name().items()
        },
        "defaults": _defaults(parts["defaults"]),
        "wording": _wording(parts["wording"]),
        "notices": _notices(parts["notices"]),
        "calendar": _calendar(parts["calendar"]),
    }


def _document_types(node: _Node) -> list[dict[str, Any]]:
    rows = []
    for entry in node.entries():
        parts = entry.parts("code", "names", "pattern", "hints")
        pattern = parts["pattern"].text()
        try:
            re.compile(pattern)
        except re.error as error:
            parts["pattern"].fail(f"is no pattern: {error}")
        rows.append(
            {
                "code": parts["code"].text(_CODE),
                "names": parts["names"].texts(),
                "pattern": pattern,
                "hints": parts["hints"].texts(),
            }
        )
    _refuse_repeated(node, [row["code"] for row in rows])
    return rows


def _levels(node: _Node) -> list[dict[str, Any]]:
    rows = []
    for entry in node.entries():
        parts = entry.parts("code", "names")
        rows.append({"code": parts["code"].text(_CODE), "names": parts["names"].texts()})
    _refuse_repeated(node, [row["code"] for row in rows])
    return rows


def _defaults(node: _Node) -> dict[str, Any]:
    parts = node.parts(*DEFAULTS)
    for name, kind in DEFAULTS.items():
        if type(parts[name].value) is not kind:
            parts[name].fail("has to be a whole number" if kind is int else "has to be a text")
    return {name: part.value for name, part in parts.items()}


def _wording(node: _Node) -> dict[str, Any]:
    return {
        kind: {
            name: entry.texts() if kind == "modes" else _sentences(entry)
            for name, entry in part.by_name().items()
        }
        for kind, part in node.by_name().items()
    }


def _sentences(node: _Node) -> dict[str, str]:
    absent = dict.fromkeys(WORDING_PARTS, "")
    sentences = {}
    for name, part in node.parts("title", "sentence", optional=absent).items():
        sentences[name] = part.text(may_be_empty=True)
        try:
            fields = {field for _, field, _, _ in Formatter().parse(sentences[name]) if field}
        except ValueError as error:
            part.fail(f"has braces that do not close: {error}")
            continue
        if unknown := fields - WORDING_FIELDS:
            part.fail(f"names {', '.join(sorted(unknown))}, which no certificate has")
    return {name: text for name, text in sentences.items() if text}


def _notices(node: _Node) -> dict[str, Any]:
    parts = node.parts("support_lines", optional={"weight": {}})
    lines = []
    for entry in parts["support_lines"].entries():
        line = entry.parts("names", "number")
        number = line["number"].text(_SUPPORT_NUMBER)
        lines.append({"names": line["names"].texts(), "number": number})
    return {"weight": parts["weight"].texts(), "support_lines": lines}


def _calendar(node: _Node) -> dict[str, Any]:
    """Return the days on which nobody works: each year's, those that follow Easter, single ones."""
    nothing: dict[str, Any] = {"every_year": [], "from_easter": [], "single": []}
    parts = node.parts(optional=nothing)
    offsets = parts["from_easter"].value or []
    for entry in offsets:
        if type(entry.value) is not int:
            entry.fail("has to be a whole number of days, such as -2 for Good Friday")
    days = [entry.day() for entry in parts["single"].value or []]
    return {
        "every_year": [entry.text(_DAY_OF_YEAR) for entry in parts["every_year"].value or []],
        "from_easter": [entry.value for entry in offsets],
        "single": [day.isoformat() for day in days if day],
    }


def _privacy(node: _Node) -> dict[str, Any]:
    parts = node.parts("summary", "points", "retention")
    points = parts["points"].parts(*PRIVACY_POINTS)
    rows = []
    for code in PRIVACY_POINTS:
        point = points[code].parts("titles", "texts")
        rows.append(
            {
                "code": code,
                "titles": point["titles"].texts(),
                "texts": _with_room(point["texts"]),
            }
        )
    return {
        "summary": _with_room(parts["summary"]),
        "points": rows,
        "retention": _retention(parts["retention"]),
    }


def _retention(node: _Node) -> list[dict[str, Any]]:
    """Return how many years each kind of data is kept; null is for good."""
    rows = []
    for code, entry in node.by_name().items():
        rule = entry.parts("names", "years")
        years = rule["years"].value
        if years is not None and (type(years) is not int or years < 1):
            rule["years"].fail("has to be a whole number from 1, or null for what is kept for good")
        rows.append({"code": code, "names": rule["names"].texts(), "years": years})
    return rows


def _with_room(node: _Node) -> dict[str, str]:
    """Return texts by language that may leave room for what the sponsors say."""
    texts = node.texts()
    for language, text in texts.items():
        part = node.value[language]
        try:
            fields = {field for _, field, _, _ in Formatter().parse(text) if field is not None}
        except ValueError as error:
            part.fail(f"has braces that do not close: {error}")
            continue
        if unknown := fields - PRIVACY_FIELDS:
            part.fail(f"names {', '.join(sorted(unknown))}, which no site says of itself")
    return texts


_PERIOD: dict[str, Any] = {"valid_from": None, "valid_to": None}


def _institutions(document: _Node) -> list[dict[str, Any]]:
    listed = document.parts("institutions")["institutions"]
    optional: dict[str, Any] = {
        "short_names": {},
        "aliases": [],
        "employer": True,
        "international": False,
    }
    rows = []
    for entry in listed.entries():
        parts = entry.parts("code", "kind", "names", optional=optional | _PERIOD)
        rows.append(
            {
                "code": parts["code"].text(_CODE),
                "kind": parts["kind"].text(_CODE),
                "names": parts["names"].texts(),
                "short_names": parts["short_names"].texts(),
                "aliases": parts["aliases"].list_of_texts(),
                "is_employer": parts["employer"].flag(),
                "is_international": parts["international"].flag(),
                **_period(entry, parts),
            }
        )
    _refuse_repeated(listed, [row["code"] for row in rows])
    return rows


def _districts(document: _Node) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    parts = document.parts(*KINDS_OF_DISTRICT, "crosswalk")
    codes: dict[str, set[str]] = {}
    districts: list[dict[str, Any]] = []
    for kind in KINDS_OF_DISTRICT:
        rows = [_district(entry, kind) for entry in parts[kind].entries()]
        _refuse_repeated(parts[kind], [row["code"] for row in rows])
        _refuse_repeated(parts[kind], [name for r in rows for name in (r["name"], *r["aliases"])])
        codes[kind] = {row["code"] for row in rows}
        districts += rows
    crosswalk = []
    for entry in parts["crosswalk"].entries():
        row = entry.parts(*KINDS_OF_DISTRICT, optional=_PERIOD)
        pair = {kind: row[kind].text(_CODE) for kind in KINDS_OF_DISTRICT}
        for kind, code in pair.items():
            if code and code not in codes[kind]:
                row[kind].fail(f"there is no {kind} district {code!r} in this file")
        crosswalk.append({**pair, **_period(entry, row)})
    return districts, crosswalk


def _district(entry: _Node, kind: str) -> dict[str, Any]:
    optional: dict[str, Any] = {"aliases": [], "national": False}
    parts = entry.parts("code", "name", optional=optional | _PERIOD)
    return {
        "kind": kind,
        "code": parts["code"].text(_CODE),
        "name": parts["name"].text(),
        "aliases": parts["aliases"].list_of_texts(),
        "is_national": parts["national"].flag(),
        **_period(entry, parts),
    }


def _period(entry: _Node, parts: _Parts) -> dict[str, date | None]:
    starts, ends = parts["valid_from"].day(), parts["valid_to"].day()
    if starts and ends and ends < starts:
        entry.fail("valid_to lies before valid_from")
    return {"valid_from": starts, "valid_to": ends}


def _refuse_repeated(node: _Node, values: Iterable[Any]) -> None:
    for value, times in Counter(values).items():
        if times > 1 and value:
            node.fail(f"{value!r} stands there {times} times")
