"""The table of `make test` says what was left out, and where nothing may be, that has failed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.support.fault_stack import Disk
from tests.support.lacking import leave_out
from tools import check
from tools.check import ALONE, AT_ONCE, REQUIRED, STEPS, WAITS, WORKS, Step, failures, run, run_all, table
from tools.stack import parts

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
    return tmp_path


def step(suite: Path, *what: str, missing: str = "") -> Step:
    command = (sys.executable, "-m", "pytest", *what, "-q", "-p", "no:cacheprovider")
    return Step("some", "some tests", command, suite, missing=lambda: missing)


def test_tests_that_were_skipped_are_counted_in_the_table(suite: Path) -> None:
    result = run(step(suite, "test_one.py"), os.environ)
    assert (result.outcome, result.why) == ("PARTLY", "3 tests left out: no Java")
    said = table([result])
    assert "3 tests left out: no Java" in said
    assert said.endswith("1 passed (1 of them partly), 0 failed, 0 skipped")


@pytest.mark.parametrize(("value", "outcome"), [("", "LEFT OUT"), ("0", "LEFT OUT"), ("1", "FAILED")])
def test_a_step_that_cannot_run_is_left_out_or_has_failed(
    suite: Path, monkeypatch: pytest.MonkeyPatch, value: str, outcome: str
) -> None:
    monkeypatch.setenv(REQUIRED, value)
    result = run(step(suite, "test_one.py", missing="no Java"), os.environ)
    assert (result.outcome, result.why) == (outcome, "no Java")


def test_the_stacks_suites_run_without_chromium_but_for_the_browsers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "missing", lambda: "")
    monkeypatch.setattr(check, "chromium", lambda: "no Chromium")
    suites, browser = (one for one in check.STEPS if one.group == "stack")
    assert suites.missing() == ""
    assert browser.missing() == "no Chromium"
    assert "tests/browser" in browser.command


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


FAILING = """
import pytest

class TestOften:
    @pytest.mark.parametrize("n", ["one", "a.py::b"])
    def test_fails(self, n):
        assert False

def test_runs():
    pass

@pytest.fixture
def broken():
    raise OSError

def test_cannot_begin(broken):
    pass
"""


def test_what_failed_is_named_at_the_very_end_with_what_it_said(suite: Path) -> None:
    (suite / "test_three.py").write_text(FAILING)
    (suite / "test_four.py").write_text("import nothing_of_this_name")
    good, bad = run(step(suite, "test_one.py"), os.environ), run(step(suite, "test_three.py"), os.environ)
    unreadable = run(step(suite, "test_four.py"), os.environ)
    other = run(Step("lint", "a linter", (sys.executable, "-c", "raise SystemExit(1)"), suite), os.environ)
    assert failures([good]) == ""
    assert failures([good, bad, unreadable, other]).splitlines() == [
        "",
        "What failed",
        "  test_three.py::TestOften::test_fails[one]",
        "    test_three.py:7: AssertionError",
        "    assert False",
        "  test_three.py::TestOften::test_fails[a.py::b]",
        "    test_three.py:7: AssertionError",
        "    assert False",
        "  test_three.py::test_cannot_begin",
        "    test_three.py:14: OSError",
        '    failed on setup with "OSError"',
        "  test_four.py::test_four",
        "    E   ModuleNotFoundError: No module named 'nothing_of_this_name'",
        "    collection failure",
        "  a linter",
    ]


def test_of_a_long_failure_the_beginning_is_repeated(suite: Path) -> None:
    (suite / "test_long.py").write_text("def test_long():\n    assert list(range(9999)) == []")
    said = failures([run(step(suite, "test_long.py"), os.environ)])
    assert "test_long.py:2: AssertionError" in said
    assert len(said) < 800


def python(name: str, code: str, folder: Path, kind: str) -> Step:
    return Step("some", name, (sys.executable, "-c", code), folder, kind=kind)


def meeting(own: str, others: Sequence[str], folder: Path, kind: str) -> Step:
    """Ends once all others have begun, and fails then."""
    code = (
        f"import pathlib, time; pathlib.Path({own!r}).touch()\n"
        f"while not all(pathlib.Path(other).exists() for other in {others!r}): time.sleep(.01)\n"
        f"print({own!r}); raise SystemExit(1)"
    )
    return python(own, code, folder, kind)


def test_steps_that_share_run_beside_each_other_and_before_those_that_do_not(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    names = ["one", "two", "three"]
    steps = [
        python("first", "import os; print(sorted(os.listdir()))", tmp_path, ALONE),
        *(meeting(own, names, tmp_path, kind) for own, kind in zip(names, (WORKS, WORKS, WAITS), strict=True)),
    ]
    results = run_all(steps, os.environ)
    assert [result.step for result in results] == steps
    assert [result.outcome for result in results] == ["ok", "FAILED", "FAILED", "FAILED"]
    said = capfd.readouterr().out
    assert "── one ──\none\n" in said
    assert said.endswith(f"── first ──\n{sorted(names)}\n")


@pytest.mark.parametrize(("kind", "most"), [(WORKS, 2), (WAITS, 1)])
def test_no_more_of_a_kind_run_at_once(tmp_path: Path, kind: str, most: int) -> None:
    count = (
        "import pathlib, time; own = pathlib.Path({own!r}); own.touch(); time.sleep(.5)\n"
        "there = len(list(pathlib.Path().iterdir())); own.unlink(); raise SystemExit(there > {most})"
    )
    folder = tmp_path / "counted"
    folder.mkdir()
    steps = [python(own, count.format(own=own, most=most), folder, kind) for own in ("a", "b", "c")]
    assert [result.outcome for result in run_all(steps, os.environ)] == ["ok"] * 3


def test_what_waits_for_a_stack_is_one_at_a_time_and_its_crashes_are_alone() -> None:
    assert AT_ONCE == {WORKS: 2, WAITS: 1}
    assert {step.group for step in STEPS if step.kind == ALONE} == {"faults", "long-faults"}
    assert all(step.kind == WAITS for step in STEPS if "MAINSTAY_SHAPE" in step.environment)
