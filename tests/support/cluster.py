"""A release of the chart in KUBECONFIG's cluster, driven by kubectl and Helm as an SRE types it.

The front door and Keycloak are reached through their Services, by ports of a node, at loopback addresses here: nothing
but TLS and loopback may carry a sign-in.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.company import eventually
from tests.support.lacking import leave_out
from tools import helm
from tools.stack.processes import ROOT

# Names a namespace whose release is used and kept; otherwise each run makes its own and takes it away.
NAMESPACE = "MAINSTAY_CLUSTER_NAMESPACE"
CHART = ROOT / "charts/mainstay"
PROFILE = CHART / "profiles/evaluation.yaml"
PROGRAMS = ("identity", "employees", "talent", "gateway")
_BY = "app.kubernetes.io/component"
_COMMAND_SECONDS = 900


class CommandFailed(Exception):
    """What was typed, and what it said."""


async def typed(*command: str, given: str = "", seconds: float = _COMMAND_SECONDS) -> str:
    """Runs a command and returns what it printed. Raises CommandFailed."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(seconds):
            said, wrong = await process.communicate(given.encode())
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise CommandFailed(f"{' '.join(command)}\n{said.decode()[-2000:]}\n{wrong.decode()[-2000:]}")
    return said.decode()


@cache
def missing() -> str:
    """Why there is no cluster to test on; nothing when there is."""
    if not os.environ.get("KUBECONFIG"):
        return "KUBECONFIG names no cluster: docs/guides/install.md says how to have one for trying things out"
    return "" if shutil.which("kubectl") else "there is no kubectl on the PATH"


def need_cluster() -> None:
    leave_out(missing())


@cache
def helm_program() -> str:
    return shutil.which("helm") or str(helm.program())


class Release:
    """A release called `name` of the chart in a folder."""

    def __init__(self, namespace: str, name: str = "mainstay", chart: Path = CHART) -> None:
        self.namespace = namespace
        self.name = name
        self._chart = str(chart)

    async def kubectl(self, *arguments: str, given: str = "") -> str:
        return await typed("kubectl", "-n", self.namespace, *arguments, given=given)

    async def helm(self, verb: str, *arguments: str) -> str:
        return await typed(helm_program(), "-n", self.namespace, verb, self.name, *arguments)

    async def install(self, *more: str) -> None:
        """Returns when everything is ready, and the demo company loaded where values want it."""
        await self.helm("install", self._chart, "-f", str(PROFILE), "--wait", "--timeout", "14m", *more)

    async def upgrade(self, *more: str, minutes: int = 10) -> None:
        await self.helm("upgrade", self._chart, "--reuse-values", "--wait", "--timeout", f"{minutes}m", *more)

    async def rollback(self) -> None:
        """To the release before."""
        await self.helm("rollback", "--wait", "--timeout", "10m")

    async def get(self, *what: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(await self.kubectl("get", *what, "-o", "json"))["items"]
        return found

    async def pods(self, component: str = "") -> list[dict[str, Any]]:
        """Pods of the release that nobody has told to end, of a component or all."""
        wanted = f"app.kubernetes.io/instance={self.name}" + (f",{_BY}={component}" if component else "")
        return [one for one in await self.get("pods", "-l", wanted) if "deletionTimestamp" not in one["metadata"]]

    async def serving(self) -> list[dict[str, Any]]:
        """Pods that are there for as long as the release is: of programs and parts, not of Jobs."""
        return [one for one in await self.pods() if _owner(one) in {"ReplicaSet", "StatefulSet"}]

    async def names(self, component: str) -> list[str]:
        return [one["metadata"]["name"] for one in await self.pods(component)]

    async def settled(self, component: str) -> None:
        """Returns when as many pods of a program as wanted are ready, and no other is left."""
        await self.kubectl("rollout", "status", f"deployment/{self.name}-{component}", "--timeout=5m")

        async def alone() -> bool:
            found = await self.get("pods", "-l", f"app.kubernetes.io/instance={self.name},{_BY}={component}")
            return all(ready(one) and "deletionTimestamp" not in one["metadata"] for one in found)

        await eventually(alone, seconds=180)

    async def rows(self, database: str, query: str, *values: str) -> list[dict[str, Any]]:
        """Asks a database inside, behind its owner's back. `values` for $1, $2, …"""
        for number, value in enumerate(values, 1):
            query = query.replace(f"${number}", "'" + value.replace("'", "''") + "'")
        asked = f"SELECT coalesce(json_agg(t), '[]') FROM ({query.strip()}) t"  # noqa: S608 - our own questions
        return json.loads(await self.psql(database, asked)) or []

    async def psql(self, database: str, statement: str) -> str:
        said = await self.kubectl(
            "exec", "-i", f"{self.name}-postgres-0", "--", "sh", "-c", _PSQL, database, given=statement
        )
        return said.strip()

    async def python(self, component: str, code: str, *arguments: str) -> str:
        """Runs Python in a pod of a program, told what the program is told."""
        where = f"deployment/{self.name}-{component}"
        return await self.kubectl("exec", where, "-c", "program", "--", "python", "-c", code, *arguments)

    async def metrics(self, pod: str) -> str:
        """What a pod says of itself, read inside it: nothing outside is let in there."""
        return await self.kubectl("exec", pod, "-c", "program", "--", "python", "-c", _METRICS)

    async def node_port(self, component: str, port: str) -> int:
        [service] = await self.get("services", "-l", f"app.kubernetes.io/instance={self.name},{_BY}={component}")
        return next(int(one["nodePort"]) for one in service["spec"]["ports"] if one["name"] == port)

    async def values(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            await typed(helm_program(), "-n", self.namespace, "get", "values", self.name, "-o", "json")
        )
        return found


# The parts' PostgreSQL lets its own user in at a socket beside the data, without a password.
_PSQL = """socket=$(find /data /tmp -name .s.PGSQL.5432 2>/dev/null | head -1)
exec "$(find /opt/mainstay -name psql -type f | head -1)" -h "$(dirname "$socket")" -U postgres -d "$0" -XAtq \\
  -v ON_ERROR_STOP=1 -f -"""
_METRICS = "import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:9090/metrics').read().decode())"


def _owner(pod: Mapping[str, Any]) -> str:
    return next((str(one["kind"]) for one in pod["metadata"].get("ownerReferences", [])), "")


def ready(pod: Mapping[str, Any]) -> bool:
    return any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions", []))


def restarts(pods: Sequence[Mapping[str, Any]]) -> int:
    return sum(box["restartCount"] for pod in pods for box in pod["status"].get("containerStatuses", []))


async def node_address() -> str:
    """An address of a node at which its ports are reached."""
    nodes = json.loads(await typed("kubectl", "get", "nodes", "-o", "json"))["items"]
    addresses = {one["type"]: one["address"] for one in nodes[0]["status"]["addresses"]}
    return str(addresses.get("ExternalIP") or addresses["InternalIP"])


@asynccontextmanager
async def door(port: int, target: Callable[[], tuple[str, int]]) -> AsyncIterator[None]:
    """Everything that comes to a port of loopback goes on to a port of a node, each connection to one of its own."""
    open_: set[asyncio.StreamWriter] = set()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = {writer}
        try:
            inner, outer = await asyncio.open_connection(*target())
            ends.add(outer)
            open_.update(ends)
            await asyncio.gather(_carry(reader, outer), _carry(inner, writer))
        except OSError:
            # Whoever is on the other side learns it by the end of the connection, as through any Service.
            writer.transport.abort()
        finally:
            open_.difference_update(ends)

    server = await asyncio.start_server(take, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        for end in open_:
            end.close()
        await asyncio.sleep(0)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    finally:
        writer.close()
