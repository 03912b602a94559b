"""What somebody else did at the issuer, told from the state of account and entry alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.issuer import Entry
from services.identity.issuer_rules import Claim, Finding, Standing, altered, claim, judge, too_many_missing

ACCOUNT = Standing("person", "a-1", "E0107", "open", erased=False, let_in=True, in_step=True)
ENTRY = Entry("k-1", "person", "e0107", let_in=True, account_id="a-1", employee_number="E0107")


@pytest.mark.parametrize(
    ("account", "entry", "finding"),
    [
        (ACCOUNT, ENTRY, Finding.FINE),
        (ACCOUNT, None, Finding.MISSING),
        (ACCOUNT, replace(ENTRY, let_in=False), Finding.SHUT_THERE),
        (replace(ACCOUNT, in_step=False), replace(ENTRY, let_in=False), Finding.SHUT_THERE),
        # We shut it ourselves and the account was reinstated since: letting in again is on its way.
        (replace(ACCOUNT, let_in=False, in_step=False), replace(ENTRY, let_in=False), Finding.FINE),
        (replace(ACCOUNT, state="suspended", let_in=False), ENTRY, Finding.LET_IN_THERE),
        (replace(ACCOUNT, state="suspended", in_step=False), ENTRY, Finding.FINE),
        (replace(ACCOUNT, state="closed", let_in=False), replace(ENTRY, let_in=False), Finding.FINE),
        (ACCOUNT, replace(ENTRY, employee_number="E0001"), Finding.ALTERED),
        (ACCOUNT, replace(ENTRY, account_id="a-2"), Finding.ALTERED),
        (ACCOUNT, replace(ENTRY, username="e0001"), Finding.ALTERED),
        (replace(ACCOUNT, in_step=False), replace(ENTRY, employee_number="E0001"), Finding.FINE),
    ],
)
def test_what_is_found(account: Standing, entry: Entry | None, finding: Finding) -> None:
    assert judge(account, entry) is finding


@given(st.sampled_from(["open", "suspended", "closed"]), st.booleans(), st.booleans(), st.booleans())
def test_nothing_done_there_ever_lets_anybody_in(state: str, told: bool, let_in: bool, in_step: bool) -> None:
    finding = judge(replace(ACCOUNT, state=state, let_in=told, in_step=in_step), replace(ENTRY, let_in=let_in))
    assert finding is not Finding.SHUT_THERE or state == "open"
    if state != "open" and let_in and in_step:
        assert finding is Finding.LET_IN_THERE


def test_all_that_was_altered_is_named() -> None:
    assert altered(ACCOUNT, replace(ENTRY, username="x", account_id="", employee_number="")) == (
        "username",
        "account_id",
        "employee_number",
    )


@pytest.mark.parametrize(
    ("missing", "of", "lost"),
    [(1, 1, False), (2, 2, True), (1, 100, False), (5, 100, False), (6, 100, True), (5, 90, False), (0, 0, False)],
)
def test_an_issuer_that_lost_its_entries_is_told_from_somebody_deleting_a_few(
    missing: int, of: int, lost: bool
) -> None:
    found = [Finding.MISSING] * missing + [Finding.FINE] * (of - missing)
    assert too_many_missing(found) is lost


@pytest.mark.parametrize(
    ("entry", "kept", "whose"),
    [
        (ENTRY, None, Claim.OURS),
        (replace(ENTRY, account_id=""), "k-1", Claim.OURS),
        (replace(ENTRY, account_id="a-2"), "k-1", Claim.OURS),
        (replace(ENTRY, account_id="a-2", free_to_take=True), None, Claim.OTHERS),
        (replace(ENTRY, account_id="", free_to_take=True), None, Claim.FREE),
        (replace(ENTRY, account_id=""), "k-2", Claim.OTHERS),
    ],
)
def test_an_entry_is_taken_over_only_while_it_is_free(entry: Entry, kept: str | None, whose: Claim) -> None:
    assert claim("a-1", kept, entry) is whose
