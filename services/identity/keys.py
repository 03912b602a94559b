"""The key pairs that sign passports: made here, sealed at rest, followed by a new one every 30 days.

A new key is published a quarter of an hour before it signs, and an old one an hour after it signed last: services
fetch the keys every five minutes, so none meets a passport whose key it has not seen.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import structlog
from joserfc.jwk import RSAKey
from sqlalchemy import bindparam, delete, insert, select, update

from libs.kit.access.passports import Passport, sign
from libs.kit.app import Runtime
from libs.kit.call import Call, House
from libs.kit.database import Session, prepared
from libs.kit.ids import uuid7
from mainstay.identity.v1 import passports_pb2
from services.identity import register
from services.identity.tables import passport_keys

SIGNS_FOR = timedelta(days=30)
PUBLISHED_BEFORE = timedelta(minutes=15)
PUBLISHED_AFTER = timedelta(hours=1)
_LOOK_AGAIN_SECONDS = 60
_PURPOSE = "identity.passport_key"

_ALL = prepared(select(passport_keys).order_by(passport_keys.c.signs_from, passport_keys.c.key_id))
_ADD = prepared(insert(passport_keys).values({name: bindparam(name) for name in passport_keys.c.keys()}))  # noqa: SIM118
_DROP = prepared(delete(passport_keys).where(passport_keys.c.key_id == bindparam("id")))
_RESEAL = prepared(
    update(passport_keys).where(passport_keys.c.key_id == bindparam("id")).values(sealed=bindparam("sealed_"))
)
log = structlog.get_logger()


@dataclass(frozen=True)
class SigningKey:
    key: RSAKey
    signs_from: datetime


class Signer:
    """Signs passports with the key whose time it is. `replace` brings the keys as the database has them."""

    def __init__(self) -> None:
        self._keys: Sequence[SigningKey] = ()
        self.jwks: dict[str, Any] = {"keys": []}

    def replace(self, keys: Sequence[SigningKey], jwks: dict[str, Any]) -> None:
        """Keys by the instant they sign from."""
        self._keys = keys
        self.jwks = jwks

    def sign(self, passport: Passport, now: datetime) -> bytes:
        current = [one for one in self._keys if one.signs_from <= now] or self._keys[:1]
        return sign(passport, current[-1].key)


async def get_keys(call: Call, _request: passports_pb2.GetPassportKeysRequest) -> passports_pb2.PassportKeys:
    """Read from the database each time: another replica may have published a new key."""
    return passports_pb2.PassportKeys(jwks=json.dumps(_jwks(await call.db.rows(_ALL))))


async def refresh(house: House, signer: Signer) -> None:
    """Makes the key that is due, drops those that are over, gives the signer what there is. One replica at a time."""
    async with house.database.transaction() as session:
        await register.in_turn(session, _PURPOSE)
        await _follow_up(house, session)
        rows = await session.rows(_ALL)
        for row in rows:
            await _seal_again(house, session, row)
    signer.replace([_opened(house, row) for row in rows], _jwks(rows))


async def keep_fresh(runtime: Runtime) -> None:
    """Background: looks every minute whether a key is due, and what other replicas have made."""
    signer = runtime.house.part(Signer)
    while True:
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        try:
            await refresh(runtime.house, signer)
            runtime.passports.replace_keys(signer.jwks)
        except Exception as error:  # noqa: BLE001 - the keys there are go on signing, and it is tried again
            log.warning("passport keys not looked at", error=type(error).__name__)


async def _follow_up(house: House, session: Session) -> None:
    now = house.clock.now()
    rows = await session.rows(_ALL)
    if not rows:
        await _add(house, session, signs_from=now)
    elif rows[-1]["signs_from"] + SIGNS_FOR - PUBLISHED_BEFORE <= now:
        await _add(house, session, signs_from=now + PUBLISHED_BEFORE)
    for row, successor in pairwise(rows):
        if successor["signs_from"] + PUBLISHED_AFTER <= now:
            await session.run(_DROP, id=row["key_id"])


async def _add(house: House, session: Session, *, signs_from: datetime) -> None:
    key_id = uuid7().hex
    key = await asyncio.to_thread(RSAKey.generate_key, 2048, {"kid": key_id, "use": "sig", "alg": "RS256"})
    await session.run(
        _ADD,
        key_id=key_id,
        public=json.dumps(key.as_dict(private=False)),
        sealed=house.vault.seal_own(_PURPOSE, json.dumps(key.as_dict(private=True))),
        made_at=house.clock.now(),
        signs_from=signs_from,
    )


async def _seal_again(house: House, session: Session, row: Any) -> None:
    """After a rotation of the vault's ring, so that its old key can go."""
    if not house.vault.is_current(row["sealed"]):
        sealed = house.vault.seal_own(_PURPOSE, house.vault.open_own(_PURPOSE, row["sealed"]))
        await session.run(_RESEAL, id=row["key_id"], sealed_=sealed)


def _opened(house: House, row: Any) -> SigningKey:
    return SigningKey(RSAKey.import_key(json.loads(house.vault.open_own(_PURPOSE, row["sealed"]))), row["signs_from"])


def _jwks(rows: Sequence[Any]) -> dict[str, Any]:
    return {"keys": [json.loads(row["public"]) for row in rows]}
