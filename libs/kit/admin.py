"""A process's admin port, never exposed outside: `/healthz` (alive), `/readyz` (dependencies by name), `/metrics`.

`/readyz` is 503 when calls should go elsewhere; what only narrows the answers is told in the body of a 200.
"""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    Gauge,
    Histogram,
    Info,
    disable_created_metrics,
    generate_latest,
)

Ready = Callable[[], Awaitable[dict[str, str]]]

# Parts whose trouble narrows what is answered, and says so in the answers. Calls still come here: every replica has
# the same trouble, and refusing all of them would make an outage out of it.
NARROWING = frozenset({"revocation_feed", "issuer", "issuer_accounts", "subscribers", "bus"})
# What it means for callers that a part is not ok.
MEANINGS: Mapping[str, str] = {
    "database": "calls are refused with advice to try again; nothing that was acknowledged is lost",
    "passport_keys": "every call is refused until identity has given its keys; they are asked for without end",
    "revocations": "calls go elsewhere until it is known here who lost which right",
    "revocation_feed": "sensitive calls are refused, all others are answered",
    "issuer": "nobody can sign in anew; whoever is signed in goes on",
    "issuer_accounts": "accounts at the issuer follow late: new people cannot sign in yet; the queue is tried again",
    "bus": "calls are answered; what they changed reaches the other services once the bus is back",
    "process": "the process is ending and takes no new calls; others take them",
}
_OTHER = "what needs it is refused with advice to try again"

_LOOK_SECONDS = 2.0
_TICK_SECONDS = 0.25
# Longer than any sensible pause between two scrapes or probes.
_WATCHED_SECONDS = 120.0

_READY = Gauge("mainstay_ready", "Whether what a service needs is there: 1 or 0 by part", ["service", "part"])
_LOOP = Histogram(
    "mainstay_event_loop_lag_seconds",
    "How much later than asked for the event loop woke a sleeper",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
# When each series began: one more for each counter and each histogram, and nobody asks.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has not annotated it
_BUILD = Info("mainstay_build", "What runs here")
_BUILD.info({"version": os.environ.get("MAINSTAY_VERSION", "development"), "python": platform.python_version()})


def fine(value: str) -> bool:
    """Whether a part is there. `ok, but …` is worth a word and keeps nobody from being answered."""
    return value == "ok" or value.startswith("ok, but ")


class Board:
    """Looks at the parts, and remembers since when one is not ok.

    Looking begins with the first question at the admin port and ends by itself two minutes after the last.
    """

    def __init__(self, parts: Mapping[str, Ready]) -> None:
        self._parts = parts
        self._since: dict[tuple[str, str], datetime] = {}
        self._asked_at = 0.0
        self._watching: list[asyncio.Task[None]] = []

    def asked(self) -> None:
        self._asked_at = asyncio.get_running_loop().time()
        if all(task.done() for task in self._watching):
            self._watching = [asyncio.create_task(self._look()), asyncio.create_task(self._tick())]

    async def look(self) -> dict[str, dict[str, str]]:
        """Each part by service: `ok`, or what is wrong with it."""
        found = {name: await ready() for name, ready in self._parts.items()}
        now = datetime.now(UTC)
        for service, parts in found.items():
            for part, value in parts.items():
                _READY.labels(service, part).set(fine(value))
                if fine(value):
                    self._since.pop((service, part), None)
                else:
                    self._since.setdefault((service, part), now)
        for service, part in self._since.keys() - {(name, part) for name, parts in found.items() for part in parts}:
            # A part that is only named while it is in trouble.
            _READY.labels(service, part).set(1)
            del self._since[service, part]
        return found

    def trouble(self, found: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        """For each part that is not ok: what, since when, and what that means for callers."""
        told = {}
        for (service, part), since in sorted(self._since.items()):
            value = found.get(service, {}).get(part, "ok")
            if not fine(value):
                seconds = (datetime.now(UTC) - since).total_seconds()
                when = f"{since.isoformat(timespec='seconds').replace('+00:00', 'Z')} ({seconds:.0f} s)"
                told[f"{service}/{part}"] = f"{value} since {when}: {MEANINGS.get(part, _OTHER)}"
        return told

    def _watched(self) -> bool:
        return asyncio.get_running_loop().time() - self._asked_at < _WATCHED_SECONDS

    async def _look(self) -> None:
        while self._watched():
            # A part that cannot even say what is wrong keeps what it said last; the next question raises it again.
            with suppress(OSError, RuntimeError, AttributeError):
                await self.look()
            await asyncio.sleep(_LOOK_SECONDS)

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        while self._watched():
            due = loop.time() + _TICK_SECONDS
            await asyncio.sleep(_TICK_SECONDS)
            _LOOP.observe(max(loop.time() - due, 0.0))


def admin(parts: Mapping[str, Ready]) -> FastAPI:
    """`parts` are the services of the process, each with a function that says what is wrong with what it needs."""
    app = FastAPI(openapi_url=None)
    board = Board(parts)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        """`{service: {part: "ok" or what is wrong}}`; while something is wrong also `trouble`, in sentences."""
        board.asked()
        found = await board.look()
        trouble = board.trouble(found)
        away = any(name.partition("/")[2] not in NARROWING for name in trouble)
        return JSONResponse({**found, **({"trouble": trouble} if trouble else {})}, status_code=503 if away else 200)

    @app.get("/metrics")
    async def metrics() -> Response:
        board.asked()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app
