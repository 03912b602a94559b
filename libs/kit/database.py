"""PostgreSQL: statements are said with SQLAlchemy Core, compiled once, and run on asyncpg's own connections.

SQLAlchemy's async engine was the largest single cost of a read (docs/adr/0003), so it is used to say a statement and
not to run it. A module keeps its statements as constants made by `prepared`; values come as keyword arguments.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from prometheus_client import Gauge
from sqlalchemy import ClauseElement, LargeBinary
from sqlalchemy.dialects.postgresql import asyncpg as dialect

Row = Mapping[str, Any]
_POOL = Gauge("mainstay_database_pool_connections", "Connections to the database", ["service", "state"])
_LARGEST = Gauge("mainstay_database_pool_limit", "Connections to the database at most", ["service"])
_WAITING = Gauge("mainstay_database_pool_waiting", "Units of work that wait for a connection", ["service"])
_DIALECT = dialect.dialect()  # type: ignore[no-untyped-call]


class Sealed(LargeBinary):
    """A column that holds one encrypted value; `libs.kit.vault` seals and opens it."""


class Query:
    """A statement compiled once. Parameters are the names of its `bindparam`s."""

    __slots__ = ("_defaults", "_names", "_processors", "sql")

    def __init__(self, statement: ClauseElement) -> None:
        compiled: Any = statement.compile(dialect=_DIALECT)
        self.sql: str = str(compiled)
        if "POSTCOMPILE" in self.sql:
            msg = "in_() cannot be prepared, compare with any_(bindparam(…))"
            raise TypeError(msg)
        self._names: Sequence[str] = compiled.positiontup or ()
        self._defaults = {name: bind.effective_value for name, bind in compiled.binds.items() if not bind.required}
        self._processors: Mapping[str, Any] = compiled._bind_processors  # noqa: SLF001 - the only way to run it elsewhere

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """Values in the statement's order. Raises KeyError for one that is missing, TypeError for one too many."""
        if not values.keys() <= set(self._names):
            msg = f"the statement has no parameter {sorted(values.keys() - set(self._names))}"
            raise TypeError(msg)
        found = []
        for name in self._names:
            value = values[name] if name in values else self._defaults[name]
            processor = self._processors.get(name)
            found.append(processor(value) if processor is not None and value is not None else value)
        return found


def prepared(statement: ClauseElement) -> Query:
    return Query(statement)


def like_literal(words: str) -> str:
    """Words for LIKE in which its signs mean themselves."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _query(statement: ClauseElement | Query) -> Query:
    return statement if isinstance(statement, Query) else Query(statement)


class Session:
    """One call's view of the database. Inside a transaction it is that transaction; nothing here commits."""

    def __init__(self, database: Database, connection: Any = None) -> None:
        self._database = database
        self._connection = connection
        self._owned = False

    async def _connected(self) -> Any:
        if self._connection is None:
            self._connection = await self._database.acquire()
            self._owned = True
        return self._connection

    async def release(self) -> None:
        """Gives a connection back that this session took for itself."""
        if self._owned:
            self._owned = False
            connection, self._connection = self._connection, None
            await self._database.pool.release(connection)

    async def rows(self, statement: ClauseElement | Query, **values: Any) -> list[Any]:
        query = _query(statement)
        return list(await (await self._connected()).fetch(query.sql, *query.arguments(values)))

    async def row(self, statement: ClauseElement | Query, **values: Any) -> Any | None:
        query = _query(statement)
        return await (await self._connected()).fetchrow(query.sql, *query.arguments(values))

    async def value(self, statement: ClauseElement | Query, **values: Any) -> Any:
        """The first column of the first row, None when there is no row."""
        query = _query(statement)
        return await (await self._connected()).fetchval(query.sql, *query.arguments(values))

    async def run(self, statement: ClauseElement | Query, **values: Any) -> int:
        """Runs a statement for its effect and returns how many rows it touched."""
        query = _query(statement)
        status: str = await (await self._connected()).execute(query.sql, *query.arguments(values))
        return int(status.rpartition(" ")[2]) if status[-1].isdigit() else 0

    async def run_many(self, statement: ClauseElement | Query, many: Iterable[Mapping[str, Any]]) -> None:
        """Runs one statement for many sets of values in one round trip."""
        query = _query(statement)
        await (await self._connected()).executemany(query.sql, [query.arguments(values) for values in many])

    async def copy(self, table: Any, columns: Sequence[str], records: Iterable[Sequence[Any]]) -> None:
        """Adds rows by COPY: the fastest way in, without conflicts or defaults beyond the table's own."""
        await (await self._connected()).copy_records_to_table(
            table.name, schema_name=table.schema, columns=columns, records=records
        )

    async def copy_encoded(self, table: Any, columns: Sequence[str], source: AsyncIterator[bytes]) -> None:
        """The same for rows that are in PostgreSQL's binary COPY format already, header and trailer included."""
        await (await self._connected()).copy_to_table(
            table.name, schema_name=table.schema, columns=columns, source=source, format="binary"
        )

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        async with (await self._connected()).transaction():
            yield


# A client that lost its power or its network goes on holding its locks until PostgreSQL notices: by the system's own
# defaults after two hours. The feed, the relay's shards and the access lists hang on such locks.
_GONE = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "15000",
    # Beyond anything that a step of ours does between two statements.
    "idle_in_transaction_session_timeout": "300000",
}


class Database:
    """A service's own database. `transaction()` is the unit of work; `reading()` runs each statement on its own."""

    def __init__(self, url: str, *, pool_size: int = 10, application: str = "mainstay") -> None:
        self._url = url
        self._pool_size = pool_size
        self._application = application
        self.pool: Any = None
        self._waiting = _WAITING.labels(self._service)

    @property
    def _service(self) -> str:
        return self._application.removeprefix("mainstay-")

    async def open(self) -> None:
        self.pool = await asyncpg.create_pool(
            self._url,
            min_size=1,
            max_size=self._pool_size,
            init=_prepare_connection,
            # The pool's own reset costs a round trip per call; connections are never left with state.
            reset=_keep,
            command_timeout=60,
            server_settings={
                "application_name": self._application,
                "jit": "off",
                # A prepared statement is planned once per connection and not for each call's values: planning the
                # people list's seven joins took 7 ms, running it 0.3 ms.
                "plan_cache_mode": "force_generic_plan",
                **_GONE,
            },
        )

        _LARGEST.labels(self._service).set(self._pool_size)
        _POOL.labels(self._service, "in_use").set_function(lambda: self._connections(idle=False))
        _POOL.labels(self._service, "idle").set_function(lambda: self._connections(idle=True))

    def _connections(self, *, idle: bool) -> int:
        if self.pool is None:
            return 0
        spare: int = self.pool.get_idle_size()
        return spare if idle else self.pool.get_size() - spare

    async def acquire(self) -> Any:
        """A connection of the pool, to be released to it."""
        with self._waiting.track_inprogress():
            return await self.pool.acquire()

    async def close(self) -> None:
        if self.pool is not None:
            await self.pool.close()
            self.pool = None

    async def ping(self) -> None:
        """Raises when the database does not answer."""
        await self.pool.fetchval("SELECT 1", timeout=2)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        connection = await self.acquire()
        try:
            async with connection.transaction():
                yield Session(self, connection)
        finally:
            await self.pool.release(connection)

    @asynccontextmanager
    async def listening(self, channel: str, heard: Callable[[str], None]) -> AsyncIterator[asyncio.Event]:
        """Calls `heard` with what transactions notify on a channel. The event is set when the connection is lost."""
        lost = asyncio.Event()

        def hear(_connection: Any, _pid: int, _channel: str, said: str) -> None:
            heard(said)

        def ended(*_: object) -> None:
            lost.set()

        async with self.pool.acquire() as connection:
            connection.add_termination_listener(ended)
            await connection.add_listener(channel, hear)
            try:
                yield lost
            finally:
                connection.remove_termination_listener(ended)
                if not connection.is_closed():
                    await connection.remove_listener(channel, hear)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Session]:
        session = Session(self)
        try:
            yield session
        finally:
            await session.release()


async def _keep(_connection: Any) -> None:
    return None


async def _prepare_connection(connection: Any) -> None:
    # SQLAlchemy's bind processors have made the text already; only reading needs a codec.
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, schema="pg_catalog", encoder=_same, decoder=json.loads)


def _same(value: str) -> str:
    return value
