"""Writes charts/mainstay/files/demo.json: who of the demo company signs in as what. `python -m tools.demo_access`.

The chart's demo Job gives it to `services.identity demo-access`, which may not know the demo company by itself.
"""

from __future__ import annotations

import json

from libs.kit.clock import SystemClock, today
from libs.kit.settings import KitSettings
from services.employees.demo import SIGN_INS, company
from tools.contract import ROOT

FILE = ROOT / "charts" / "mainstay" / "files" / "demo.json"


def rendered() -> str:
    people = company(today(SystemClock(), KitSettings.model_fields["time_zone"].default)).people
    access = {"people": [{"username": one.number, "role": one.role, "unit": one.unit} for one in SIGN_INS]}
    return json.dumps({"people": len(people), "access": access}, indent=2) + "\n"


def main() -> None:
    FILE.write_text(rendered())


if __name__ == "__main__":
    main()
