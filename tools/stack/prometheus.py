"""Prometheus beside the stack: Debian's package, scraping every admin port, with the chart's alert rules."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from libs.kit.children import dying_with_parent
from tools import debian

COMMANDS = ("prometheus", "promtool")
_SCRAPE = "5s"
_KEPT = "2d"
_START_SECONDS = 30.0
_LOG_LIMIT_BYTES = 10_000_000


class PrometheusFailed(Exception):
    """It did not come up; says where its log is."""


def missing() -> str:
    """Why there is no Prometheus to start; nothing when there is. Installs Debian's where that is possible."""
    for command in COMMANDS:
        why = debian.missing("Prometheus", (command,), ("prometheus",))
        if why:
            return why
    return ""


class PrometheusServer:
    """`targets` are processes by the name their figures carry, each an admin port: `{"identity": "127.0.0.1:8091"}`.

    `rules` is the path of a file, or a pattern of files. Figures are kept in `folder` for two days. Calls block.
    """

    def __init__(self, folder: Path, port: int, targets: Mapping[str, str], rules: Path) -> None:
        self.folder = folder
        self.port = port
        self.targets = dict(targets)
        self.rules = rules
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "prometheus.log"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Returns when it is ready. Raises PrometheusFailed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT_BYTES:
            self.log.unlink()
        configuration = self.folder / "prometheus.yml"
        # YAML holds all of JSON.
        configuration.write_text(json.dumps(self._configuration(), indent=2))
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(shutil.which("prometheus")),
                    f"--config.file={configuration}",
                    f"--storage.tsdb.path={self.folder / 'figures'}",
                    f"--storage.tsdb.retention.time={_KEPT}",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in the terminal reaches us, and we stop the parts in order.
                start_new_session=True,
                preexec_fn=dying_with_parent(signal.SIGTERM),  # noqa: PLW1509 - it takes no lock
            )
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise PrometheusFailed(f"Prometheus ended while starting, see {self.log}")
            if self.ready():
                return
            time.sleep(0.05)
        self.stop()
        raise PrometheusFailed(f"Prometheus did not get ready in time, see {self.log}")

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/-/ready", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self, patience: float = 10) -> None:
        """Asks it to end, and ends it after `patience` seconds."""
        if self._process is None or self.pid is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def ask(self, query: str) -> list[dict[str, Any]]:
        """What a PromQL question finds now: `[{"metric": {…}, "value": [time, "1"]}]`. Raises httpx.HTTPError."""
        answer = httpx.get(f"{self.url}/api/v1/query", params={"query": query}, timeout=10, trust_env=False)
        found: list[dict[str, Any]] = answer.raise_for_status().json()["data"]["result"]
        return found

    def alerts(self) -> dict[str, str]:
        """The rules' alerts by name: `inactive`, `pending` or `firing`. Raises httpx.HTTPError."""
        answer = httpx.get(f"{self.url}/api/v1/rules", params={"type": "alert"}, timeout=10, trust_env=False)
        groups = answer.raise_for_status().json()["data"]["groups"]
        return {rule["name"]: rule["state"] for group in groups for rule in group["rules"]}

    def _configuration(self) -> dict[str, Any]:
        return {
            "global": {"scrape_interval": _SCRAPE, "evaluation_interval": _SCRAPE},
            "rule_files": [str(self.rules.resolve())],
            "scrape_configs": [
                {
                    "job_name": "mainstay",
                    "static_configs": [
                        {"targets": [address], "labels": {"instance": name}} for name, address in self.targets.items()
                    ],
                }
            ],
        }
