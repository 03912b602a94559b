"""Ids as messages have them."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from libs.kit.ids import id_in, text_of_id


@given(st.none() | st.uuids())
def test_an_id_comes_back_from_its_text_and_none_is_empty(one: UUID | None) -> None:
    assert id_in(text_of_id(one)) == one
    assert (text_of_id(one) == "") == (one is None)
