"""What the Job that migrates prints: each database that is up to date, or in one line what is wrong with an address."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from libs.kit.migrate import services
from libs.kit.postgres import PostgresServer


def migrating(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "libs.kit.migrate", *arguments],
        env={**os.environ, "MAINSTAY_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_database_that_is_up_to_date_is_named(own_postgres: PostgresServer) -> None:
    own_postgres.ensure_databases([f"named_{name}" for name in services()])
    pattern = own_postgres.tcp_url("named_{service}").replace("%7B", "{").replace("%7D", "}")
    for _ in range(2):
        done = migrating(pattern, "--all")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines() == [f"{name}: up to date" for name in services()]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda url: url.replace(str(urlsplit(url).password), "not-the-secret"), "does not let postgres in: correct"),
        (lambda url: url.rpartition("/")[0] + "/nowhere", "/nowhere is not there: CREATE DATABASE"),
        (lambda url: url.rpartition("@")[0] + "@127.0.0.1:1/identity", "127.0.0.1:1/identity does not answer"),
        (lambda url: url.replace("postgresql", "mysql"), "the address is none of PostgreSQL's: write it"),
        (lambda url: url + "?sslmode=require", "offers no TLS, and sslmode asks for it"),
    ],
    ids=["password", "database", "port", "scheme", "tls"],
)
def test_an_address_that_leads_nowhere_is_one_line(
    own_postgres: PostgresServer, change: Callable[[str], str], said: str
) -> None:
    url = own_postgres.tcp_url("postgres")
    done = migrating(change(url), "identity")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("identity: ")
    assert said in line
    assert str(urlsplit(url).password) not in line
    assert "not-the-secret" not in line
