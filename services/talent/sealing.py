"""Opens and seals words under the key of the person they are about. Of an erased person they read as empty."""

from __future__ import annotations

from uuid import UUID

import structlog
from sqlalchemy import bindparam, select

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.tables import vault_keys
from libs.kit.vault import SealBroken, SubjectKey

_KEY = prepared(
    select(vault_keys.c.ring_key, vault_keys.c.wrapped).where(vault_keys.c.subject_id == bindparam("subject_id"))
)
log = structlog.get_logger()


async def reading_key(call: Call, employee_id: UUID) -> SubjectKey | None:
    """The person's key; None when they were erased or nothing was ever sealed for them."""
    row = await call.db.row(_KEY, subject_id=employee_id)
    if row is None or row["wrapped"] is None:
        return None
    return call.house.vault.unwrap(employee_id, row["ring_key"], row["wrapped"])


async def writing_key(call: Call, employee_id: UUID) -> SubjectKey:
    """The person's key, made when they have none. Raises PersonErased."""
    return await call.house.vault.key_for_writing(call.db, employee_id)


def sealed(key: SubjectKey, table: str, column: str, row_id: UUID, text: str) -> bytes | None:
    """Null for empty words."""
    return key.seal(table, column, row_id, text) if text else None


def opened(key: SubjectKey | None, table: str, column: str, row_id: UUID, content: bytes | None) -> str:
    return "" if key is None or content is None else key.open(table, column, row_id, content)


def shown(key: SubjectKey | None, table: str, column: str, row_id: UUID, content: bytes | None) -> str:
    """The same to look at: words that somebody altered in the database read as empty and are logged, so that one
    altered row hides no others. What is decided or frozen on words opens them with `opened`, which raises SealBroken.
    """
    try:
        return opened(key, table, column, row_id, content)
    except SealBroken as error:
        log.error("altered words", error=str(error))  # noqa: TRY400 - names the place; no more is known of it
        return ""
