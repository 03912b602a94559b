"""Writes the dashboards anew; `tests/contract/test_dashboards.py` holds the files against their source."""

from __future__ import annotations

import json
from pathlib import Path

from tools.contract import ROOT
from tools.dashboards.grafana import Dashboard

ALL = tuple(Dashboard.read(path) for path in sorted(Path(__file__).parent.glob("*.toml")))
FOLDER = ROOT / "charts/mainstay/files/dashboards"


def written(dashboard: Dashboard) -> str:
    return json.dumps(dashboard.json(), ensure_ascii=False, indent=1) + "\n"


def path_of(dashboard: Dashboard) -> Path:
    return FOLDER / f"{dashboard.name}.json"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for dashboard in ALL:
        path_of(dashboard).write_text(written(dashboard))


if __name__ == "__main__":
    main()
