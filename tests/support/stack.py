"""The real stack with the demo company, signed in to through Keycloak's own pages."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from libs.kit import contract
from libs.kit.bus import Following
from libs.kit.bus.opening import open_bus
from libs.kit.clock import SystemClock
from tests.support.keycloak_company import KeycloakCompany
from tests.support.keycloak_pages import Credentials
from tools.stack.settings import EDGE, StackSettings
from tools.stack.stack import Stack

# The front door's port and those that follow it, of two replicas.
_PORTS = 160


def free_block() -> int:
    """A first port such that it and all that follow it are free. Below the range that systems hand out themselves."""
    for first in range(20_000 + os.getpid() % 50 * 200, 32_000, 200):
        if all(_free(first + offset) for offset in range(_PORTS)):
            return first
    raise OSError("no block of free ports")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class StackCompany(KeycloakCompany):
    """Everything on this machine, each service a process."""

    def __init__(self, stack: Stack, credentials: dict[str, Credentials], sessions: AsyncExitStack) -> None:
        super().__init__(credentials, sessions, stack.settings.demo_password)
        self.stack = stack
        self.address = stack.address
        self.edge = f"localhost:{stack.settings.port + EDGE}"
        self.token_url = f"{stack.settings.issuer}/protocol/openid-connect/token"
        self.erp_secret = stack.secrets.erp_client

    @asynccontextmanager
    async def follow(self, topics: Sequence[str]) -> AsyncIterator[Following]:
        tls = self.stack.certificates.of("admin")
        async with open_bus(self.stack.kafka.url, SystemClock(), client="test", tls=tls) as bus:
            await bus.ensure_topics(contract.topics())
            async with bus.follow(topics) as following:
                yield following


@asynccontextmanager
async def running_stack(**settings: Any) -> AsyncIterator[Stack]:
    """A stack of its own on free ports and an empty folder; MAINSTAY_TELL shows how it comes up."""
    with tempfile.TemporaryDirectory(prefix="mainstay-stack-", ignore_cleanup_errors=True) as folder:
        given = StackSettings(port=free_block(), data=Path(folder), **settings)
        traced = {"MAINSTAY_TRACE_FILE": str(Path(folder) / "spans.jsonl")}
        stack = Stack(given, tell=bool(os.environ.get("MAINSTAY_TELL")), environment=traced)
        await stack.start()
        try:
            yield stack
        finally:
            await stack.stop()
