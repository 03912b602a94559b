"""Accounts of other systems: opened by hand, proved by a secret that is shown once and kept as a slow salted hash."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from libs.kit.call import Call, House
from libs.kit.database import prepared
from mainstay.identity.v1 import accounts_pb2
from services.identity import issuer_queue, names, register
from services.identity.errors import AccountNotFound, UsernameTaken
from services.identity.tables import accounts, client_secrets

_COLUMNS = ("account_id", "salt", "hash", "made_at")
_KEEP_NEW = insert(client_secrets).values({name: bindparam(name) for name in _COLUMNS})
_KEEP = prepared(
    _KEEP_NEW.on_conflict_do_update(
        index_elements=["account_id"], set_={name: _KEEP_NEW.excluded[name] for name in _COLUMNS[1:]}
    )
)
_FIND = prepared(
    select(client_secrets.c.salt, client_secrets.c.hash)
    .select_from(client_secrets.join(accounts))
    .where(
        accounts.c.username == bindparam("username"),
        accounts.c.kind == register.SYSTEM,
        accounts.c.state == register.OPEN,
    )
)
_SECRET_BYTES = 32
_API = "mainstay-api"
_NOBODY = (b"no such system..", b"")


async def create(call: Call, request: accounts_pb2.CreateServiceAccountRequest) -> accounts_pb2.ServiceAccountSecret:
    row = None
    if not names.reserved_for_systems(request.username) and not await register.by_name(call.db, request.username):
        row = await register.open_account(
            call, kind=register.SYSTEM, username=request.username, description=request.description
        )
    if row is None:
        raise UsernameTaken(username=request.username)
    return await _with_secret(call, row, list(request.scopes) or [_API])


async def rotate(
    call: Call, request: accounts_pb2.RotateServiceAccountSecretRequest
) -> accounts_pb2.ServiceAccountSecret:
    row = await register.by_id(call.db, UUID(request.account_id), lock=True)
    if row is None or row["kind"] != register.SYSTEM:
        raise AccountNotFound(account_id=request.account_id)
    return await _with_secret(call, row, former=True)


async def open_known(call: Call, username: str, description: str, secret: str, scopes: Sequence[str] = (_API,)) -> None:
    """Opens a system's account, for the demo company. One that exists is left alone.

    The secret was chosen beforehand; without one the issuer's, if it has the system, is the only one that counts.
    """
    if await register.by_name(call.db, username):
        return
    row = await register.open_account(call, kind=register.SYSTEM, username=username, description=description)
    if row is not None and secret:
        await _keep(call, row, secret, scopes)
    elif row is not None:
        await issuer_queue.want(call, row["account_id"], issuer_queue.NOW, scopes=scopes)


async def _with_secret(
    call: Call, row: Any, scopes: Sequence[str] | None = None, *, former: bool = False
) -> accounts_pb2.ServiceAccountSecret:
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    await _keep(call, row, secret, scopes, former=former)
    return accounts_pb2.ServiceAccountSecret(account=register.message_of(row), secret=secret)


async def _keep(call: Call, row: Any, secret: str, scopes: Sequence[str] | None, *, former: bool = False) -> None:
    """Keeps a hash here, and the secret itself, sealed, only until the issuer has it.

    Where there was a `former` one, the issuer also ends what was got with it.
    """
    salt = os.urandom(16)
    stretched = await asyncio.to_thread(_stretch, secret, salt)
    await call.db.run(_KEEP, account_id=row["account_id"], salt=salt, hash=stretched, made_at=call.now)
    await issuer_queue.want(
        call, row["account_id"], issuer_queue.NOW, end_sessions=former, secret=secret, scopes=scopes
    )


def _stretch(secret: str, salt: bytes) -> bytes:
    # One of the settings of OWASP's password storage cheat sheet: 16 MiB of memory, about a fifth of a second.
    return hashlib.scrypt(secret.encode(), salt=salt, n=2**14, r=8, p=5, dklen=32)


class ProvenSecrets:
    """Secrets that were proved in this process, so that the slow hash is paid once. Keeps keyed hashes, no secrets."""

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._proven: set[bytes] = set()

    def mark(self, secret: str, salt: bytes, stretched: bytes) -> bytes:
        """Differs when the secret, or what is stored for it, differs."""
        return hashlib.blake2b(salt + stretched + secret.encode(), key=self._key, digest_size=32).digest()

    def knows(self, mark: bytes) -> bool:
        return mark in self._proven

    def add(self, mark: bytes) -> None:
        if len(self._proven) > 10_000:
            self._proven.clear()
        self._proven.add(mark)


async def verify_client(house: House, client_id: str, secret: str) -> bool:
    """Whether an open system proves itself with this secret. Takes as long for one that does not exist.

    Asks the database each time: a new secret or a suspension counts at once.
    """
    async with house.database.reading() as session:
        row = await session.row(_FIND, username=client_id)
    salt, stored = (bytes(row["salt"]), bytes(row["hash"])) if row else _NOBODY
    proven = house.part(ProvenSecrets)
    mark = proven.mark(secret, salt, stored)
    if proven.knows(mark):
        return True
    good = hmac.compare_digest(await asyncio.to_thread(_stretch, secret, salt), stored)
    if good:
        proven.add(mark)
    return good
