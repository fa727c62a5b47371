"""Load a country's pack: its institutions, districts, documents, wording and defaults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import models, transaction

from training.audit.actions import SYSTEM, Actor, record_event
from training.institutions.models import Country, Crosswalk, District, Institution
from training.institutions.rules import FILES, BadPack, Pack, Problem, parse_pack

PACKS = Path(__file__).resolve().parent / "packs"

Follower = Callable[[Country, datetime, Actor], None]
_followers: list[Follower] = []


@dataclass
class Loaded:
    """What loading a pack did."""

    country: Country
    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def follow_packs(follower: Follower) -> None:
    """Call `follower` in the transaction of each pack that is loaded, once it is stored.

    Rooms above sign up here when the application starts; the same one only once.
    """
    if follower not in _followers:
        _followers.append(follower)


def read_pack(folder: Path) -> Pack:
    """Return the pack in a folder; raise BadPack with every problem, each with file and line."""
    return parse_pack(
        {name: (folder / name).read_text("utf-8") for name in FILES if (folder / name).exists()}
    )


@transaction.atomic
def load_country_pack(folder: Path, *, at: datetime, actor: Actor = SYSTEM) -> Loaded:
    """Bring a country to what its pack says; a second time it changes nothing.

    Nothing is ever deleted, for records point at it: what an earlier pack had, this one must
    have too, closed with `valid_to` where it has ended. Otherwise BadPack.
    """
    pack = read_pack(folder)
    country = Country.objects.filter(code=pack.country["code"]).first()
    if country:
        _refuse_missing(pack, country)
    else:
        country = Country()
    loaded = Loaded(country=country)
    _bring(loaded, country, pack.country)
    for row in pack.institutions:
        international = row["is_international"]
        values = {name: value for name, value in row.items() if name != "is_international"}
        values["country"] = None if international else country
        institution = Institution.objects.filter(code=row["code"]).first()
        _bring(loaded, institution or Institution(), values)
    known = {(d.kind, d.code): d for d in District.objects.filter(country=country)}
    for row in pack.districts:
        district = known.setdefault((row["kind"], row["code"]), District(country=country))
        _bring(loaded, district, row)
    pairs = {
        (pair.judicial_id, pair.fiscal_id): pair
        for pair in Crosswalk.objects.filter(judicial__country=country)
    }
    for row in pack.crosswalk:
        judicial, fiscal = known["judicial", row["judicial"]], known["fiscal", row["fiscal"]]
        pair = pairs.get((judicial.pk, fiscal.pk)) or Crosswalk()
        _bring(loaded, pair, {**row, "judicial": judicial, "fiscal": fiscal})
    if loaded.created or loaded.changed:
        record_event(
            actor=actor,
            verb="country pack loaded",
            record=country,
            at=at,
            detail={
                "version": country.pack_version,
                "created": len(loaded.created),
                "changed": len(loaded.changed),
            },
        )
    for follower in _followers:
        follower(country, at, actor)
    return loaded


def _bring(loaded: Loaded, row: models.Model, values: Mapping[str, Any]) -> None:
    is_new = row._state.adding
    differing = [name for name, value in values.items() if is_new or getattr(row, name) != value]
    if not differing:
        return
    for name in differing:
        setattr(row, name, values[name])
    row.save()
    label = f"{row._meta.model_name} {row}"
    (loaded.created if is_new else loaded.changed).append(label)


def _refuse_missing(pack: Pack, country: Country) -> None:
    given = {(row["kind"], row["code"]) for row in pack.districts}
    codes = {row["code"] for row in pack.institutions}
    missing = [
        (FILES[2], f"{kind} district {code}")
        for kind, code in District.objects.filter(country=country).values_list("kind", "code")
        if (kind, code) not in given
    ] + [
        (FILES[1], f"institution {code}")
        for code in Institution.objects.filter(country=country).values_list("code", flat=True)
        if code not in codes
    ]
    if missing:
        raise BadPack(
            [
                Problem(file, 1, thing, "was loaded before and is missing; keep it with valid_to")
                for file, thing in missing
            ]
        )
