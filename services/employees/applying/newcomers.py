"""People who are not there yet, by the hundred thousand: sealed in another process, written by COPY.

Two passes, so that managers may stand anywhere in the file. While rows are read, what concerns only the person goes in
(record, key, employment, contract). When all are read and nothing is wrong with them, everybody is placed: assignment,
directory with the whole chain of managers, facts.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from google.protobuf.message import Message

from libs.kit import contract, outbox
from libs.kit.dates import text_of
from mainstay.employees.v1 import contracts_pb2, events_pb2
from services.employees.applying import encoding as pg
from services.employees.applying import ids
from services.employees.career import PRIMARY
from services.employees.days import DAY
from services.employees.importing.rows import PersonRow

EMPLOYMENT_COLUMNS = (
    "employment_id", "employee_id", "hired_on", "last_day", "probation_ends_on", "confirmed_on", "recorded_at",
)  # fmt: skip
CONTRACT_COLUMNS = ("contract_id", "employee_id", "kind", "starts_on", "ends_on", "signed_on", "recorded_at")
ASSIGNMENT_COLUMNS = (
    "assignment_id", "employee_id", "kind", "unit_id", "post_id", "manager_id", "starts_on", "ends_on", "recorded_at",
)  # fmt: skip
DIRECTORY_COLUMNS = (
    "employee_id", "number", "unit_id", "post_id", "manager_id", "chain", "dotted", "employed", "erased",
    "last_day",
)  # fmt: skip
OUTBOX_COLUMNS = (*outbox.COLUMNS, "recorded_at")
_NOBODY = -1


class Newcomer(NamedTuple):
    """What is kept of a row until everybody is placed."""

    employee_id: bytes
    number: str
    hired_on: date
    last_day: date | None
    probation_ends_on: date | None
    confirmed_on: date | None
    time_zone: str
    spot: Spot
    manager_number: str
    contract: tuple[bytes, int, date, date | None] | None


class Spot(NamedTuple):
    """A unit and post, encoded once for all who are put there."""

    unit: bytes
    post: bytes
    unit_text: str
    post_text: str

    @classmethod
    def of(cls, unit_id: UUID | None, post_id: UUID | None) -> Spot:
        return cls(
            pg.uuid(unit_id.bytes if unit_id else None),
            pg.uuid(post_id.bytes if post_id else None),
            str(unit_id or ""),
            str(post_id or ""),
        )


Entry = tuple[bytes, str, str, str, str, str, str, str, str, bytes]
"""What another process needs to seal a person's record: id, number, the personal fields in their order, and columns it
passes on as they are."""


@dataclass(frozen=True)
class Above:
    """A manager who was there before: id and chain, as 16 bytes each."""

    employee_id: bytes
    chain: tuple[bytes, ...]


class Newcomers:
    """All new people of one import."""

    def __init__(self, now: datetime, time_zone: str) -> None:
        self._now, self._time_zone = pg.instant(now), time_zone
        self._today = _Todays(now)
        self._ids = ids.stream()
        self._people: list[Newcomer] = []
        self._index: dict[str, int] = {}
        self._managers = array("i")
        self._above: list[Above] = []

    def __len__(self) -> int:
        return len(self._people)

    def id_of(self, number: str) -> UUID | None:
        at = self._index.get(number)
        return None if at is None else UUID(bytes=self._people[at].employee_id)

    def add(self, rows: Sequence[tuple[PersonRow, Spot]]) -> tuple[list[Entry], bytes, bytes]:
        """Takes rows in: what to seal, and the encoded rows of employments and contracts."""
        entries, hired, signed = [], [], []
        for row, spot in rows:
            employee_id, zone = next(self._ids), row.time_zone or self._time_zone
            days = pg.day(row.hired_on) + pg.day(row.last_day)
            days += pg.day(row.probation_ends_on) + pg.day(row.confirmed_on)
            of = pg.uuid(employee_id)
            agreed = None
            if row.contract_kind and row.contract_starts_on:
                agreed = (
                    next(self._ids),
                    contracts_pb2.ContractKind.Value(f"CONTRACT_KIND_{row.contract_kind}"),
                    row.contract_starts_on,
                    row.contract_ends_on,
                )
                starts = pg.day(agreed[2])
                signed.append(
                    pg.row(pg.uuid(agreed[0]), of, pg.small(agreed[1]), starts, pg.day(agreed[3]), starts, self._now)
                )
            self._index[row.number] = len(self._people)
            self._people.append(
                Newcomer(
                    employee_id, row.number, row.hired_on, row.last_day, row.probation_ends_on, row.confirmed_on,
                    zone, spot, row.manager_number, agreed,
                )
            )  # fmt: skip
            entries.append(
                (
                    employee_id, row.number, row.name, row.name_en, row.work_mail, row.mobile, row.national_id,
                    row.birth_date.isoformat() if row.birth_date else "", row.home_address,
                    pg.text(zone) + days,
                )
            )  # fmt: skip
            hired.append(b"\0\x07" + pg.uuid(next(self._ids)) + of + days + self._now)
        return entries, b"".join(hired), b"".join(signed)

    def outside_managers(self) -> set[str]:
        """Numbers of managers who are not among the newcomers."""
        return {p.manager_number for p in self._people if p.manager_number and p.manager_number not in self._index}

    def turns(self) -> Iterator[tuple[UUID, date, str]]:
        """Who begins, or is gone, on a day to come: id, that day and their time zone."""
        for person in self._people:
            today = self._today[person.time_zone]
            if person.hired_on > today:
                yield UUID(bytes=person.employee_id), person.hired_on, person.time_zone
            elif person.last_day is not None and person.last_day >= today:
                yield UUID(bytes=person.employee_id), person.last_day + DAY, person.time_zone

    def follow(self, outside: Mapping[str, Above]) -> None:
        """Finds everybody's manager, in this import or before it."""
        known: dict[str, int] = {}
        for number, above in outside.items():
            known[number] = -2 - len(self._above)
            self._above.append(above)
        self._managers = array(
            "i", (self._index.get(p.manager_number, known.get(p.manager_number, _NOBODY)) for p in self._people)
        )

    def placed(self, first: int, last: int) -> tuple[bytes, bytes, bytes]:
        """Encoded rows of assignments, directory and outbox for the people from `first` to before `last`."""
        assigned: list[bytes] = []
        standing: list[bytes] = []
        told: list[bytes] = []
        for at in range(first, last):
            person = self._people[at]
            spot = person.spot
            manager_id, chain = self._line(at)
            of = pg.uuid(person.employee_id)
            assigned.append(
                pg.row(
                    pg.uuid(next(self._ids)), of, pg.small(PRIMARY), spot.unit, spot.post, pg.uuid(manager_id),
                    pg.day(person.hired_on), pg.day(person.last_day), self._now,
                )
            )  # fmt: skip
            left = person.last_day is not None and person.last_day < self._today[person.time_zone]
            standing.append(
                pg.row(
                    of, pg.text(person.number), spot.unit, spot.post, pg.NULL if left else pg.uuid(manager_id),
                    pg.uuids(() if left else chain), pg.uuids(()), pg.flag(self._employed(person)), pg.flag(False),
                    pg.NULL if left else pg.day(person.last_day),
                )
            )  # fmt: skip
            self._tell(told, person, manager_id, left=left)
        return b"".join(assigned), b"".join(standing), b"".join(told)

    def _employed(self, person: Newcomer) -> bool:
        today = self._today[person.time_zone]
        return person.hired_on <= today and (person.last_day is None or person.last_day >= today)

    def _line(self, at: int) -> tuple[bytes | None, list[bytes]]:
        """The manager, and everybody above, nearest first."""
        chain: list[bytes] = []
        manager = self._managers[at]
        while manager >= 0:
            chain.append(self._people[manager].employee_id)
            manager = self._managers[manager]
        if manager < _NOBODY:
            above = self._above[-2 - manager]
            chain += (above.employee_id, *above.chain)
        return (chain[0] if chain else None), chain

    def _tell(self, told: list[bytes], person: Newcomer, manager_id: bytes | None, *, left: bool) -> None:
        spot = person.spot
        employee_id = ids.text(person.employee_id)
        manager = ids.text(manager_id) if manager_id else ""
        facts: list[Message] = [
            events_pb2.EmployeeHired(
                employee_id=employee_id,
                number=person.number,
                hired_on=person.hired_on.isoformat(),
                unit_id=spot.unit_text,
                post_id=spot.post_text,
                manager_id=manager,
                probation_ends_on=text_of(person.probation_ends_on),
                imported=True,
            )
        ]
        if person.confirmed_on:
            facts.append(
                events_pb2.EmployeeConfirmed(employee_id=employee_id, effective_on=text_of(person.confirmed_on))
            )
        if person.contract:
            contract_id, kind, starts_on, ends_on = person.contract
            facts.append(
                events_pb2.ContractSigned(
                    employee_id=employee_id,
                    contract_id=ids.text(contract_id),
                    kind=kind,  # type: ignore[arg-type]
                    starts_on=text_of(starts_on),
                    ends_on=text_of(ends_on),
                )
            )
        if person.last_day:
            facts.append(events_pb2.EmployeeLeft(employee_id=employee_id, last_day=text_of(person.last_day)))
        facts.append(
            events_pb2.PersonPlaced(
                employee_id=employee_id,
                number=person.number,
                unit_id=spot.unit_text,
                post_id=spot.post_text,
                manager_id="" if left else manager,
                employed=self._employed(person),
                held=[_held(person)] if person.hired_on <= self._today[person.time_zone] else (),
                last_day="" if left else text_of(person.last_day),
            )
        )
        told.extend(self._recorded(fact, employee_id) for fact in facts)

    def _recorded(self, fact: Message, key: str) -> bytes:
        head, middle, state = _KINDS[type(fact)]
        shard = outbox.shard_of(state, key, state=bool(state))
        of = pg.text(key)
        return b"".join(
            (b"\0\x09", pg.uuid(next(self._ids)), head, of, pg.whole(shard), middle,
             pg.blob(fact.SerializeToString()), pg.text(""), self._now)
        )  # fmt: skip


def _held(person: Newcomer) -> events_pb2.HeldPost:
    return events_pb2.HeldPost(
        post_id=person.spot.post_text,
        unit_id=person.spot.unit_text,
        starts_on=person.hired_on.isoformat(),
        ends_on=text_of(person.last_day),
    )


class _Todays(dict[str, date]):
    """The date it is now, by time zone."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self._now = now

    def __missing__(self, zone: str) -> date:
        self[zone] = self._now.astimezone(ZoneInfo(zone)).date()
        return self[zone]


def _kind(message: type[Message]) -> tuple[bytes, bytes, str]:
    """The encoded columns of an event that are the same for all of its kind, and its topic when it is a state."""
    kind = contract.events()[message.DESCRIPTOR.full_name]
    return pg.text(kind.topic), pg.text(kind.name) + pg.text("employees"), kind.topic if kind.state else ""


_KINDS: dict[type[Message], tuple[bytes, bytes, str]] = {
    kind: _kind(kind)
    for kind in (
        events_pb2.EmployeeHired,
        events_pb2.EmployeeConfirmed,
        events_pb2.ContractSigned,
        events_pb2.EmployeeLeft,
        events_pb2.PersonPlaced,
    )
}
