"""The stack's status page: every part with its state, what each process says of what it needs, and what was wrong."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from operator import attrgetter
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from tools.stack.processes import Kept, Program, Trouble

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="3">
<meta name="viewport" content="width=device-width"><title>Mainstay stack</title>
<style>body{{font:15px/1.6 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1f2937}}
table{{border-collapse:collapse;width:100%}}
td,th{{text-align:left;padding:.35rem .75rem;border-bottom:1px solid #e5e7eb}}
.ok{{color:#15803d}}.away{{color:#b91c1c;font-weight:600}}small{{color:#6b7280}}</style>
<h1>中坚 Mainstay · {summary}</h1>
<table><tr><th>Part<th>State<th>Process<th>Memory<th>Restarts<th>Says</tr>{rows}</table>
<h2>What was wrong</h2><table><tr><th>Part<th>What<th>Since (UTC)<th>Until</tr>{troubles}</table></html>"""
_LOOK_SECONDS = 2.0
_KEPT = 200
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Board:
    """Looks at every part now and then, and remembers for how long each process found something wrong.

    Serve `app`; `watch` until it is cancelled.
    """

    def __init__(self, parts: Callable[[], Sequence[Kept]]) -> None:
        self._parts = parts
        self._impaired: dict[tuple[str, str], Trouble] = {}
        self._past: deque[tuple[str, Trouble]] = deque(maxlen=_KEPT)
        self.app = FastAPI(openapi_url=None)
        self.app.add_api_route("/status.json", self.status, methods=["GET"])
        self.app.add_api_route("/", self.page, methods=["GET"], response_class=HTMLResponse)

    async def watch(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(_LOOK_SECONDS)

    async def status(self) -> dict[str, Any]:
        return {"parts": await self._look()}

    async def page(self) -> str:
        found = await self._look()
        away = [one["name"] for one in found if not one["good"]]
        wrong = sorted(
            ((one["name"], each) for one in found for each in one["troubles"]), key=lambda told: told[1]["since"]
        )
        return _PAGE.format(
            summary="everything works" if not away else f"{escape(', '.join(away))} in trouble",
            rows="".join(map(_row, found)),
            troubles="".join(_trouble(name, each) for name, each in reversed(wrong)) or "<tr><td>nothing so far</tr>",
        )

    async def _look(self) -> list[dict[str, Any]]:
        kept = self._parts()
        said = await asyncio.gather(*(_said(one) for one in kept))
        for one, says in zip(kept, said, strict=True):
            self._remember(one.name, says)
        return [self._state(one, says) for one, says in zip(kept, said, strict=True)]

    def _remember(self, name: str, says: Mapping[str, str]) -> None:
        now = datetime.now(UTC)
        for part, what in says.items():
            if (name, part) not in self._impaired:
                self._impaired[name, part] = Trouble(f"{part}: {what}", now)
                self._past.append((name, self._impaired[name, part]))
        for key in [key for key in self._impaired if key[0] == name and key[1] not in says]:
            self._impaired.pop(key).until = now

    def _state(self, kept: Kept, says: Mapping[str, str]) -> dict[str, Any]:
        troubles = [*kept.troubles, *(trouble for name, trouble in self._past if name == kept.name)]
        return {
            "name": kept.name,
            "where": kept.where,
            "running": kept.running,
            "good": kept.running and not says,
            "says": dict(says),
            "restarts": kept.restarts,
            "pid": kept.part.pid,
            "resident_bytes": resident(kept.part.pid),
            "troubles": [
                {
                    "what": one.what,
                    "since": one.since.isoformat(),
                    "until": one.until.isoformat() if one.until else None,
                }
                for one in sorted(troubles, key=attrgetter("since"))
            ],
        }


async def _said(kept: Kept) -> dict[str, str]:
    return await _says(kept.part) if kept.running and isinstance(kept.part, Program) else {}


async def _says(program: Program) -> dict[str, str]:
    """What the process itself finds wrong, part by part."""
    try:
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            found = (await client.get(f"{program.admin}/readyz")).json()
    except (httpx.HTTPError, ValueError):
        return {"process": "does not answer"}
    return {part: str(said) for part, said in found.get("trouble", {}).items()}


def resident(pid: int | None) -> int:
    """Resident memory in bytes of a process and all below it; 0 where that cannot be read."""
    if pid is None:
        return 0
    total = 0
    for one in (pid, *_below(pid)):
        try:
            total += int(Path(f"/proc/{one}/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES
        except (OSError, ValueError):
            continue
    return total


def _below(pid: int) -> list[int]:
    try:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (OSError, ValueError):
        return []
    return [*children, *(deeper for child in children for deeper in _below(child))]


def _row(one: dict[str, Any]) -> str:
    state = '<td class="ok">ready' if one["good"] else f'<td class="away">{"impaired" if one["running"] else "away"}'
    says = escape("; ".join(f"{part}: {what}" for part, what in one["says"].items()))
    memory = f"{one['resident_bytes'] / 2**20:.0f} MiB"
    where = f"<small>{escape(one['where'])}</small>"
    process = one["pid"] or ""
    return f"<tr><td>{escape(one['name'])} {where}{state}<td>{process}<td>{memory}<td>{one['restarts']}<td>{says}</tr>"


def _trouble(name: str, one: dict[str, Any]) -> str:
    return (
        f"<tr><td>{escape(name)}<td>{escape(one['what'])}<td>{escape(one['since'][:19])}"
        f"<td>{escape((one['until'] or 'now')[:19])}</tr>"
    )
