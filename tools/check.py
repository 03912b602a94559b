"""`make test`: runs every check, goes on after a failure, and closes with a table of what ran and what did not.

`python -m tools.check [name …]` runs only the steps whose group is named. What this machine lacks is left out;
with MAINSTAY_REQUIRE_STACK=1 it counts as failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools import debian
from tools.node import folder as node_folder
from tools.stack import parts

ROOT = Path(__file__).resolve().parent.parent
PY = sys.executable
BIN = Path(PY).parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Step:
    group: str
    name: str
    command: tuple[str, ...]
    cwd: Path = ROOT
    # Says why the step cannot run here, or nothing. Where MAINSTAY_REQUIRE_STACK is set, that is a failure.
    missing: Callable[[], str] = lambda: ""
    environment: Mapping[str, str] = field(default_factory=dict)
    # Runs only when its group is named.
    asked_for: bool = False


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
        _pytest("stack", "scenarios/test_first_day.py", "browser"),
        missing=lambda: parts.missing() or chromium(),
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


def main() -> int:
    wanted = set(sys.argv[1:])
    results: list[tuple[Step, str, float, str]] = []
    env = {**os.environ, "PATH": f"{node_folder()}{os.pathsep}{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
    for step in STEPS:
        if step.group not in wanted if wanted else step.asked_for:
            continue
        why = step.missing()
        if why:
            # Where everything is required, what cannot run has failed.
            results.append((step, "FAILED" if os.environ.get("MAINSTAY_REQUIRE_STACK") else "LEFT OUT", 0.0, why))
            continue
        print(f"\n── {step.name} ──", flush=True)
        started = time.monotonic()
        done = subprocess.run(step.command, cwd=step.cwd, env={**env, **step.environment}, check=False)
        results.append((step, "ok" if done.returncode == 0 else "FAILED", time.monotonic() - started, ""))
    print("\nWhat ran, and what did not")
    for step, outcome, seconds, why in results:
        print(f"  {outcome:9} {step.name:34} {seconds:6.1f} s {why}")
    failed = sum(outcome == "FAILED" for _, outcome, _, _ in results)
    left_out = sum(outcome == "LEFT OUT" for _, outcome, _, _ in results)
    print(f"{len(results) - failed - left_out} passed, {failed} failed, {left_out} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
