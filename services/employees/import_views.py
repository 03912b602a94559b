"""An import as it is shown: messages in the caller's language from rows that keep names and parameters only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from google.protobuf import json_format

from libs.kit.call import Call
from libs.kit.dates import timestamp
from libs.kit.words import find, say
from mainstay.employees.v1 import imports_pb2
from services.employees.importing import mapping as settled
from services.employees.importing.dates import DateOrder
from services.employees.importing.targets import TARGETS, ImportKind

CONTEXT = "employees"
COUNTS = ("rows", "rows_done", "rows_wrong", "rows_new", "rows_changed", "rows_same", "units_new", "posts_new")


def message(call: Call, row: Any, parts: Sequence[int] = (), *, whole: bool = True) -> imports_pb2.Import:
    """The import; without columns and targets unless `whole`."""
    shown = imports_pb2.Import(
        import_id=str(row["import_id"]),
        kind=row["kind"],
        file_name=row["file_name"],
        file_size=row["file_size"],
        state=row["state"],
        parts=parts,
        encoding=row["encoding"],
        mapping=mapping_message(row["mapping"]),
        failure=_failure(call.language, row["failure"]),
        created_by=str(row["created_by"]) if row["created_by"] else "",
        created_at=timestamp(row["created_at"]),
        step_started_at=timestamp(row["step_started_at"]),
        finished_at=timestamp(row["finished_at"]),
        **{name: row["counts"].get(name, 0) for name in COUNTS},
    )
    if whole:
        shown.columns.extend(
            imports_pb2.ImportColumn(
                index=at, heading=one["heading"], samples=one["samples"], confidence=one["confidence"]
            )
            for at, one in enumerate(row["columns"])
        )
        shown.targets.extend(
            imports_pb2.ImportTarget(
                field=target.field,
                label=label(call.language, target.field),
                required=target.required,
                help=say(call.language, CONTEXT, f"import_targets.{target.field}.help"),
            )
            for target in TARGETS[ImportKind(row["kind"])]
        )
    return shown


def label(language: str, field: str) -> str:
    return say(language, CONTEXT, f"import_targets.{field}.label")


def problem(language: str, row: Any, value: str) -> imports_pb2.ImportProblem:
    parameters = {
        name: label(language, str(text)) if name in {"field", "other_field"} else text
        for name, text in row["parameters"].items()
    }
    return imports_pb2.ImportProblem(
        row=row["row"],
        column=row["column"],
        value=value,
        problem=_words(language, row["code"], "problem", parameters),
        fix=_words(language, row["code"], "fix", parameters),
        code=row["code"],
        field=row["field"],
    )


def unreadable(language: str, code: str, parameters: Mapping[str, Any]) -> str:
    """Why a file cannot be read, and what to do about it."""
    return f"{_words(language, code, 'problem', parameters)} {_words(language, code, 'fix', parameters)}"


def mapping_message(kept: Mapping[str, Any]) -> imports_pb2.ImportMapping:
    return json_format.ParseDict(dict(kept), imports_pb2.ImportMapping())


def mapping_kept(sent: imports_pb2.ImportMapping) -> dict[str, Any]:
    kept: dict[str, Any] = json_format.MessageToDict(sent, preserving_proto_field_name=True)
    return kept


def settled_mapping(sent: imports_pb2.ImportMapping) -> settled.Mapping:
    """The mapping as the checks take it."""
    return settled.Mapping(
        columns=tuple((one.column, one.field) for one in sent.columns),
        number_prefix=sent.number_prefix,
        code_prefix=sent.code_prefix,
        root_unit_id=UUID(sent.root_unit_id) if sent.root_unit_id else None,
        date_order=DateOrder(sent.date_order),
        create_missing=sent.create_missing,
        currency=sent.currency,
        pay_period=sent.pay_period,
    )


def _failure(language: str, kept: Mapping[str, Any] | None) -> str:
    if not kept:
        return ""
    if "code" in kept:
        return unreadable(language, kept["code"], kept.get("parameters", {}))
    return say(language, CONTEXT, f"import_failures.{kept['name']}", kept.get("values", {}))


def _words(language: str, code: str, part: str, parameters: Mapping[str, Any]) -> str:
    """What is wrong with a file or a row; `import_refusals` has what only the record itself can say."""
    table = "import_problems" if find(language, CONTEXT, f"import_problems.{code}.{part}") else "import_refusals"
    return say(language, CONTEXT, f"{table}.{code}.{part}", parameters)
