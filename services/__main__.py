"""The composition root of the embedded run: `python -m services` puts every service, the bus, PostgreSQL, a development
issuer and the gateway into one process. Nothing else may know them all.

Everything it keeps lies in one folder (`.data`): the database and the secrets it made. Remove it to begin anew.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Literal, Self

import uvloop
from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.development_issuer import Card, DevelopmentIssuer, DevelopmentIssuerSettings, Person
from gateway.http_server import HttpServer
from gateway.runtime import Gateway
from gateway.settings import GatewaySettings
from libs.kit import telemetry, threads
from libs.kit.admin import admin
from libs.kit.app import Runtime, Service
from libs.kit.bus import BusUnavailable
from libs.kit.bus.local import LocalBus
from libs.kit.clock import Clock, SystemClock
from libs.kit.migrate import migrate
from libs.kit.postgres import PostgresFailed, PostgresServer
from libs.kit.rpc.channels import Channel, LocalChannel
from libs.kit.settings import SettingsWrong, load, read
from services.data_folder import DataFolder, FolderTaken
from services.employees import demo
from services.employees.demo_load import load as load_company
from services.employees.service import service as employees
from services.identity.demo_access import Given, System, give_demo_access, person_account
from services.identity.service import service as identity
from services.identity.systems import verify_client
from services.local_secrets import LocalSecrets
from services.talent.demo_load import load as load_profiles
from services.talent.service import service as talent

# Identity first: the others need its keys.
SERVICES: tuple[Service, ...] = (identity, employees, talent)


class EmbeddedSettings(BaseSettings):
    """What may be said about the embedded run. Variables begin with `MAINSTAY_`."""

    model_config = SettingsConfigDict(env_prefix="MAINSTAY_", extra="ignore")

    port: int = Field(default=8080, ge=1, le=65525, description="Port of the front door; the others follow it")
    edge_port: int = Field(default=0, ge=0, le=65535, description="Port of the gRPC edge; the front door's + 1")
    issuer_port: int = Field(default=0, ge=0, le=65535, description="Port of the development issuer; + 2")
    admin_port: int = Field(default=0, ge=0, le=65535, description="Port of health and metrics; + 10")
    data: Path = Field(default=Path(".data"), description="Folder that keeps everything")
    demo: bool = Field(default=True, description="Load the demo company on first start")
    demo_password: str = Field(default="mainstay", description="Password of the demo sign-ins")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="debug, info, warning or error"
    )
    otlp_endpoint: str = Field(default="", description="OTLP/gRPC endpoint for traces; none are sent when empty")
    trace_file: Path | None = Field(default=None, description="File that spans are appended to as JSON lines")

    @model_validator(mode="after")
    def _neighbouring_ports(self) -> Self:
        self.edge_port = self.edge_port or self.port + 1
        self.issuer_port = self.issuer_port or self.port + 2
        self.admin_port = self.admin_port or self.port + 10
        return self


class PortTaken(Exception):
    """Somebody listens on a port that is needed."""

    def __init__(self, setting: str, port: int) -> None:
        super().__init__(f"port {port} is taken; name another with MAINSTAY_{setting.upper()}")


class Platform:
    """The whole platform in this process. `start` returns when it answers; `stop` leaves nothing running."""

    def __init__(self, settings: EmbeddedSettings, *, clock: Clock | None = None, tell: bool = True) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.runtimes: dict[str, Runtime] = {}
        self.channels: dict[str, Channel] = {}
        self._tell = tell
        self._began = time.monotonic()
        self._open = AsyncExitStack()

    @property
    def address(self) -> str:
        return f"http://localhost:{self.settings.port}"

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.settings.issuer_port}"

    async def start(self) -> None:
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        await self._open.aclose()

    async def _start(self) -> None:
        threads.install()
        folder = self.settings.data.resolve()
        self._open.callback(DataFolder(folder).take().release)
        self._require_ports()
        self.secrets = LocalSecrets.in_folder(folder)
        await self._start_postgres(folder / "postgres")
        self.bus = LocalBus(self.postgres.url("bus"), self.clock)
        await self.bus.open()
        self._open.push_async_callback(self.bus.close)
        for service in SERVICES:
            await self._start_service(service)
        if self.settings.demo:
            await self._load_demo()
        await self._start_front_door(folder)

    def _require_ports(self) -> None:
        """Before anything else is started: a port that is taken is the commonest reason not to come up."""
        for setting in ("port", "edge_port", "issuer_port", "admin_port"):
            port = getattr(self.settings, setting)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    raise PortTaken(setting, port) from None

    async def _start_postgres(self, folder: Path) -> None:
        self._say("Starting PostgreSQL")
        self.postgres = PostgresServer(folder)
        await asyncio.to_thread(self.postgres.start)
        self._open.push_async_callback(asyncio.to_thread, self.postgres.stop)
        names = [*(service.name for service in SERVICES), "gateway", "bus"]
        await asyncio.to_thread(self.postgres.ensure_databases, names)
        self._say("Bringing the databases up to date")
        for name in (*(service.name for service in SERVICES), "gateway"):
            await migrate(name, self.postgres.url(name))

    def _common(self, name: str) -> Mapping[str, object]:
        return {
            "database_url": self.postgres.url(name),
            "bus_url": self.postgres.url("bus"),
            "keyring": self.secrets.keyring,
            "workload_secret": self.secrets.workload_secret,
        }

    async def _start_service(self, service: Service) -> None:
        self._say(f"Starting {service.name}")
        runtime = Runtime(
            service,
            read(service.settings, **self._common(service.name)),
            clock=self.clock,
            bus=self.bus,
            channels=self.channels,
        )
        self.runtimes[service.name] = runtime
        self.channels[service.name] = LocalChannel(runtime.edge)
        await runtime.start()
        self._open.push_async_callback(runtime.stop)

    async def _load_demo(self) -> None:
        runtime = self.runtimes["employees"]
        company = demo.company(runtime.house.today())
        async with runtime.unit() as call:
            loaded = await load_company(call, company)
        if loaded:
            self._say("Loaded the demo company 恒远精工 Hengyuan Precision")
        given = [Given(one.number, one.role, one.unit) for one in demo.SIGN_INS]
        erp = System("erp", "演示用 ERP · demo ERP", self.secrets.erp_client_secret)
        await give_demo_access(self.runtimes["identity"], given, erp)
        await load_profiles(self.runtimes["talent"], len(company.people))

    async def _find_user(self, username: str) -> Person | None:
        """Who may sign in at the development issuer: by employee number, or by the short names of the demo."""
        number = next((one.number for one in demo.SIGN_INS if one.name == username), username)
        account = await person_account(self.runtimes["identity"].house, number)
        return Person(subject=account, username=number) if account else None

    async def _start_front_door(self, folder: Path) -> None:
        self._say("Opening the front door")
        issuer = DevelopmentIssuer(
            DevelopmentIssuerSettings(
                address=self.issuer,
                listen=f"127.0.0.1:{self.settings.issuer_port}",
                key_file=folder / "issuer-key.json",
                client_id="mainstay-portal",
                client_secret=self.secrets.portal_client_secret,
                redirect_uris=(f"{self.address}/auth/callback",),
                after_sign_out=(f"{self.address}/",),
                password=self.settings.demo_password,
            ),
            self.clock,
            find_user=self._find_user,
            check_client=partial(verify_client, self.runtimes["identity"].house),
            cards=_cards() if self.settings.demo else (),
        )
        await issuer.start()
        self._open.push_async_callback(issuer.stop)
        settings = read(
            GatewaySettings,
            **self._common("gateway"),
            public_url=self.address,
            listen=f"127.0.0.1:{self.settings.port}",
            edge_listen=f"127.0.0.1:{self.settings.edge_port}",
            issuer=self.issuer,
            oidc_client_secret=SecretStr(self.secrets.portal_client_secret),
        )
        gateway = Gateway(settings, clock=self.clock, bus=self.bus, channels=self.channels)
        await gateway.serve()
        self._open.push_async_callback(gateway.stop)
        parts = {name: runtime.ready for name, runtime in self.runtimes.items()} | {"gateway": gateway.ready}
        board = HttpServer(admin(parts), f"127.0.0.1:{self.settings.admin_port}")
        await board.start()
        self._open.push_async_callback(board.stop)

    def _say(self, what: str) -> None:
        if self._tell:
            print(f"  {time.monotonic() - self._began:5.1f} s  {what}", flush=True)  # noqa: T201 - progress


def _cards() -> list[Card]:
    """The issuer's one-click cards: one per role."""
    return [Card(one.number, one.description, one.description_en, one.name, one.name) for one in demo.SIGN_INS]


def _welcome(platform: Platform, seconds: float) -> str:
    """Where to go and whom to sign in as."""
    lines = [
        "",
        f"  中坚 Mainstay is ready after {seconds:.1f} s:  {platform.address}",
        "",
        f"  Sign in as (password: {platform.settings.demo_password})",
    ]
    if platform.settings.demo:
        lines += [f"    {card.username}  {card.name} · {card.name_en}" for card in _cards()]
    lines += [
        "",
        f"  gRPC edge localhost:{platform.settings.edge_port} · tokens {platform.issuer}/token",
        f"  a system to try it as: client erp, secret {platform.secrets.erp_client_secret}",
        f"  health http://localhost:{platform.settings.admin_port}/readyz · data in {platform.settings.data}/",
        "  Ctrl-C stops it; nothing is lost.",
        "",
    ]
    return "\n".join(lines)


async def _run(settings: EmbeddedSettings) -> int:
    ended = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, ended.set)
    platform = Platform(settings)
    starting = asyncio.create_task(platform.start())
    stopping = asyncio.create_task(ended.wait())
    began = time.monotonic()
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        return 0
    try:
        await starting
    except SettingsWrong as wrong:
        print(wrong, file=sys.stderr)  # noqa: T201 - the one message that explains
        return 2
    except (OSError, PortTaken, FolderTaken, PostgresFailed, BusUnavailable) as error:
        print(f"Mainstay could not start: {error}", file=sys.stderr)  # noqa: T201 - as above
        return 1
    print(_welcome(platform, time.monotonic() - began), flush=True)  # noqa: T201 - what the newcomer waits for
    await stopping
    print("\n  Stopping…", flush=True)  # noqa: T201 - so that nobody presses twice
    await platform.stop()
    print("  Stopped.", flush=True)  # noqa: T201 - as above
    return 0


def main() -> None:
    settings = load(EmbeddedSettings)
    telemetry.configure_logs(settings.log_level)
    telemetry.configure("embedded", settings.otlp_endpoint, file=settings.trace_file)
    sys.exit(uvloop.run(_run(settings)))


if __name__ == "__main__":
    main()
