"""`python -m gateway`: the front door as a process of its own, until SIGTERM or SIGINT; `migrate` makes its tables."""

from __future__ import annotations

import argparse
import asyncio
import signal

import structlog
import uvloop

from gateway.http_server import HttpServer
from gateway.runtime import Gateway
from gateway.settings import GatewaySettings
from libs.kit import telemetry, threads
from libs.kit.admin import admin
from libs.kit.bus.opening import open_bus
from libs.kit.clock import SystemClock
from libs.kit.migrate import migrate
from libs.kit.rpc.channels import open_channels
from libs.kit.settings import load

log = structlog.get_logger()


async def serve(settings: GatewaySettings) -> None:
    ended = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, ended.set)
    threads.install()
    clock = SystemClock()
    channels = open_channels(settings.addresses(), settings.tls)
    async with open_bus(settings.bus_url, clock, client="mainstay-gateway", tls=settings.bus_tls) as bus:
        gateway = Gateway(settings, clock=clock, bus=bus, channels=channels)
        board = HttpServer(admin({"gateway": gateway.ready}), settings.admin_listen)
        try:
            await board.start()
            await gateway.serve()
            log.info("serving", service="gateway", address=settings.public_url, edge=settings.edge_listen)
            await ended.wait()
            await gateway.drain()
        finally:
            await gateway.stop()
            await board.stop()
            for channel in channels.values():
                await channel.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m gateway")
    parser.add_argument("command", nargs="?", default="serve", choices=["serve", "migrate"])
    command = parser.parse_args().command
    telemetry.configure_logs(service="gateway")
    settings = load(GatewaySettings)
    telemetry.configure(
        "gateway",
        settings.otlp_endpoint,
        file=settings.trace_file,
        tls=settings.tls,
        ratio=settings.trace_ratio,
    )
    if command == "migrate":
        asyncio.run(migrate("gateway", settings.database_url))
    else:
        uvloop.run(serve(settings))


if __name__ == "__main__":
    main()
