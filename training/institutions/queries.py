"""Reads about countries, institutions and districts."""

from dataclasses import dataclass
from datetime import date

from training.institutions.models import Country, District
from training.institutions.rules import folded
from training.kernel.texts import in_language


@dataclass(frozen=True)
class SupportLine:
    """A number that somebody in distress can call."""

    name: str
    number: str


def support_lines(country: Country, *, language: str) -> list[SupportLine]:
    """Return the country's support lines, for content notices (R-23)."""
    return [
        SupportLine(name=in_language(line["names"], language), number=line["number"])
        for line in country.notices.get("support_lines", [])
    ]


def weight_notice(country: Country, *, language: str) -> str:
    """Return what the country says about the weight of a certificate (R-49), or ''."""
    return in_language(country.notices.get("weight", {}), language)


def district_called(
    name: str, *, country: Country, kind: str, on: date | None = None
) -> District | None:
    """Return the district of that name or former name; a present name wins over an alias."""
    everything = District.objects.filter(country=country, kind=kind)
    districts = list(everything.valid_on(on) if on else everything)
    wanted = folded(name)
    named = [district for district in districts if folded(district.name) == wanted]
    aliased = [d for d in districts if wanted in {folded(alias) for alias in d.aliases}]
    return next(iter(named + aliased), None)


def counterparts_of(district: District, *, on: date) -> list[District]:
    """Return the districts of the other list that serve its territory on a day."""
    other = "fiscal" if district.kind == District.Kind.JUDICIAL else "judicial"
    pairs = getattr(district, f"to_{other}").valid_on(on).select_related(other)
    return [getattr(pair, other) for pair in pairs]
