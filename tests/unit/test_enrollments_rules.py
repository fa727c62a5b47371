"""Places that are limited, and partly kept for somebody."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from training.enrollments.rules import Group, GroupKind, fits, most_kept

PJ, MP = (Group(GroupKind.INSTITUTION, key) for key in (1, 2))
LIMA, CALLAO = (Group(GroupKind.DISTRICT, key) for key in (1, 2))
NOBODY: frozenset[Group] = frozenset()


def test_the_last_place_is_taken_and_no_more() -> None:
    for taken, expected in ((28, True), (29, True), (30, False), (31, False)):
        assert fits(capacity=30, taken=taken, present={}, quotas={}, newcomer=NOBODY) is expected, (
            taken
        )


def test_a_kept_place_waits_for_its_group() -> None:
    kept = {"capacity": 10, "taken": 8, "quotas": {CALLAO: 2}}
    assert not fits(**kept, present={}, newcomer=frozenset({PJ, LIMA}))
    assert fits(**kept, present={}, newcomer=frozenset({PJ, CALLAO}))
    assert fits(**kept, present={CALLAO: 1}, newcomer=frozenset({LIMA}))
    assert not fits(**kept | {"taken": 9}, present={CALLAO: 1}, newcomer=frozenset({LIMA}))


def test_one_person_may_fill_a_place_of_both_kinds() -> None:
    quotas = {PJ: 1, MP: 1, LIMA: 1, CALLAO: 1}
    two_left = {"capacity": 2, "taken": 0, "present": {}, "quotas": quotas}
    assert most_kept(quotas) == 2
    assert fits(**two_left, newcomer=frozenset({PJ, LIMA}))
    assert not fits(**two_left, newcomer=NOBODY)


def test_whoever_a_place_is_kept_for_gets_it_though_more_is_kept_than_is_left() -> None:
    late = {"capacity": 10, "taken": 9, "present": {}, "quotas": {CALLAO: 5}}
    assert fits(**late, newcomer=frozenset({CALLAO}))
    assert not fits(**late, newcomer=frozenset({LIMA}))


GROUPS = st.frozensets(st.sampled_from([PJ, MP, LIMA, CALLAO]), max_size=2)


@given(
    st.integers(1, 12),
    st.dictionaries(st.sampled_from([PJ, MP, LIMA, CALLAO]), st.integers(1, 4)),
    st.lists(GROUPS, max_size=30),
)
def test_a_cohort_is_never_oversold_and_keeps_what_it_promised(
    capacity: int, quotas: dict[Group, int], arrivals: list[frozenset[Group]]
) -> None:
    inside: list[frozenset[Group]] = []
    for newcomer in arrivals:
        present = Counter(group for person in inside for group in person)
        if fits(
            capacity=capacity,
            taken=len(inside),
            present=present,
            quotas=quotas,
            newcomer=newcomer,
        ):
            inside.append(newcomer)
    assert len(inside) <= capacity
    if most_kept(quotas) <= capacity:  # what a form accepts
        present = Counter(group for person in inside for group in person)
        for kind in GroupKind:
            missing = sum(
                max(0, places - present[group])
                for group, places in quotas.items()
                if group.kind == kind
            )
            refused_of_it = [a for a in arrivals if any(g.kind == kind for g in a)]
            if not refused_of_it:
                assert missing <= capacity - len(inside)
