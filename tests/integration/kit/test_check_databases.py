"""Checks of databases, on a real PostgreSQL: what is wrong with an address is said, and never the address itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from libs.kit.checks.databases import databases
from libs.kit.checks.findings import Finding
from libs.kit.migrate import migrate
from libs.kit.postgres import PostgresServer
from tests.support.ports import free_port

NAME = "checked"


@pytest.fixture
def give(tmp_path: Path) -> Callable[[str, str], None]:
    """Puts an address where a program's Secret would be mounted."""

    def put(program: str, address: str) -> None:
        (tmp_path / program).mkdir(exist_ok=True)
        (tmp_path / program / "uri").write_text(address)

    return put


async def found(folder: Path, *programs: str) -> list[Finding]:
    return await databases(folder, "uri", dict.fromkeys(programs, ""))


async def test_a_migrated_database_of_its_own_is_good(
    own_postgres: PostgresServer, give: Callable[[str, str], None], tmp_path: Path
) -> None:
    own_postgres.ensure_databases([NAME])
    address = own_postgres.tcp_url(NAME)
    give("gateway", address)
    (before,) = await found(tmp_path, "gateway")
    assert (before.said, before.good) == ("its schema is not this release's", False)
    await migrate("gateway", address)
    (after,) = await found(tmp_path, "gateway")
    assert after.good, after


async def test_what_is_wrong_with_an_address_is_said(
    own_postgres: PostgresServer, give: Callable[[str, str], None], tmp_path: Path
) -> None:
    address = own_postgres.tcp_url("postgres")
    host = urlsplit(address)
    give("missing", address.rpartition("/")[0] + "/no_such_database")
    give("away", "postgresql://somebody:hidden@127.0.0.1:1/identity")
    give("unknown", "postgresql://somebody:hidden@no-such-host.invalid/identity")
    give("other", "mysql://somebody:hidden@host/identity")
    wrong = {one.about: one for one in await found(tmp_path, "none", "missing", "away", "unknown", "other")}
    said = {about.removeprefix("database of "): one.said for about, one in wrong.items()}
    assert said["none"] == "no address: the Secret or its key is missing"
    assert said["missing"] == f"{host.hostname}:{host.port}/no_such_database is not there"
    assert said["away"].startswith("127.0.0.1:1/identity does not answer")
    assert said["unknown"].startswith("no-such-host.invalid:5432/identity does not answer")
    assert said["other"] == "the address is none of PostgreSQL's"
    assert all(one.cure and "hidden" not in str(one) for one in wrong.values())


async def test_an_address_of_several_hosts_is_read(
    own_postgres: PostgresServer, give: Callable[[str, str], None], tmp_path: Path
) -> None:
    """As operators of clusters write them; one of a pair of programs names a single host of it."""
    own_postgres.ensure_databases(["several"])
    credentials, _, host = urlsplit(own_postgres.tcp_url("several")).netloc.rpartition("@")
    several = f"127.0.0.1:{free_port()},{host}"
    give("identity", f"postgresql://{credentials}@{several}/several")
    give("employees", f"postgresql://{credentials}@{host}/several")
    give("talent", f"postgresql://{credentials}@{several},h:54a32/several")
    about = {one.about: one for one in await found(tmp_path, "identity", "employees", "talent")}
    assert about["database of identity"].said == "its schema is not this release's"
    assert about["database of talent"].said.startswith("the address cannot be read")
    assert about["database of identity and employees"].said == "the same one"
    await migrate("identity", own_postgres.tcp_url("several"))
    assert (await found(tmp_path, "identity"))[0].said.endswith(f" at {several}/several, up to date")


async def test_a_role_that_may_not_make_tables_is_named(
    own_postgres: PostgresServer, give: Callable[[str, str], None], tmp_path: Path
) -> None:
    own_postgres.ensure_databases([NAME])
    own_postgres.psql("DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN PASSWORD 'hidden';")
    host = urlsplit(own_postgres.tcp_url(NAME))
    give("identity", f"postgresql://reader:hidden@{host.hostname}:{host.port}/{NAME}")
    (finding,) = await found(tmp_path, "identity")
    assert finding.said == "reader may not make tables and schemas there"
    assert finding.cure == f"ALTER DATABASE {NAME} OWNER TO reader"


async def test_what_a_server_refuses_is_said_with_what_to_do(
    own_postgres: PostgresServer, give: Callable[[str, str], None], tmp_path: Path
) -> None:
    own_postgres.ensure_databases([NAME, "closed"])
    own_postgres.psql("DROP ROLE IF EXISTS crowded; CREATE ROLE crowded LOGIN PASSWORD 'hidden' CONNECTION LIMIT 0;")
    own_postgres.psql("ALTER DATABASE closed ALLOW_CONNECTIONS false;")
    host = urlsplit(own_postgres.tcp_url(NAME))
    at, own = f"{host.hostname}:{host.port}", own_postgres.tcp_url(NAME)
    refused = {
        "password": (
            f"postgresql://postgres:hidden@{at}/{NAME}",
            f"{at}/{NAME} does not let postgres in",
            "correct the password in the Secret, or what pg_hba.conf says",
        ),
        "crowd": (
            f"postgresql://crowded:hidden@{at}/{NAME}",
            f"{at}/{NAME} has no connection left",
            "raise max_connections, or lower databasePool",
        ),
        "clear": (
            f"{own}?sslmode=require",
            f"{at}/{NAME} offers no TLS, and sslmode asks for it",
            "turn ssl on there; or sslmode=disable, in clear",
        ),
        "closed": (
            own_postgres.tcp_url("closed"),
            f"{at}/closed refuses (ObjectNotInPrerequisiteStateError)",
            "see PostgreSQL's log",
        ),
    }
    for program, (address, *_) in refused.items():
        give(program, address)
    said = {one.about.removeprefix("database of "): (one.said, one.cure) for one in await found(tmp_path, *refused)}
    assert {name: said[name] for name in refused} == {name: tuple(words) for name, (_, *words) in refused.items()}


async def test_a_server_that_is_too_old_and_a_database_of_another_encoding_are_named(
    own_postgres: PostgresServer, give: Callable[[str, str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_postgres.psql("CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0;")
    give("identity", own_postgres.tcp_url("ascii"))
    (finding,) = await found(tmp_path, "identity")
    assert (finding.said, finding.cure) == ("its encoding is SQL_ASCII", "make the database with ENCODING 'UTF8'")
    monkeypatch.setattr("libs.kit.checks.databases._OLDEST", 99)
    (finding,) = await found(tmp_path, "identity")
    assert finding.said.startswith("PostgreSQL ")
    assert finding.cure == "use PostgreSQL 99 or newer"


async def test_two_programs_with_one_database_are_told(
    own_postgres: PostgresServer, give: Callable[[str, str], None], tmp_path: Path
) -> None:
    own_postgres.ensure_databases([NAME])
    for program in ("identity", "employees"):
        give(program, own_postgres.tcp_url(NAME))
    assert [one.about for one in await found(tmp_path, "identity", "employees")][-1] == (
        "database of identity and employees"
    )
