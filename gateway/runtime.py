"""The front door at run time: what `python -m gateway` and the composition root of the embedded run bring to life."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from uuid import UUID

import structlog

from gateway.api import Api
from gateway.app import FrontDoor
from gateway.arrivals import Arrivals
from gateway.callers import AccessTokens, Callers
from gateway.calls import Calls
from gateway.docs import Docs
from gateway.edge import EdgeServer, Outside
from gateway.events import Events
from gateway.headers import NOTHING, common
from gateway.http_server import HttpServer
from gateway.issuer import Issuer
from gateway.limits import Limits
from gateway.passports import Passports
from gateway.routes import Routes
from gateway.sessions import Sessions
from gateway.settings import GatewaySettings
from gateway.sign_in import SignInDesk
from gateway.sign_ins import SignIns
from libs.kit import contract
from libs.kit.access.revocations import Revocations
from libs.kit.access.workload import Workload
from libs.kit.backup.notes import LOOK_SECONDS, BackupAge
from libs.kit.bus import Bus
from libs.kit.clock import Clock
from libs.kit.database import Database
from libs.kit.errors import TemporarilyUnavailable
from libs.kit.rpc.channels import Channel
from libs.kit.tasks import end
from libs.kit.vault import Keyring, Vault
from libs.kit.watching import watching

_TIDY_SECONDS = 600.0
log = structlog.get_logger()


class Gateway:
    """`channels` are the services by context; they may be put in until `start` is called.

    `start` opens the database and follows the bus; `serve` also listens on both ports. `asgi` is the app itself.
    `drain`, then `stop`, ends it without a call that fails.
    """

    def __init__(
        self,
        settings: GatewaySettings,
        *,
        clock: Clock,
        bus: Bus,
        channels: Mapping[str, Channel],
        issuer: Issuer | None = None,
    ) -> None:
        self.settings = settings
        self.bus = bus
        self.database = Database(
            settings.database_url, pool_size=settings.database_pool, application="mainstay-gateway"
        )
        vault = Vault(Keyring.parse(settings.keyring.get_secret_value()), clock)
        workload = Workload("gateway", settings.workload_secret.get_secret_value(), clock)
        self.issuer = issuer or Issuer(settings, clock)
        self.revocations = Revocations("gateway", bus, clock)
        self.sessions = Sessions(
            self.database, clock, idle=settings.idle, absolute=settings.absolute, on_end=self._session_ended
        )
        self.sign_ins = SignIns(self.database, clock, vault)
        self.events = Events(bus, self.sessions, contract.topics(), per_session=settings.streams_per_session)
        self.passports = Passports(
            lambda: channels.get("identity"), workload, clock, self.revocations, on_drop=self._rights_changed
        )
        self.limits = Limits(settings)
        tokens = AccessTokens(self.issuer, clock)
        calls = Calls(channels, self.passports, self.sessions)
        self.asgi = self._front_door(clock, vault, Callers(self.sessions, tokens, settings.cookie), calls)
        self._outside = Outside(settings, tokens, calls, self.limits)
        # The two servers, once `serve` has opened them.
        self.edge: EdgeServer | None = None
        self.door: HttpServer | None = None
        self.draining = False
        self._running = AsyncExitStack()

    def _front_door(self, clock: Clock, vault: Vault, callers: Callers, calls: Calls) -> FrontDoor:
        """What browsers and REST clients meet: the API, the events, the sign-in desk and the documentation."""
        settings = self.settings
        headers = common(settings)
        desk = SignInDesk(
            settings=settings,
            database=self.database,
            vault=vault,
            issuer=self.issuer,
            sessions=self.sessions,
            sign_ins=self.sign_ins,
            arrivals=Arrivals(settings, clock, vault, self.issuer, self.sessions, self.passports),
            passports=self.passports,
            callers=callers,
        )
        api = Api(
            settings,
            Routes(contract.methods().values()),
            callers=callers,
            calls=calls,
            limits=self.limits,
            headers=[*headers, (b"content-security-policy", NOTHING)],
        )
        return FrontDoor(
            settings,
            api=api,
            events=self.events,
            desk=desk,
            docs=Docs(settings, callers, self._token_url),
            callers=callers,
            limits=self.limits,
            headers=headers,
        )

    async def start(self) -> None:
        """Opens everything but the ports. When it returns, `asgi` answers."""
        try:
            await self.database.open()
            self._running.push_async_callback(self.database.close)
            self._running.push_async_callback(self.issuer.close)
            self._running.push_async_callback(self.sessions.settled)
            await self.bus.ensure_topics(contract.topics())
            for part in (self.revocations, self.passports, self.events):
                await part.start()
                self._running.push_async_callback(part.stop)
            for work in (self._tidy(), watching(BackupAge(self.database, "gateway").look, LOOK_SECONDS)):
                self._running.push_async_callback(end, asyncio.create_task(work))
        except BaseException:
            await self.stop()
            raise

    async def serve(self) -> None:
        """Starts, and listens on the front door's port and the edge's. When it returns, both answer."""
        settings = self.settings
        await self.start()
        try:
            edge = self.edge = EdgeServer(
                self._outside,
                settings.edge_listen,
                largest=settings.body_limit,
                certificate=settings.edge_certificate,
                key=settings.edge_key,
            )
            await edge.start()
            self._running.push_async_callback(edge.stop)
            await edge.serving(open_=True)
            server = self.door = HttpServer(
                self.asgi, settings.listen, certificate=settings.listen_certificate, key=settings.listen_key
            )
            await server.start()
            self._running.push_async_callback(server.stop)
            # Streams end first: a server waits for its open answers.
            self._running.push_async_callback(self.events.stop)
        except BaseException:
            await self.stop()
            raise

    async def drain(self) -> None:
        """Says for `drain_seconds` that it is about to stop, and answers every call meanwhile.

        Readiness and the edge's health say so, a connection ends with its next answer, event streams end with advice
        when to come back. `stop` after it ends what has not gone by itself.
        """
        self.draining = True
        if self.edge is not None:
            await self.edge.serving(open_=False)
        if self.door is not None:
            self.door.drain()
        self.events.drain()
        await asyncio.sleep(self.settings.drain_seconds)

    async def stop(self) -> None:
        await self._running.aclose()

    async def ready(self) -> dict[str, str]:
        """Each dependency by name: `ok`, or what is wrong with it. `process` only while it is draining."""
        found = {"database": await self._database(), "revocation_feed": "ok", "issuer": await self.issuer.ready()}
        if self.draining:
            found["process"] = "draining"
        if not self.revocations.heard.is_set():
            found["revocations"] = "not loaded"
        elif self.revocations.silent():
            found["revocation_feed"] = "silent"
        return found

    async def serves(self) -> bool:
        """Whether calls should be sent here. Whoever is signed in needs no issuer, so its being away closes nothing."""
        return not self.draining and self.revocations.heard.is_set() and await self._database() == "ok"

    async def _database(self) -> str:
        try:
            await self.database.ping()
        except Exception as error:  # noqa: BLE001 - whatever it is, the database is not ready and the class name says why
            return type(error).__name__
        return "ok"

    def _session_ended(self, session_id: UUID) -> None:
        self.events.end_session(session_id)

    def _rights_changed(self, account_id: UUID) -> None:
        self.sessions.forget_account(account_id)
        self.events.access_changed(account_id)

    async def _token_url(self) -> str:
        try:
            return str((await self.issuer.metadata()).get("token_endpoint", ""))
        except TemporarilyUnavailable:
            return ""

    async def _tidy(self) -> None:
        while True:
            try:
                await self.sessions.tidy()
                await self.sign_ins.tidy()
            except Exception as error:  # noqa: BLE001 - rows that have ended do no harm; deleted at the next turn
                log.warning("could not tidy", error=type(error).__name__)
            await asyncio.sleep(_TIDY_SECONDS)
