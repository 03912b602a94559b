"""The promises: what docs/guides/slo.md says is what the rules do, window by window."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it ships none

from tests.support.lacking import leave_out
from tests.support.rules import groups
from tools.contract import ROOT
from tools.stack import prometheus

GUIDE = (ROOT / "docs/guides/slo.md").read_text()
GROUPS = groups()
OBJECTIVES = {slo: float(said) for slo, said in re.findall(r"^\| `(\w+)` \|[^|]*\| ([\d.]+) % \|", GUIDE, re.MULTILINE)}
NAMES = {
    "availability": "Error",
    "latency": "Latency",
    "sign_in": "SignIn",
    "revocations": "Revocation",
    "events": "Event",
}
# Minutes from sample to sample: the ratios are the same and three days are quick.
STEPS = {"Fast": 10, "Slowly": 60}


@dataclass(frozen=True)
class Window:
    """A row of the guide's table: how many times as fast, over how long, and still over how long; in minutes."""

    burn: float
    long: int
    short: int
    speed: str

    @property
    def step(self) -> int:
        return STEPS[self.speed]


def _minutes(said: str) -> int:
    return int(said[:-1]) * {"m": 1, "h": 60, "d": 24 * 60}[said[-1]]


def _windows() -> list[Window]:
    rows = re.findall(r"^\| ([\d.]+) \| (\w+) \| (\w+) \|", GUIDE, re.MULTILINE)
    speeds = ("Fast", "Fast", "Slowly", "Slowly")
    return [
        Window(float(burn), _minutes(long), _minutes(short), speed)
        for (burn, long, short), speed in zip(rows, speeds, strict=True)
    ]


WINDOWS = _windows()


def test_the_guide_says_five_promises_and_the_workbooks_windows() -> None:
    assert OBJECTIVES.keys() == NAMES.keys()
    assert [(one.burn, one.long, one.short) for one in WINDOWS] == [
        (14.4, 60, 5), (6, 360, 30), (3, 1440, 120), (1, 4320, 360),
    ]  # fmt: skip


def test_the_budgets_are_what_the_objectives_leave() -> None:
    budgets = {
        rule["labels"]["slo"]: float(rule["expr"].removeprefix("vector(").removesuffix(")"))
        for group in GROUPS
        for rule in group["rules"]
        if rule.get("record") == "mainstay:slo_budget:ratio"
    }
    assert budgets == {slo: pytest.approx(1 - said / 100) for slo, said in OBJECTIVES.items()}


def _case(window: Window, times: float, *, minutes: int = 0, ended: bool = False) -> dict[str, Any]:
    """Nothing bad, then `times` as much as the window allows, for as long as it is, or so many minutes; and then, if
    `ended`, nothing bad for twice the longest short window of the same alert. Calls enough that single failures do not
    matter.
    """
    same = [one for one in WINDOWS if one.speed == window.speed]
    bad_for = (minutes or window.long) // window.step + 1
    quiet = max(one.long for one in same) // window.step
    rest = 2 * max(one.short for one in same) // window.step if ended else 0
    series = []
    for slo, objective in OBJECTIVES.items():
        share = (1 - objective / 100) * window.burn * times
        series += [
            {"series": f'mainstay:slo_all:rate5m{{slo="{slo}"}}', "values": f"10x{quiet + bad_for + rest}"},
            {
                "series": f'mainstay:slo_bad:rate5m{{slo="{slo}"}}',
                "values": f"0x{quiet} {10 * share:.9f}x{bad_for}" + (f" 0x{rest}" if rest else ""),
            },
        ]
    return {
        "interval": f"{window.step}m",
        "input_series": series,
        "alert_rule_test": [
            {
                "eval_time": f"{(quiet + bad_for + rest) * window.step}m",
                "alertname": f"Mainstay{NAMES[slo]}BudgetBurns{window.speed}",
                "exp_alerts": [],
            }
            for slo in OBJECTIVES
        ],
    }


def _fired(tmp_path: Path, case: dict[str, Any]) -> set[str]:
    """The alerts that fire, found by expecting none."""
    step = case["interval"]
    promises = [
        {**group, "interval": step, "rules": [_plain(rule) for rule in group["rules"]]}
        for group in GROUPS
        if group["name"] == "mainstay-slo"
    ]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": promises}))
    tests = {"rule_files": ["rules.yaml"], "evaluation_interval": step, "tests": [case]}
    (tmp_path / "tests.yaml").write_text(yaml.safe_dump(tests))
    done = subprocess.run(
        ["promtool", "test", "rules", "tests.yaml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    fired = set(re.findall(r'alertname="(\w+)"', said))
    assert (done.returncode == 0) == (not fired), said
    return fired


def _plain(rule: dict[str, Any]) -> dict[str, Any]:
    """Windows shorter than a sample's distance would see nothing, `for` would take another sample."""
    return {key: value for key, value in rule.items() if key not in {"for", "annotations"}}


@pytest.fixture(scope="module")
def promtool() -> None:
    leave_out(prometheus.missing())


@pytest.mark.usefixtures("promtool")
@pytest.mark.parametrize("window", WINDOWS, ids=lambda one: f"{one.burn}x over {one.long} min")
class TestEachWindow:
    def test_all_five_fire_when_their_budget_burns_a_fifth_faster(self, tmp_path: Path, window: Window) -> None:
        expected = {f"Mainstay{name}BudgetBurns{window.speed}" for name in NAMES.values()}
        assert _fired(tmp_path, _case(window, 1.2)) == expected

    def test_none_fires_when_it_burns_a_fifth_slower(self, tmp_path: Path, window: Window) -> None:
        assert _fired(tmp_path, _case(window, 0.8)) == set()

    def test_all_are_silent_again_soon_after_it_has_ended(self, tmp_path: Path, window: Window) -> None:
        assert _fired(tmp_path, _case(window, 1.2, ended=True)) == set()

    def test_a_blip_as_long_as_the_short_part_wakes_nobody(self, tmp_path: Path, window: Window) -> None:
        assert _fired(tmp_path, _case(window, 1.2, minutes=window.short)) == set()

    def test_half_of_its_long_part_wakes_nobody(self, tmp_path: Path, window: Window) -> None:
        assert _fired(tmp_path, _case(window, 1.2, minutes=window.long // 2)) == set()
