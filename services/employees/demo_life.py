"""Pure: lives through the demo company's years, event by event, under the same rules as commands do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import singledispatchmethod
from uuid import UUID

from google.protobuf.message import Message

from libs.kit.dates import text_of
from libs.kit.ids import text_of_id, uuid7
from mainstay.employees.v1 import contracts_pb2, events_pb2, lifecycle_pb2
from services.employees import facts, rules, unit_rules
from services.employees.career import DOTTED, PRIMARY, Assignment, Career, Change, Employment, applied
from services.employees.days import DAY, common
from services.employees.demo import model
from services.employees.unit_rules import State


@dataclass(frozen=True)
class Signed:
    """A contract that was signed."""

    contract_id: UUID
    employee_id: UUID
    kind: int
    event: model.ContractSigned


@dataclass(frozen=True)
class Said:
    """When an assignment was ordered, and why."""

    on: date
    reason: str


@dataclass(frozen=True)
class Gone:
    """Why an employment ended."""

    on: date
    kind: int
    reason: str


class Life:
    """The company's people and units as they come to be. `facts` are in the order things happened, with their days."""

    def __init__(self, company: model.Company) -> None:
        self.ids = {person.number: uuid7() for person in company.people}
        self.units = {unit.code: uuid7() for unit in company.units}
        self.posts = {post.code: uuid7() for post in company.posts}
        self.states = {
            unit.code: [
                State(
                    uuid7(),
                    self.units[unit.code],
                    unit.opened_on,
                    None,
                    unit.name,
                    unit.name_en,
                    self.units[unit.parent] if unit.parent else None,
                    None,
                )
            ]
            for unit in company.units
        }
        self.careers = {who: Career(who, number) for number, who in self.ids.items()}
        self.said: dict[UUID, Said] = {}
        self.left: dict[UUID, Gone] = {}
        self.contracts: list[Signed] = []
        self.facts: list[tuple[date, Message]] = [
            (unit.opened_on, self.unit_changed(unit.code, self.states[unit.code][0])) for unit in company.units
        ]

    @singledispatchmethod
    def take(self, event: model.Event) -> None:
        """Lives through one event."""
        raise TypeError(event)

    @take.register
    def _(self, event: model.Hired) -> None:
        who = self.ids[event.number]
        place = rules.Place(
            self.units[event.unit], self.posts[event.post], self.ids[event.manager] if event.manager else None
        )
        employment, change = rules.plan_hire(
            self.careers[who], place, on=event.on, probation_ends_on=event.probation_ends_on
        )
        rehired = bool(self.careers[who].employments)
        career = self.careers[who]
        self.careers[who] = replace(career, employments=(*career.employments, employment))
        self._apply({who: change}, event.on)
        self._say(event.on, facts.hired(event.number, employment, change.opened[0], rehired=rehired))

    @take.register
    def _(self, event: model.Confirmed) -> None:
        who = self.ids[event.number]
        self._employ(rules.plan_confirm(self.careers[who], on=event.on))
        self._say(event.on, events_pb2.EmployeeConfirmed(employee_id=str(who), effective_on=text_of(event.on)))

    @take.register
    def _(self, event: model.Transferred) -> None:
        who = self.ids[event.number]
        place = rules.Place(self.units[event.unit], self.posts[event.post], self.ids.get(event.manager))
        change = rules.plan_transfer(self.careers[who], place, on=event.on, today=event.on)
        self._moved({who: change}, event.on, event.reason)

    @take.register
    def _(self, event: model.ManagerChanged) -> None:
        who = self.ids[event.number]
        change = rules.plan_manager_change(self.careers[who], self.ids[event.manager], on=event.on, today=event.on)
        self._moved({who: change}, event.on, event.reason)

    @take.register
    def _(self, event: model.DottedLineAdded) -> None:
        who = self.ids[event.number]
        change = rules.plan_dotted_line(
            self.careers[who], self.ids[event.manager], starts_on=event.on, ends_on=event.ends_on
        )
        self._moved({who: change}, event.on, event.reason)

    @take.register
    def _(self, event: model.Left) -> None:
        who = self.ids[event.number]
        led = [c for c in self.careers.values() if any(_led_by(line, who, event.on) for line in c.assignments)]
        successor = self.ids[event.new_manager] if event.new_manager else None
        leave = rules.plan_leave(self.careers[who], led, successor, last_day=event.on, today=event.on)
        self._employ(leave.employment)
        kind = lifecycle_pb2.LeaveKind.Value(f"LEAVE_KIND_{event.kind}")
        self.left[leave.employment.employment_id] = Gone(event.on, kind, event.reason)
        left = events_pb2.EmployeeLeft(employee_id=str(who), last_day=text_of(event.on), kind=kind)  # type: ignore[arg-type]
        self._say(event.on, left)
        self._moved(leave.changes, event.on, "")

    @take.register
    def _(self, event: model.ContractSigned) -> None:
        who, contract_id = self.ids[event.number], uuid7()
        kind = contracts_pb2.ContractKind.Value(f"CONTRACT_KIND_{event.kind}")
        self.contracts.append(Signed(contract_id, who, kind, event))
        self._say(event.on, facts.signed(who, contract_id, kind, event.starts_on, event.ends_on))

    @take.register
    def _(self, event: model.HeadNamed) -> None:
        states = self.states[event.unit]
        head = self.ids[event.number] if event.number else None
        here = unit_rules.state_on(states, event.on)
        if here and here.starts_on == event.on:
            states[states.index(here)] = replace(here, head_id=head)
        else:
            change = unit_rules.plan_change(states, on=event.on, today=event.on, head_id=head)
            states[:] = unit_rules.applied(states, change)
        state = unit_rules.state_on(states, event.on)
        if state:
            self._say(event.on, self.unit_changed(event.unit, state))

    def _employ(self, employment: Employment) -> None:
        career = self.careers[employment.employee_id]
        kept = [e for e in career.employments if e.employment_id != employment.employment_id]
        ordered = sorted([*kept, employment], key=lambda e: e.hired_on)
        self.careers[career.employee_id] = replace(career, employments=tuple(ordered))

    def _moved(self, changes: Mapping[UUID, Change], on: date, reason: str) -> None:
        for who, change in changes.items():
            lines = {a.assignment_id: a for a in self.careers[who].assignments}
            for line in change.opened:
                if line.kind == DOTTED:
                    self._say(on, facts.dotted(line, line.ends_on))
                else:
                    former = next(lines[one] for one, _ in change.closed if lines[one].kind == PRIMARY)
                    self._say(on, facts.moved(former, line))
        self._apply(changes, on, reason)

    def _apply(self, changes: Mapping[UUID, Change], on: date, reason: str = "") -> None:
        for who, change in changes.items():
            self.careers[who] = applied(self.careers[who], change)
            for line in change.opened:
                self.said[line.assignment_id] = Said(on, reason)
        for change in changes.values():
            for line in change.opened:
                rules.check_line(self.careers, line)

    def _say(self, on: date, fact: Message) -> None:
        self.facts.append((on, fact))

    def unit_changed(self, code: str, state: State) -> events_pb2.UnitChanged:
        return events_pb2.UnitChanged(
            unit_id=str(state.unit_id),
            code=code,
            name=state.name,
            name_en=state.name_en,
            parent_id=text_of_id(state.parent_id),
            head_id=text_of_id(state.head_id),
            effective_on=text_of(state.starts_on),
        )


def _led_by(line: Assignment, manager_id: UUID, after: date) -> bool:
    return line.manager_id == manager_id and common(line.days, (after + DAY, None)) is not None
