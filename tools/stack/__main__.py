"""`make stack`: the real stack in the foreground, until Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from contextlib import suppress

from libs.kit import telemetry
from libs.kit.bus import BusUnavailable
from libs.kit.postgres import PostgresFailed
from libs.kit.settings import load
from services.data_folder import FolderTaken
from services.employees.demo import SIGN_INS
from tools.stack.kafka import KafkaFailed
from tools.stack.keycloak import KeycloakFailed
from tools.stack.parts import PartsFailed
from tools.stack.processes import PartFailed
from tools.stack.settings import BOARD, EDGE, KAFKA_OUTSIDE, StackSettings
from tools.stack.stack import Stack


def _welcome(stack: Stack, seconds: float) -> str:
    settings = stack.settings
    lines = [
        "",
        f"  中坚 Mainstay is ready after {seconds:.1f} s:  {stack.address}",
        "",
    ]
    if settings.demo:
        lines += [f"  Sign in with an employee number and the password {settings.demo_password}"]
        lines += [f"    {one.number}  {one.description} · {one.description_en}" for one in SIGN_INS]
    lines += [
        "",
        f"  status of every part  http://localhost:{settings.port + BOARD}",
        f"  gRPC edge             localhost:{settings.port + EDGE}",
        f"  Kafka for integrators localhost:{settings.port + KAFKA_OUTSIDE}",
        f"  tokens                {settings.issuer}/protocol/openid-connect/token",
        f"  systems to try it as  erp / {stack.secrets.erp_client} · warehouse / {stack.secrets.warehouse_client}",
        f"  Keycloak's console    {settings.keycloak}/admin (admin, password in {settings.data}/secrets.json)",
        f"  logs and data         {settings.data}/",
        "  Ctrl-C stops it; nothing is lost.",
        "",
    ]
    return "\n".join(lines)


async def _run(settings: StackSettings) -> int:
    ended = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, ended.set)
    stack = Stack(settings)
    began = time.monotonic()
    starting = asyncio.create_task(stack.start())
    stopping = asyncio.create_task(ended.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        print("\n  Stopping…", flush=True)
        starting.cancel()
        with suppress(asyncio.CancelledError):
            await starting
        print("  Stopped.", flush=True)
        return 0
    try:
        await starting
    except (
        OSError,
        BusUnavailable,
        FolderTaken,
        KafkaFailed,
        KeycloakFailed,
        PartFailed,
        PartsFailed,
        PostgresFailed,
    ) as error:
        print(f"Mainstay could not start: {error}", file=sys.stderr)
        return 1
    print(_welcome(stack, time.monotonic() - began), flush=True)
    await stopping
    print("\n  Stopping…", flush=True)
    await stack.stop()
    print("  Stopped.", flush=True)
    return 0


def main() -> None:
    settings = load(StackSettings)
    telemetry.configure_logs("warning")
    sys.exit(asyncio.run(_run(settings)))


if __name__ == "__main__":
    main()
