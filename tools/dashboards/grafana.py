"""The little of Grafana's dashboard JSON (schema 39, Grafana 11) that ours are made of.

In a query `@` stands for the installation that is chosen: `mainstay_ready{@}`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

WIDTH = 24
_HEIGHT = 8
_SOURCE = {"type": "prometheus", "uid": "${source}"}
_CHOSEN = 'namespace=~"$namespace"'


@dataclass(frozen=True)
class Panel:
    """`title` is in both languages. `queries` are PromQL by the legend of what they find; `unit` one of Grafana's: s,
    percentunit, reqps, short. `most` is drawn as a line that should not be crossed. A dashboard is 24 wide.
    """

    title: tuple[str, str]
    queries: dict[str, str]
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 8
    most: float | None = None
    about: str = ""


@dataclass(frozen=True)
class Row:
    title: tuple[str, str]
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Dashboard:
    """`name` is its file, and its address in Grafana."""

    name: str
    title: tuple[str, str]
    rows: tuple[Row, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """From the TOML it is written in. Raises TypeError for a word that no panel knows."""
        said = tomllib.loads(path.read_text())
        rows = tuple(
            Row(_both(row), tuple(Panel(**{**panel, "title": _both(panel)}) for panel in row["panel"]))
            for row in said["row"]
        )
        return cls(path.stem, _both(said), rows)

    def json(self) -> dict[str, Any]:
        return {
            "uid": f"mainstay-{self.name}",
            "title": f"Mainstay · {_shown(self.title)}",
            "tags": ["mainstay"],
            "schemaVersion": 39,
            "editable": False,
            "refresh": "30s",
            "time": {"from": "now-3h", "to": "now"},
            "timezone": "browser",
            "links": [_LINKS],
            "templating": {"list": [_SOURCES, _NAMESPACES]},
            "annotations": {"list": [_STARTS]},
            "panels": self._panels(),
        }

    def _panels(self) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = []
        y = 0
        for row in self.rows:
            place = {"x": 0, "y": y, "w": WIDTH, "h": 1}
            made.append(
                {"id": len(made) + 1, "type": "row", "title": _shown(row.title), "gridPos": place, "panels": []}
            )
            x, y = 0, y + 1
            for panel in row.panels:
                if x + panel.width > WIDTH:
                    x, y = 0, y + _HEIGHT
                made.append(_panel(panel, len(made) + 1, {"x": x, "y": y, "w": panel.width, "h": _HEIGHT}))
                x += panel.width
            y += _HEIGHT
        return made


_LINKS = {"type": "dashboards", "title": "Mainstay", "tags": ["mainstay"], "asDropdown": True, "keepTime": True}
_SOURCES = {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}
_NAMESPACES = {
    "name": "namespace",
    "type": "query",
    "label": "Namespace · 命名空间",
    "datasource": _SOURCE,
    "query": {"query": "label_values(mainstay_build_info, namespace)", "refId": "namespace"},
    "refresh": 2,
    # On one machine there is none.
    "includeAll": True,
    "allValue": ".*",
    "multi": True,
    "current": {"text": "All", "value": "$__all"},
}
_STARTS = {
    "name": "Processes that began · 进程启动",
    "datasource": _SOURCE,
    "enable": True,
    "iconColor": "blue",
    "expr": f'changes(process_start_time_seconds{{job="mainstay",{_CHOSEN}}}[2m]) > 0',
    "titleFormat": "{{instance}}",
}


def _panel(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": number,
        "type": panel.kind,
        "title": _shown(panel.title),
        "description": panel.about,
        "datasource": _SOURCE,
        "gridPos": place,
        "targets": [
            {"refId": chr(ord("A") + index), "datasource": _SOURCE, "expr": expression(query), "legendFormat": legend}
            for index, (legend, query) in enumerate(panel.queries.items())
        ],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
    }
    if panel.kind == "timeseries":
        made["options"] = {
            "legend": {
                "displayMode": "table",
                "placement": "bottom",
                "calcs": ["max", "lastNotNull"],
                "sortBy": "Max",
                "sortDesc": True,
            },
            "tooltip": {"mode": "multi", "sort": "desc"},
        }
    else:
        made["options"] = {
            "reduceOptions": {"calcs": ["lastNotNull"]},
            "colorMode": "background",
            "textMode": "value_and_name",
        }
    return made


def _defaults(panel: Panel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.most is not None:
        steps.append({"color": "red", "value": panel.most})
    found: dict[str, Any] = {"unit": panel.unit, "min": 0, "thresholds": {"mode": "absolute", "steps": steps}}
    if panel.kind == "timeseries":
        style = "line+area" if panel.most is not None else "off"
        found["custom"] = {"lineWidth": 1, "fillOpacity": 8, "showPoints": "never", "thresholdsStyle": {"mode": style}}
    return found


def _both(said: Mapping[str, Any]) -> tuple[str, str]:
    english, chinese = said["title"]
    return english, chinese


def _shown(title: tuple[str, str]) -> str:
    return " · ".join(title)


def expression(query: str) -> str:
    """The query with the installation that is chosen in it."""
    return query.replace("@", _CHOSEN)
