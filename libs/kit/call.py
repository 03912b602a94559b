"""What a handler is given: the call it answers. `call.db` is the unit of work; it commits when the handler returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from google.protobuf.message import Message

from libs.kit import directory
from libs.kit.access.passports import Passport
from libs.kit.access.scopes import Place, Scope, covers_person, covers_unit
from libs.kit.clock import Clock, today
from libs.kit.contract import Method
from libs.kit.database import Database, Session
from libs.kit.errors import OutOfScope, PermissionMissing, PermissionRevoked
from libs.kit.vault import Vault

if TYPE_CHECKING:
    from libs.kit.rpc.channels import Channel


T = TypeVar("T")
_WHOLE = Scope("all")


@dataclass(frozen=True)
class House:
    """What a service stands on for as long as it runs; the same for all its calls."""

    name: str
    clock: Clock
    database: Database
    vault: Vault
    time_zone: str
    channels: Mapping[str, Channel] = field(default_factory=dict)
    parts: dict[type[Any], Any] = field(default_factory=dict)

    def add(self, part: object) -> None:
        """Keeps something a service's handlers share, such as a signing key; `part` finds it by its class."""
        self.parts[type(part)] = part

    def part(self, kind: type[T]) -> T:
        found: T = self.parts[kind]
        return found

    def today(self) -> date:
        """Today in the company's time zone."""
        return today(self.clock, self.time_zone)


@dataclass
class Call:
    """One call, event or deadline being handled. Events and deadlines come without a passport: the system acts."""

    db: Session
    house: House
    request_id: str
    language: str = "zh-CN"
    method: Method | None = None
    passport: Passport | None = None
    trace: str = ""
    events: list[Message] = field(default_factory=list)
    # The span each was recorded in: one unit of work may handle events of many traces.
    traces: list[str] = field(default_factory=list)
    subjects: list[UUID] = field(default_factory=list)
    by_scope: str = ""
    purpose: str = ""
    checked: bool = False

    def record(self, event: Message) -> None:
        """Publishes a fact, if and only if this call's transaction commits."""
        self.events.append(event)
        self.traces.append(self.trace)

    @property
    def now(self) -> datetime:
        return self.house.clock.now()

    @property
    def caller(self) -> Passport:
        """Who calls. Only for calls that came with a passport."""
        if self.passport is None:
            msg = "this call has no passport"
            raise LookupError(msg)
        return self.passport

    @property
    def actor(self) -> UUID | None:
        """The employee who calls; None for other systems and the system itself."""
        return self.passport.employee_id if self.passport else None

    @property
    def permission(self) -> str:
        return self.method.access.permission if self.method else ""

    def scopes(self, permission: str | None = None) -> tuple[Scope, ...]:
        """How far the caller's right reaches: the method's own right unless another is named."""
        return self.caller.rights.get(permission or self.permission, ())

    def reach(self, permission: str | None = None) -> directory.Reach:
        """The caller's scopes for a list; see `directory.inside`."""
        self.checked = True
        return directory.reach(self.scopes(permission), self.caller.employee_id)

    def hold(self, permission: str | None = None) -> None:
        """Raises PermissionMissing or PermissionRevoked unless the caller holds the right in some scope."""
        name = permission or self.permission
        if name not in self.caller.rights:
            for lost in self.caller.lost:
                if name in lost.permissions:
                    raise PermissionRevoked(permission=name, ended_at=lost.ended_at)
            raise PermissionMissing(permission=name)

    async def over_person(self, employee_id: UUID, permission: str | None = None) -> None:
        """Checks the caller's right over a person. Raises PermissionMissing, OutOfScope or PermissionRevoked."""
        self.checked = True
        self.touch(employee_id)
        name = permission or self.permission
        scopes = self.scopes(name)
        if _WHOLE in scopes:
            self.by_scope = str(_WHOLE)
            return
        place = await directory.place_of(self.db, employee_id) or Place(employee_id)
        self._decide(name, scopes, lambda scope: covers_person(scope, self.caller.employee_id, place))

    async def over_unit(self, unit_id: UUID | None, permission: str | None = None) -> None:
        """Checks the caller's right over a unit, or over the whole company when None. Raises like `over_person`."""
        self.checked = True
        name = permission or self.permission
        path = await directory.unit_path(self.db, unit_id) if unit_id else ()
        self._decide(name, self.scopes(name), lambda scope: covers_unit(scope, path))

    def _decide(self, name: str, scopes: tuple[Scope, ...], covered: Callable[[Scope], bool]) -> None:
        for scope in scopes:
            if covered(scope):
                self.by_scope = str(scope)
                return
        for lost in self.caller.lost:
            if name in lost.permissions and covered(lost.scope):
                raise PermissionRevoked(permission=name, ended_at=lost.ended_at)
        raise OutOfScope(permission=name) if scopes else PermissionMissing(permission=name)

    def over_own(self) -> None:
        """States that only the caller's own data is touched."""
        self.checked = True

    def touch(self, employee_id: UUID) -> None:
        """Names a person this call touches, for the audit record."""
        if employee_id not in self.subjects:
            self.subjects.append(employee_id)
