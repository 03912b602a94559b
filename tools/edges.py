"""Writes charts/mainstay/files/edges.yaml: who calls whom, who reads and writes which topic. `python -m tools.edges`.

The chart makes its NetworkPolicies and its scaling by consumer lag of it, so that nobody keeps a second list by hand.
From where each is known:

- calls: the front door forwards to every context that has a method other systems may call. Beyond that, whoever holds
  another context's method by its full name in its source calls it; the kit's source counts for every service.
- reads, as a group: the subscriptions in a service's `service.py`, with the directory's. follows, each process by
  itself: the topics that the source gives to `bus.follow`.
- writes: the topics of the events that the source makes, and the dead letters of what is read.
- uses: which addresses the program's settings ask for.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml  # type: ignore[import-untyped]  # it ships none
from pydantic_settings import BaseSettings

from gateway.events import told
from gateway.settings import GatewaySettings
from libs.kit import contract
from libs.kit.app import Service
from libs.kit.bus import dead_letter_topic
from libs.kit.bus.kafka_admin import PARTITIONS
from tools import pages
from tools.contract import ROOT

FILE = ROOT / "charts" / "mainstay" / "files" / "edges.yaml"
# Follows what `told` names of the contract's topics.
TELLS = "gateway/events.py"
# A setting that holds an address, and what listens there.
PARTS = {
    "database_url": "postgres",
    "bus_url": "kafka",
    "keycloak_url": "keycloak",
    "issuer": "keycloak",
    "otlp_endpoint": "collector",
}
HEAD = (
    "# Written from the contract and the services' wiring by `python -m tools.edges`; a test fails when it is stale.\n"
)


@dataclass(frozen=True)
class Source:
    """The parsed modules of one program, by path."""

    modules: Mapping[str, ast.Module]

    @classmethod
    def of(cls, folder: Path, *, without: str = "-") -> Source:
        files = (one for one in sorted(folder.rglob("*.py")) if not one.is_relative_to(folder / without))
        return cls({str(one.relative_to(ROOT)): ast.parse(one.read_text(encoding="utf-8")) for one in files})

    def methods(self) -> Iterator[contract.Method]:
        """Methods that stand here by their full name."""
        texts = (node.value for _, node in self._nodes() if isinstance(node, ast.Constant))
        return (contract.methods()[text] for text in texts if isinstance(text, str) and text in contract.methods())

    def events(self) -> Iterator[contract.EventKind]:
        """Events that are made here."""
        by_class = {kind.name.rpartition(".")[2]: kind for kind in contract.events().values()}
        made = (_last(node.func) for _, node in self._nodes() if isinstance(node, ast.Call))
        return (by_class[name] for name in made if name in by_class)

    def followed(self) -> Iterator[str]:
        """Topics given to `bus.follow`. Raises LookupError for one that cannot be told from the module itself."""
        for path, node in self._nodes():
            if path == TELLS or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr == "follow" and _last(node.func.value).lstrip("_") == "bus":
                yield from _constants(path, self.modules[path], node.args[0])

    def _nodes(self) -> Iterator[tuple[str, ast.AST]]:
        return ((path, node) for path, module in self.modules.items() for node in _telling(module))


@cache
def _telling(module: ast.Module) -> tuple[ast.AST, ...]:
    """The nodes that may say something: a third of all. The kit's are looked at once for every service."""
    return tuple(node for node in ast.walk(module) if isinstance(node, ast.Call | ast.Constant))


def _last(node: ast.expr) -> str:
    """`follow` of `self.bus.follow`."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _constants(path: str, module: ast.Module, given: ast.expr) -> Iterator[str]:
    known = {
        _last(one.targets[0]): one.value.value
        for one in module.body
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Constant) and isinstance(one.value.value, str)
    }
    for one in given.elts if isinstance(given, ast.List) else [given]:
        topic = known.get(_last(one))
        if topic is None:
            msg = f"{path}, line {given.lineno}: which topics are followed here cannot be told"
            raise LookupError(msg)
        yield topic


@dataclass(frozen=True)
class Program:
    """A service, or the gateway: `service` is None."""

    name: str
    source: Source
    settings: type[BaseSettings]
    service: Service | None = None

    def calls(self) -> set[str]:
        found = {method.context for method in self.source.methods()}
        if self.service is None:
            found |= {method.context for method in contract.methods().values() if not method.access.workload}
        return found - {self.name}

    def reads(self) -> set[str]:
        events = self.service.subscriptions() if self.service else {}
        return {contract.events()[kind.DESCRIPTOR.full_name].topic for kind in events}

    def follows(self) -> set[str]:
        return {*self.source.followed(), *(told(contract.topics()) if self.service is None else [])}

    def writes(self) -> set[str]:
        return {kind.topic for kind in self.source.events()} | {dead_letter_topic(topic) for topic in self.reads()}

    def uses(self) -> set[str]:
        return {part for setting, part in PARTS.items() if setting in self.settings.model_fields}


@cache
def programs() -> tuple[Program, ...]:
    """Every service there is, and the gateway."""
    kit = Source.of(ROOT / "libs" / "kit")
    found = []
    for wiring in sorted((ROOT / "services").glob("*/service.py")):
        service: Service = importlib.import_module(f"services.{wiring.parent.name}.service").service
        own = Source.of(wiring.parent)
        found.append(Program(service.name, Source({**kit.modules, **own.modules}), service.settings, service))
    # The front door stands on parts of the kit: the feed, and not what a service's edge records.
    feed = Source.of(ROOT / "libs" / "kit" / "access")
    own = Source.of(ROOT / "gateway", without="development_issuer")
    return (*found, Program("gateway", Source({**feed.modules, **own.modules}), GatewaySettings))


def edges() -> dict[str, object]:
    """What the file holds."""
    of = {one.name: one for one in programs()}

    def each(what: Callable[[Program], Iterable[str]]) -> dict[str, list[str]]:
        return {name: sorted(what(program)) for name, program in sorted(of.items())}

    return {
        # Of every topic that is no state topic; a state topic has one.
        "partitions": PARTITIONS,
        "calls": each(Program.calls),
        "reads": each(Program.reads),
        "follows": each(Program.follows),
        "writes": each(Program.writes),
        "uses": each(Program.uses),
    }


def page() -> str:
    return HEAD + str(yaml.safe_dump(edges(), sort_keys=False, width=120))


def main() -> None:
    pages.write(FILE, page())


if __name__ == "__main__":
    main()
