"""The rules for Prometheus that the chart installs: a file for each concern, read together."""

from __future__ import annotations

from typing import Any

import yaml  # type: ignore[import-untyped]  # it ships none

from tools.contract import ROOT

FILES = ROOT / "charts/mainstay/files"
# As Prometheus and promtool take it: a pattern of files.
RULES = FILES / "alerts/*.yaml"


def groups() -> list[dict[str, Any]]:
    """Every group of rules, in the order of the files."""
    read = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(RULES.parent.glob(RULES.name)))
    return [group for one in read for group in one["groups"]]


def rules() -> list[dict[str, Any]]:
    return [rule for group in groups() for rule in group["rules"]]
