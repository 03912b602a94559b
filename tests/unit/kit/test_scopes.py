"""How far a right reaches."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.kit.access.scopes import Place, Scope, covers_person, covers_unit, widest

ME, OTHER, BOSS = UUID(int=1), UUID(int=2), UUID(int=3)
UNIT, PARENT, ELSEWHERE = UUID(int=10), UUID(int=11), UUID(int=12)
PLACE = Place(OTHER, chain=(ME, BOSS), dotted=(), units=(UNIT, PARENT))


@pytest.mark.parametrize("text", ["all", "self", "reports", f"unit:{UNIT}"])
def test_a_scope_reads_back_as_it_was_written(text: str) -> None:
    assert str(Scope.parse(text)) == text


@pytest.mark.parametrize("text", ["", "unit", "unit:", "all:1", "world", "unit:not-an-id"])
def test_what_is_no_scope_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Scope.parse(text)


def test_all_covers_everybody() -> None:
    assert covers_person(Scope("all"), None, PLACE)


def test_self_covers_the_holder_alone() -> None:
    assert covers_person(Scope("self"), OTHER, PLACE)
    assert not covers_person(Scope("self"), ME, PLACE)


def test_reports_covers_those_below_by_solid_and_dotted_line() -> None:
    assert covers_person(Scope("reports"), ME, PLACE)
    assert covers_person(Scope("reports"), BOSS, PLACE)
    assert covers_person(Scope("reports"), BOSS, Place(OTHER, dotted=(BOSS,)))
    assert not covers_person(Scope("reports"), OTHER, PLACE)


def test_a_unit_covers_itself_and_what_lies_below() -> None:
    assert covers_person(Scope("unit", UNIT), ME, PLACE)
    assert covers_person(Scope("unit", PARENT), ME, PLACE)
    assert not covers_person(Scope("unit", ELSEWHERE), ME, PLACE)
    assert covers_unit(Scope("unit", PARENT), [UNIT, PARENT])
    assert not covers_unit(Scope("reports"), [UNIT, PARENT])


def test_only_all_covers_the_whole_company() -> None:
    assert covers_unit(Scope("all"), [])
    assert not covers_unit(Scope("unit", UNIT), [])


def test_whoever_is_no_person_has_neither_self_nor_reports() -> None:
    assert not covers_person(Scope("self"), None, PLACE)
    assert not covers_person(Scope("reports"), None, PLACE)


ids = st.integers(1, 6).map(lambda n: UUID(int=n))
scopes = st.one_of(
    st.sampled_from([Scope("all"), Scope("self"), Scope("reports")]), ids.map(lambda unit: Scope("unit", unit))
)
places = st.builds(
    Place, ids, st.lists(ids, max_size=3).map(tuple), st.lists(ids, max_size=2).map(tuple), st.lists(ids).map(tuple)
)


@given(st.lists(scopes), ids, places)
def test_leaving_out_narrower_scopes_changes_nobodys_rights(held: list[Scope], holder: UUID, place: Place) -> None:
    before = any(covers_person(scope, holder, place) for scope in held)
    assert any(covers_person(scope, holder, place) for scope in widest(held)) == before
