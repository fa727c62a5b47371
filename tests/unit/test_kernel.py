"""The kernel: numbers that survive a hand-written copy, arrows, texts, providers."""

import string
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from training.kernel.activities import (
    ActivityReference,
    UnknownProvider,
    provider_named,
    provider_names,
    sign_up,
)
from training.kernel.identifiers import (
    READABLE,
    BadIdentifier,
    check_digits,
    new_code,
    normalise_code,
    normalise_registry_number,
    printed_code,
    registry_number,
)
from training.kernel.lifecycle import IllegalTransition, Lifecycle
from training.kernel.texts import in_language

numbers = st.builds(
    registry_number,
    series=st.text(string.ascii_uppercase, min_size=1, max_size=8),
    year=st.integers(2000, 2999),
    sequence=st.integers(1, 999_999),
)
codes = st.text(READABLE, min_size=16, max_size=16).map(printed_code)


def test_the_check_digits_agree_with_the_standard() -> None:
    # ISO/IEC 7064 MOD 97-10 is also the check of an IBAN: here GB82 WEST 1234 5698 7654 32.
    assert check_digits("WEST12345698765432GB") == "82"
    with pytest.raises(BadIdentifier):
        check_digits("TIP 2026")


def test_a_registry_number_is_printed_in_four_parts() -> None:
    number = registry_number(series="TIP", year=2026, sequence=42)
    assert number.startswith("TIP-2026-000042-")
    assert normalise_registry_number(f"  {number.lower()} ") == number


@given(numbers)
def test_every_number_that_is_printed_is_understood(number: str) -> None:
    assert normalise_registry_number(number) == number
    assert normalise_registry_number(number.lower()) == number


@given(numbers, st.data())
def test_one_wrong_character_is_always_noticed(number: str, data: st.DataObject) -> None:
    places = [place for place, character in enumerate(number) if character != "-"]
    place = data.draw(st.sampled_from(places))
    wrong = data.draw(st.sampled_from(string.digits + string.ascii_uppercase))
    assume(wrong != number[place])
    with pytest.raises(BadIdentifier):
        normalise_registry_number(number[:place] + wrong + number[place + 1 :])


@given(numbers, st.data())
def test_two_neighbours_swapped_are_always_noticed(number: str, data: st.DataObject) -> None:
    places = [
        place
        for place in range(len(number) - 1)
        if "-" not in number[place : place + 2] and number[place] != number[place + 1]
    ]
    assume(places)
    place = data.draw(st.sampled_from(places))
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    with pytest.raises(BadIdentifier):
        normalise_registry_number(swapped)


@pytest.mark.parametrize(
    "typed", ["", "TIP", "TIP-2026-000042", "TIP-2026-000042-", "ñ-1-2-3", "TIP-26-42-1"]
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(BadIdentifier):
        normalise_registry_number(typed)


@pytest.mark.parametrize("series", ["", "tip", "TIP2", "ÑA", "NINELETTERS"])
def test_a_series_is_letters_only(series: str) -> None:
    with pytest.raises(BadIdentifier):
        registry_number(series=series, year=2026, sequence=1)


@given(codes)
def test_misread_letters_of_a_code_are_mended(code: str) -> None:
    misread = code.replace("0", "O").replace("1", "l").lower()
    assert normalise_code(misread) == code
    assert normalise_code(code.replace("-", " ").replace("1", "I")) == code


@pytest.mark.parametrize("typed", ["", "ABCD-EFGH-JKMN", "ABCD-EFGH-JKMN-PQRU", "A" * 17])
def test_what_is_no_code_is_refused(typed: str) -> None:
    with pytest.raises(BadIdentifier):
        normalise_code(typed)


def test_new_codes_are_well_formed_and_differ() -> None:
    drawn = {new_code() for _ in range(200)}
    assert len(drawn) == 200
    assert all(normalise_code(code) == code for code in drawn)


LIGHTS = Lifecycle({"green": frozenset({"yellow"}), "yellow": frozenset({"red"})})


def test_a_lifecycle_knows_its_arrows() -> None:
    assert LIGHTS.states == {"green", "yellow", "red"}
    assert LIGHTS.sources("red") == {"yellow"}
    LIGHTS.require("green", "yellow")


@given(st.sampled_from(sorted(LIGHTS.states)), st.sampled_from(sorted(LIGHTS.states)))
def test_an_arrow_that_is_not_drawn_is_illegal(source: str, target: str) -> None:
    assume((source, target) not in {("green", "yellow"), ("yellow", "red")})
    assert not LIGHTS.allows(source, target)
    with pytest.raises(IllegalTransition) as refusal:
        LIGHTS.require(source, target)
    assert (refusal.value.source, refusal.value.target) == (source, target)


def test_a_text_falls_back_on_its_language_then_on_any() -> None:
    texts = {"es": "trata", "en": "trafficking", "qu": ""}
    assert in_language(texts, "en") == "trafficking"
    assert in_language(texts, "es-pe") == "trata"
    assert in_language(texts, "qu") == "trata"
    assert in_language({}, "es") == ""


class _Walks:
    name = "test-walks"
    icon = "lesson"
    is_scored = False

    def address(self, *, enrollment: UUID, activity: ActivityReference) -> str:
        return f"/walks/{activity.key}/"

    def digest(self, *, activity: ActivityReference) -> str:
        return activity.key


class _OtherWalks(_Walks):
    pass


def test_a_provider_signs_up_once_under_its_name() -> None:
    walks = _Walks()
    sign_up(walks)
    sign_up(_Walks())  # the application may start twice in one process
    assert "test-walks" in provider_names()
    assert provider_named("test-walks").icon == "lesson"
    with pytest.raises(ValueError, match="already called"):
        sign_up(_OtherWalks())
    with pytest.raises(UnknownProvider):
        provider_named("nobody")
