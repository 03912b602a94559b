"""Brings many generated people in through the import, the way the wizard does."""

from __future__ import annotations

import asyncio
from typing import Any

from services.employees.demo import crowd
from tests.support.browser_session import Session
from tests.support.company import upload


async def past(session: Session, import_id: str, state: str) -> dict[str, Any]:
    """The import once it has left a state."""
    while True:
        found: dict[str, Any] = await session.get(f"/v1/imports/{import_id}")
        if found["state"] != state:
            return found
        await asyncio.sleep(0.2)


async def import_crowd(hr: Session, count: int, *, seed: int = 1) -> dict[str, Any]:
    """Imports `count` people with their units, posts and managers, and returns the finished import."""
    made = await upload(hr, "IMPORT_KIND_PEOPLE", "crowd.csv", b"".join(crowd(count, seed)))
    made = await past(hr, made["importId"], "IMPORT_STATE_UPLOADING")
    await hr.post(f"/v1/imports/{made['importId']}:dryRun", mapping={**made["mapping"], "createMissing": True})
    made = await past(hr, made["importId"], "IMPORT_STATE_CHECKING")
    assert made["state"] == "IMPORT_STATE_READY", made
    await hr.post(f"/v1/imports/{made['importId']}:apply")
    made = await past(hr, made["importId"], "IMPORT_STATE_APPLYING")
    assert made["state"] == "IMPORT_STATE_DONE", made
    return made
