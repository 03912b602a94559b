"""What the wheel's PostgreSQL promises the embedded run."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from libs.kit.postgres import PostgresFailed, PostgresServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    # Longer than a unix socket's address may be.
    folder = tmp_path_factory.mktemp("deep" * 30) / "postgres"
    server = PostgresServer(folder, dies_with_parent=True)
    server.start()
    yield server
    server.stop()


def test_its_databases_are_made_once_whatever_their_name(server: PostgresServer) -> None:
    server.ensure_databases(["plain", 'it\'s "odd"'])
    server.ensure_databases(["plain", "other"])
    names = set(server.psql("SELECT datname FROM pg_database").split("\n"))
    assert {"plain", "other", 'it\'s "odd"'} <= names


async def test_it_is_reached_by_its_address(server: PostgresServer) -> None:
    connection = await asyncpg.connect(server.url("postgres"))
    assert await connection.fetchval("SELECT upper('é中')") == "É中"
    assert int(await connection.fetchval("SHOW max_connections")) >= 200
    await connection.close()


def test_a_second_start_is_quick_and_keeps_the_data(server: PostgresServer) -> None:
    server.psql("CREATE TABLE IF NOT EXISTS kept (n int); INSERT INTO kept VALUES (1)")
    server.stop()
    began = time.monotonic()
    server.start()
    assert time.monotonic() - began < 2
    assert server.psql("SELECT n FROM kept").strip() == "1"


def test_a_running_server_is_taken_over(server: PostgresServer) -> None:
    second = PostgresServer(server.folder)
    second.start()
    second.psql("SELECT 1")
    second.stop()
    server.start()
    server.psql("SELECT 1")


def test_it_starts_again_after_a_kill_in_the_middle(server: PostgresServer) -> None:
    server.psql("CREATE TABLE survived (n int)")
    pid = server._running_pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert server._process is not None
    server._process.wait(5)
    assert (server._data / "postmaster.pid").exists()
    server.start()
    server.psql("SELECT n FROM survived")


def test_a_left_over_pid_file_that_names_another_process_is_ignored(server: PostgresServer) -> None:
    server.stop()
    (server._data / "postmaster.pid").write_text(f"{os.getpid()}\n{server._data}\n0\n5432\n\n\n\nready\n")
    server.start()
    server.psql("SELECT 1")


def test_a_failed_statement_says_so_without_stopping_the_server(server: PostgresServer) -> None:
    with pytest.raises(PostgresFailed, match="nothing_here"):
        server.psql("SELECT * FROM nothing_here")
    server.psql("SELECT 1")


async def test_a_port_asks_for_the_password(server_folder: Path, unused_port: int) -> None:
    server = PostgresServer(server_folder / "with-a-port", port=unused_port, dies_with_parent=True)
    server.start()
    try:
        connection = await asyncpg.connect(server.tcp_url("postgres"))
        await connection.close()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(f"postgresql://postgres:wrong@127.0.0.1:{unused_port}/postgres")
        server.psql("SELECT 1")
    finally:
        server.stop()


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
