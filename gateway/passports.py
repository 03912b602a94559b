"""Passports for those who call: asked of identity, kept until shortly before they end, dropped when rights change.

While the revocation feed does not vouch for that, rights may have changed unheard: a passport is then asked for again
after a moment, and the one in hand serves only where identity cannot be reached.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from grpc import StatusCode

from gateway.callers import Principal
from gateway.metrics import PASSPORTS, PASSPORTS_HELD
from libs.kit.access.revocations import LEASE_SECONDS, Revocations
from libs.kit.access.workload import METADATA as WORKLOAD
from libs.kit.access.workload import Workload
from libs.kit.clock import Clock
from libs.kit.errors import TemporarilyUnavailable
from libs.kit.rpc.channels import Channel
from libs.kit.rpc.status import Failed
from mainstay.identity.v1 import passports_pb2

METHOD = "mainstay.identity.v1.PassportService/IssuePassport"
# Used so close to its end, a passport is renewed beside the call; closer than `_TOO_LATE`, before it.
_RENEW_BEFORE = 30.0
_TOO_LATE = 5.0
_TIMEOUT = 5.0
_UNREACHABLE = frozenset({StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED})
_FROM_MEMORY = PASSPORTS.labels("memory")
_FROM_IDENTITY = PASSPORTS.labels("identity")


@dataclass(frozen=True, slots=True)
class Held:
    """A passport in hand. `employee_id` is empty for other systems."""

    token: str
    account_id: UUID
    employee_id: str
    epoch: int
    language: str
    ends: float
    # When identity was asked, by this process's own clock.
    asked: float = 0.0


@dataclass(slots=True, eq=False)
class _Fetch:
    """A passport being made, and what happened meanwhile."""

    key: str
    task: asyncio.Task[Held]
    # By this process's own clock; identity was asked no earlier.
    begun: float
    dropped: bool = False
    changed: set[UUID] = field(default_factory=set)

    def useless(self, held: Held) -> bool:
        return self.dropped or held.account_id in self.changed


def _employee(token: str) -> str:
    """The person a passport names. It comes straight from identity, whose signature the services verify."""
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return str(claims.get("emp", ""))


class Passports:
    """`fresh` answers from memory, `get` asks identity when it must: once, however many calls wait for the same one."""

    def __init__(
        self,
        identity: Callable[[], Channel | None],
        workload: Workload,
        clock: Clock,
        revocations: Revocations,
        *,
        on_drop: Callable[[UUID], None] | None = None,
    ) -> None:
        self._identity = identity
        self._workload = workload
        self._clock = clock
        self._revocations = revocations
        self._on_drop = on_drop
        self._held: dict[str, Held] = {}
        # The newest for each caller, which others may join; and all, also those that nobody joins any more.
        self._fetching: dict[str, _Fetch] = {}
        self._under_way: set[_Fetch] = set()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        PASSPORTS_HELD.set_function(lambda: len(self._held))
        self._tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._sweep())]

    async def stop(self) -> None:
        for task in [*self._tasks, *(fetch.task for fetch in self._under_way)]:
            task.cancel()
            with suppress(asyncio.CancelledError, Failed, TemporarilyUnavailable):
                await task
        self._tasks = []
        self._fetching.clear()
        self._under_way.clear()
        self._held.clear()

    def __len__(self) -> int:
        return len(self._held)

    def fresh(self, principal: Principal) -> Held | None:
        """The passport in memory, renewed beside the call when its end is near."""
        held = self._held.get(principal.key)
        if held is None:
            return None
        left = self._left(held)
        if left < _TOO_LATE:
            return None
        if self._doubtful(held.asked):
            return None
        if left < _RENEW_BEFORE and principal.key not in self._fetching:
            self._fetch(principal)
        _FROM_MEMORY.inc()
        return held

    async def get(self, principal: Principal, language: str = "") -> Held:
        """Raises Failed as identity answered, in that language, or TemporarilyUnavailable."""
        held = self.fresh(principal)
        while held is None:
            fetch = self._fetching.get(principal.key)
            if fetch is None or self._doubtful(fetch.begun):
                fetch = self._fetch(principal, language)
            try:
                made = await asyncio.shield(fetch.task)
            except (Failed, TemporarilyUnavailable) as failed:
                in_hand = self._held.get(principal.key)
                if failed.code not in _UNREACHABLE or in_hand is None or self._left(in_hand) < _TOO_LATE:
                    raise
                return in_hand
            held = None if fetch.useless(made) else made
        return held

    def _left(self, held: Held) -> float:
        return held.ends - self._clock.now().timestamp()

    def _doubtful(self, asked: float) -> bool:
        """Whether rights may have been taken away since identity was asked, and the taking confirmed."""
        return not self._revocations.vouched() and time.monotonic() - asked > LEASE_SECONDS

    def drop(self, principal: Principal) -> None:
        """What is held or being made for this caller counts no more."""
        self._held.pop(principal.key, None)
        self._fetching.pop(principal.key, None)
        for fetch in self._under_way:
            fetch.dropped = fetch.dropped or fetch.key == principal.key

    def drop_account(self, account_id: UUID) -> None:
        """The account's rights changed."""
        for key in [key for key, held in self._held.items() if held.account_id == account_id]:
            del self._held[key]
        # Whose a passport in the making is, is known when it is there.
        for fetch in self._under_way:
            fetch.changed.add(account_id)
        if self._on_drop:
            self._on_drop(account_id)

    def _fetch(self, principal: Principal, language: str = "") -> _Fetch:
        task = asyncio.get_running_loop().create_task(self._ask(principal, language))
        fetch = self._fetching[principal.key] = _Fetch(principal.key, task, time.monotonic())
        self._under_way.add(fetch)
        fetch.task.add_done_callback(lambda _: self._fetched(fetch))
        return fetch

    def _fetched(self, fetch: _Fetch) -> None:
        self._under_way.discard(fetch)
        if self._fetching.get(fetch.key) is fetch:
            del self._fetching[fetch.key]
        # Looked at here, so that a failure nobody waits for is not reported as forgotten.
        if fetch.task.cancelled() or fetch.task.exception() is not None:
            return
        made, held = fetch.task.result(), self._held.get(fetch.key)
        # An answer that was overtaken does not take the place of the later one.
        if not fetch.useless(made) and (held is None or held.asked <= made.asked):
            self._held[fetch.key] = made

    async def _ask(self, principal: Principal, language: str) -> Held:
        _FROM_IDENTITY.inc()
        channel = self._identity()
        if channel is None:
            raise TemporarilyUnavailable(part="identity")
        request = passports_pb2.IssuePassportRequest(
            username=principal.username,
            use=principal.use,
            session_id=principal.session_id,
            issuer_subject=principal.subject,
        )
        # Of whom nothing is said, identity says that they signed in long ago.
        if principal.signed_in_at is not None:
            request.signed_in_at.FromDatetime(principal.signed_in_at)
        meta = {WORKLOAD: self._workload.token(), "accept-language": language}
        asked = time.monotonic()
        answer = passports_pb2.Passport.FromString(
            await channel.call(METHOD, request.SerializeToString(), meta, _TIMEOUT)
        )
        return Held(
            token=answer.token,
            account_id=UUID(answer.account_id),
            employee_id=_employee(answer.token),
            epoch=answer.epoch,
            language=answer.language,
            ends=answer.expires_at.ToMilliseconds() / 1000,
            asked=asked,
        )

    async def _hear(self) -> None:
        listener = self._revocations.listen()
        try:
            while True:
                self.drop_account(await listener.get())
        finally:
            self._revocations.unlisten(listener)

    async def _sweep(self) -> None:
        """An idle front door holds no passports."""
        while True:
            await asyncio.sleep(_RENEW_BEFORE)
            now = self._clock.now().timestamp()
            self._held = {key: held for key, held in self._held.items() if held.ends > now}
