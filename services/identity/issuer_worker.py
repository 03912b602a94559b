"""Brings accounts in step with the sign-in issuer: takes them from the queue and makes the issuer hold what they say.

Everything is done from the account as it is when the row is taken, and can be done again: a worker that is killed
between the issuer's answer and its own mark finds the entry the next time. An issuer that does not answer is waited
for, asked about one account every few seconds; one account that fails rests longer each time and is never given up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter, Gauge

from libs.kit.access.workload import METADATA as WORKLOAD
from libs.kit.app import Runtime
from libs.kit.rpc.channels import ask
from libs.kit.rpc.status import Failed
from mainstay.employees.v1 import people_pb2
from services.identity import issuer, issuer_queue, issuer_rules, issuer_stops
from services.identity.issuer import (
    Entry,
    EntryMissing,
    EntryShut,
    Issuer,
    IssuerFailed,
    IssuerUnreachable,
    MailTaken,
    NameTaken,
    Profile,
    Told,
)
from services.identity.issuer_rules import Claim, Finding
from services.identity.register import OPEN, PERSON

PROFILES = "mainstay.employees.v1.PeopleService/ListSignInProfiles"
# Shorter than the lease by enough to give back what is left.
_ROUND_SECONDS = issuer_queue.LEASE.total_seconds() * 0.75
_PER_SLOT = 4
_PROFILES_AT_ONCE = 200
_PROBE_SECONDS = (1.0, 2.0, 4.0, 5.0)
_COUNT_SECONDS = 5.0

_BEHIND = Gauge("mainstay_issuer_accounts_behind", "Accounts that wait to be brought in step with the sign-in issuer")
_OLDEST = Gauge("mainstay_issuer_accounts_oldest_seconds", "How long the longest of them has waited")
_DONE = Counter("mainstay_issuer_accounts_done_total", "Accounts brought in step", ["kind"])
_FAILURES = Counter("mainstay_issuer_failures_total", "Tries that failed", ["problem"])
log = structlog.get_logger()


class ProfileMissing(IssuerFailed):
    """Employees could not be asked how a person is addressed, or does not know them."""


async def keep_in_step(runtime: Runtime) -> None:
    """Background: works for as long as the service runs, where the issuer is managed here."""
    managed = issuer.of(runtime.house)
    if managed is None:
        return
    try:
        await Worker(runtime, managed).run()
    finally:
        # Whoever else asks the issuer is stopped before this.
        await managed.directory.close()


class Worker:
    """One replica's part of the work. Several take from the same queue."""

    def __init__(self, runtime: Runtime, managed: Issuer) -> None:
        self._runtime = runtime
        self._house = runtime.house
        self._directory = managed.directory
        self._settings = managed.settings
        self._slots = asyncio.Semaphore(managed.settings.keycloak_at_once)
        # How many rounds in a row the issuer has not answered.
        self._silent = 0
        self._counted_at = float("-inf")

    async def run(self) -> None:
        while True:
            try:
                await self._count()
                worked = await self.round()
            except Exception as error:  # noqa: BLE001 - the database is out; every row is where it was
                log.warning("issuer queue waits", error=type(error).__name__)
                await asyncio.sleep(1)
                continue
            if self._silent:
                await asyncio.sleep(_PROBE_SECONDS[min(self._silent, len(_PROBE_SECONDS)) - 1])
            elif not worked:
                await asyncio.sleep(self._settings.keycloak_poll_seconds)

    async def round(self) -> int:
        """Takes what is due and does it; one row alone while the issuer is silent. Returns how many rows it took."""
        most = 1 if self._silent else self._settings.keycloak_at_once * _PER_SLOT
        lease, rows = await issuer_queue.take(self._house, most)
        if not rows:
            return 0
        silent = self._silent
        try:
            async with asyncio.timeout(_ROUND_SECONDS):
                profiles = await self._profiles(rows)
                # Until all are through: nobody is at work on a row whose lease was given back.
                ended = await asyncio.gather(
                    *(self._one(row, profiles, silent) for row in rows), return_exceptions=True
                )
            for failure in filter(None, ended):
                raise failure
        except TimeoutError:
            self._silent += 1
        finally:
            # Also on the way out of a process that is stopped.
            await asyncio.shield(issuer_queue.give_back(self._house, lease))
        if self._silent == silent:
            self._silent = 0
        return len(rows)

    async def _one(self, row: Any, profiles: Mapping[UUID, Profile], silent: int) -> None:
        async with self._slots:
            if self._silent > silent:
                return
            try:
                await self.bring(row, profiles)
                _DONE.labels(row["kind"]).inc()
            except IssuerUnreachable as error:
                self._silent = silent + 1
                await self._fail(row, error, timedelta(seconds=1))
            except Exception as error:  # noqa: BLE001 - one account's failure is its own; its class is kept and shown
                await self._fail(row, error, issuer_rules.pause(row["tries"]))

    async def bring(self, row: Any, profiles: Mapping[UUID, Profile]) -> None:
        """Makes the issuer hold what one account says. Raises IssuerFailed."""
        entry = await self._locate(row)
        if row["erased"]:
            if entry is not None and _claim(row, entry) is Claim.OURS:
                await self._directory.remove(row["kind"], entry.entry_id)
            await issuer_queue.done(self._house, row, entry_id=None, let_in=False)
        elif row["state"] == OPEN:
            await self._let_in(row, entry, self._told(row, profiles))
        elif entry is None:
            # Nobody is there to be kept out.
            await issuer_queue.done(self._house, row, entry_id=None, let_in=False)
        else:
            await self._keep_out(row, entry)

    async def _locate(self, row: Any) -> Entry | None:
        if row["entry_id"] is not None:
            return await self._directory.entry(row["kind"], row["entry_id"])
        if row["tries"] == 1 and row["done"] == 0 and row["state"] == OPEN:
            # The first try of all: that there is an entry already is told by the name being taken.
            return None
        return await self._directory.find(row["kind"], str(row["account_id"]), row["username"])

    async def _let_in(self, row: Any, entry: Entry | None, told: Told) -> None:
        if row["entry_id"] is not None:
            finding = issuer_rules.judge(standing(row), entry)
            if finding is Finding.SHUT_THERE:
                await issuer_stops.stop(self._runtime, row, finding)
                return
        if entry is None and row["entry_id"] is not None:
            # It was there. Whether somebody deleted it or the issuer lost it, `issuer_watch` finds out.
            raise EntryMissing
        try:
            entry_id = await self._write(row, entry, told)
        except EntryShut:
            await issuer_stops.stop(self._runtime, row, Finding.SHUT_THERE)
            return
        except MailTaken:
            # They can sign in all the same; that the address is somebody else's stays visible.
            without = replace(told, profile=replace(told.profile, work_mail="") if told.profile else None)
            entry_id = await self._write(row, entry, without)
            await issuer_queue.know(self._house, row, entry_id)
            raise
        if row["end_sessions"]:
            await self._directory.end_sessions(row["kind"], entry_id, row["sessions_until"])
        await issuer_queue.done(self._house, row, entry_id=entry_id, let_in=True)

    async def _write(self, row: Any, entry: Entry | None, told: Told) -> str:
        """Creates or changes the entry, and takes over one that has the name and is nobody else's."""
        if entry is None:
            try:
                return await self._directory.create(told)
            except NameTaken:
                entry = await self._directory.find(row["kind"], told.account_id, told.username)
                if entry is None:
                    raise
        if _claim(row, entry) is Claim.OTHERS:
            raise NameTaken
        await self._disarm_stranger(row, entry)
        # Whoever shuts it after this look at it is heard all the same.
        await self._directory.change(entry.entry_id, told, keep_shut=entry.let_in)
        return entry.entry_id

    async def _keep_out(self, row: Any, entry: Entry) -> None:
        if _claim(row, entry) is Claim.OTHERS:
            # Somebody else's by now: there is nothing of this account to shut.
            await issuer_queue.done(self._house, row, entry_id=None, let_in=False)
            return
        await self._disarm_stranger(row, entry)
        await self._directory.change(entry.entry_id, self._told(row, {}))
        # Every time: a session may have begun while the entry was open.
        await self._directory.end_sessions(row["kind"], entry.entry_id)
        await issuer_queue.done(self._house, row, entry_id=entry.entry_id, let_in=False)

    async def _disarm_stranger(self, row: Any, entry: Entry) -> None:
        """Before it is taken over: whoever made a user beforehand may know its password. A client's secret is code."""
        if row["kind"] == PERSON and _claim(row, entry) is Claim.FREE:
            await self._directory.disarm(entry.entry_id)

    def _told(self, row: Any, profiles: Mapping[UUID, Profile]) -> Told:
        let_in = row["state"] == OPEN
        profile = profiles.get(row["employee_id"]) if row["employee_id"] else None
        if let_in and row["kind"] == PERSON and row["employee_id"] and profile is None:
            raise ProfileMissing
        return Told(
            kind=row["kind"],
            account_id=str(row["account_id"]),
            username=row["username"],
            let_in=let_in,
            profile=profile,
            description=row["description"],
            secret=self._house.vault.open_own(issuer_queue.SECRET, bytes(row["secret"])) if row["secret"] else "",
            scopes=tuple(row["scopes"]),
        )

    async def _profiles(self, rows: Sequence[Any]) -> Mapping[UUID, Profile]:
        """How the people among these are addressed. Without an answer those who are let in wait; the others do not."""
        people = [str(row["employee_id"]) for row in rows if row["employee_id"] and row["state"] == OPEN]
        channel = self._house.channels.get("employees")
        if not people or channel is None:
            return {}
        meta = {WORKLOAD: self._runtime.workload.token()}
        found: dict[UUID, Profile] = {}
        try:
            for first in range(0, len(people), _PROFILES_AT_ONCE):
                asked = people_pb2.ListSignInProfilesRequest(employee_ids=people[first : first + _PROFILES_AT_ONCE])
                answer = await ask(channel, PROFILES, asked, meta, timeout=5)
                for one in answer.profiles:
                    found[UUID(one.employee_id)] = Profile(one.family_name, one.given_name, one.work_mail)
        except Failed as failed:
            log.info("names not there yet", reason=failed.reason)
        return found

    async def _fail(self, row: Any, error: BaseException, rest: timedelta) -> None:
        problem = type(error).__name__
        _FAILURES.labels(problem).inc()
        log.warning("account not in step", account_id=str(row["account_id"]), tries=row["tries"], problem=problem)
        await issuer_queue.failed(self._house, row, problem, rest)

    async def _count(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._counted_at < _COUNT_SECONDS:
            return
        self._counted_at = now
        async with self._house.database.reading() as session:
            found = await issuer_queue.behind(session)
        _BEHIND.set(found["accounts"])
        _OLDEST.set((self._house.clock.now() - found["since"]).total_seconds() if found["since"] else 0)


def _claim(row: Any, entry: Entry) -> Claim:
    return issuer_rules.claim(str(row["account_id"]), row["entry_id"], entry)


def standing(row: Any) -> issuer_rules.Standing:
    """A row of the queue as the rules see it."""
    return issuer_rules.Standing(
        kind=row["kind"],
        account_id=str(row["account_id"]),
        username=row["username"],
        state=row["state"],
        erased=row["erased"],
        let_in=row["let_in"],
        in_step=row["behind_since"] is None,
    )
