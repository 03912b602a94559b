"""`make test`: runs every check, goes on after a failure, and closes with a table of what ran and with what failed.

`python -m tools.check [name …]` runs only the steps whose group is named. Steps that can share the machine run first,
each with its own PostgreSQL and its output in one piece: two at a time of those that work, and beside them one of those
that wait for a stack most of the time. Crashes of the stack have the machine to themselves. What this machine lacks is
left out, and the table says so, also of single tests; with MAINSTAY_REQUIRE_STACK=1 it counts as failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from tools import debian, helm
from tools.node import folder as node_folder
from tools.stack import parts

ROOT = Path(__file__).resolve().parent.parent
PY = sys.executable
BIN = Path(PY).parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
REQUIRED = "MAINSTAY_REQUIRE_STACK"
WORKS, WAITS, ALONE = "works", "waits", "alone"
# How many steps of each kind run beside each other, on whatever machine: tests of the bus and of deadlines count
# seconds. Alone is what comes when all those have ended.
AT_ONCE = {WORKS: 2, WAITS: 1}
# Of one failed test.
_MOST_SAID = 600


@dataclass(frozen=True)
class Step:
    group: str
    name: str
    command: tuple[str, ...]
    cwd: Path = ROOT
    # Says why the step cannot run here, or nothing.
    missing: Callable[[], str] = lambda: ""
    environment: Mapping[str, str] = field(default_factory=dict)
    kind: str = ALONE
    # Runs only when its group is named.
    asked_for: bool = False


@dataclass(frozen=True)
class Result:
    """`outcome`: ok, PARTLY (some of it was left out), LEFT OUT or FAILED. `why` says what was left out.

    `failures`: the tests that failed, as pytest takes them, each with what it said.
    """

    step: Step
    outcome: str
    seconds: float = 0.0
    why: str = ""
    failures: Mapping[str, str] = field(default_factory=dict)


def required() -> bool:
    """Whether nothing may be left out: what cannot run here has failed."""
    return os.environ.get(REQUIRED, "0") not in {"", "0"}


def _pytest(*folders: str) -> tuple[str, ...]:
    # The slowest are named, so that whoever finds the whole too slow knows where to look.
    return (PY, "-m", "pytest", *(f"tests/{folder}" for folder in folders), "-q", "--durations=8")


def _npm(script: str) -> tuple[str, ...]:
    return ("npm", "run", "--silent", script)


def chromium() -> str:
    """Why there is no browser to test with; nothing when there is one. Installs Debian's where that is possible."""
    return debian.missing("Chromium", CHROMIUM, ("chromium", "fonts-noto-cjk"))


PORTAL = ROOT / "gateway/portal"
ON_STACK = {"MAINSTAY_SHAPE": "stack"}
# What `make faults` counts instead of the short versions in every run.
LONG = {
    "MAINSTAY_FAULT_EVENTS": "1000000",
    "MAINSTAY_FAULT_KILLS": "200",
    "MAINSTAY_FAULT_PROCESS_KILLS": "40",
    "MAINSTAY_FAULT_AWAY_SECONDS": "60",
    "MAINSTAY_FAULT_REQUESTS": "20000",
    "MAINSTAY_FAULT_REVOCATIONS": "10000",
}
# No stack: single parts crash, each test its own.
SMALL_FAULTS = tuple(
    f"faults/test_{name}.py" for name in ("counting", "exactly_once", "kills", "outbox_order", "proxy")
)
# The longest first: what is left at the end is short.
STEPS = (
    Step("integration", "services on PostgreSQL", _pytest("integration"), kind=WORKS),
    Step("contract", "contract tests and house rules", _pytest("contract"), kind=WORKS),
    Step("browser", "stories in Chromium", _pytest("browser"), missing=chromium, kind=WORKS),
    Step("scenarios", "stories through the front door", _pytest("scenarios"), kind=WORKS),
    Step("faults", "crashes of single parts, counted", _pytest(*SMALL_FAULTS), kind=WORKS),
    Step("unit", "unit tests", _pytest("unit"), kind=WORKS),
    Step("chart", "the chart, as Helm renders it", _pytest("chart"), missing=helm.missing, kind=WORKS),
    Step("lint", "portal lint", _npm("lint"), PORTAL, kind=WORKS),
    Step("lint", "mypy --strict", (PY, "-m", "mypy", "libs", "services", "gateway", "tools", "tests"), kind=WORKS),
    Step("lint", "portal types", _npm("typecheck"), PORTAL, kind=WORKS),
    Step("unit", "portal unit tests", _npm("test"), PORTAL, kind=WORKS),
    Step("unit", "portal size", _npm("size"), PORTAL, kind=WORKS),
    Step("lint", "ruff", (str(BIN / "ruff"), "check", "."), kind=WORKS),
    Step("lint", "ruff format", (str(BIN / "ruff"), "format", "--check", "--quiet", "."), kind=WORKS),
    Step("lint", "buf lint", (PY, "-m", "tools.buf", "lint"), kind=WORKS),
    Step("lint", "buf breaking", (PY, "-m", "tools.buf", "breaking"), kind=WORKS),
    Step(
        "stack",
        "suites and stories on the real stack",
        _pytest("stack", "scenarios/test_first_day.py", "scenarios/test_placement_case.py"),
        missing=parts.missing,
        environment=ON_STACK,
        kind=WAITS,
    ),
    # On a company of its own: what the other stories did there would be in the way of these.
    Step(
        "stack",
        "stories in Chromium on the real stack",
        # How every page is drawn and worded is the same in both shapes: here it would take four minutes more.
        (*_pytest("browser"), "-m", "not drawn"),
        missing=lambda: parts.missing() or chromium(),
        environment=ON_STACK,
        kind=WAITS,
    ),
    Step(
        "faults",
        "crashes of the stack, counted",
        (*_pytest("faults"), *(f"--ignore=tests/{one}" for one in SMALL_FAULTS)),
    ),
    Step(
        "long-faults",
        "200 kills among 1,000,000 events, outages",
        _pytest("faults"),
        missing=parts.missing,
        environment=LONG,
        asked_for=True,
    ),
)


def run(step: Step, env: Mapping[str, str], *, in_one_piece: bool = False) -> Result:
    """`in_one_piece`: what it says is printed when it has ended, others run meanwhile."""
    why = step.missing()
    if why:
        return Result(step, "FAILED" if required() else "LEFT OUT", why=why)
    title = f"\n── {step.name} ──"
    print(f"begins: {step.name}" if in_one_piece else title, flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mainstay-check-", ignore_cleanup_errors=True) as folder:
        told = Path(folder) / "results.xml"
        command = list(step.command)
        if "pytest" in command:
            # A folder for all runs is closed by each that begins, also to the servers of those under way.
            command += [f"--basetemp={folder}/tests", f"--junitxml={told}", "-o", "junit_family=xunit1"]
        done = subprocess.run(
            command,
            cwd=step.cwd,
            env={**env, **step.environment},
            check=False,
            text=True,
            stdout=subprocess.PIPE if in_one_piece else None,
            stderr=subprocess.STDOUT if in_one_piece else None,
        )
        # Written by our own pytest a moment ago.
        tests = list(ET.parse(told).iter("testcase")) if told.exists() else []  # noqa: S314
    if in_one_piece:
        print(f"{title}\n{done.stdout}", flush=True)
    left_out = _skipped(tests)
    outcome = "FAILED" if done.returncode else "PARTLY" if left_out else "ok"
    return Result(step, outcome, time.monotonic() - began, "; ".join(left_out), _failed(tests))


def _skipped(tests: Sequence[ET.Element]) -> list[str]:
    """How many tests pytest left out, for each reason."""
    found = (skipped for test in tests for skipped in test.iter("skipped"))
    reasons = Counter(one.get("message", "") for one in found if one.get("type") == "pytest.skip")
    return [f"{many} tests left out: {reason}" for reason, many in reasons.items()]


def _failed(tests: Sequence[ET.Element]) -> dict[str, str]:
    """What tests said that failed, or had an error before or after; of one that had both, the first."""
    found: dict[str, str] = {}
    for test in tests:
        said = [one for one in test if one.tag in {"failure", "error"}]
        if said:
            # Its last line is the place.
            place = (said[0].text or "").strip().rpartition("\n")[2]
            found.setdefault(_id(test), f"{place}\n{said[0].get('message', '')}")
    return found


def _id(test: ET.Element) -> str:
    """`file::class::name`. Of a file that could not be read the module is the name."""
    file, name = test.get("file", ""), test.get("name", "")
    classes = test.get("classname", "").removeprefix(file.removesuffix(".py").replace("/", ".")).strip(".")
    return "::".join(filter(None, [file, *classes.split("."), name]))


def table(results: Sequence[Result]) -> str:
    lines = [f"  {one.outcome:9} {one.step.name:34} {one.seconds:6.1f} s {one.why}".rstrip() for one in results]
    failed, left_out, partly = (
        sum(one.outcome == outcome for one in results) for outcome in ("FAILED", "LEFT OUT", "PARTLY")
    )
    ran = f"{len(results) - failed - left_out} passed" + (f" ({partly} of them partly)" if partly else "")
    return "\n".join(["What ran, and what did not", *lines, f"{ran}, {failed} failed, {left_out} skipped"])


def failures(results: Sequence[Result]) -> str:
    """The names of what failed, and the first lines it said: last in a log, so that one cut short still has them."""
    lines = [""]
    for one in (one for one in results if one.outcome == "FAILED"):
        for name, said in (one.failures or {one.step.name: ""}).items():
            lines += [f"  {name}", *(f"    {line.rstrip()}" for line in said[:_MOST_SAID].splitlines() if line.strip())]
    return "\n".join(["", "What failed", *lines[1:]]) if lines[1:] else ""


def run_all(steps: Sequence[Step], env: Mapping[str, str]) -> list[Result]:
    """In the order of the steps, whichever ran first."""
    alone = [step for step in steps if step.kind == ALONE]
    sharing = [step for step in steps if step.kind != ALONE]
    with ExitStack() as open_:
        pools = {kind: open_.enter_context(ThreadPoolExecutor(many)) for kind, many in AT_ONCE.items()}
        running = [pools[step.kind].submit(run, step, env, in_one_piece=len(sharing) > 1) for step in sharing]
    results = [one.result() for one in running] + [run(step, env) for step in alone]
    return sorted(results, key=lambda result: steps.index(result.step))


def main() -> int:
    wanted = set(sys.argv[1:])
    env = {**os.environ, "PATH": f"{node_folder()}{os.pathsep}{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
    chosen = [step for step in STEPS if (step.group in wanted if wanted else not step.asked_for)]
    results = run_all(chosen, env)
    print(f"\n{table(results)}{failures(results)}")
    return 1 if any(one.outcome == "FAILED" for one in results) else 0


if __name__ == "__main__":
    sys.exit(main())
