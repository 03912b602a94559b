"""The line to the issuer: every request bounded in time, a breaker for an issuer that is away, and the last good copy
of what it publishes, so that its being away stops nobody who has signed in.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

import httpx

from gateway.metrics import ISSUER_AGE, ISSUER_UP
from libs.kit.errors import TemporarilyUnavailable
from libs.kit.tls import trusting

# All of a request: httpx's own limits begin anew with every byte, an issuer that drips would hold a caller for ever.
_TIMEOUT_SECONDS = 4.0
_CONNECT_SECONDS = 2.0
# After a failure nobody asks for so long; then one goes first and the others learn from it.
_REST_SECONDS = 5.0
# How long a caller waits for a newer copy while it has a good one.
_PATIENCE_SECONDS = 0.5
T = TypeVar("T")
_AWAY = frozenset({502, 503, 504})


class Line:
    """One HTTP client for one issuer. Asks nothing while the issuer is known to be away.

    `authority` is a PEM file: it alone vouches for the issuer's certificate then, instead of the public ones.
    """

    def __init__(self, http: httpx.AsyncClient | None = None, *, authority: Path | None = None) -> None:
        self.http = http or httpx.AsyncClient(
            verify=trusting(authority) if authority else True,
            timeout=httpx.Timeout(_TIMEOUT_SECONDS, connect=_CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=20, max_keepalive_connections=5),
            follow_redirects=False,
            trust_env=False,
        )
        self._failing = False
        self._rests_until = float("-inf")

    @property
    def sound(self) -> bool:
        """Whether the issuer answered when it was last asked."""
        return not self._failing

    async def close(self) -> None:
        await self.http.aclose()

    async def ask(
        self, verb: str, address: str, *, data: dict[str, str] | None = None, authorization: str = ""
    ) -> httpx.Response:
        """An answer with status 200, 400 or 401. Raises TemporarilyUnavailable within four seconds."""
        left = self._rests_until - time.monotonic()
        if left > 0:
            raise TemporarilyUnavailable(part="issuer", retry_after_seconds=math.ceil(left))
        if self._failing:
            self._rest()
        headers = {"accept": "application/json", **({"authorization": authorization} if authorization else {})}
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                answer = await self.http.request(verb, address, data=data, headers=headers)
        except (httpx.HTTPError, TimeoutError):
            raise self._lost() from None
        if answer.status_code in _AWAY:
            raise self._lost()
        self._failing, self._rests_until = False, float("-inf")
        ISSUER_UP.set(1)
        if answer.status_code not in {200, 400, 401}:
            raise TemporarilyUnavailable(part="issuer")
        return answer

    def _rest(self) -> None:
        self._rests_until = time.monotonic() + _REST_SECONDS

    def _lost(self) -> TemporarilyUnavailable:
        self._failing = True
        self._rest()
        ISSUER_UP.set(0)
        return TemporarilyUnavailable(part="issuer", retry_after_seconds=math.ceil(_REST_SECONDS))


class Copy(Generic[T]):
    """Something the issuer publishes: asked for by one at a time, and used `trusted` seconds while it cannot be."""

    def __init__(
        self, line: Line, what: str, fetch: Callable[[], Awaitable[T]], *, kept: float, trusted: float
    ) -> None:
        self._line = line
        self._fetch = fetch
        self._kept = kept
        self._trusted = trusted
        self._copy: T | None = None
        self._at = float("-inf")
        self._fetching: asyncio.Task[T] | None = None
        ISSUER_AGE.labels(what).set_function(lambda: time.monotonic() - self._at)

    @property
    def age(self) -> float:
        """Seconds since it was fetched; infinite before the first time."""
        return time.monotonic() - self._at

    async def get(self) -> T:
        """Raises TemporarilyUnavailable when there is no copy that may still be trusted."""
        copy, age = self._copy, self.age
        if copy is None or age >= self._trusted:
            return await asyncio.shield(self._fetched())
        if age < self._kept:
            return copy
        fetching = self._fetched()
        # An issuer that is away keeps nobody waiting: the copy is good, a newer one comes when it comes.
        done, _ = await asyncio.wait({fetching}, timeout=_PATIENCE_SECONDS if self._line.sound else 0)
        return fetching.result() if done and fetching.exception() is None else copy

    async def newer_than(self, seconds: float) -> T:
        """One fetched so recently. Raises TemporarilyUnavailable when the issuer does not answer."""
        if self._copy is not None and self.age < seconds:
            return self._copy
        return await asyncio.shield(self._fetched())

    async def looked_at(self, seconds: float) -> bool:
        """Whether it was fetched so recently, or could be now. Waits half a second and no longer."""
        if self._copy is not None and self.age < seconds:
            return True
        fetching = self._fetched()
        done, _ = await asyncio.wait({fetching}, timeout=_PATIENCE_SECONDS)
        return bool(done) and fetching.exception() is None

    async def stop(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    def _fetched(self) -> asyncio.Task[T]:
        if self._fetching is None:
            self._fetching = asyncio.get_running_loop().create_task(self._take())
            self._fetching.add_done_callback(self._done)
        return self._fetching

    async def _take(self) -> T:
        found = await self._fetch()
        self._copy, self._at = found, time.monotonic()
        return found

    def _done(self, task: asyncio.Task[T]) -> None:
        self._fetching = None
        # Looked at here, so that a failure nobody waits for is not reported as forgotten.
        if not task.cancelled():
            task.exception()


def json_object(answer: httpx.Response) -> dict[str, Any]:
    """Raises TemporarilyUnavailable for an answer that is none."""
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise TemporarilyUnavailable(part="issuer")
    return found
