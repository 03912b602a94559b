"""The demo company's people have said what they want, and always the same."""

from __future__ import annotations

from mainstay.talent.v1.profiles_pb2 import SHIFT_OFFICE, SHIFT_UNSPECIFIED
from services.talent.demo import Worker, wishes

WORKERS = [Worker(f"E{number:04}", ("production", "quality", "finance")[number % 3]) for number in range(300)]


def test_some_have_said_what_they_want_and_some_of_those_take_nothing_else() -> None:
    said = wishes(WORKERS)
    assert 90 < len(said) < 150
    assert 20 < sum(one.shift_firm for one in said.values()) < len(said) / 2
    assert all(one.shift != SHIFT_UNSPECIFIED for one in said.values())


def test_what_somebody_wants_does_not_depend_on_who_else_is_asked() -> None:
    said = wishes(WORKERS)
    for worker in WORKERS[:50]:
        assert wishes([worker]).get(worker.number) == said.get(worker.number)


def test_everybody_names_their_own_family_first() -> None:
    family = {one.number: one.family for one in WORKERS}
    said = wishes(WORKERS)
    assert all(one.families[0] == family[number] and len(one.families) == 2 for number, one in said.items())
    assert {one.shift for number, one in said.items() if family[number] == "finance"} == {SHIFT_OFFICE}
