"""The stack's parts in the order they need each other, from nothing to a front door that answers, and back."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

from gateway.http_server import HttpServer
from libs.kit.clock import SystemClock, today
from libs.kit.postgres import PostgresServer
from libs.kit.settings import KitSettings
from services.data_folder import DataFolder
from services.employees.demo import SIGN_INS, company
from tools.stack import parts
from tools.stack.board import Board, resident
from tools.stack.certificates import Certificates
from tools.stack.kafka import KafkaServer
from tools.stack.keycloak import ADMIN_PASSWORD, ADMIN_USERNAME, CLIENT_SECRETS, KeycloakServer
from tools.stack.processes import ROOT, Kept, Part, PartFailed, Program, end, together
from tools.stack.secrets import StackSecrets
from tools.stack.settings import (
    ADMIN,
    BOARD,
    EDGE,
    GRPC,
    KAFKA_CONTROLLER,
    KAFKA_INNER,
    KAFKA_OUTSIDE,
    KEYCLOAK,
    KEYCLOAK_MANAGEMENT,
    POSTGRES,
    StackSettings,
)

# A new service joins by its name; identity first, the others need its keys.
SERVICES = ("identity", "employees", "talent")
PROGRAMS = (*SERVICES, "gateway")
FILES = ROOT / "charts" / "mainstay" / "files"
# Connections: our processes' pools, Keycloak's, and room for two replicas of each.
_POSTGRES_SETTINGS = {"max_connections": "300"}
_ANOTHER_REPLICA = 100


class PortTaken(PartFailed):
    """Somebody listens on a port that is needed."""

    def __init__(self, what: str, port: int) -> None:
        super().__init__(f"port {port} ({what}) is taken; name another first port with MAINSTAY_PORT")


class Stack:
    """`start` returns when the front door answers; `stop` leaves nothing running.

    Every part is kept: it is started again when it dies. `kept` has them by name; replicas are `gateway`, `gateway-2`.
    """

    def __init__(
        self, settings: StackSettings, *, tell: bool = True, environment: Mapping[str, str] | None = None
    ) -> None:
        self.settings = settings
        self.folder = settings.data.resolve()
        self.kept: dict[str, Kept] = {}
        self.seconds: dict[str, float] = {}
        self._environment = {**os.environ, **(environment or {})}
        self._tell = tell
        self._began = time.monotonic()
        self._open = AsyncExitStack()

    @property
    def address(self) -> str:
        return self.settings.front_door

    def program(self, name: str) -> Program:
        found = self.kept[name].part
        if not isinstance(found, Program):
            raise TypeError(name)
        return found

    async def start(self) -> None:
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        await self._open.aclose()

    async def _start(self) -> None:
        self._open.callback(DataFolder(self.folder).take().release)
        for what, port in self.settings.ports().items():
            _require(what, port)
        self.secrets = StackSecrets.in_folder(self.folder)
        self.certificates = Certificates.in_folder(self.folder / "certificates")
        (self.folder / "logs").mkdir(exist_ok=True)
        await self._fetch()
        await self._bring_postgres()
        self._make_parts()
        # Kafka and Keycloak take the longest, and need nothing of each other.
        await together(self._bring("keycloak"), self._bring_services())
        await self._bring_programs(("gateway",))
        if self._wants_demo():
            await self._give_demo_access()
            self._demo_is_there.touch()
        board = Board(lambda: list(self.kept.values()))
        server = HttpServer(board.app, f"127.0.0.1:{self.settings.port + BOARD}")
        await server.start()
        self._open.push_async_callback(server.stop)
        self._open.callback(asyncio.create_task(board.watch()).cancel)
        if self.settings.prometheus:
            await self._bring_prometheus()

    async def _bring_services(self) -> None:
        await self._bring("kafka")
        await self._make_topics()
        await self._migrate()
        await self._bring_programs(SERVICES)
        if self._wants_demo():
            await self._load_demo()

    async def _fetch(self) -> None:
        why = parts.missing()
        if why:
            raise PartFailed(f"the stack cannot run here: {why}")
        self._say("parts", "Kafka and Keycloak, fetched once by Maven")
        self.parts = await asyncio.to_thread(parts.fetch)

    async def _bring_postgres(self) -> None:
        port = self.settings.port + POSTGRES
        self.postgres = PostgresServer(
            self.folder / "postgres", port=port, settings=_POSTGRES_SETTINGS, dies_with_parent=True
        )
        self._keep("postgres", self.postgres, f"PostgreSQL on {port}")
        await self._bring("postgres")
        await asyncio.to_thread(self.postgres.ensure_databases, [*PROGRAMS, "keycloak"])

    def _make_parts(self) -> None:
        port = self.settings.port
        self.kafka = KafkaServer(
            self.folder / "kafka",
            self.parts,
            inner_port=port + KAFKA_INNER,
            controller_port=port + KAFKA_CONTROLLER,
            outside_port=port + KAFKA_OUTSIDE,
            tls=self.certificates.of("kafka"),
            issuer=self.settings.issuer,
            super_users=(*PROGRAMS, "admin"),
            dies_with_parent=True,
        )
        self.keycloak = KeycloakServer(
            self.folder / "keycloak",
            self.parts.keycloak,
            port=port + KEYCLOAK,
            management_port=port + KEYCLOAK_MANAGEMENT,
            database_url=self.postgres.tcp_url("keycloak"),
            public_url=self.settings.front_door,
            secrets=self._realm_secrets(),
            dies_with_parent=True,
        )
        self._keep("kafka", self.kafka, f"Kafka on {port + KAFKA_INNER}, for integrators on {port + KAFKA_OUTSIDE}")
        self._keep("keycloak", self.keycloak, f"Keycloak at {self.settings.keycloak}")
        for name in PROGRAMS:
            for replica in range(self.settings.replicas):
                admin = self._port(ADMIN, name, replica)
                program = Program(
                    name if name == "gateway" else f"services.{name}",
                    self._environment_of(name, replica),
                    admin,
                    self.folder / "logs" / f"{_named(name, replica)}.log",
                )
                self._keep(_named(name, replica), program, f"health on {admin}")

    def _keep(self, name: str, part: Part, where: str) -> None:
        self.kept[name] = Kept(name, part, where, self._say)

    async def _bring(self, name: str) -> None:
        began = time.monotonic()
        # Before it is up: a start that is interrupted has something to end too.
        self._open.push_async_callback(self.kept[name].down)
        await self.kept[name].up()
        self.seconds[name] = time.monotonic() - began

    async def _bring_programs(self, names: tuple[str, ...]) -> None:
        wanted = [_named(name, replica) for name in names for replica in range(self.settings.replicas)]
        self._open.push_async_callback(end, [self.kept[name] for name in wanted])
        for name in names:
            replicas = [_named(name, replica) for replica in range(self.settings.replicas)]
            await together(*(self.kept[one].up() for one in replicas))

    async def _make_topics(self) -> None:
        """What the chart does by a Job."""
        environment = {**self._environment, "MAINSTAY_BUS_URL": self.kafka.url, **self._tls_of("admin")}
        topics = Program("libs.kit.bus.topics", environment, 0, self.folder / "logs" / "topics.log")
        told = await asyncio.to_thread(topics.run, "apply")
        self._say("topics", f"{len(told.splitlines())} as the contract says")

    async def _migrate(self) -> None:
        await asyncio.gather(*(asyncio.to_thread(self.program(name).run, "migrate") for name in PROGRAMS))
        self._say("databases", "up to date")

    @property
    def _demo_is_there(self) -> Path:
        return self.folder / "demo-is-there"

    def _wants_demo(self) -> bool:
        """Also after a start that was interrupted: loading it again changes nothing."""
        return self.settings.demo and not self._demo_is_there.exists()

    async def _load_demo(self) -> None:
        await asyncio.to_thread(self.program("employees").run, "demo-company")
        self._say("demo", "恒远精工 Hengyuan Precision")

    async def _give_demo_access(self) -> None:
        """The demo's people and systems with their roles and first passwords. Repeating changes nothing."""
        given = {
            "people": [{"username": one.number, "role": one.role, "unit": one.unit} for one in SIGN_INS],
            "password": self.settings.demo_password,
        }
        await asyncio.to_thread(self.program("identity").run, "demo-access", given=json.dumps(given))
        people = company(today(SystemClock(), KitSettings.model_fields["time_zone"].default)).people
        await asyncio.to_thread(self.program("talent").run, "demo-profiles", str(len(people)))
        self._say("demo", "its people can sign in")

    async def _bring_prometheus(self) -> None:
        from tools.stack.prometheus import PrometheusServer, missing  # noqa: PLC0415 - Debian's package, if wished for

        why = missing()
        if why:
            self._say("prometheus", f"left out: {why}")
            return
        programs = [one.part for one in self.kept.values() if isinstance(one.part, Program)]
        port = self.settings.port + BOARD - 1
        server = PrometheusServer(
            self.folder / "prometheus",
            port,
            {name: urlless(kept.part.admin) for name, kept in self.kept.items() if kept.part in programs},
            FILES / "alerts/*.yaml",
        )
        self._keep("prometheus", server, f"Prometheus at http://localhost:{port}")
        await self._bring("prometheus")

    # -- what our processes are told

    def _environment_of(self, name: str, replica: int) -> dict[str, str]:
        own = {
            "MAINSTAY_DATABASE_URL": self.postgres.tcp_url(name),
            "MAINSTAY_BUS_URL": self.kafka.url,
            "MAINSTAY_KEYRING": self.secrets.keyring,
            "MAINSTAY_WORKLOAD_SECRET": self.secrets.workload,
            "MAINSTAY_SERVICES": ",".join(f"{one}={self._addresses(one)}" for one in SERVICES),
            **self._tls_of(name),
            "MAINSTAY_ADMIN_LISTEN": f"127.0.0.1:{self._port(ADMIN, name, replica)}",
            "MAINSTAY_DRAIN_SECONDS": str(self.settings.drain_seconds),
            "MAINSTAY_OTLP_ENDPOINT": self.settings.otlp_endpoint,
        }
        more = (
            self._environment_of_gateway(replica) if name == "gateway" else self._environment_of_service(name, replica)
        )
        return {**self._environment, **own, **more}

    def _tls_of(self, name: str) -> dict[str, str]:
        tls = self.certificates.of(name)
        return {
            "MAINSTAY_TLS_AUTHORITY": str(tls.authority),
            "MAINSTAY_TLS_CERTIFICATE": str(tls.certificate),
            "MAINSTAY_TLS_KEY": str(tls.key),
        }

    def _environment_of_service(self, name: str, replica: int) -> dict[str, str]:
        own = {"MAINSTAY_GRPC_LISTEN": f"127.0.0.1:{self._port(GRPC, name, replica)}"}
        if name == "identity":
            own |= {
                "MAINSTAY_KEYCLOAK_URL": self.settings.keycloak,
                "MAINSTAY_KEYCLOAK_REALM": "mainstay",
                "MAINSTAY_KEYCLOAK_CLIENT_ID": "mainstay-identity",
                "MAINSTAY_KEYCLOAK_CLIENT_SECRET": self.secrets.identity_client,
            }
        return own

    def _environment_of_gateway(self, replica: int) -> dict[str, str]:
        return {
            "MAINSTAY_PUBLIC_URL": self.settings.front_door,
            "MAINSTAY_LISTEN": f"127.0.0.1:{self.settings.port + replica * _ANOTHER_REPLICA}",
            "MAINSTAY_EDGE_LISTEN": f"127.0.0.1:{self.settings.port + EDGE + replica * _ANOTHER_REPLICA}",
            "MAINSTAY_ISSUER": self.settings.issuer,
            "MAINSTAY_OIDC_CLIENT_SECRET": self.secrets.portal_client,
            "MAINSTAY_USERNAME_CLAIM": "employee_number",
            "MAINSTAY_FIRST_ACR": "password",
            "MAINSTAY_STEP_UP_ACR": "mfa",
        }

    def _realm_secrets(self) -> dict[str, str]:
        return {
            ADMIN_USERNAME: "admin",
            ADMIN_PASSWORD: self.secrets.keycloak_admin,
            CLIENT_SECRETS["mainstay-portal"]: self.secrets.portal_client,
            CLIENT_SECRETS["mainstay-identity"]: self.secrets.identity_client,
            CLIENT_SECRETS["erp"]: self.secrets.erp_client,
            CLIENT_SECRETS["warehouse"]: self.secrets.warehouse_client,
        }

    def _port(self, first: int, name: str, replica: int) -> int:
        return self.settings.port + first + PROGRAMS.index(name) + replica * _ANOTHER_REPLICA

    def _addresses(self, name: str) -> str:
        ports = (self._port(GRPC, name, replica) for replica in range(self.settings.replicas))
        return "|".join(f"127.0.0.1:{port}" for port in ports)

    def memory(self) -> dict[str, int]:
        """Resident bytes of every part."""
        return {name: resident(one.part.pid) for name, one in self.kept.items()}

    def _say(self, what: str, how: str) -> None:
        if self._tell:
            print(f"  {time.monotonic() - self._began:6.1f} s  {what:12} {how}", flush=True)


def urlless(address: str) -> str:
    """`127.0.0.1:8090` of `http://127.0.0.1:8090`."""
    return address.removeprefix("http://")


def _named(name: str, replica: int) -> str:
    return name if replica == 0 else f"{name}-{replica + 1}"


def _require(what: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PortTaken(what, port) from None
