"""Pure: how an account and its entry at the sign-in issuer stand to each other, and what follows.

The account here is the truth about rights, names and numbers. Two things done at the issuer count here all the same,
because whoever does them means that somebody must not come in: an entry shut there, and an entry deleted there. Both
suspend the account. Nothing done there ever lets anybody in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from services.identity.issuer import Entry

PERSON = "person"
OPEN = "open"
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
# What may be wrong with as many entries is their own.
_FEW = 5


@dataclass(frozen=True)
class Standing:
    """An account as it is now, with what the issuer was last told. `in_step` is False while a change is on its way."""

    kind: str
    account_id: str
    username: str
    state: str
    erased: bool
    let_in: bool
    in_step: bool


class Finding(Enum):
    """What a look at an entry says. The first that holds, in this order."""

    MISSING = "missing"
    SHUT_THERE = "shut_there"
    LET_IN_THERE = "let_in_there"
    ALTERED = "altered"
    FINE = "fine"


def altered(account: Standing, entry: Entry) -> tuple[str, ...]:
    """What an entry says otherwise than the account: `username`, `account_id`, `employee_number`, whatever the case."""
    said = {"username": (entry.username, account.username), "account_id": (entry.account_id, account.account_id)}
    if account.kind == PERSON:
        said["employee_number"] = (entry.employee_number, account.username)
    return tuple(name for name, (there, here) in said.items() if there.casefold() != here.casefold())


def judge(account: Standing, entry: Entry | None) -> Finding:
    """What somebody else did to an entry that was there.

    While a change of ours is on its way only what it would undo is found: that the entry is missing, or shut after it
    was told to let in. Everything else the change itself puts right.
    """
    if entry is None:
        return Finding.MISSING
    if account.state == OPEN and account.let_in and not entry.let_in:
        return Finding.SHUT_THERE
    if not account.in_step:
        return Finding.FINE
    if entry.let_in and account.state != OPEN:
        return Finding.LET_IN_THERE
    return Finding.ALTERED if altered(account, entry) else Finding.FINE


class Claim(Enum):
    """Whose an entry is that was found for an account."""

    OURS = "ours"
    FREE = "free"
    OTHERS = "others"


def claim(account_id: str, entry_id: str | None, entry: Entry) -> Claim:
    """By the account the entry names, or by the `entry_id` kept for the account; FREE is what may be taken over."""
    if account_id == entry.account_id or entry.entry_id == entry_id:
        return Claim.OURS
    return Claim.FREE if entry.free_to_take and not entry.account_id else Claim.OTHERS


def pause(tries: int) -> timedelta:
    """How long a failed entry rests: 1 s after the first try, twice as long after each, a minute at most; for ever."""
    return timedelta(seconds=min(_FIRST_PAUSE * 2 ** min(max(tries - 1, 0), 10), _LONGEST_PAUSE))


def too_many_refused(refused: int, looked_at: int) -> bool:
    """Whether the issuer gives out nothing at all, and not single entries are the trouble: none of more than five."""
    return looked_at > _FEW and refused == looked_at


def too_many_missing(looked_at: Sequence[Finding]) -> bool:
    """Whether so many entries are missing that the issuer, and not somebody's work there, must have lost them.

    All of several, or more than five and more than a twentieth of those looked at.
    """
    missing = sum(finding is Finding.MISSING for finding in looked_at)
    return missing > 1 and (missing == len(looked_at) or (missing > _FEW and missing * 20 > len(looked_at)))
