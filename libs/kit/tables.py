"""The kit's own tables. Every service's database has them; their migrations are in `libs/kit/migrations`."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

KIT = MetaData()
_NOW = func.now()


def _at(name: str, **options: object) -> Column[object]:
    return Column(name, DateTime(timezone=True), **options)  # type: ignore[arg-type]


# Facts recorded by this service, until the relay has published them and for a while after.
outbox = Table(
    "outbox",
    KIT,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("event_id", Uuid, nullable=False),
    Column("topic", String, nullable=False),
    Column("key", String, nullable=False),
    Column("shard", Integer, nullable=False),
    Column("type", String, nullable=False),
    Column("source", String, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("trace", String, nullable=False, server_default=""),
    _at("recorded_at", nullable=False, server_default=_NOW),
    _at("published_at"),
    Index("outbox_unpublished", "shard", "id", postgresql_where=text("published_at IS NULL")),
    Index("outbox_published", "published_at", postgresql_where=text("published_at IS NOT NULL")),
)

# Events this service has handled: the row is written in the handler's transaction.
inbox = Table(
    "inbox",
    KIT,
    Column("consumer", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    _at("handled_at", nullable=False, server_default=_NOW, index=True),
)

# Keys whose event could not be handled: later events of the key wait in the dead-letter topic for `replay`.
parked_keys = Table(
    "parked_keys",
    KIT,
    Column("consumer", String, primary_key=True),
    Column("topic", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("events", Integer, nullable=False, server_default=text("0")),
    Column("error", String, nullable=False),
    _at("parked_at", nullable=False, server_default=_NOW),
)

# Work due at an instant, taken by exactly one replica.
deadlines = Table(
    "deadlines",
    KIT,
    Column("deadline_id", Uuid, primary_key=True),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),
    _at("due_at", nullable=False),
    # Not taken before this instant: when it is due, when it may be tried again, or when a long job's lease ends.
    _at("try_at", nullable=False),
    # Whose lease it is while a long job runs.
    Column("lease", Uuid),
    Column("payload", JSONB, nullable=False, server_default=text("'{}'")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    _at("done_at"),
    _at("failed_at"),
    Column("error", String),
    # Traceparent of the call that scheduled it.
    Column("trace", String, nullable=False, server_default=""),
    Index("deadlines_due", "try_at", postgresql_where=text("done_at IS NULL AND failed_at IS NULL")),
    Index("deadlines_key", "kind", "key", unique=True, postgresql_where=text("done_at IS NULL AND failed_at IS NULL")),
)

# Answers to requests that carried an idempotency key, kept for seven days.
idempotency_keys = Table(
    "idempotency_keys",
    KIT,
    Column("account_id", Uuid, primary_key=True),
    Column("method", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("request_hash", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    # People the answer may speak of: it goes when one of them is erased.
    Column("subjects", ARRAY(Uuid), nullable=False, server_default=text("'{}'")),
    _at("answered_at", nullable=False, server_default=_NOW, index=True),
)

# One data key per person, wrapped by a key of the ring. A destroyed one keeps its row as the tombstone.
vault_keys = Table(
    "vault_keys",
    KIT,
    Column("subject_id", Uuid, primary_key=True),
    Column("ring_key", String, nullable=False, index=True),
    Column("wrapped", LargeBinary, nullable=True),
    _at("made_at", nullable=False, server_default=_NOW),
    _at("destroyed_at"),
)

# The last good backup of this database, by what it holds: `data` or `keys`. Without `backup_id` there was none yet.
backups = Table(
    "backups",
    KIT,
    Column("kind", String, primary_key=True),
    # The instant it shows; when the table was made, while there is none.
    _at("since", nullable=False, server_default=_NOW),
    Column("backup_id", String),
    Column("size", BigInteger),
)

# Who reports to whom, from employees' events.
directory_people = Table(
    "directory_people",
    KIT,
    Column("employee_id", Uuid, primary_key=True),
    Column("number", String, nullable=False, index=True),
    Column("unit_id", Uuid, index=True),
    Column("post_id", Uuid, index=True),
    Column("manager_id", Uuid, index=True),
    # All managers above, nearest first.
    Column("chain", ARRAY(Uuid), nullable=False, server_default=text("'{}'")),
    Column("dotted", ARRAY(Uuid), nullable=False, server_default=text("'{}'")),
    Column("employed", Boolean, nullable=False),
    Column("erased", Boolean, nullable=False, server_default=text("false")),
    # Last day of work of those who have given notice, while it is ahead or today.
    Column("last_day", Date),
    Index("directory_people_chain", "chain", postgresql_using="gin"),
    Index("directory_people_dotted", "dotted", postgresql_using="gin"),
)

# The units above and below, from employees' events.
directory_units = Table(
    "directory_units",
    KIT,
    Column("unit_id", Uuid, primary_key=True),
    Column("parent_id", Uuid, index=True),
    # The unit itself and all above it, nearest first.
    Column("path", ARRAY(Uuid), nullable=False, server_default=text("'{}'")),
    Column("open", Boolean, nullable=False),
    Column("code", String, nullable=False),
    Column("name", String, nullable=False),
    Column("name_en", String, nullable=False, server_default=""),
    Index("directory_units_path", "path", postgresql_using="gin"),
)
