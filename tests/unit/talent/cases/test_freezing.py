"""What is frozen reads the same however it was put together, and differs when anything in it does."""

from __future__ import annotations

import hashlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.talent.cases import freezing

texts = st.text(st.characters(codec="utf-8"), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
contents = st.dictionaries(texts, values, max_size=5)


@given(contents)
def test_the_order_in_which_it_was_put_together_does_not_count(content: dict[str, Any]) -> None:
    turned = dict(reversed(content.items()))
    assert freezing.digest(freezing.canonical(content)) == freezing.digest(freezing.canonical(turned))


@given(contents, contents)
def test_only_the_same_content_has_the_same_hash(one: dict[str, Any], other: dict[str, Any]) -> None:
    same = freezing.canonical(one) == freezing.canonical(other)
    assert (freezing.digest(freezing.canonical(one)) == freezing.digest(freezing.canonical(other))) == same


def test_the_text_and_its_hash_are_what_anybody_can_make_by_hand() -> None:
    text = freezing.canonical({"理由": "试用", "months": 3, "all": [True, None]})
    assert text == '{"all":[true,null],"months":3,"理由":"试用"}'
    assert freezing.digest(text) == hashlib.sha256(text.encode("utf-8")).hexdigest()
