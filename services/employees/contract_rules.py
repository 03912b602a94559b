"""Pure: which contracts a person may hold at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.employees.career import Career
from services.employees.days import DAY, Window, common
from services.employees.errors import ContractOverlaps


@dataclass(frozen=True, slots=True)
class Term:
    contract_id: UUID
    kind: int
    starts_on: date
    ends_on: date | None

    @property
    def days(self) -> Window:
        return self.starts_on, self.ends_on


def plan_contract(career: Career, held: Sequence[Term], term: Term) -> list[tuple[UUID, date]]:
    """Contracts that end the day before the new one starts: those of any kind that are open and began before it.

    Raises BeforeHire or NotEmployed when the person does not work here on its first day, ContractOverlaps when one of
    the same kind shares a day with it all the same.
    """
    career.require(term.starts_on)
    ended = [
        (one.contract_id, term.starts_on - DAY)
        for one in held
        if one.ends_on is None and one.starts_on < term.starts_on
    ]
    closed = {contract_id for contract_id, _ in ended}
    for one in held:
        if one.kind == term.kind and one.contract_id not in closed and common(one.days, term.days):
            raise ContractOverlaps(contract_id=one.contract_id, starts_on=one.starts_on)
    return ended
