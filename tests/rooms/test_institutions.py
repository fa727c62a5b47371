"""Countries as data: Peru's pack, an invented one, and what is refused."""

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import translation

from tests.factories.people import AT, PersonFactory, district, peru
from training.accounts.actions import set_document
from training.accounts.rules import BadDocument
from training.audit.actions import SYSTEM
from training.audit.models import Event
from training.institutions.actions import PACKS, load_country_pack
from training.institutions.models import Country, Crosswalk, District, Institution
from training.institutions.queries import (
    counterparts_of,
    district_called,
    support_lines,
    weight_notice,
)
from training.institutions.rules import BadPack, Problem

pytestmark = pytest.mark.django_db

ZARZA = Path(__file__).resolve().parents[1] / "data" / "country-zz"
TODAY = date(2026, 11, 24)


@pytest.fixture
def pack(tmp_path: Path) -> Callable[[str, str, str], Path]:
    """Return Zarza's pack with one text replaced in one file."""

    def mend(file: str, old: str, new: str) -> Path:
        folder = tmp_path / "pack"
        if not folder.exists():
            shutil.copytree(ZARZA, folder)
        text = (folder / file).read_text("utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new), "utf-8")
        return folder

    return mend


def problems(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(BadPack) as refused:
        load_country_pack(folder, at=AT)
    return refused.value.problems


def test_peru_has_34_districts_in_each_list_and_one_national_court() -> None:
    country = peru()
    judicial = District.objects.filter(country=country, kind="judicial")
    fiscal = District.objects.filter(country=country, kind="fiscal")
    assert judicial.filter(is_national=False).count() == 34
    assert [d.name for d in judicial.filter(is_national=True)] == [
        "Corte Superior Nacional de Justicia Penal Especializada"
    ]
    assert fiscal.count() == 34
    assert Crosswalk.objects.count() == 34


def test_former_names_find_the_district_of_today() -> None:
    country = peru()
    old = district_called("ventanilla", country=country, kind="judicial")
    assert old == district("Puente Piedra–Ventanilla")
    assert district_called("PUENTE PIEDRA - VENTANILLA", country=country, kind="judicial") == old
    assert district_called("Ventanilla", country=country, kind="fiscal") == district(
        "Lima Noroeste", "fiscal"
    )
    assert district_called("Cono Norte", country=country, kind="judicial") == district("Lima Norte")
    assert district_called("Ancash", country=country, kind="judicial") == district("Áncash")
    assert district_called("Atlantis", country=country, kind="judicial") is None


def test_a_present_name_wins_over_an_alias() -> None:
    country = peru()
    # "Lima" is a judicial district, and the former name of the fiscal "Lima Centro".
    assert district_called("Lima", country=country, kind="judicial") == district("Lima")
    assert district_called("Lima", country=country, kind="fiscal") == district(
        "Lima Centro", "fiscal"
    )


def test_the_two_lists_meet_in_the_crosswalk() -> None:
    peru()
    assert counterparts_of(district("Lima"), on=TODAY) == [district("Lima Centro", "fiscal")]
    assert counterparts_of(district("Lima Noroeste", "fiscal"), on=TODAY) == [
        district("Puente Piedra–Ventanilla")
    ]


def test_loading_twice_changes_nothing() -> None:
    first = load_country_pack(PACKS / "pe", at=AT)
    again = load_country_pack(PACKS / "pe", at=AT)
    assert len(first.created) == 1 + 16 + 69 + 34
    assert (again.created, again.changed) == ([], [])
    assert Event.objects.filter(verb="country pack loaded").count() == 1


def test_a_new_version_changes_what_it_says_and_leaves_an_event(
    pack: Callable[[str, str, str], Path],
) -> None:
    load_country_pack(ZARZA, at=AT)
    pack("country.yaml", 'version: "1"', 'version: "2"')
    folder = pack("districts.yaml", "name: Shore", "name: Long Shore, aliases: [Shore]")
    with translation.override("en"):
        loaded = load_country_pack(folder, at=AT)
    assert loaded.created == []
    assert loaded.changed == ["country Zarza Island", "district Long Shore"]
    assert Country.objects.get(code="ZZ").pack_version == "2"
    event = Event.objects.filter(verb="country pack loaded").first()
    assert event is not None
    assert event.detail == {"version": "2", "created": 0, "changed": 2}


def test_what_was_loaded_may_end_but_not_vanish(pack: Callable[[str, str, str], Path]) -> None:
    load_country_pack(ZARZA, at=AT)
    pack("districts.yaml", "  - {code: bay, name: The Bay, valid_to: 2025-12-31}\n", "")
    folder = pack(
        "districts.yaml", "  - {judicial: bay, fiscal: shore, valid_to: 2025-12-31}\n", ""
    )
    (problem,) = problems(folder)
    assert problem.field == "judicial district bay"
    assert "keep it" in problem.text


def test_a_second_country_needs_no_code() -> None:
    peru()
    zarza = load_country_pack(ZARZA, at=AT).country
    bay = district_called("the bay of old", country=zarza, kind="judicial")
    assert bay is not None
    assert counterparts_of(bay, on=TODAY) == [District.objects.get(name="Shore")]
    assert zarza.defaults["scale_maximum"] == 100
    assert [line.number for line in support_lines(zarza, language="en")] == ["77"]
    islander = PersonFactory()
    set_document(person=islander, kind="ZZ:shell", number="z-123", actor=SYSTEM, at=AT)
    islander.refresh_from_db()
    assert (islander.document_country, islander.document_number) == ("ZZ", "Z123")
    with pytest.raises(BadDocument):
        set_document(person=islander, kind="ZZ:shell", number="12345678", actor=SYSTEM, at=AT)


def test_districts_hold_on_their_first_and_last_day() -> None:
    load_country_pack(ZARZA, at=AT)

    def names(day: date) -> set[str]:
        return set(
            District.objects.filter(kind="judicial").valid_on(day).values_list("name", flat=True)
        )

    assert names(date(2025, 12, 31)) == {"The Bay"}
    assert names(date(2026, 1, 1)) == {"Great Bay"}


def test_peru_says_what_a_certificate_weighs() -> None:
    country = peru()
    assert "Ley 26335" in weight_notice(country, language="es")
    assert "Law 26335" in weight_notice(country, language="en")
    assert [line.number for line in support_lines(country, language="es")] == ["1818"]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            "country.yaml",
            "time_zone: Pacific/Auckland",
            "time_zone: Pacific/Zarza",
            "country.yaml:5: time_zone: 'Pacific/Zarza' is no time zone",
        ),
        ("country.yaml", 'version: "1"\n', "", "country.yaml:2: the file: version is missing"),
        (
            "country.yaml",
            'pattern: "Z[0-9]{3}"',
            'pattern: "Z[0-9"',
            "country.yaml:10: document_types[0].pattern: is no pattern",
        ),
        (
            "country.yaml",
            "{mark} of {scale}",
            "{mark} of {summit}",
            "country.yaml:20: wording.approval.en.sentence: names summit",
        ),
        (
            "country.yaml",
            "cut_score: 65",
            "cut_score: many",
            "country.yaml:15: defaults.cut_score: has to be a whole number",
        ),
        (
            "country.yaml",
            'number: "77"',
            "number: 77",
            "country.yaml:23: notices.support_lines[0].number: has to be a text",
        ),
        ("country.yaml", "code: ZZ", "code: NO", "country.yaml:2: code: has to be a text"),
        (
            "institutions.yaml",
            "kind: judiciary",
            "sort: judiciary",
            "institutions.yaml:2: institutions[0]: kind is missing",
        ),
        (
            "districts.yaml",
            "fiscal: shore, valid_from",
            "fiscal: cliff, valid_from",
            "districts.yaml:8: crosswalk[1].fiscal: there is no fiscal district 'cliff'",
        ),
        (
            "districts.yaml",
            "code: great-bay",
            "code: bay",
            "districts.yaml:2: judicial: 'bay' stands there 2 times",
        ),
        (
            "districts.yaml",
            "aliases: [The Bay of Old]",
            "aliases: [The Bay]",
            "districts.yaml:2: judicial: 'The Bay' stands there 2 times",
        ),
        (
            "districts.yaml",
            "valid_from: 2026-01-01}\nfiscal",
            "valid_from: 2026-01-01, valid_to: 2025-01-01}\nfiscal",
            "districts.yaml:3: judicial[1]: valid_to lies before valid_from",
        ),
        (
            "districts.yaml",
            "valid_from: 2026-01-01}\nfiscal",
            "valid_from: soon}\nfiscal",
            "districts.yaml:3: judicial[1].valid_from: has to be a date",
        ),
        ("districts.yaml", "judicial:\n", "judicial: [\n", "is not YAML"),
        (
            "districts.yaml",
            "name: Shore}",
            "name: Shore, name: Sea}",
            "fiscal[0].name: is given twice",
        ),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_field(
    pack: Callable[[str, str, str], Path], file: str, old: str, new: str, expected: str
) -> None:
    found = [str(problem) for problem in problems(pack(file, old, new))]
    assert any(expected in text for text in found), found
    assert not Country.objects.exists()


def test_a_missing_file_is_named(pack: Callable[[str, str, str], Path]) -> None:
    folder = pack("country.yaml", "ZZ", "ZZ")
    (folder / "districts.yaml").unlink()
    assert [str(problem) for problem in problems(folder)] == [
        "districts.yaml:1: the file: is missing"
    ]


def test_the_command_loads_a_shipped_pack_and_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_country_pack", "pe")
    call_command("load_country_pack", str(ZARZA))
    assert capsys.readouterr().out.splitlines() == [
        "PE 2026-11-25.2: 120 created, 0 changed.",
        "ZZ 1: 7 created, 0 changed.",
    ]


def test_the_command_refuses_in_words(pack: Callable[[str, str, str], Path]) -> None:
    with pytest.raises(CommandError, match="There is no pack 'xx'"):
        call_command("load_country_pack", "xx")
    folder = pack("country.yaml", "code: ZZ", "code: Zarza")
    with pytest.raises(CommandError, match=r"country\.yaml:2: code: 'Zarza' does not look like"):
        call_command("load_country_pack", str(folder))


def test_the_database_keeps_codes_single_and_periods_forward() -> None:
    country = peru()
    with pytest.raises(IntegrityError), transaction.atomic():
        District.objects.create(country=country, kind="judicial", code="lima", name="Lima bis")
    with pytest.raises(IntegrityError), transaction.atomic():
        District.objects.create(
            country=country,
            kind="judicial",
            code="new",
            name="New",
            valid_from=TODAY,
            valid_to=TODAY - timedelta(days=1),
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Institution.objects.create(code="pj", names={"es": "Otro"}, kind="judiciary")
    pair = Crosswalk.objects.first()
    assert pair is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        Crosswalk.objects.create(judicial=pair.judicial, fiscal=pair.fiscal)
