"""What `python -m services.<name>` does: runs one service as a process of its own, or one of its commands.

python -m services.employees                serve, until SIGTERM or SIGINT; drains before it ends
python -m services.employees migrate        bring its database to the present schema
python -m services.employees replay TOPIC   handle again what its consumer had parked
python -m services.employees rotate-keys    wrap all personal keys with the newest key of the ring
python -m services.employees restate        say the present state of its state topics again
"""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

import structlog
import uvicorn
import uvloop

from libs.kit import telemetry, threads
from libs.kit.admin import admin
from libs.kit.app import Runtime, Service
from libs.kit.bus.opening import open_bus
from libs.kit.clock import SystemClock
from libs.kit.migrate import migrate
from libs.kit.replay import replay
from libs.kit.restate import restate
from libs.kit.rpc.channels import LocalChannel, open_channels
from libs.kit.rpc.server import Server
from libs.kit.settings import KitSettings, load

Command = Callable[[Runtime, argparse.Namespace], Awaitable[None]]
log = structlog.get_logger()


def main(service: Service, commands: Mapping[str, Command] | None = None) -> None:
    """Runs a service's command line. `commands` are its own beside the ones every service has; they take `names`."""
    own = dict(commands or {})
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}")
    parser.add_argument(
        "command", nargs="?", default="serve", choices=["serve", "migrate", "replay", "rotate-keys", "restate", *own]
    )
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    telemetry.configure_logs(service=service.name)
    settings = load(service.settings)
    telemetry.configure(
        service.name,
        settings.otlp_endpoint,
        file=settings.trace_file,
        tls=settings.tls,
        ratio=settings.trace_ratio,
    )
    if arguments.command == "migrate":
        asyncio.run(migrate(service.name, settings.database_url))
        return
    work = own.get(arguments.command)
    uvloop.run(_with_runtime(service, settings, work or _COMMANDS[arguments.command], arguments))


async def _with_runtime(service: Service, settings: KitSettings, work: Command, arguments: argparse.Namespace) -> None:
    threads.install()
    clock = SystemClock()
    channels = open_channels(settings.addresses(), settings.tls)
    async with open_bus(settings.bus_url, clock, client=f"mainstay-{service.name}", tls=settings.bus_tls) as bus:
        runtime = Runtime(service, settings, clock=clock, bus=bus, channels=channels)
        # Itself it reaches without a network, whatever addresses it was given.
        channels[service.name] = LocalChannel(runtime.edge)
        await runtime.start(working=work is _serve)
        try:
            await work(runtime, arguments)
        finally:
            await runtime.stop()
            for channel in channels.values():
                await channel.close()


async def _serve(runtime: Runtime, _arguments: argparse.Namespace) -> None:
    settings = runtime.settings
    ended = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, ended.set)
    server = Server(
        runtime.edge, settings.grpc_listen, settings.tls, connection_seconds=settings.grpc_connection_seconds
    )
    host, _, port = settings.admin_listen.rpartition(":")
    board = Quiet(
        uvicorn.Config(admin({runtime.service.name: runtime.ready}), host=host, port=int(port), log_config=None)
    )
    admin_task = asyncio.create_task(board.serve())
    await server.start()
    log.info("serving", service=runtime.service.name, grpc_port=server.port)
    health = asyncio.create_task(_tell_health(runtime, server))
    await ended.wait()
    health.cancel()
    runtime.draining = True
    # Callers hear that they should go elsewhere; until all have, calls are answered as ever.
    await server.serving(open_=False)
    await asyncio.sleep(settings.drain_seconds)
    await server.stop()
    board.should_exit = True
    await admin_task


class Quiet(uvicorn.Server):
    """A web server inside a larger process: signals are the process's own business."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _tell_health(runtime: Runtime, server: Server) -> None:
    """Says SERVING while calls can be answered here."""
    while True:
        await server.serving(open_=await runtime.serves())
        await asyncio.sleep(0.5)


async def _replay(runtime: Runtime, arguments: argparse.Namespace) -> None:
    if runtime.consumer is None:
        return
    for topic in arguments.names:
        outcome = await replay(runtime.consumer, topic)
        log.info("replayed", topic=topic, events=outcome.events, freed=outcome.freed, failing=outcome.failing)


async def _rotate(runtime: Runtime, _arguments: argparse.Namespace) -> None:
    log.info("rotated", keys=await runtime.house.vault.rotate(runtime.database))


async def _restate(runtime: Runtime, _arguments: argparse.Namespace) -> None:
    log.info("restated", **await restate(runtime.unit, runtime.service.restates))


_COMMANDS: Mapping[str, Command] = {
    "serve": _serve,
    "replay": _replay,
    "rotate-keys": _rotate,
    "restate": _restate,
}
