"""Rows for COPY: how loads of thousands of people write what commands write one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from google.protobuf.message import Message

from libs.kit import outbox as kit_outbox
from libs.kit.database import Session
from libs.kit.tables import outbox
from libs.kit.vault import SubjectKey
from services.employees.career import Assignment
from services.employees.tables import assignments
from services.employees.unit_rules import State

ASSIGNMENT = (
    "assignment_id",
    "employee_id",
    "kind",
    "unit_id",
    "post_id",
    "manager_id",
    "starts_on",
    "ends_on",
    "reason",
    "recorded_at",
    "recorded_by",
)
STATE = ("state_id", "unit_id", "starts_on", "ends_on", "name", "name_en", "parent_id", "head_id", "recorded_at")


def assignment_row(line: Assignment, at: datetime, key: SubjectKey | None = None, reason: str = "") -> tuple[Any, ...]:
    """A row of `ASSIGNMENT`, recorded by nobody; the reason is sealed with the person's key."""
    sealed = key.seal("assignments", "reason", line.assignment_id, reason) if key and reason else None
    return (
        line.assignment_id,
        line.employee_id,
        line.kind,
        line.unit_id,
        line.post_id,
        line.manager_id,
        line.starts_on,
        line.ends_on,
        sealed,
        at,
        None,
    )


def state_row(state: State, at: datetime) -> tuple[Any, ...]:
    return (
        state.state_id,
        state.unit_id,
        state.starts_on,
        state.ends_on,
        state.name,
        state.name_en,
        state.parent_id,
        state.head_id,
        at,
    )


async def copy_assignments(db: Session, rows: Iterable[Sequence[Any]]) -> None:
    await db.copy(assignments, ASSIGNMENT, rows)


async def publish(db: Session, events: Sequence[tuple[datetime, Message]], source: str) -> None:
    """Records facts with the instants they happened at, in the order given."""
    rows = kit_outbox.records([event for _, event in events], source=source, trace="")
    await db.copy(
        outbox,
        [*kit_outbox.COLUMNS, "recorded_at"],
        [(*row, at) for row, (at, _) in zip(rows, events, strict=True)],
    )
