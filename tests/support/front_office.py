"""HR at work without pause while things break: hires, transfers, grants and looks, and remembers what was confirmed.

A change is asked for again, with the same idempotency key, only when no answer came or the answer was to try again.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter as Tally
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Self
from uuid import uuid4

from tests.support.company import eventually

_PAUSE_SECONDS = 0.1
_KNOWN_SECONDS = 30
_PEOPLE_A_GRANT = 4
# No answer of the front door takes so long: its own deadline is ten seconds.
_ANSWER_SECONDS = 20.0


class Unanswered(Exception):
    """The connection ended, or the time, before an answer came."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]
    seconds: float

    @property
    def reason(self) -> str:
        return str(self.body.get("reason", "")) if self.status != 200 and isinstance(self.body, dict) else ""


@dataclass
class Book:
    """Everything the front door said, and what it confirmed. `hired`: number by person; `moved`: people."""

    hired: dict[str, str] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    granted: dict[str, str] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    unanswered: int = 0

    def statuses(self) -> dict[str, int]:
        return dict(Tally(f"{one.status} {one.reason}".strip() for one in self.answers))

    def failed(self) -> list[Answer]:
        return [one for one in self.answers if one.status != 200]

    def unadvised(self) -> list[str]:
        """What was said of failures other than a 503 with the advice when to come back."""
        return [
            f"{one.status} {one.body}"
            for one in self.failed()
            if one.status != 503 or not one.headers.get("retry-after", "").isdigit()
        ]

    def slowest(self) -> float:
        return max((one.seconds for one in self.answers), default=0.0)

    def quantile(self, share: float) -> float:
        ranked = sorted(one.seconds for one in self.answers)
        return ranked[min(len(ranked) - 1, int(len(ranked) * share))] if ranked else 0.0

    def line(self) -> str:
        return (
            f"{len(self.answers)} answers {self.statuses()}, {self.unanswered} unanswered; "
            f"{len(self.hired)} hired, {len(self.moved)} moved, {len(self.granted)} granted; "
            f"p50 {self.quantile(0.5) * 1000:.0f} ms, p99 {self.quantile(0.99) * 1000:.0f} ms, "
            f"max {self.slowest() * 1000:.0f} ms"
        )


class Line:
    """One connection kept open, one request after another. Raises Unanswered and begins anew with the next request."""

    def __init__(self, port: int, host: str, cookie: str, book: Book, *, timeout_ms: int = 0) -> None:
        self.book = book
        self._port = port
        self._rest = (
            f" HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nX-Mainstay: portal\r\nAccept-Language: en\r\n"
            "Content-Type: application/json\r\n"
        ) + (f"X-Timeout-Ms: {timeout_ms}\r\n" if timeout_ms else "")
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._drop()

    async def ask(self, verb: str, path: str, /, **body: Any) -> Answer:
        content = json.dumps(body).encode() if verb != "GET" else b""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                answer = await self._exchange(verb, path, content, began)
        except (OSError, EOFError, TimeoutError) as error:
            self._drop()
            self.book.unanswered += 1
            raise Unanswered(type(error).__name__) from error
        self.book.answers.append(answer)
        return answer

    async def _exchange(self, verb: str, path: str, content: bytes, began: float) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        length = f"Content-Length: {len(content)}\r\n" if content else ""
        writer.write(f"{verb} {path}{self._rest}{length}\r\n".encode() + content)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        raw = await reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection", "").lower() == "close":
            self._drop()
        return Answer(int(first.split()[1]), json.loads(raw or b"{}"), headers, time.perf_counter() - began)

    def _drop(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


class Refused(Exception):
    """An answer that no repeating changes, unless what it misses is on its way."""

    def __init__(self, asked: str, answer: Answer) -> None:
        super().__init__(f"{asked}: {answer.status} {answer.body}")
        self.reason = answer.reason


class Office:
    """`line()` gives a connection of HR's own. `open` makes a unit to `work` in."""

    def __init__(self, line: Callable[[Book], Line], prefix: str = "") -> None:
        self.book = Book()
        self.prefix = prefix or f"F{uuid4().hex[:5].upper()}"
        self.line = line
        self.boss = ""
        self._numbers = count()

    async def open(self) -> None:
        """A unit with two posts and a boss, both known to identity."""
        opening: dict[str, Any] = {"opensOn": "2020-01-01"}
        async with self.line(self.book) as line:
            unit = await self.surely(line, "POST", "/v1/units", code=self.prefix, name="总经办", **opening)
            self.unit_id = unit["unitId"]
            opening |= {"unitId": self.unit_id, "title": "检验员"}
            self.posts = [
                (await self.surely(line, "POST", "/v1/posts", code=f"{self.prefix}-{n}", headcount=50_000, **opening))[
                    "postId"
                ]
                for n in range(2)
            ]
            self.boss = (await self.hire(line))["employeeId"]
        async with self.line(Book()) as looking:
            # Units come to identity on another way than people do.
            await eventually(lambda: self._heard(self.grant(looking, self.boss), "SCOPE_UNIT_UNKNOWN"), _KNOWN_SECONDS)

    async def known(self, line: Line, employee_id: str) -> None:
        """Returns when somebody can be given something: identity hears of people by events."""
        path = f"/v1/employees/{employee_id}/access"
        await eventually(lambda: self._heard(self.surely(line, "GET", path), "ACCOUNT_NOT_FOUND"), _KNOWN_SECONDS)

    @staticmethod
    async def _heard(asking: Awaitable[Any], unknown: str) -> bool:
        """Whether what is asked about is known by now. `unknown` is the reason why it is refused until then."""
        try:
            await asking
        except Refused as refused:
            if refused.reason != unknown:
                raise
            return False
        return True

    async def give(self, line: Line, employee_id: str) -> str:
        """A right to see the unit's people."""
        given = await self.surely(line, "POST", "/v1/grants", **self._right(employee_id, "fault test", uuid4().hex))
        return str(given["grantId"])

    async def take(self, line: Line, grant_id: str) -> None:
        """Returns when it is confirmed that the right is gone: for whoever asks twice, that it is over already."""

        async def over(answer: Answer) -> bool:
            found = await self.surely(line, "GET", f"/v1/grants/{grant_id}")
            return bool(found["state"] == "GRANT_STATE_REVOKED")

        await self.surely(line, "POST", f"/v1/grants/{grant_id}:revoke", done=over, reason="fault test")

    def _right(self, employee_id: str, reason: str, key: str) -> dict[str, Any]:
        return {
            "idempotencyKey": key,
            "employeeId": employee_id,
            "role": "people_viewer",
            "scope": {"kind": "SCOPE_KIND_UNIT", "unitId": self.unit_id},
            "endsAt": (datetime.now(UTC) + timedelta(days=7)).isoformat(timespec="seconds"),
            "reason": reason,
        }

    async def work(self, enough: Callable[[], bool], *, grants: bool = True) -> None:
        """A story after another until there is enough."""
        async with self.line(self.book) as line:
            for turn in count():
                if enough():
                    return
                person = await self.hire(line)
                await self.look(line, person["employeeId"])
                await self.move(line, person)
                if grants and turn % _PEOPLE_A_GRANT == 0:
                    await self.grant(line, person["employeeId"])
                await self.look(line, person["employeeId"])

    async def read(self, enough: Callable[[], bool]) -> None:
        """Looks at people who are there, without pause."""
        async with self.line(self.book) as line:
            for turn in count():
                if enough():
                    return
                people = list(self.book.hired)
                await self.look(line, people[turn % len(people)])

    async def hire(self, line: Line) -> Any:
        number = f"{self.prefix}{next(self._numbers):05}"
        place = {"unitId": self.unit_id, "postId": self.posts[0], **({"managerId": self.boss} if self.boss else {})}
        person = await self.surely(
            line,
            "POST",
            "/v1/employees",
            idempotencyKey=number,
            number=number,
            name="赵不失",
            hiredOn="2026-01-05",
            **place,
        )
        self.book.hired[person["employeeId"]] = number
        return person

    async def move(self, line: Line, person: Mapping[str, Any]) -> None:
        """A transfer has no key: one that was done without an answer is seen in the record."""
        change = {"unitId": self.unit_id, "postId": self.posts[1], "reason": "调岗", "effectiveOn": "2026-02-02"}
        employee_id = person["employeeId"]

        async def there(_: Answer) -> bool:
            found = await self.surely(line, "GET", f"/v1/employees/{employee_id}")
            return bool(found["primary"]["postId"] == self.posts[1])

        path = f"/v1/employees/{employee_id}:transfer"
        await self.surely(line, "POST", path, done=there, version=person["version"], **change)
        self.book.moved.add(employee_id)

    async def grant(self, line: Line, employee_id: str) -> None:
        async with self.line(Book()) as looking:
            await self.known(looking, employee_id)
        right = self._right(employee_id, employee_id, employee_id)
        given = await self.surely(line, "POST", "/v1/grants", **right)
        self.book.granted[given["grantId"]] = employee_id

    async def look(self, line: Line, employee_id: str) -> None:
        await self.surely(line, "GET", f"/v1/employees/{employee_id}")

    async def surely(
        self,
        line: Line,
        verb: str,
        path: str,
        /,
        done: Callable[[Answer], Awaitable[bool]] | None = None,
        **body: Any,
    ) -> Any:
        """Asks until it is confirmed. Raises Refused."""
        again = False
        while True:
            try:
                answer = await line.ask(verb, path, **body)
            except Unanswered:
                again = True
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            if answer.status == 200:
                return answer.body
            # Said to be tried again: a commit whose connection was lost may have been done all the same.
            if answer.status in {503, 504}:
                again = True
                await asyncio.sleep(_PAUSE_SECONDS)
            elif again and done is not None and await done(answer):
                return answer.body
            else:
                raise Refused(f"{verb} {path}", answer)
