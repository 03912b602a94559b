"""Page tokens continue one list under one set of filters, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.kit.errors import PageTokenInvalid
from libs.kit.pages import key_in, size_of, token_after
from mainstay.employees.v1 import organization_pb2, people_pb2


@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20), min_size=1, max_size=3))
def test_a_token_gives_back_the_key_it_was_made_of(key: list[str]) -> None:
    request = people_pb2.ListEmployeesRequest(query="wxm")
    request.page_token = token_after(request, *key)
    assert key_in(request, len(key)) == tuple(key)


def test_a_token_survives_another_page_size_but_not_other_filters() -> None:
    first = people_pb2.ListEmployeesRequest(query="wxm")
    token = token_after(first, "E0001")
    assert key_in(people_pb2.ListEmployeesRequest(query="wxm", page_size=10, page_token=token)) == ("E0001",)
    with pytest.raises(PageTokenInvalid):
        key_in(people_pb2.ListEmployeesRequest(query="other", page_token=token))
    with pytest.raises(PageTokenInvalid):
        key_in(organization_pb2.ListPostsRequest(query="wxm", page_token=token))


@given(st.text(max_size=60))
def test_a_made_up_token_is_refused_and_never_an_error_of_ours(text: str) -> None:
    request = people_pb2.ListEmployeesRequest(page_token=text)
    if text:
        with pytest.raises(PageTokenInvalid):
            key_in(request)


def test_the_first_page_has_no_key_and_fifty_rows() -> None:
    assert key_in(people_pb2.ListEmployeesRequest()) is None
    assert size_of(people_pb2.ListEmployeesRequest()) == 50


@pytest.mark.parametrize("part", ["\0", "\ud800"])
def test_a_key_that_postgresql_cannot_hold_is_refused(part: str) -> None:
    request = people_pb2.ListEmployeesRequest()
    request.page_token = token_after(request, part)
    with pytest.raises(PageTokenInvalid):
        key_in(request)
