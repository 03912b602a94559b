"""The dashboards as pictures, without Grafana: `python -m tools.dashboards.pictures http://localhost:8088 FOLDER`.

Asks a Prometheus what each panel asks, over its last minutes, and draws it with the portal's ECharts in Chromium: for
looking at what a change makes of a dashboard. Fonts and legends are not Grafana's, places and queries are.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import sync_playwright

from tools.contract import ROOT
from tools.dashboards.__main__ import FOLDER

_ECHARTS = ROOT / "gateway/portal/node_modules/echarts/dist/echarts.min.js"
_SPAN_SECONDS = 600
_STEP_SECONDS = 5
_WIDTH, _CELL = 1600, 30
_DRAW = """
({panels, width, cell}) => {
  for (const panel of panels) {
    const box = document.body.appendChild(document.createElement("div"));
    const {x, y, w, h} = panel.place, unit = width / 24;
    Object.assign(box.style, {position: "absolute", left: `${x * unit}px`, top: `${y * cell}px`,
      width: `${w * unit - 6}px`, height: `${h * cell - 6}px`});
    if (!panel.series) { box.innerHTML = `<b style="font:bold 18px sans-serif">${panel.title}</b>`; continue; }
    echarts.init(box, null, {renderer: "svg"}).setOption({
      animation: false, title: {text: panel.title, subtext: panel.unit, textStyle: {fontSize: 13}},
      grid: {left: 60, right: 12, top: 48, bottom: 62}, legend: {type: "scroll", bottom: 0, textStyle: {fontSize: 10}},
      xAxis: {type: "time"}, yAxis: {type: "value", min: 0},
      series: panel.series.map(one => ({
        name: one.name, type: "line", showSymbol: one.points.length < 2, data: one.points,
        markLine: panel.most == null ? undefined :
          {silent: true, symbol: "none", lineStyle: {color: "red"}, data: [{yAxis: panel.most}]},
      })),
    });
  }
}
"""


def _asked(prometheus: str, query: str, legend: str) -> list[dict[str, Any]]:
    now = time.time()
    query = query.replace("$__rate_interval", "1m").replace("$namespace", ".*")
    params: dict[str, str | float] = {"query": query, "start": now - _SPAN_SECONDS, "end": now, "step": _STEP_SECONDS}
    answer = httpx.get(f"{prometheus}/api/v1/query_range", params=params, timeout=30, trust_env=False)
    return [
        {
            "name": _named(legend, found["metric"]),
            "points": [[at * 1000, float(value)] for at, value in found["values"] if value not in {"NaN", "+Inf"}],
        }
        for found in answer.raise_for_status().json()["data"]["result"]
    ]


def _named(legend: str, labels: dict[str, str]) -> str:
    return re.sub(r"{{(\w+)}}", lambda label: labels.get(label[1], ""), legend)


def panels_of(prometheus: str, path: Path) -> list[dict[str, Any]]:
    """What is to be drawn. Raises httpx.HTTPError."""
    drawn = []
    for panel in json.loads(path.read_text())["panels"]:
        one = {"title": panel["title"], "place": panel["gridPos"]}
        if panel["type"] != "row":
            defaults = panel["fieldConfig"]["defaults"]
            most = next((step["value"] for step in defaults["thresholds"]["steps"] if step["value"] is not None), None)
            series = [
                found
                for target in panel["targets"]
                for found in _asked(prometheus, target["expr"], target["legendFormat"])
            ]
            one |= {"unit": defaults["unit"], "most": most, "series": series}
        drawn.append(one)
    return drawn


def _chromium() -> str | None:
    """The machine's own; Playwright's where there is none."""
    return next((found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), None)


def main() -> None:
    prometheus, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        for path in sorted(FOLDER.glob("*.json")):
            panels = panels_of(prometheus, path)
            height = max(panel["place"]["y"] + panel["place"]["h"] for panel in panels) * _CELL
            page = browser.new_page(viewport={"width": _WIDTH, "height": height})
            page.add_script_tag(path=_ECHARTS)
            page.evaluate(_DRAW, {"panels": panels, "width": _WIDTH, "cell": _CELL})
            page.screenshot(path=folder / f"{path.stem}.png")
            empty = [panel["title"] for panel in panels if panel.get("series") == []]
            print(f"{path.stem}: {len(panels)} panels, nothing to draw in {', '.join(empty) or 'none'}")
        browser.close()


if __name__ == "__main__":
    main()
