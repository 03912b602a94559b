"""What the dashboards ask Prometheus, without Grafana."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tools.dashboards.__main__ import FOLDER

_NAME = re.compile(r"\bmainstay[_:][\w:]*\w")


def queries(interval: str) -> Iterator[tuple[str, str]]:
    """Each query, with the panel it stands in: `events: Handled`. All installations are chosen."""
    for path in sorted(FOLDER.glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", ()):
                query = target["expr"].replace("$__rate_interval", interval).replace("$namespace", ".*")
                yield f"{path.stem}: {panel['title']}", query


def asked(query: str) -> set[str]:
    """Names of metrics of ours in a query."""
    return set(_NAME.findall(re.sub(r'"[^"]*"', '""', query)))
