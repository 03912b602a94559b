"""The tables of employees. Every column says how far its content may travel (`DataClass`).

Personal content is a `Sealed` column, opened only with the person's key, or a blind number made from it for search.
What changes over time is a row per stretch of days, both ends included, an open end being null. A stretch that was
planned and called off keeps its row and ends the day before it starts: it covers no day.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from libs.kit.columns import day as _day
from libs.kit.columns import instant as _at
from libs.kit.columns import internal as _internal
from libs.kit.columns import sealed as _sealed
from libs.kit.columns import uuid as _id
from libs.kit.database import Sealed
from mainstay.contract.v1.data_pb2 import PERSONAL, PERSONAL_SENSITIVE

EMPLOYEES = MetaData()
_NOW = func.now()


def _recorded() -> tuple[Column[Any], Column[Any]]:
    """When a row was written and by which employee; nobody's for imports and other systems."""
    return _at("recorded_at", server_default=_NOW), _id("recorded_by", nullable=True)


def _personal() -> tuple[Column[Any], ...]:
    """The fields of a person that can be corrected."""
    return (
        _sealed("name"),
        _sealed("name_en"),
        _sealed("work_mail"),
        _sealed("mobile", PERSONAL_SENSITIVE),
        _sealed("national_id", PERSONAL_SENSITIVE),
        _sealed("birth_date", PERSONAL_SENSITIVE),
        _sealed("home_address", PERSONAL_SENSITIVE),
    )


PERSONAL_FIELDS = tuple(column.name for column in _personal())

# Identity of organisation units; what they are called and where they stand is in `unit_states`.
units = Table(
    "units",
    EMPLOYEES,
    _id("unit_id", primary_key=True),
    _internal("code", String, unique=True),
    _day("opened_on"),
    _day("closed_on", nullable=True),
    _internal("version", Integer, server_default=text("1")),
)

unit_states = Table(
    "unit_states",
    EMPLOYEES,
    _id("state_id", primary_key=True),
    _id("unit_id", index=True),
    _day("starts_on"),
    _day("ends_on", nullable=True),
    _internal("name", String),
    _internal("name_en", String, server_default=""),
    _id("parent_id", nullable=True, index=True),
    _id("head_id", nullable=True, index=True),
    *_recorded(),
)

posts = Table(
    "posts",
    EMPLOYEES,
    _id("post_id", primary_key=True),
    _internal("code", String, unique=True),
    _internal("title", String),
    _internal("title_en", String, server_default=""),
    _id("unit_id", index=True),
    _internal("family", String, server_default=""),
    _internal("level", SmallInteger, server_default=text("0")),
    _internal("criticality", SmallInteger, server_default=text("0")),
    _internal("headcount", Integer),
    _day("opened_on"),
    _day("closed_on", nullable=True),
    _internal("version", Integer, server_default=text("1")),
)

# The days are a copy of the latest employment's, kept for lists.
people = Table(
    "people",
    EMPLOYEES,
    _id("employee_id", primary_key=True),
    _internal("number", String, unique=True),
    *_personal(),
    Column(
        "tokens", ARRAY(BigInteger), nullable=False, server_default=text("'{}'"), info={"data": PERSONAL, "blind": True}
    ),
    Column("national_id_index", BigInteger, info={"data": PERSONAL_SENSITIVE, "blind": True}),
    _internal("time_zone", String),
    _day("hired_on"),
    _day("last_day", nullable=True),
    _day("probation_ends_on", nullable=True),
    _day("confirmed_on", nullable=True),
    _internal("version", Integer, server_default=text("1")),
    _at("erased_at", nullable=True),
    _at("changed_at", server_default=_NOW),
    _id("changed_by", nullable=True),
    Index("people_tokens", "tokens", postgresql_using="gin"),
    Index("people_national_id", "national_id_index", postgresql_where=text("national_id_index IS NOT NULL")),
    Index("people_hired", text("hired_on DESC"), "number"),
    Index("people_number_folded", text("lower(number)")),
)

# A person's fields as they were until a correction; sealed values are bound to their place in `people`.
people_history = Table(
    "people_history",
    EMPLOYEES,
    _id("employee_id", primary_key=True),
    _internal("version", Integer, primary_key=True),
    _internal("number", String),
    *_personal(),
    _internal("time_zone", String),
    _internal("fields", ARRAY(String)),
    _at("replaced_at"),
    _id("replaced_by", nullable=True),
)

# One row per time somebody works here; who comes back gets a new one.
employments = Table(
    "employments",
    EMPLOYEES,
    _id("employment_id", primary_key=True),
    _id("employee_id", index=True),
    _day("hired_on"),
    _day("last_day", nullable=True),
    _day("probation_ends_on", nullable=True),
    _day("confirmed_on", nullable=True),
    _at("confirmed_at", nullable=True),
    _id("confirmed_by", nullable=True),
    _sealed("confirm_reason"),
    _internal("leave_kind", SmallInteger, server_default=text("0")),
    _at("left_at", nullable=True),
    _id("left_by", nullable=True),
    _sealed("leave_reason"),
    *_recorded(),
)

assignments = Table(
    "assignments",
    EMPLOYEES,
    _id("assignment_id", primary_key=True),
    _id("employee_id"),
    _internal("kind", SmallInteger),
    _id("unit_id", nullable=True),
    _id("post_id", nullable=True),
    _id("manager_id", nullable=True),
    _day("starts_on"),
    _day("ends_on", nullable=True),
    _sealed("reason"),
    *_recorded(),
    Index("assignments_person", "employee_id", "starts_on"),
    Index("assignments_manager", "manager_id", "starts_on"),
    Index("assignments_post", "post_id", "starts_on"),
)

contracts = Table(
    "contracts",
    EMPLOYEES,
    _id("contract_id", primary_key=True),
    _id("employee_id"),
    _internal("kind", SmallInteger),
    _day("starts_on"),
    _day("ends_on", nullable=True),
    _sealed("pay_amount", PERSONAL_SENSITIVE),
    _internal("pay_currency", String, server_default=""),
    _internal("pay_period", SmallInteger, server_default=text("0")),
    _day("signed_on"),
    *_recorded(),
    Index("contracts_person", "employee_id", "starts_on"),
)

imports = Table(
    "imports",
    EMPLOYEES,
    _id("import_id", primary_key=True),
    _internal("kind", SmallInteger),
    _internal("file_name", String),
    _internal("file_size", BigInteger),
    _internal("state", SmallInteger),
    _internal("encoding", String, server_default=""),
    # Headings, suggestions and samples; the samples are masked before they are kept.
    _internal("columns", JSONB, server_default=text("'[]'")),
    _internal("mapping", JSONB, server_default=text("'{}'")),
    # rows, rows_done, rows_wrong, rows_new, rows_changed, rows_same, units_new, posts_new.
    _internal("counts", JSONB, server_default=text("'{}'")),
    # Name and parameters of the sentence that says why it failed.
    _internal("failure", JSONB, nullable=True),
    # Counts the steps: a step that was cancelled or taken over sees that it is no longer the present one.
    _internal("step", Integer, server_default=text("0")),
    _id("account_id"),
    _id("created_by", nullable=True),
    _at("created_at"),
    _at("step_started_at", nullable=True),
    _at("finished_at", nullable=True),
    Index("imports_newest", "account_id", "import_id"),
)

# The file as it came, in parts, sealed; deleted when the import is done or given up.
import_parts = Table(
    "import_parts",
    EMPLOYEES,
    _id("import_id", primary_key=True),
    _internal("part", Integer, primary_key=True),
    Column("content", Sealed, nullable=False, info={"data": PERSONAL_SENSITIVE}),
    _internal("size", Integer),
    _internal("digest", String),
)

import_problems = Table(
    "import_problems",
    EMPLOYEES,
    _id("import_id", primary_key=True),
    _internal("position", Integer, primary_key=True),
    _internal("row", Integer),
    _internal("column", String),
    _internal("field", String),
    # Masked as the field asks before it is kept, and sealed all the same: a mask may show a name's first character.
    Column("value", Sealed, nullable=True, info={"data": PERSONAL}),
    _internal("code", String),
    _internal("parameters", JSONB),
)
