"""`make test`: runs every check, goes on after a failure, and closes with a table of what ran and what did not.

`python -m tools.check [name …]` runs only the steps whose group is named.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools import debian
from tools.node import folder as node_folder

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
    # Says why the step cannot run here, or nothing.
    missing: Callable[[], str] = lambda: ""


def _pytest(folder: str, *more: str) -> tuple[str, ...]:
    return (PY, "-m", "pytest", f"tests/{folder}", "-q", *more)


def _npm(script: str) -> tuple[str, ...]:
    return ("npm", "run", "--silent", script)


def chromium() -> str:
    """Why there is no browser to test with; nothing when there is one. Installs Debian's where that is possible."""
    return debian.missing("Chromium", CHROMIUM, ("chromium", "fonts-noto-cjk"))


PORTAL = ROOT / "gateway/portal"
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
)


def main() -> int:
    wanted = set(sys.argv[1:])
    results: list[tuple[Step, str, float, str]] = []
    env = {**os.environ, "PATH": f"{node_folder()}{os.pathsep}{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
    for step in STEPS:
        if wanted and step.group not in wanted:
            continue
        why = step.missing()
        if why:
            results.append((step, "LEFT OUT", 0.0, why))
            continue
        print(f"\n── {step.name} ──", flush=True)
        started = time.monotonic()
        done = subprocess.run(step.command, cwd=step.cwd, env=env, check=False)
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
