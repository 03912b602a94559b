"""TLS for PostgreSQL's programs that speak none. The server is real; in front of it stands one who speaks TLS."""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from libs.kit.backup.programs import ProgramFailed, Programs, listening, settle
from libs.kit.checks.databases import databases
from libs.kit.database import Database
from libs.kit.migrate import engine_at, migrate
from libs.kit.postgres import PostgresServer, binaries
from tests.support.ports import free_port
from tools.contract import ROOT
from tools.stack.certificates import Certificates


class Front:
    """Answers S to whoever asks for TLS, speaks it, and lets nobody in who does not ask."""

    def __init__(self, port: int, certificates: Certificates) -> None:
        tls = certificates.of("localhost")
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(tls.certificate, tls.key)
        self._behind = port
        self.authority = tls.authority
        self.port = 0
        self.in_clear = 0

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            asked = await reader.readexactly(8)
            if asked[4:] != (80877103).to_bytes(4, "big"):
                self.in_clear += 1
                return
            writer.write(b"S")
            await writer.start_tls(self._context)
            there, back = await asyncio.open_connection("127.0.0.1", self._behind)
            await asyncio.gather(self._copy(reader, back), self._copy(there, writer))
        writer.close()

    async def _copy(self, reader: StreamReader, writer: StreamWriter) -> None:
        while chunk := await reader.read(65536):
            writer.write(chunk)
        writer.close()


@pytest.fixture
async def front(own_postgres: PostgresServer, tmp_path: Path) -> AsyncIterator[Front]:
    made = Front(int(own_postgres.port or 0), Certificates.in_folder(tmp_path))
    listener = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = listener.sockets[0].getsockname()[1]
    yield made
    listener.close()


async def ask(url: str) -> str:
    """What psql is answered."""
    async with Programs(binaries()).running("psql", ["-X", "-A", "-t", "-c", "SELECT current_user"], url) as psql:
        said = listening(psql)
        assert psql.stdout
        answer = await psql.stdout.read()
        await settle("psql", psql, said)
    return answer.decode().strip()


def at(server: PostgresServer, port: int, query: str, host: str = "localhost") -> str:
    credentials = urlsplit(server.tcp_url("postgres")).netloc.rpartition("@")[0]
    return f"postgresql://{credentials}@{host}:{port}/postgres{query}"


@pytest.mark.parametrize("mode", ["", "?sslmode=prefer", "?sslmode=require", "?sslmode=verify-full&sslrootcert={}"])
async def test_a_program_without_tls_reaches_a_server_that_demands_it(
    own_postgres: PostgresServer, front: Front, mode: str
) -> None:
    assert await ask(at(own_postgres, front.port, mode.format(front.authority))) == "postgres"
    assert front.in_clear == 0


@pytest.mark.parametrize("host", ["localhost", "127.0.0.2"])
async def test_a_server_that_is_not_who_it_should_be_is_given_nothing(
    own_postgres: PostgresServer, front: Front, host: str, tmp_path: Path
) -> None:
    """Another authority; or the right one for another name."""
    authority = Certificates.in_folder(tmp_path / "another").authority if host == "localhost" else front.authority
    with pytest.raises((ProgramFailed, OSError)):
        await ask(at(own_postgres, front.port, f"?sslmode=verify-full&sslrootcert={authority}", host))


@pytest.mark.parametrize("ours", [True, False])
async def test_services_and_migrations_read_the_same_address_alike(
    own_postgres: PostgresServer, front: Front, tmp_path: Path, *, ours: bool
) -> None:
    """By their own drivers, which speak TLS themselves."""
    authority = front.authority if ours else Certificates.in_folder(tmp_path / "another").authority
    url = at(own_postgres, front.port, f"?sslmode=verify-full&sslrootcert={authority}")
    outcome: AbstractContextManager[object] = nullcontext() if ours else pytest.raises(ssl.SSLCertVerificationError)
    with outcome:
        database = Database(url, pool_size=2, application="test")
        await database.open()
        await database.close()
    engine = engine_at(url)
    with outcome:
        async with engine.connect() as connection:
            assert (await connection.execute(text("SELECT 1"))).scalar() == 1
    await engine.dispose()
    assert front.in_clear == 0


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?sslmode=verify-full&sslrootcert={ours}", "PostgreSQL {version} at "),
        ("", "PostgreSQL {version} (its certificate unverified: sslmode) at "),
        ("?sslmode=require", "PostgreSQL {version} (its certificate unverified: sslmode) at "),
        ("?sslmode=verify-full&sslrootcert={another}", "shows a certificate that is not believed"),
        ("?sslmode=verify-full&sslrootcert=/none.crt", "the file of sslrootcert is not there"),
        ("?sslmode=verify-full", "the file of sslrootcert is not there"),
        ("?sslmode=certainly", "sslmode is unknown"),
    ],
)
async def test_a_check_says_whether_the_server_is_verified(
    own_postgres: PostgresServer, front: Front, tmp_path: Path, query: str, said: str
) -> None:
    another = Certificates.in_folder(tmp_path / "another").authority
    address = at(own_postgres, front.port, query.format(ours=front.authority, another=another))
    await migrate("gateway", own_postgres.tcp_url("postgres"))
    (tmp_path / "gateway").mkdir()
    (tmp_path / "gateway" / "uri").write_text(address)
    (finding,) = await databases(tmp_path, "uri", {"gateway": ""})
    version = own_postgres.psql("SHOW server_version;").strip()
    assert said.format(version=version) in finding.said
    assert finding.good is said.startswith("PostgreSQL")


async def test_a_server_without_tls_is_reached_in_clear_unless_tls_is_demanded(own_postgres: PostgresServer) -> None:
    port = int(own_postgres.port or 0)
    assert await ask(at(own_postgres, port, "")) == "postgres"
    assert await ask(at(own_postgres, port, "?sslmode=disable")) == "postgres"
    with pytest.raises(ProgramFailed, match="offers no TLS"):
        await ask(at(own_postgres, port, "?sslmode=require"))
    assert await ask(own_postgres.url("postgres")) == "postgres"


async def test_of_several_hosts_the_one_that_answers_is_had(own_postgres: PostgresServer, front: Front) -> None:
    """As libpq does: in the order of the address, each by TLS where it offers it."""
    credentials = urlsplit(own_postgres.tcp_url("postgres")).netloc.rpartition("@")[0]
    for hosts in (
        f"127.0.0.1:{free_port()},localhost:{front.port}",
        f"localhost:{front.port},127.0.0.1:{own_postgres.port}",
    ):
        assert await ask(f"postgresql://{credentials}@{hosts}/postgres?target_session_attrs=any") == "postgres"
    assert front.in_clear == 0
    with pytest.raises(ProgramFailed, match="cannot be had"):
        await ask(f"postgresql://{credentials}@127.0.0.1:{free_port()},127.0.0.1:{free_port()}/postgres")


async def test_an_address_that_cannot_be_read_is_refused_in_words() -> None:
    with pytest.raises(ProgramFailed, match="names no host and port") as refused:
        await ask("postgresql://somebody:hidden@host:54a32/postgres")
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("mode", ["?sslmode=verify-full&sslrootcert={}", "?sslmode=require"])
async def test_the_runbooks_psql_speaks_it_and_shows_nobody_the_password(
    own_postgres: PostgresServer, front: Front, mode: str
) -> None:
    """The line of a program can be read by everybody on the machine; here by what psql runs itself."""
    url = at(own_postgres, front.port, mode.format(front.authority))
    said = await psql(url, "-A", "-t", "-c", "SELECT current_user", "-c", r"\! tr '\0' ' ' < /proc/$PPID/cmdline")
    user, line = said.splitlines()
    assert user == "postgres"
    assert "postgres@127.0.0.1" in line
    assert str(urlsplit(url).password) not in line
    assert front.in_clear == 0


async def test_the_runbooks_psql_ends_as_psql_does(own_postgres: PostgresServer) -> None:
    wrong = await psql(own_postgres.tcp_url("postgres"), "-v", "ON_ERROR_STOP=1", "-c", "SELECT 1 / 0", status=1)
    assert "division by zero" in wrong
    away = await psql(f"postgresql://somebody:hidden@127.0.0.1:{free_port()}/x", "-c", "SELECT 1", status=1)
    assert "the database cannot be had" in away
    assert "hidden" not in away
    assert "Traceback" not in away


async def psql(url: str, *arguments: str, status: int = 0) -> str:
    """What `python -m libs.kit.psql` says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "libs.kit.psql",
        *arguments,
        env={**os.environ, "MAINSTAY_DATABASE_URL": url},
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == status, said
    return said.decode()
