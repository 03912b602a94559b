"""The stack's status page: every part with its state, what each process says of what it needs, and what was wrong."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from tools.stack.processes import Kept, Program

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="3">
<meta name="viewport" content="width=device-width"><title>Mainstay stack</title>
<style>body{{font:15px/1.6 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1f2937}}
table{{border-collapse:collapse;width:100%}}
td,th{{text-align:left;padding:.35rem .75rem;border-bottom:1px solid #e5e7eb}}
.ok{{color:#15803d}}.away{{color:#b91c1c;font-weight:600}}small{{color:#6b7280}}</style>
<h1>中坚 Mainstay · {summary}</h1>
<table><tr><th>Part<th>State<th>Memory<th>Restarts<th>Says</tr>{rows}</table>
<h2>What was wrong</h2><table><tr><th>Part<th>What<th>Since (UTC)<th>Until</tr>{troubles}</table></html>"""
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def board(parts: Callable[[], Sequence[Kept]]) -> FastAPI:
    """`/` for people, `/status.json` for programs."""
    app = FastAPI(openapi_url=None)

    @app.get("/status.json")
    async def status() -> dict[str, Any]:
        return {"parts": await asyncio.gather(*(_state(one) for one in parts()))}

    @app.get("/", response_class=HTMLResponse)
    async def page() -> str:
        found = await asyncio.gather(*(_state(one) for one in parts()))
        away = [one["name"] for one in found if not one["good"]]
        return _PAGE.format(
            summary="everything works" if not away else f"{escape(', '.join(away))} in trouble",
            rows="".join(map(_row, found)),
            troubles="".join(_trouble(one["name"], each) for one in found for each in reversed(one["troubles"])),
        )

    return app


async def _state(kept: Kept) -> dict[str, Any]:
    says = await _says(kept.part) if kept.running and isinstance(kept.part, Program) else {}
    return {
        "name": kept.name,
        "where": kept.where,
        "running": kept.running,
        "good": kept.running and not says,
        "says": says,
        "restarts": kept.restarts,
        "resident_bytes": resident(kept.part.pid),
        "troubles": [
            {"what": one.what, "since": one.since.isoformat(), "until": one.until.isoformat() if one.until else None}
            for one in kept.troubles
        ],
    }


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
    return f"<tr><td>{escape(one['name'])} {where}{state}<td>{memory}<td>{one['restarts']}<td>{says}</tr>"


def _trouble(name: str, one: dict[str, Any]) -> str:
    return (
        f"<tr><td>{escape(name)}<td>{escape(one['what'])}<td>{escape(one['since'][:19])}"
        f"<td>{escape((one['until'] or 'now')[:19])}</tr>"
    )
