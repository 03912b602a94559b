"""A sign-in issuer in memory, with a console of its own. `issuer_conformance` says what it shares with Keycloak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from services.identity import names
from services.identity.issuer import (
    Changed,
    Changes,
    Entry,
    EntryMissing,
    EntryShut,
    IssuerUnreachable,
    MailTaken,
    NameTaken,
    PasswordRefused,
    Told,
)
from services.identity.register import PERSON, SYSTEM

OWN_CLIENT = "mainstay-identity"


@dataclass
class Held:
    entry: Entry
    told: Told
    password: str = ""
    temporary: bool = False
    factors: int = 0
    # Counts up when sessions end; a session carries the number it began under, and when.
    sessions: int = 0
    ended_until: datetime | None = None


@dataclass
class FakeIssuer:
    """`down` makes every call fail as an issuer does that does not answer. `calls` tells what was asked, in order."""

    held: dict[str, Held] = field(default_factory=dict)
    log: list[Changed] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    down: bool = False
    # What to do once before the next call of this name, `create` for one.
    before: dict[str, Any] = field(default_factory=dict)
    least_password: int = 12

    # -- the port

    async def entry(self, kind: str, entry_id: str) -> Entry | None:
        self._asked("entry")
        found = self.held.get(entry_id)
        return found.entry if found and found.entry.kind == kind else None

    async def find(self, kind: str, account_id: str, username: str) -> Entry | None:
        self._asked("find")
        of_kind = [one.entry for one in self.held.values() if one.entry.kind == kind]
        if kind == PERSON:
            for entry in of_kind:
                if entry.account_id == account_id:
                    return entry
        return next((entry for entry in of_kind if entry.username == _name(kind, username)), None)

    async def create(self, told: Told) -> str:
        self._asked("create")
        _refuse_client_user(told)
        self._refuse_taken("", told)
        entry_id = str(uuid4())
        entry = Entry(
            entry_id, told.kind, _name(told.kind, told.username), told.let_in, free_to_take=told.kind == PERSON
        )
        self.held[entry_id] = Held(_said(entry, told), told)
        return entry_id

    async def change(self, entry_id: str, told: Told, *, keep_shut: bool = False) -> None:
        self._asked("change")
        held = self._writable(entry_id)
        _refuse_client_user(told)
        if keep_shut and told.let_in and not held.entry.let_in:
            raise EntryShut
        self._refuse_taken(entry_id, told)
        kept = replace(told, profile=told.profile or held.told.profile, secret=told.secret or held.told.secret)
        renamed = replace(held.entry, username=_name(told.kind, told.username), let_in=told.let_in)
        held.entry, held.told = _said(renamed, told), kept

    async def end_sessions(self, kind: str, entry_id: str, until: datetime | None = None) -> None:  # noqa: ARG002 - the port's
        self._asked("end_sessions")
        held = self._writable(entry_id)
        if until is None:
            held.sessions += 1
        else:
            held.ended_until = max(held.ended_until or until, until)

    async def disarm(self, entry_id: str) -> None:
        self._asked("disarm")
        held = self._writable(entry_id)
        held.password, held.temporary, held.factors = "", True, 0
        held.sessions += 1

    async def remove(self, kind: str, entry_id: str) -> None:  # noqa: ARG002 - the port's
        self._asked("remove")
        if entry_id in self.held:
            self._writable(entry_id)
            del self.held[entry_id]

    async def set_password(self, entry_id: str, password: str, *, temporary: bool) -> None:
        self._asked("set_password")
        held = self._existing(entry_id)
        if len(password) < self.least_password:
            raise PasswordRefused
        held.password, held.temporary = password, temporary

    async def remove_second_factors(self, entry_id: str) -> int:
        self._asked("remove_second_factors")
        held = self._existing(entry_id)
        removed, held.factors = held.factors, 0
        return removed

    async def changes(self, position: str) -> Changes:
        self._asked("changes")
        if not position:
            return Changes((), str(len(self.log)))
        return Changes(self.log[int(position) :], str(len(self.log)))

    async def close(self) -> None:
        return None

    # -- its console

    async def add_person(self, username: str) -> str:
        """A user that no account is named in."""
        return self._add(Entry(str(uuid4()), PERSON, _name(PERSON, username), let_in=True, free_to_take=True))

    async def add_client(self, name: str, *, integration: bool = False) -> tuple[str, str]:
        """A client that no account is named in, with the user it acts as: both ids."""
        own = self._add(Entry(str(uuid4()), PERSON, f"service-account-{name}", let_in=True))
        return self._add(Entry(str(uuid4()), SYSTEM, name, let_in=True, free_to_take=integration)), own

    async def identitys_client(self) -> str:
        return (await self.add_client(OWN_CLIENT))[0]

    async def whole(self, kind: str, entry_id: str) -> object:  # noqa: ARG002 - the port's
        """All that is held, to be compared."""
        return replace(self.held[entry_id])

    async def shut(self, kind: str, entry_id: str, *, let_in: bool = False) -> None:
        held = self.held[entry_id]
        held.entry = replace(held.entry, let_in=let_in)
        self.log.append(Changed(kind, entry_id, deleted=False))

    async def delete(self, kind: str, entry_id: str) -> None:
        del self.held[entry_id]
        self.log.append(Changed(kind, entry_id, deleted=True))

    async def renumber(self, entry_id: str, number: str) -> None:
        held = self.held[entry_id]
        held.entry = replace(held.entry, employee_number=number)
        self.log.append(Changed(PERSON, entry_id, deleted=False))

    async def look(self, kind: str, entry_id: str) -> dict[str, Any]:  # noqa: ARG002 - the port's
        held = self.held[entry_id]
        profile = held.told.profile
        return {
            "family_name": profile.family_name if profile else "",
            "given_name": profile.given_name if profile else "",
            "mail": profile.work_mail.lower() if profile else "",
            "secret": held.told.secret,
            "scopes": set(held.told.scopes),
        }

    async def sign_in(self, entry_id: str, password: str) -> object | None:
        held = self.held[entry_id]
        good = held.entry.let_in and not held.temporary and held.password == password
        return (entry_id, held.sessions, datetime.now(UTC).replace(microsecond=0)) if good else None

    async def goes_on(self, session: Any) -> bool:
        entry_id, number, began = session
        held = self.held.get(entry_id)
        if held is None or not held.entry.let_in or held.sessions != number:
            return False
        return held.ended_until is None or began > held.ended_until

    def people(self) -> Sequence[Entry]:
        return [one.entry for one in self.held.values() if one.entry.kind == PERSON]

    def _add(self, entry: Entry) -> str:
        self.held[entry.entry_id] = Held(entry, Told(entry.kind, "", entry.username, let_in=True, secret="its own"))
        return entry.entry_id

    def _asked(self, what: str) -> None:
        if self.down:
            raise IssuerUnreachable
        self.calls.append(what)
        if what in self.before:
            self.before.pop(what)()

    def _existing(self, entry_id: str) -> Held:
        if entry_id not in self.held:
            raise EntryMissing
        return self.held[entry_id]

    def _writable(self, entry_id: str) -> Held:
        held = self._existing(entry_id)
        if held.entry.username == OWN_CLIENT or names.belongs_to_a_client(held.entry.username):
            raise NameTaken
        return held

    def _refuse_taken(self, entry_id: str, told: Told) -> None:
        others = [one for one in self.held.values() if one.entry.kind == told.kind and one.entry.entry_id != entry_id]
        if any(one.entry.username == _name(told.kind, told.username) for one in others):
            raise NameTaken
        mail = told.profile.work_mail.lower() if told.profile else ""
        if mail and any(one.told.profile and one.told.profile.work_mail.lower() == mail for one in others):
            raise MailTaken


def _name(kind: str, username: str) -> str:
    return username.lower() if kind == PERSON else username


def _refuse_client_user(told: Told) -> None:
    if told.kind == PERSON and names.belongs_to_a_client(told.username):
        raise NameTaken


def _said(entry: Entry, told: Told) -> Entry:
    number = told.username if told.kind == PERSON else ""
    return replace(entry, account_id=told.account_id, employee_number=number)
