"""The access lists follow who may read what, and touch nobody else's entries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.kit.bus.readers import MARK, Entry, difference, entries, principal

DENY = 2
Readers = dict[str, frozenset[str]]
READERS = st.dictionaries(
    st.sampled_from(["warehouse", "erp", "ware", "crm-2"]), st.frozensets(st.sampled_from(["a.b", "a.c", "d.e"]))
)
MIRROR = Entry(2, "a.b", 3, "User:mirror", "*", 3, 3)
EVERYBODY = Entry(2, "a.b", 3, "User:*", "*", 8, 3)
BLOCKED = Entry(2, "*", 3, "User:warehouse", "*", 3, DENY)


@given(READERS, READERS)
def test_what_is_there_becomes_what_is_meant(before: Readers, after: Readers) -> None:
    there = {entry for client, topics in before.items() for entry in entries(client, topics)}
    taken, added = difference(there, after)
    assert (there - taken) | added == {entry for client, topics in after.items() for entry in entries(client, topics)}


@given(READERS)
def test_nothing_changes_what_is_right_already(readers: Readers) -> None:
    there = {entry for client, topics in readers.items() for entry in entries(client, topics)}
    assert difference(there, readers) == (set(), set())


def test_entries_of_others_and_what_an_operator_denies_stay() -> None:
    there = {MIRROR, EVERYBODY, BLOCKED, *entries("warehouse", {"a.b"})}
    taken, _ = difference(there, {"warehouse": set()})
    assert taken == entries("warehouse", {"a.b"})


def test_a_client_nobody_knows_any_more_is_known_by_its_mark() -> None:
    taken, _ = difference({MIRROR, *entries("forgotten", {"a.b", "a.c"})}, {})
    assert taken == entries("forgotten", {"a.b", "a.c"})
    assert {entry.name for entry in taken} == {"forgotten", "forgotten.", "a.b", "a.c", MARK}


def test_what_a_client_got_by_hand_beside_its_rights_is_taken() -> None:
    """A right to write, say: what a client of ours may do follows from its grants alone."""
    by_hand = Entry(2, "a.b", 3, "User:warehouse", "*", 4, 3)
    taken, added = difference({by_hand}, {"warehouse": {"a.b"}})
    assert taken == {by_hand}
    assert added == entries("warehouse", {"a.b"})


@pytest.mark.parametrize("name", ["*", "", "a.b", "a b", "User:x", "a\n", "x" * 101])
def test_a_name_that_could_mean_somebody_else_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be named"):
        principal(name)
