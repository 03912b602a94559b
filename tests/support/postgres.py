"""One PostgreSQL for the whole test run and a fresh database for each test that asks, copied from a migrated template.

Durability is off here, and the files lie in memory where there is room: tests that crash the server start their own.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from libs.kit.database import Database
from libs.kit.migrate import migrate
from libs.kit.postgres import PostgresServer
from tests.support.ports import free_port

_UNSAFE_BUT_QUICK = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_wal_size": "1GB"}
_ROOM = 6 << 30


class Databases:
    """Hands out databases of one server."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._numbers = count(1)
        self._templates: dict[str, str] = {}

    async def empty(self) -> str:
        """Address of a new database without tables."""
        return await self._create("template0")

    async def fresh(self, service: str | None = None) -> str:
        """Address of a new database with the tables of the kit and, unless None, of the service, from migrations."""
        name = service or "kit"
        if name not in self._templates:
            url = await self.empty()
            await migrate(service, url)
            self._templates[name] = _name_of(url)
        return await self._create(self._templates[name])

    async def copy(self, url: str) -> str:
        """Address of a new database with all that another one holds, which nobody may be connected to."""
        return await self._create(_name_of(url))

    async def drop(self, url: str) -> None:
        await self._run(f'DROP DATABASE IF EXISTS "{_name_of(url)}" WITH (FORCE)')

    async def _create(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        # Twenty times as fast as by the log, where nothing is ever written to a disk.
        await self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self._server.url(name)

    async def _run(self, statement: str) -> None:
        connection = await asyncpg.connect(self._server.url("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def _name_of(url: str) -> str:
    return url.rpartition("?")[0].rpartition("/")[2]


def _in_memory() -> Path | None:
    """A folder in memory, if there is one with room for the largest databases that two suites at once make."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > _ROOM else None


@pytest.fixture(scope="module")
def server_folder() -> Iterator[Path]:
    """For a server of a test's own, which is another user's: pytest shuts its folders whenever a run begins."""
    with tempfile.TemporaryDirectory(prefix="mainstay-own-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def own_postgres(server_folder: Path) -> Iterator[PostgresServer]:
    """A file's own, reached by host and port and with a password, as in a cluster."""
    server = PostgresServer(server_folder / "postgres", port=free_port(), dies_with_parent=True)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with tempfile.TemporaryDirectory(prefix="mainstay-test-", dir=_in_memory(), ignore_cleanup_errors=True) as folder:
        server = PostgresServer(Path(folder) / "postgres", settings=_UNSAFE_BUT_QUICK, dies_with_parent=True)
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def databases(postgres_server: PostgresServer) -> Databases:
    return Databases(postgres_server)


@pytest.fixture
async def empty_url(databases: Databases) -> AsyncIterator[str]:
    """Address of a database without tables, gone after the test."""
    url = await databases.empty()
    yield url
    await databases.drop(url)


@pytest.fixture
async def kit_url(databases: Databases) -> AsyncIterator[str]:
    """Address of a database with the kit's tables, gone after the test."""
    url = await databases.fresh()
    yield url
    await databases.drop(url)


@pytest.fixture
async def kit_database(kit_url: str) -> AsyncIterator[Database]:
    """An open database with the kit's tables."""
    database = Database(kit_url)
    await database.open()
    yield database
    await database.close()
