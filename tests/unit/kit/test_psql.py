"""The runbooks' way to a database."""

from __future__ import annotations

import os
import subprocess
import sys

from tools.contract import ROOT


def psql(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "libs.kit.psql", *arguments],
        env={**os.environ, "MAINSTAY_DATABASE_URL": url},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_asks_the_database_that_the_settings_name(empty_url: str) -> None:
    done = psql(empty_url, "-A", "-t", "-c", "SELECT 40 + 2")
    assert (done.returncode, done.stdout.strip()) == (0, "42"), done.stderr


def test_without_an_address_it_says_so() -> None:
    done = psql("", "-c", "SELECT 1")
    assert done.returncode == 1
    assert "MAINSTAY_DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr
