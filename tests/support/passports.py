"""Hand-made passports and an edge around any handlers: for tests of one service without the others."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from google.protobuf.message import Message
from joserfc.jwk import KeySet, RSAKey

from libs.kit import contract
from libs.kit.access.passports import METADATA, Passport, PassportReader, sign
from libs.kit.access.revocations import Revocations
from libs.kit.access.scopes import Lost, Scope
from libs.kit.access.workload import METADATA as WORKLOAD
from libs.kit.access.workload import Workload
from libs.kit.call import House
from libs.kit.clock import Clock, MovableClock
from libs.kit.database import Database
from libs.kit.ids import uuid7
from libs.kit.rpc.edge import Edge, Handler
from libs.kit.vault import Keyring, Vault

KEYRING = "test:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY="
SECRET = "a secret that only the tests' processes know"
_KEY = RSAKey.generate_key(2048, {"kid": "test"})


def rights(**scopes_by_permission: str) -> dict[str, tuple[Scope, ...]]:
    """`rights(employees__person__read="unit:… self")`: double underscores stand for dots."""
    return {
        name.replace("__", "."): tuple(Scope.parse(text) for text in texts.split())
        for name, texts in scopes_by_permission.items()
    }


class Gate:
    """An edge over a database, with the means to call it as anybody."""

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        *,
        service: str = "employees",
        clock: Clock | None = None,
        house: House | None = None,
    ) -> None:
        self.clock = clock or MovableClock()
        self.house = house or House(
            name=service,
            clock=self.clock,
            database=database,
            vault=Vault(Keyring.parse(KEYRING), self.clock),
            time_zone="Asia/Shanghai",
        )
        self.reader = PassportReader(self.clock, KeySet([_KEY]))
        self.revocations = Revocations(service, None, self.clock)  # type: ignore[arg-type]  # never started
        self.hear_feed()
        self.workload = Workload("test", SECRET, self.clock)
        by_short = {method.short: method for method in contract.methods().values() if method.context == service}
        self.committed = 0
        self.edge = Edge(
            self.house,
            {by_short[short].name: (by_short[short], handler) for short, handler in handlers.items()},
            passports=self.reader,
            revocations=self.revocations,
            workload=self.workload,
            after_commit=self._committed,
        )

    async def _committed(self, _facts: object = ()) -> None:
        self.committed += 1

    def hear_feed(self) -> None:
        self.revocations._heard_at = asyncio.get_running_loop().time()

    def silence_feed(self) -> None:
        self.revocations._heard_at = float("-inf")

    def passport(
        self,
        held: Mapping[str, tuple[Scope, ...]],
        *,
        employee_id: UUID | None = None,
        kind: str = "person",
        epoch: int = 1,
        account_id: UUID | None = None,
        lost: tuple[Lost, ...] = (),
        signed_in: timedelta = timedelta(),
    ) -> Passport:
        """A passport made now; `signed_in` is how long ago its holder signed in."""
        now = self.clock.now()
        return Passport(
            account_id=account_id or uuid7(),
            employee_id=employee_id,
            username="tester",
            kind=kind,
            session_id="session",
            epoch=epoch,
            language="zh-CN",
            signed_in_at=now - signed_in,
            issued_at=now,
            expires_at=now + timedelta(seconds=60),
            rights=held,
            lost=lost,
        )

    async def call(self, short: str, request: Message, passport: Passport | None = None, **meta: str) -> Any:
        """Calls `Service.Method` and returns its answer. Raises libs.kit.rpc.status.Failed."""
        name = next(name for name, (method, _) in self.edge.handlers.items() if method.short == short)
        headers = {"accept-language": "zh-CN", WORKLOAD: self.workload.token(), **meta}
        if passport is not None:
            headers[METADATA] = sign(passport, _KEY).decode()
        raw = await self.edge.serve(name, request.SerializeToString(), headers)
        return contract.methods()[name].response.FromString(raw)
