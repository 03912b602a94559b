"""The counting finds what it is there to find: each kind of loss, doubling and disorder, planted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from libs.kit.bus import Message
from libs.kit.ids import uuid7
from tests.support.fault_counts import Counts, Found, count
from tests.support.front_office import Answer, Book

PERSON, GRANT, POST = str(uuid7()), str(uuid7()), str(uuid7())
HIRED, MOVED = uuid7(), uuid7()


def told(event_id: UUID, kind: str) -> Message:
    name = f"mainstay.employees.v1.{kind}"
    return Message("employees.lifecycle", PERSON, b"", event_id, name, "employees", datetime.now(UTC))


HIRING, MOVING = told(HIRED, "EmployeeHired"), told(MOVED, "EmployeeTransferred")
PLACE = {"employee_id": PERSON, "post_id": POST}
GOOD = Found(
    people={PERSON: "F1"},
    posts={PERSON: POST},
    grants={GRANT: PERSON},
    accounts={PERSON: 1},
    ours=[PLACE],
    copied=[PLACE],
    recorded={HIRED: 1, MOVED: 2},
    told=[HIRING, MOVING],
)
BOOK = Book(hired={PERSON: "F1"}, moved={PERSON}, granted={GRANT: PERSON})


def test_what_is_whole_counts_as_whole() -> None:
    assert count(BOOK, POST, GOOD) == Counts(0, 0, 0, 0, 0, 0)


def test_messages_told_twice_are_no_harm_and_are_counted() -> None:
    again: Sequence[Message] = [HIRING, MOVING, HIRING, MOVING]
    assert count(BOOK, POST, replace(GOOD, told=again)) == Counts(0, 0, 0, 0, 2, 0)


MISTAKES: dict[str, tuple[str, Callable[[Found], Found]]] = {
    "a hire is gone": ("lost", lambda found: replace(found, people={})),
    "a transfer is undone": ("lost", lambda found: replace(found, posts={PERSON: str(uuid7())})),
    "a grant is gone": ("lost", lambda found: replace(found, grants={})),
    "an account was never made": ("lost", lambda found: replace(found, accounts={})),
    "a hire was never told": ("lost", lambda found: replace(found, told=[MOVING])),
    "a hire is told as two": (
        "doubled",
        lambda found: replace(
            found,
            told=[HIRING, told(UUID(int=1), "EmployeeHired"), MOVING],
            recorded={**found.recorded, UUID(int=1): 1},
        ),
    ),
    "a grant was given twice": ("doubled", lambda found: replace(found, grants={GRANT: PERSON, "other": PERSON})),
    "somebody has two accounts": ("doubled", lambda found: replace(found, accounts={PERSON: 2})),
    "the transfer is told before the hire": ("disorder", lambda found: replace(found, told=[MOVING, HIRING])),
    "the copy is behind": ("differing", lambda found: replace(found, copied=[{**PLACE, "post_id": "another"}])),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake(mistake: str) -> None:
    kind, plant = MISTAKES[mistake]
    assert getattr(count(BOOK, POST, plant(GOOD)), kind)


@pytest.mark.parametrize(("status", "headers"), [(500, {"retry-after": "2"}), (503, {}), (504, {"retry-after": "2"})])
def test_mistake_another_answer_than_to_try_again(status: int, headers: dict[str, str]) -> None:
    book = Book(answers=[Answer(200, {}, {}, 0.1), Answer(503, {}, {"retry-after": "2"}, 0.1)])
    assert book.unadvised() == []
    book.answers.append(Answer(status, {}, headers, 0.1))
    assert len(book.unadvised()) == 1
