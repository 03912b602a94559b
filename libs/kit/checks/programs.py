"""What the programs say of themselves at their admin ports: every pod that its Service names, one by one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping

import httpx

from libs.kit.checks.findings import Finding

_SECONDS = 5.0
Resolve = Callable[[str, int], Awaitable[list[str]]]


async def resolved(host: str, port: int) -> list[str]:
    """All addresses of a host. Raises OSError when there is none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return sorted({str(address[0]) for *_, address in found})


async def programs(addresses: Mapping[str, str], resolve: Resolve = resolved) -> list[Finding]:
    """`addresses` of the admin ports, by program. A headless Service has that of each ready pod."""
    async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as http:
        found = await asyncio.gather(*(_program(http, name, httpx.URL(at), resolve) for name, at in addresses.items()))
    return list(found)


async def _program(http: httpx.AsyncClient, name: str, at: httpx.URL, resolve: Resolve) -> Finding:
    try:
        hosts = await asyncio.wait_for(resolve(at.host, at.port or 80), _SECONDS)
    except OSError as error:
        return Finding(
            name, f"no pod answers ({type(error).__name__})", f"kubectl describe and logs of deploy/…-{name}"
        )
    told = await asyncio.gather(*(_trouble(http, at, host) for host in hosts))
    ready = sum(not one for one in told)
    counted = f"{ready} of {len(hosts)} {'address' if len(hosts) == 1 else 'addresses'}"
    if ready == len(hosts):
        return Finding(name, f"ready, {counted} answered")
    said = "; ".join(f"{host}: {one}" for host, one in zip(hosts, told, strict=True) if one)
    return Finding(name, f"{counted} ready; {said}", "see docs/guides/runbooks/MainstayNotReady.md")


async def _trouble(http: httpx.AsyncClient, at: httpx.URL, host: str) -> str:
    """What the pod at one address lacks, in its own words; empty when it is ready."""
    try:
        told = (await http.get(at.copy_with(host=host, path="/readyz"), headers={"Host": at.netloc.decode()})).json()
    except (httpx.HTTPError, ValueError) as error:
        return f"does not answer ({type(error).__name__})"
    return ", ".join(f"{part} {words}" for part, words in told.get("trouble", {}).items())
