"""`make test`: runs every check, goes on after a failure, and closes with a table of what ran and what did not.

`python -m tools.check [name …]` runs only the steps whose group is named. What this machine lacks is left out, and the
table says so, also of single tests; with MAINSTAY_REQUIRE_STACK=1 it counts as failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from tools import debian
from tools.node import folder as node_folder
from tools.stack import parts

ROOT = Path(__file__).resolve().parent.parent
PY = sys.executable
BIN = Path(PY).parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
REQUIRED = "MAINSTAY_REQUIRE_STACK"


@dataclass(frozen=True)
class Step:
    group: str
    name: str
    command: tuple[str, ...]
    cwd: Path = ROOT
    # Says why the step cannot run here, or nothing.
    missing: Callable[[], str] = lambda: ""
    # The same of single arguments: the step runs without them.
    missing_for: Mapping[str, Callable[[], str]] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    # Runs only when its group is named.
    asked_for: bool = False


@dataclass(frozen=True)
class Result:
    """`outcome`: ok, PARTLY (some of it was left out), LEFT OUT or FAILED. `why` says what was left out."""

    step: Step
    outcome: str
    seconds: float = 0.0
    why: str = ""


def required() -> bool:
    """Whether nothing may be left out: what cannot run here has failed."""
    return os.environ.get(REQUIRED, "0") not in {"", "0"}


def _pytest(*folders: str) -> tuple[str, ...]:
    return (PY, "-m", "pytest", *(f"tests/{folder}" for folder in folders), "-q")


def _npm(script: str) -> tuple[str, ...]:
    return ("npm", "run", "--silent", script)


def chromium() -> str:
    """Why there is no browser to test with; nothing when there is one. Installs Debian's where that is possible."""
    return debian.missing("Chromium", CHROMIUM, ("chromium", "fonts-noto-cjk"))


PORTAL = ROOT / "gateway/portal"
# What `make faults` counts instead of the short versions in every run.
LONG = {
    "MAINSTAY_FAULT_EVENTS": "1000000",
    "MAINSTAY_FAULT_KILLS": "200",
    "MAINSTAY_FAULT_PROCESS_KILLS": "40",
    "MAINSTAY_FAULT_AWAY_SECONDS": "60",
    "MAINSTAY_FAULT_REQUESTS": "20000",
    "MAINSTAY_FAULT_REVOCATIONS": "10000",
}
STEPS = (
    Step("lint", "ruff", (str(BIN / "ruff"), "check", ".")),
    Step("lint", "ruff format", (str(BIN / "ruff"), "format", "--check", "--quiet", ".")),
    Step("lint", "mypy --strict", (PY, "-m", "mypy", "libs", "services", "gateway", "tools", "tests")),
    Step("lint", "buf lint", (PY, "-m", "tools.buf", "lint")),
    Step("lint", "buf breaking", (PY, "-m", "tools.buf", "breaking")),
    Step("lint", "portal types", _npm("typecheck"), PORTAL),
    Step("lint", "portal lint", _npm("lint"), PORTAL),
    Step("unit", "portal unit tests", _npm("test"), PORTAL),
    Step("unit", "portal size", _npm("size"), PORTAL),
    Step("unit", "unit tests", _pytest("unit")),
    Step("contract", "contract tests and house rules", _pytest("contract")),
    Step("integration", "services on PostgreSQL", _pytest("integration")),
    Step("faults", "crashes, counted", _pytest("faults")),
    Step("scenarios", "stories through the front door", _pytest("scenarios")),
    Step("browser", "stories in Chromium", _pytest("browser"), missing=chromium),
    Step(
        "stack",
        "suites and stories on the real stack",
        _pytest("stack", "scenarios/test_first_day.py"),
        missing=parts.missing,
        environment={"MAINSTAY_SHAPE": "stack"},
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


def run(step: Step, env: Mapping[str, str]) -> Result:
    why = step.missing()
    if why:
        return Result(step, "FAILED" if required() else "LEFT OUT", why=why)
    lacking = {one: why for one, missing in step.missing_for.items() if (why := missing())}
    print(f"\n── {step.name} ──", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mainstay-check-") as folder:
        told = Path(folder) / "results.xml"
        command = [one for one in step.command if one not in lacking]
        if "pytest" in command:
            command.append(f"--junitxml={told}")
        done = subprocess.run(command, cwd=step.cwd, env={**env, **step.environment}, check=False)
        left_out = [f"{one}: {why}" for one, why in lacking.items()] + _skipped(told)
    failed = done.returncode or (lacking and required())
    outcome = "FAILED" if failed else "PARTLY" if left_out else "ok"
    return Result(step, outcome, time.monotonic() - began, "; ".join(left_out))


def _skipped(told: Path) -> list[str]:
    """How many tests pytest left out, for each reason."""
    if not told.exists():
        return []
    # Written by our own pytest a moment ago.
    found = ET.parse(told).iter("skipped")  # noqa: S314
    reasons = Counter(one.get("message", "") for one in found if one.get("type") == "pytest.skip")
    return [f"{many} tests left out: {reason}" for reason, many in reasons.items()]


def table(results: Sequence[Result]) -> str:
    lines = [f"  {one.outcome:9} {one.step.name:34} {one.seconds:6.1f} s {one.why}".rstrip() for one in results]
    failed, left_out, partly = (
        sum(one.outcome == outcome for one in results) for outcome in ("FAILED", "LEFT OUT", "PARTLY")
    )
    ran = f"{len(results) - failed - left_out} passed" + (f" ({partly} of them partly)" if partly else "")
    return "\n".join(["What ran, and what did not", *lines, f"{ran}, {failed} failed, {left_out} skipped"])


def main() -> int:
    wanted = set(sys.argv[1:])
    env = {**os.environ, "PATH": f"{node_folder()}{os.pathsep}{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
    chosen = [step for step in STEPS if (step.group in wanted if wanted else not step.asked_for)]
    results = [run(step, env) for step in chosen]
    print(f"\n{table(results)}")
    return 1 if any(one.outcome == "FAILED" for one in results) else 0


if __name__ == "__main__":
    sys.exit(main())
