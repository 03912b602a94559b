"""The uploaded file: kept in sealed parts, put together in memory, looked at for columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from libs.kit.database import Session, prepared
from libs.kit.vault import Vault
from mainstay.employees.v1 import imports_pb2
from services.employees.importing.masking import masked
from services.employees.importing.reading import open_table
from services.employees.importing.suggesting import suggest
from services.employees.importing.targets import ImportKind, target
from services.employees.tables import import_parts

PART_BYTES = 1024 * 1024
_SAMPLES = 3

_CONTENT = prepared(
    select(import_parts.c.part, import_parts.c.content)
    .where(import_parts.c.import_id == bindparam("import_id"))
    .order_by(import_parts.c.part)
)


@dataclass(frozen=True)
class Look:
    """What a first look at a file finds. `columns` is as the table of imports keeps it."""

    encoding: str
    columns: list[dict[str, Any]]
    mapping: imports_pb2.ImportMapping
    rows: int


def purpose(import_id: UUID, part: int) -> str:
    """Binds a sealed part to its place in its file."""
    return f"import|{import_id}|{part}"


async def whole(db: Session, vault: Vault, import_id: UUID) -> bytes:
    """The file's bytes."""
    rows = await db.rows(_CONTENT, import_id=import_id)
    return b"".join(vault.open_bytes(purpose(import_id, row["part"]), row["content"]) for row in rows)


def look(kind: int, content: bytes) -> Look:
    """Columns with masked samples, and the suggested mapping. Raises Unreadable. Takes seconds for a large workbook."""
    table = open_table(content)
    kind_ = ImportKind(kind)
    sample = table.sample()
    suggested = {one.column: one for one in suggest(kind_, table.headings, sample)}
    columns = []
    for at, heading in enumerate(table.headings):
        one = suggested.get(at)
        meant = target(kind_, one.field) if one else None
        filled = dict.fromkeys(text for cells in sample if (text := masked(cells[at], meant)))
        columns.append(
            {"heading": heading, "samples": list(filled)[:_SAMPLES], "confidence": one.confidence if one else 0}
        )
    mapping = imports_pb2.ImportMapping(
        # The dry run says what would be opened, and nothing is before somebody has seen that.
        create_missing=True,
        columns=[imports_pb2.ImportColumnTarget(column=at, field=one.field) for at, one in suggested.items()],
        currency="CNY",
        pay_period="month",
    )
    return Look(table.encoding, columns, mapping, sum(1 for _ in table.rows()))


def value_purpose(import_id: UUID, position: int) -> str:
    return f"import_problem|{import_id}|{position}"


def open_value(vault: Vault, row: Any) -> str:
    """The masked value of a problem."""
    if row["value"] is None:
        return ""
    return vault.open_own(value_purpose(row["import_id"], row["position"]), row["value"])
