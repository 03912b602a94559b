"""What every kind of import works with, and what it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from libs.kit.clock import Clock
from libs.kit.database import Session
from libs.kit.errors import Fault
from libs.kit.vault import Vault
from services.employees.applying.existing import Present
from services.employees.applying.opening import Opening
from services.employees.importing.checking import Checker
from services.employees.importing.mapping import Mapping


@dataclass(frozen=True)
class Refusal:
    """A row that is sound by itself and that the record does not take. `code` is a reason, or in `import_refusals`;
    `column_of` the target whose column it is about.
    """

    row: int
    column_of: str
    code: str
    parameters: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, row: int, fault: Fault) -> Refusal:
        return cls(row, "", fault.reason, fault.metadata())


@dataclass
class Context:
    """One step of one import. In a dry run nothing is written."""

    db: Session
    vault: Vault
    clock: Clock
    time_zone: str
    today: date
    keyring: str
    mapping: Mapping
    present: Present
    opening: Opening
    dry: bool
    new: int = 0
    changed: int = 0
    same: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.clock.now()


class Kind(Protocol):
    """What an import of one kind of rows does with them."""

    async def take(self, rows: Sequence[Any]) -> None:
        """Goes through sound rows, in file order; says of each whether it is new, changes something, or neither."""

    async def conclude(self, checker: Checker) -> None:
        """Compares what can only be compared once all rows were read."""

    async def finish(self) -> None:
        """Writes what is not written yet. Not called in a dry run, nor when rows are wrong."""

    async def close(self) -> None:
        """Lets go of what it holds outside this process. May be called twice."""
