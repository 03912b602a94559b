"""The table of `make test` says what was left out, and where nothing may be, that has failed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.fault_stack import Disk
from tests.support.lacking import leave_out
from tools.check import REQUIRED, Step, run, table

TESTS = """
import pytest

def test_runs():
    pass

@pytest.mark.parametrize("n", range(3))
def test_needs_java(n):
    pytest.skip("no Java")

@pytest.mark.xfail
def test_known_to_fail():
    assert False
"""


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(REQUIRED, raising=False)
    (tmp_path / "test_one.py").write_text(TESTS)
    (tmp_path / "browser").mkdir()
    (tmp_path / "browser" / "test_two.py").write_text("def test_fails():\n    assert False\n")
    return tmp_path


def step(suite: Path, *what: str, missing: str = "", missing_browser: str = "") -> Step:
    command = (sys.executable, "-m", "pytest", *what, "-q", "-p", "no:cacheprovider")
    for_browser = {"browser": lambda: missing_browser}
    return Step("some", "some tests", command, suite, missing=lambda: missing, missing_for=for_browser)


def test_tests_that_were_skipped_are_counted_in_the_table(suite: Path) -> None:
    result = run(step(suite, "test_one.py"), os.environ)
    assert (result.outcome, result.why) == ("PARTLY", "3 tests left out: no Java")
    said = table([result])
    assert "3 tests left out: no Java" in said
    assert said.endswith("1 passed (1 of them partly), 0 failed, 0 skipped")


def test_what_one_folder_needs_leaves_out_that_folder_alone(suite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = step(suite, "test_one.py", "browser", missing_browser="no Chromium")
    result = run(lacking, os.environ)
    assert result.outcome == "PARTLY"
    assert result.why == "browser: no Chromium; 3 tests left out: no Java"
    monkeypatch.setenv(REQUIRED, "1")
    assert run(lacking, os.environ).outcome == "FAILED"
    monkeypatch.delenv(REQUIRED)
    assert run(step(suite, "test_one.py", "browser"), os.environ).outcome == "FAILED"


@pytest.mark.parametrize(("value", "outcome"), [("", "LEFT OUT"), ("0", "LEFT OUT"), ("1", "FAILED")])
def test_a_step_that_cannot_run_is_left_out_or_has_failed(
    suite: Path, monkeypatch: pytest.MonkeyPatch, value: str, outcome: str
) -> None:
    monkeypatch.setenv(REQUIRED, value)
    result = run(step(suite, "test_one.py", missing="no Java"), os.environ)
    assert (result.outcome, result.why) == (outcome, "no Java")


def test_what_lacks_skips_a_test_or_fails_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(REQUIRED, raising=False)
    leave_out("")
    needing: list[Callable[[], None]] = [lambda: leave_out("no Java"), Disk(tmp_path).require]
    for lacking in needing:
        with pytest.raises(pytest.skip.Exception):
            lacking()
    monkeypatch.setenv(REQUIRED, "1")
    for lacking in needing:
        with pytest.raises(pytest.fail.Exception, match=REQUIRED):
            lacking()
