"""What the programs say of themselves at their admin ports."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx

from libs.kit.checks.findings import Finding

_SECONDS = 5.0


async def programs(addresses: Mapping[str, str]) -> list[Finding]:
    """`addresses` of the admin ports, by program."""
    async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as http:
        found = await asyncio.gather(*(_program(http, name, address) for name, address in addresses.items()))
    return list(found)


async def _program(http: httpx.AsyncClient, name: str, address: str) -> Finding:
    try:
        told = (await http.get(f"{address}/readyz")).json()
    except (httpx.HTTPError, ValueError) as error:
        return Finding(
            name, f"no pod answers ({type(error).__name__})", f"kubectl describe and logs of deploy/…-{name}"
        )
    trouble = told.get("trouble", {})
    if trouble:
        said = "; ".join(f"{part} {words}" for part, words in trouble.items())
        return Finding(name, said, "see docs/guides/runbooks/MainstayNotReady.md")
    return Finding(name, "ready")
