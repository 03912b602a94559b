"""The demo company of the evaluation profile in a cluster, behind its Services."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from libs.kit.bus import Following, Message
from tests.support.cluster import NAMESPACE, CommandFailed, Release, door, node_address, typed
from tests.support.keycloak_company import KeycloakCompany
from tests.support.keycloak_pages import Credentials
from tests.support.ports import free_port

# The load of a whole company comes through one session in these tests.
_RATES = ("MAINSTAY_SESSION_RATE", "MAINSTAY_ANONYMOUS_RATE")
_READ = """
import asyncio, base64, json, sys
from libs.kit.bus.opening import open_bus
from libs.kit.bus.topics import TopicSettings
from libs.kit.clock import SystemClock
from libs.kit.settings import load

def tell(m):
    value = base64.b64encode(m.value).decode()
    print(json.dumps([m.topic, m.key, value, str(m.event_id), m.type, m.source, m.time.isoformat()]), flush=True)

async def main(how, *topics):
    settings = load(TopicSettings)
    async with open_bus(settings.bus_url, SystemClock(), client="test", tls=settings.bus_tls) as bus:
        await bus.ensure_topics(dict.fromkeys(topics, False))
        if how == "read":
            for topic in topics:
                async for message in bus.read(topic):
                    tell(message)
            return
        async with bus.follow(topics) as following:
            print(flush=True)
            async for message in following:
                tell(message)

asyncio.run(main(*sys.argv[1:]))
"""


@dataclass
class Installed:
    """A release with doors at loopback. `seconds`: from `helm install` to everything ready and the demo loaded.

    `routes`: where the door at each port leads. `given`: what `helm install` was told.
    """

    release: Release
    address: str
    issuer: str
    edge: str
    password: str
    seconds: float = 0.0
    given: Sequence[str] = ()
    # Of the system erp, as the release made it.
    erp_secret: str = ""
    routes: dict[int, tuple[str, int]] = field(default_factory=dict)

    async def lead_to(self, release: Release) -> None:
        """Whoever knocks at the doors comes to that release from now on."""
        node = await node_address()
        front, keycloak, edge = map(_port, (self.address, self.issuer, f"//{self.edge}"))
        targets = {front: ("gateway", "http"), edge: ("gateway", "edge"), keycloak: ("keycloak", "http")}
        for port, target in targets.items():
            self.routes[port] = (node, await release.node_port(*target))


class ClusterCompany(KeycloakCompany):
    def __init__(self, installed: Installed, credentials: dict[str, Credentials], sessions: AsyncExitStack) -> None:
        super().__init__(credentials, sessions, installed.password)
        self.installed = installed
        self.release = installed.release
        self.address = installed.address
        self.edge = installed.edge
        self.token_url = f"{installed.issuer}/realms/mainstay/protocol/openid-connect/token"
        self.erp_secret = installed.erp_secret

    @asynccontextmanager
    async def follow(self, topics: Sequence[str]) -> AsyncIterator[Following]:
        """From inside: Kafka is open to nobody else."""
        process = await _reading(self.release, "follow", topics)
        following = _FromPod(process)
        try:
            assert process.stdout
            # An empty line: from now on it hears everything.
            assert await process.stdout.readline() == b"\n"
            yield following
        finally:
            await following.end()


class _FromPod(Following):
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._caught_up = asyncio.Event()

    @property
    def caught_up(self) -> asyncio.Event:
        """Never set: which message was the last before is not told out of the pod."""
        return self._caught_up

    async def __aiter__(self) -> AsyncIterator[Message]:
        assert self._process.stdout
        while line := await self._process.stdout.readline():
            yield _message(line)
        raise CommandFailed("nothing more comes out of the pod")

    async def end(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.communicate()


def _message(line: bytes) -> Message:
    topic, key, value, event_id, kind, source, at = json.loads(line)
    return Message(topic, key, base64.b64decode(value), UUID(event_id), kind, source, datetime.fromisoformat(at))


async def _reading(release: Release, how: str, topics: Sequence[str]) -> asyncio.subprocess.Process:
    where = ("exec", f"deployment/{release.name}-talent", "-c", "program", "--", "python", "-c", _READ)
    return await asyncio.create_subprocess_exec(
        "kubectl", "-n", release.namespace, *where, how, *topics,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, limit=2**24,
    )  # fmt: skip


async def told(release: Release, topic: str) -> list[Message]:
    """Everything a topic holds."""
    process = await _reading(release, "read", [topic])
    said, _ = await process.communicate()
    if process.returncode:
        raise CommandFailed(f"reading {topic} in a pod ended with {process.returncode}")
    return [_message(line) for line in said.splitlines()]


@asynccontextmanager
async def installed_company() -> AsyncIterator[Installed]:
    """The evaluation profile, installed once for a whole run."""
    kept = os.environ.get(NAMESPACE, "")
    release = Release(kept or f"mainstay-test-{uuid4().hex[:6]}")
    try:
        there = await release.values()
    except CommandFailed:
        there = {}
    front, keycloak, edge = (free_port() for _ in range(3))
    if there:
        front, keycloak = (_port(one) for one in (there["publicUrl"], there["evaluation"]["keycloak"]["url"]))
    password = f"test-{uuid4().hex[:12]}-Aa1" if not there else there["evaluation"]["demo"]["password"]
    found = Installed(
        release, f"http://localhost:{front}", f"http://localhost:{keycloak}", f"localhost:{edge}", password
    )
    try:
        if not there:
            found.seconds = await _install(found)
        made = await release.kubectl("get", f"secret/{release.name}-secrets", "-o", "jsonpath={.data.erp-client}")
        found.erp_secret = base64.b64decode(made).decode()
        async with AsyncExitStack() as doors:
            await found.lead_to(release)
            for port in found.routes:
                await doors.enter_async_context(door(port, partial(found.routes.__getitem__, port)))
            yield found
    finally:
        if not kept:
            await typed("kubectl", "delete", "namespace", release.namespace, "--wait=false")


async def _install(found: Installed) -> float:
    began = time.monotonic()
    given: dict[str, Any] = {
        "publicUrl": found.address,
        "evaluation.keycloak.url": found.issuer,
        "evaluation.keycloak.serviceType": "NodePort",
        "evaluation.demo.password": found.password,
        "gateway.service.type": "NodePort",
    }
    rates = [one for name in _RATES for one in ("--set-string", f"gateway.env.{name}=5000")]
    values = [one for name, value in given.items() for one in ("--set", f"{name}={value}")]
    found.given = [*values, *rates]
    await found.release.install("--create-namespace", *found.given)
    return time.monotonic() - began


def _port(address: str) -> int:
    return urlsplit(address).port or 80
