"""Imports, step by step: upload, columns, dry run, import. Each belongs to the account that began it.

The file is kept sealed until the import is done or given up, a week at most. The dry run and the import itself are
long deadlines: see `import_steps`.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, exists, select, text, update
from sqlalchemy.dialects.postgresql import insert

from libs.kit import deadlines, pages
from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.deadlines import Deadline
from libs.kit.errors import PageTokenInvalid
from libs.kit.ids import uuid7
from libs.kit.words import say
from mainstay.employees.v1 import imports_pb2
from mainstay.employees.v1.imports_pb2 import ImportState
from services.employees import import_files, import_steps, import_views
from services.employees.errors import (
    ImportFileUnreadable,
    ImportHasProblems,
    ImportNotFound,
    ImportWrongState,
    UnitNotFound,
)
from services.employees.fields import optional_id, refuse
from services.employees.import_files import PART_BYTES
from services.employees.importing.problems import Unreadable
from services.employees.tables import import_parts, import_problems, imports, units

EXPIRY = "employees.import_expiry"
KEPT = timedelta(days=7)

_MINE = (imports.c.import_id == bindparam("import_id")) & (imports.c.account_id == bindparam("account_id"))
_ADD = prepared(
    insert(imports)
    .values(
        import_id=bindparam("import_id"),
        kind=bindparam("kind"),
        file_name=bindparam("file_name"),
        file_size=bindparam("file_size"),
        state=imports_pb2.IMPORT_STATE_UPLOADING,
        account_id=bindparam("account_id"),
        created_by=bindparam("created_by", type_=Uuid),
        created_at=bindparam("created_at"),
    )
    .returning(imports)
)
_FIND = prepared(select(imports).where(_MINE))
_LOCK = prepared(select(imports).where(_MINE).with_for_update())
_PARTS = prepared(
    select(import_parts.c.part, import_parts.c.digest)
    .where(import_parts.c.import_id == bindparam("import_id"))
    .order_by(import_parts.c.part)
)
_KEEP_PART = prepared(
    insert(import_parts).values({c.name: bindparam(c.name) for c in import_parts.c}).on_conflict_do_nothing()
)
_READ = prepared(
    update(imports)
    .where(imports.c.import_id == bindparam("id"))
    .values(
        state=imports_pb2.IMPORT_STATE_MAPPING,
        encoding=bindparam("encoding_"),
        columns=bindparam("columns_"),
        mapping=bindparam("mapping_"),
        counts=bindparam("counts_"),
    )
)
_BEGIN = prepared(
    update(imports)
    .where(imports.c.import_id == bindparam("id"))
    .values(
        state=bindparam("state_"),
        mapping=bindparam("mapping_"),
        counts=bindparam("counts_"),
        failure=None,
        step=imports.c.step + 1,
        step_started_at=bindparam("at"),
        finished_at=None,
    )
    .returning(imports.c.step)
)
_CANCEL = prepared(
    update(imports)
    .where(imports.c.import_id == bindparam("id"))
    .values(
        state=imports_pb2.IMPORT_STATE_CANCELLED,
        failure=bindparam("why"),
        step=imports.c.step + 1,
        finished_at=bindparam("at"),
    )
)
_FORGET_PARTS = prepared(delete(import_parts).where(import_parts.c.import_id == bindparam("import_id")))
_FORGET_PROBLEMS = prepared(delete(import_problems).where(import_problems.c.import_id == bindparam("import_id")))
_PROBLEMS = prepared(
    select(import_problems)
    .where(import_problems.c.import_id == bindparam("import_id"), import_problems.c.position > bindparam("after"))
    .order_by(import_problems.c.position)
    .limit(bindparam("size"))
)
_NEWEST = prepared(
    text("""
SELECT * FROM imports WHERE account_id = :account_id
    AND (CAST(:after AS uuid) IS NULL OR import_id < :after)
ORDER BY import_id DESC LIMIT :size
""").bindparams(bindparam("account_id", type_=Uuid), bindparam("after", type_=Uuid), bindparam("size"))
)
_UNIT = prepared(select(exists().where(units.c.unit_id == bindparam("unit_id"))))
_UNFINISHED = prepared(select(imports.c.state).where(imports.c.import_id == bindparam("import_id")).with_for_update())

_BEFORE_DRY_RUN = {
    imports_pb2.IMPORT_STATE_MAPPING,
    imports_pb2.IMPORT_STATE_PROBLEMS,
    imports_pb2.IMPORT_STATE_READY,
    imports_pb2.IMPORT_STATE_FAILED,
}
_ENDED = {imports_pb2.IMPORT_STATE_DONE, imports_pb2.IMPORT_STATE_CANCELLED}


async def create(call: Call, request: imports_pb2.CreateImportRequest) -> imports_pb2.Import:
    import_id = uuid7()
    row = await call.db.row(
        _ADD,
        import_id=import_id,
        kind=request.kind,
        file_name=request.file_name,
        file_size=request.file_size,
        account_id=call.caller.account_id,
        created_by=call.actor,
        created_at=call.now,
    )
    await deadlines.schedule(call.db, EXPIRY, str(import_id), call.now + KEPT)
    return import_views.message(call, row)


async def upload_part(call: Call, request: imports_pb2.UploadPartRequest) -> imports_pb2.Import:
    """The last part to come is read with all others: the answer then has the columns."""
    row = await _open(call, request.import_id)
    import_id, digest = row["import_id"], hashlib.sha256(request.content).hexdigest()
    present = {part["part"]: part["digest"] for part in await call.db.rows(_PARTS, import_id=import_id)}
    if present.get(request.part) == digest:
        return import_views.message(call, row, sorted(present))
    if row["state"] != imports_pb2.IMPORT_STATE_UPLOADING or request.part in present:
        raise _wrong_state(call, row)
    expected = -(-row["file_size"] // PART_BYTES)
    if request.part >= expected:
        refuse(call, "part", "part_beyond_file")
    if len(request.content) != min(PART_BYTES, row["file_size"] - request.part * PART_BYTES):
        refuse(call, "content", "part_size")
    sealed = call.house.vault.seal_bytes(import_files.purpose(import_id, request.part), request.content)
    await call.db.run(
        _KEEP_PART,
        import_id=import_id,
        part=request.part,
        content=sealed,
        size=len(request.content),
        digest=digest,
    )
    if len(present) + 1 == expected:
        await _read(call, row)
    return await _shown(call, import_id)


async def get(call: Call, request: imports_pb2.GetImportRequest) -> imports_pb2.Import:
    return await _shown(call, UUID(request.import_id))


async def list_imports(call: Call, request: imports_pb2.ListImportsRequest) -> imports_pb2.ListImportsResponse:
    size, after = pages.size_of(request), pages.key_in(request)
    rows = await call.db.rows(
        _NEWEST, account_id=call.caller.account_id, after=_id_in(after[0]) if after else None, size=size + 1
    )
    more = pages.token_after(request, str(rows[size - 1]["import_id"])) if len(rows) > size else ""
    found = [import_views.message(call, row, whole=False) for row in rows[:size]]
    return imports_pb2.ListImportsResponse(imports=found, next_page_token=more)


async def start_dry_run(call: Call, request: imports_pb2.StartDryRunRequest) -> imports_pb2.Import:
    row = await _open(call, request.import_id)
    if row["state"] not in _BEFORE_DRY_RUN:
        raise _wrong_state(call, row)
    root = optional_id(request.mapping.root_unit_id)
    if root and not await call.db.value(_UNIT, unit_id=root):
        raise UnitNotFound(unit_id=root)
    await call.db.run(_FORGET_PROBLEMS, import_id=row["import_id"])
    await _begin(call, row, imports_pb2.IMPORT_STATE_CHECKING, import_views.mapping_kept(request.mapping))
    return await _shown(call, row["import_id"])


async def apply(call: Call, request: imports_pb2.ApplyImportRequest) -> imports_pb2.Import:
    row = await _open(call, request.import_id)
    if row["state"] == imports_pb2.IMPORT_STATE_PROBLEMS:
        raise ImportHasProblems(rows_wrong=row["counts"].get("rows_wrong", 0))
    if row["state"] != imports_pb2.IMPORT_STATE_READY:
        raise _wrong_state(call, row)
    await _begin(call, row, imports_pb2.IMPORT_STATE_APPLYING, row["mapping"])
    return await _shown(call, row["import_id"])


async def cancel(call: Call, request: imports_pb2.CancelImportRequest) -> imports_pb2.Import:
    """A step that is running stops within a second and leaves nothing behind."""
    row = await _open(call, request.import_id)
    if row["state"] in _ENDED:
        raise _wrong_state(call, row)
    await _give_up(call, row["import_id"])
    return await _shown(call, row["import_id"])


async def list_problems(
    call: Call, request: imports_pb2.ListImportProblemsRequest
) -> imports_pb2.ListImportProblemsResponse:
    row = await call.db.row(_FIND, import_id=UUID(request.import_id), account_id=call.caller.account_id)
    if row is None:
        raise ImportNotFound(import_id=UUID(request.import_id))
    size, after = pages.size_of(request), pages.key_in(request)
    rows = await call.db.rows(
        _PROBLEMS, import_id=row["import_id"], after=_position_in(after[0]) if after else -1, size=size + 1
    )
    more = pages.token_after(request, str(rows[size - 1]["position"])) if len(rows) > size else ""
    found = [
        import_views.problem(call.language, one, import_files.open_value(call.house.vault, one)) for one in rows[:size]
    ]
    return imports_pb2.ListImportProblemsResponse(problems=found, next_page_token=more)


async def expire(call: Call, deadline: Deadline) -> None:
    """A week after it began: what is not done is given up, and no file stays."""
    import_id = UUID(deadline.key)
    state = await call.db.value(_UNFINISHED, import_id=import_id)
    if state is not None and state not in _ENDED:
        await _give_up(call, import_id)
    await call.db.run(_FORGET_PARTS, import_id=import_id)
    await call.db.run(_FORGET_PROBLEMS, import_id=import_id)


async def _open(call: Call, import_id: str) -> Any:
    """The caller's import under its lock. Raises ImportNotFound."""
    row = await call.db.row(_LOCK, import_id=UUID(import_id), account_id=call.caller.account_id)
    if row is None:
        raise ImportNotFound(import_id=UUID(import_id))
    return row


async def _shown(call: Call, import_id: UUID) -> imports_pb2.Import:
    row = await call.db.row(_FIND, import_id=import_id, account_id=call.caller.account_id)
    if row is None:
        raise ImportNotFound(import_id=import_id)
    parts = [part["part"] for part in await call.db.rows(_PARTS, import_id=import_id)]
    return import_views.message(call, row, parts)


async def _read(call: Call, row: Any) -> None:
    """Finds the columns and suggests what they are. Raises ImportFileUnreadable."""
    content = await import_files.whole(call.db, call.house.vault, row["import_id"])
    try:
        # In a thread: a workbook takes seconds to open, and other calls go on meanwhile.
        found = await asyncio.to_thread(import_files.look, row["kind"], content)
    except Unreadable as unreadable:
        detail = import_views.unreadable(call.language, unreadable.code, unreadable.parameters)
        raise ImportFileUnreadable(detail=detail) from None
    await call.db.run(
        _READ,
        id=row["import_id"],
        encoding_=found.encoding,
        columns_=found.columns,
        mapping_=import_views.mapping_kept(found.mapping),
        counts_={"rows": found.rows},
    )


async def _begin(call: Call, row: Any, state: ImportState, mapping: Mapping[str, Any]) -> None:
    kept = {name: row["counts"][name] for name in ("rows",) if name in row["counts"]}
    step = await call.db.value(
        _BEGIN, id=row["import_id"], state_=state, mapping_=dict(mapping), counts_=kept, at=call.now
    )
    await deadlines.schedule(call.db, import_steps.KIND, str(row["import_id"]), call.now, {"step": step})


async def _give_up(call: Call, import_id: UUID) -> None:
    await call.db.run(_CANCEL, id=import_id, why={"name": "cancelled"}, at=call.now)
    await call.db.run(_FORGET_PARTS, import_id=import_id)
    await call.db.run(_FORGET_PROBLEMS, import_id=import_id)


def _wrong_state(call: Call, row: Any) -> ImportWrongState:
    name = imports_pb2.ImportState.Name(row["state"]).removeprefix("IMPORT_STATE_")
    return ImportWrongState(state=say(call.language, "employees", f"import_states.{name}"))


def _id_in(text_: str) -> UUID:
    try:
        return UUID(text_)
    except ValueError:
        raise PageTokenInvalid from None


def _position_in(text_: str) -> int:
    if not text_.isdecimal():
        raise PageTokenInvalid
    return int(text_)
