"""A service at run time. `Service` is what a context declares in its `service.py`; `Runtime` brings it to life.

service = Service(
    name="talent",
    methods={"ProfileService.GetProfile": profiles.get, …},
    events={EmployeeTransferred: posts_held.follow_transfer},
    deadlines={"talent.review_due": reviews.remind},
)
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from google.protobuf.message import Message

from libs.kit import contract, directory, idempotency, outbox, restate, telemetry
from libs.kit.access.passports import PassportReader
from libs.kit.access.revocations import TOPIC as REVOCATIONS
from libs.kit.access.revocations import Revocations
from libs.kit.access.workload import METADATA as WORKLOAD
from libs.kit.access.workload import Workload
from libs.kit.admin import NARROWING, fine
from libs.kit.backup.notes import LOOK_SECONDS, BackupAge
from libs.kit.bus import Bus
from libs.kit.call import Call, House
from libs.kit.clock import Clock
from libs.kit.consumer import Consumer
from libs.kit.database import Database
from libs.kit.deadlines import Job
from libs.kit.deadlines.worker import DeadlineWorker
from libs.kit.relay import Relay
from libs.kit.rpc.channels import Channel, ask
from libs.kit.rpc.edge import Edge, Handler
from libs.kit.rpc.status import Failed
from libs.kit.settings import KitSettings
from libs.kit.tasks import end
from libs.kit.vault import Keyring, Vault
from libs.kit.watching import watching
from mainstay.employees.v1 import events_pb2 as employees_events
from mainstay.identity.v1 import events_pb2 as identity_events
from mainstay.identity.v1 import passports_pb2

EventHandler = Callable[[Call, Any], Awaitable[None]]
KEYS_METHOD = "mainstay.identity.v1.PassportService/GetPassportKeys"
# How long a call waits for its own facts to be on the bus before it answers; see `Runtime.after_commit`.
PUBLISH_WAIT_SECONDS = 5.0
log = structlog.get_logger()


@dataclass(frozen=True)
class Service:
    """What a context offers and listens to. `methods` are keyed `Service.Method` and must be all of the context's."""

    name: str
    methods: Mapping[str, Handler]
    events: Mapping[type[Message], EventHandler] = field(default_factory=dict)
    deadlines: Mapping[str, Job] = field(default_factory=dict)
    settings: type[KitSettings] = KitSettings
    # Called once the database is there and before anything is answered.
    prepare: Callable[[Runtime], Awaitable[None]] | None = None
    # Works for as long as the service runs.
    background: tuple[Callable[[Runtime], Awaitable[None]], ...] = ()
    # The service whose events the directory is kept from writes its own copy itself.
    follows_directory: bool = True
    # Calls wait until their facts are published: a revocation is then on its way to everybody before it is confirmed.
    publishes_before_answering: bool = False
    # Facts that come with an account's raised epoch and take nothing from it.
    gives_rights: tuple[type[Any], ...] = ()
    # Its state topics, and what it alone can put right when its database comes from a backup, given the moment of that
    # backup; see `libs.kit.restate`.
    restates: tuple[restate.Restatement, ...] = ()
    after_restore: Callable[[Call, datetime], Awaitable[None]] | None = None
    # What the status page shows of its own parts beside what every service needs: `ok`, `ok, but …` for what is worth
    # a word and keeps nobody from being answered, or empty for a part that is not there.
    status: Mapping[str, Callable[[Runtime], Awaitable[str]]] = field(default_factory=dict)

    def handlers(self) -> dict[str, tuple[contract.Method, Handler]]:
        """Handlers by full method name. Raises LookupError for a method without handler, or one too many."""
        declared = {m.short: m for m in contract.methods().values() if m.context == self.name}
        missing, unknown = declared.keys() - self.methods.keys(), self.methods.keys() - declared.keys()
        if missing or unknown:
            msg = f"{self.name}: methods without handler {sorted(missing)}, handlers without method {sorted(unknown)}"
            raise LookupError(msg)
        return {declared[short].name: (declared[short], handler) for short, handler in self.methods.items()}

    def subscriptions(self) -> dict[type[Message], EventHandler]:
        """Handlers by event: its own, after the directory's where it follows that."""
        found = dict(self.events)
        if self.follows_directory:
            for kind, place in _DIRECTORY.items():
                found[kind] = _first(place, found.get(kind))
        return found


# Whether the event is taken over; of an erased person nothing is that was said before.
_Placer = Callable[[Call, Any], Awaitable[bool]]


async def _place_person(call: Call, event: employees_events.PersonPlaced) -> bool:
    if not await directory.place_person(call.db, event):
        return False
    if event.erased:
        await call.house.vault.erase(call.db, UUID(event.employee_id), call.now)
        await idempotency.forget_person(call.db, UUID(event.employee_id))
    return True


async def _place_unit(call: Call, event: employees_events.UnitPlaced) -> bool:
    await directory.place_unit(call.db, event)
    return True


_DIRECTORY: Mapping[type[Message], _Placer] = {
    employees_events.PersonPlaced: _place_person,
    employees_events.UnitPlaced: _place_unit,
}


def _first(place: _Placer, then: EventHandler | None) -> EventHandler:
    """The directory takes an event over before the service's own handler for it sees it; what it does not take over the
    other is not told.
    """

    async def both(call: Call, event: Any) -> None:
        if await place(call, event) and then is not None:
            await then(call, event)

    return both


class Runtime:
    """A service running: its database, its edge, and everything that works beside the calls."""

    def __init__(
        self,
        service: Service,
        settings: KitSettings,
        *,
        clock: Clock,
        bus: Bus,
        channels: Mapping[str, Channel],
    ) -> None:
        self.service = service
        self.settings = settings
        self.clock = clock
        self.bus = bus
        self.database = Database(
            settings.database_url, pool_size=settings.database_pool, application=f"mainstay-{service.name}"
        )
        self.workload = Workload(service.name, settings.workload_secret.get_secret_value(), clock)
        self.house = House(
            name=service.name,
            clock=clock,
            database=self.database,
            vault=Vault(Keyring.parse(settings.keyring.get_secret_value()), clock),
            time_zone=settings.time_zone,
            channels=channels,
        )
        self.passports = PassportReader(clock)
        self.revocations = Revocations(service.name, bus, clock)
        self.relay = Relay(self.database, bus, clock, service=service.name)
        self.edge = Edge(
            self.house,
            service.handlers(),
            passports=self.passports,
            revocations=self.revocations,
            workload=self.workload,
            after_commit=self.after_commit,
        )
        events = service.subscriptions()
        self.consumer = Consumer(self.database, bus, service.name, events, self.unit, clock=clock) if events else None
        jobs = {**service.deadlines, **restate.jobs(service.restates, service.after_restore)}
        self.deadlines = DeadlineWorker(self.database, clock, jobs, self.unit, service=service.name)
        self._running = AsyncExitStack()
        self.draining = False

    async def after_commit(self, facts: Sequence[Message] = ()) -> None:
        """Wakes the relay. Where the service says so, waits until the facts are out and this process has heard them;
        and, when they take rights away, until no process can be without having heard them.

        Some seconds at most: what was committed is answered then all the same, and a feed that is stuck gets no
        heartbeat, which closes the sensitive methods and has the gateways ask for each passport anew.
        """
        self.relay.nudge()
        if not self.service.publishes_before_answering:
            return
        loop = asyncio.get_running_loop()
        began = loop.time()
        published = await self.relay.flush(PUBLISH_WAIT_SECONDS)
        if published:
            await self.bus.heard([REVOCATIONS], began + PUBLISH_WAIT_SECONDS - loop.time())
        # What gives rights raises an epoch too, and nobody need wait until everybody knows.
        given = {fact.account_id for fact in facts if isinstance(fact, self.service.gives_rights)}
        if any(isinstance(fact, identity_events.EpochRaised) and fact.account_id not in given for fact in facts):
            await self.revocations.spread(None if published else loop.time() - began)

    @asynccontextmanager
    async def unit(self, *, request_id: str = "", trace: str = "") -> AsyncIterator[Call]:
        """A unit of work of the system itself: for events, deadlines and commands."""
        recorded = False
        async with self.database.transaction() as session:
            call = Call(
                db=session,
                house=self.house,
                request_id=request_id or uuid4().hex,
                trace=trace or telemetry.current(),
            )
            yield call
            if call.events:
                recorded = True
                await outbox.write(session, call.events, source=self.service.name, trace=call.traces)
        if recorded:
            await self.after_commit()

    async def start(self, *, working: bool = True) -> None:
        """Opens everything in order. When it returns the service answers; on failure what was opened is closed.

        `working=False`: for a command beside a running service, which relays, consumes and keeps deadlines already.
        """
        try:
            await self.database.open()
            self._running.push_async_callback(self.database.close)
            await self.bus.ensure_topics(contract.topics())
            if self.service.prepare:
                await self.service.prepare(self)
            if not working:
                return
            await self.revocations.start()
            self._running.push_async_callback(self.revocations.stop)
            for part in (self.relay, self.deadlines, self.consumer):
                if part is not None:
                    await part.start()
                    self._running.push_async_callback(part.stop)
            own = (self._fetch_keys, self._tidy, self._watch_backups)
            for work in (*own, *(self._bound(one) for one in self.service.background)):
                self._running.push_async_callback(end, asyncio.create_task(work()))
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        await self._running.aclose()

    async def ready(self) -> dict[str, str]:
        """Each dependency by name: `ok`, or what is wrong with it."""
        found = {"database": "ok", "passport_keys": "ok", "revocation_feed": "ok"}
        try:
            await self.database.ping()
        except Exception as error:  # noqa: BLE001 - whatever it is, the database is not ready and the class name says why
            found["database"] = type(error).__name__
        if not self.passports.ready:
            found["passport_keys"] = "not loaded"
        if not self.revocations.heard.is_set():
            found["revocations"] = "not loaded"
        elif self.revocations.silent():
            found["revocation_feed"] = "silent"
        if self.relay.refused:
            found["bus"] = "not taking events"
        if self.draining:
            found["process"] = "draining"
        return {**found, **await self._own_parts()} if found["database"] == "ok" else found

    async def _own_parts(self) -> dict[str, str]:
        said = {}
        for name, say in self.service.status.items():
            try:
                said[name] = await say(self)
            except Exception as error:  # noqa: BLE001 - it cannot be said now, and the class name says why
                said[name] = f"ok, but not known: {type(error).__name__}"
        return {name: value for name, value in said.items() if value}

    async def serves(self) -> bool:
        """Whether calls should come here."""
        return all(fine(value) or part in NARROWING for part, value in (await self.ready()).items())

    def _bound(self, work: Callable[[Runtime], Awaitable[None]]) -> Callable[[], Any]:
        return lambda: work(self)

    async def _fetch_keys(self) -> None:
        """Fetches the keys that passports are signed with, at start and then every five minutes."""
        while "identity" in self.house.channels:
            try:
                meta = {WORKLOAD: self.workload.token()}
                answer = await ask(
                    self.house.channels["identity"], KEYS_METHOD, passports_pb2.GetPassportKeysRequest(), meta
                )
                self.passports.replace_keys(json.loads(answer.jwks))
                await asyncio.sleep(300)
            except Failed as failed:
                log.info("passport keys not there yet", reason=failed.reason)
                await asyncio.sleep(0.2 if not self.passports.ready else 5)
            except Exception as error:  # noqa: BLE001 - without keys nothing can be answered: whatever it was, asked again
                log.warning("passport keys unreadable", error=type(error).__name__)
                await asyncio.sleep(1)

    async def _watch_backups(self) -> None:
        await watching(BackupAge(self.database, self.service.name).look, LOOK_SECONDS)

    async def _tidy(self) -> None:
        while True:
            try:
                async with self.database.transaction() as session:
                    await idempotency.forget(session, self.clock.now() - timedelta(days=7))
            except Exception as error:  # noqa: BLE001 - an outage costs one round, not the tidying for good
                log.warning("old answers not forgotten", service=self.service.name, error=type(error).__name__)
            await asyncio.sleep(3600)
