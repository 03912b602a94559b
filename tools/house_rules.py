"""The rules that keep the project a house, one function per rule, over parsed source.

Arrows point from business to kit, never back; a service knows no other service; pure rules do no I/O; time has a zone,
money is no float; a swallowed failure says why. ARCHITECTURE's words, as code that can fail.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

FOLDERS = ("libs", "services", "gateway", "tools")
CLOCK = "libs/kit/clock.py"
COMPOSITION_ROOT = "services/__main__.py"
SERVES_IO = ("sqlalchemy", "asyncpg", "grpc", "httpx", "aiokafka", "libs.kit.database")
MONEY = frozenset({"amount", "pay", "salary", "money", "wage", "bonus", "price"})
SQL_VERB = re.compile(r"\b(?:select|insert|update|delete|truncate|copy|lock|alter|create|drop)\b", re.IGNORECASE)
SQL_TABLE = re.compile(r'\b(?:from|join|into|update|table)\s+"?(?:public\.)?([a-z_][a-z0-9_]*)', re.IGNORECASE)


@dataclass(frozen=True)
class Module:
    """One source file; `path` is relative to the project, with slashes."""

    path: str
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source, self.path)

    @cached_property
    def lines(self) -> list[str]:
        return self.source.splitlines()

    @property
    def package(self) -> list[str]:
        return list(PurePosixPath(self.path).parent.parts)

    @property
    def owner(self) -> str:
        """What it belongs to: `services.talent`, `gateway`, `libs.kit`; empty for the composition root."""
        parts = self.package
        if parts[0] in {"services", "libs"}:
            return ".".join(parts[:2]) if len(parts) > 1 else ""
        return parts[0]

    @cached_property
    def imports(self) -> list[tuple[int, str]]:
        """Line and dotted name of everything it imports, whether at the top, inside a function or by name."""
        return [found for node in ast.walk(self.tree) for found in self._imported(node)]

    def _imported(self, node: ast.AST) -> Iterator[tuple[int, str]]:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = self.package[: len(self.package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and called(node).endswith("import_module"):
            yield from ((node.lineno, name) for name in _words(node.args[:1]))

    @property
    def is_pure(self) -> bool:
        return PurePosixPath(self.path).name == "rules.py" or (ast.get_docstring(self.tree) or "").startswith("Pure:")


@dataclass(frozen=True)
class House:
    modules: Sequence[Module]

    @cached_property
    def tables(self) -> dict[str, set[str]]:
        """Every table's name, with who declares one of that name."""
        found: dict[str, set[str]] = defaultdict(set)
        for module in self.modules:
            for name in declared_tables(module):
                found[name].add(module.owner)
        return dict(found)


@dataclass(frozen=True)
class Offence:
    path: str
    line: int
    wrong: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.wrong}"


Rule = Callable[[Module, House], Iterator[Offence]]


def called(call: ast.Call) -> str:
    """Dotted name of what is called, empty when it has none."""
    return dotted(call.func)


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr}" if base else node.attr
    return ""


def _words(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """Those of the nodes that are text written out."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def is_below(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def declared_tables(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and called(node).rpartition(".")[2] == "Table":
            yield from _words(node.args[:1])
        if isinstance(node, ast.Assign) and "__tablename__" in map(dotted, node.targets):
            yield from _words([node.value])


def _no_import_of(module: Module, packages: Sequence[str], why: str) -> Iterator[Offence]:
    for line, name in module.imports:
        if any(is_below(name, package) for package in packages):
            yield Offence(module.path, line, f"imports {name}: {why}")


def kit_knows_no_business(module: Module, _: House) -> Iterator[Offence]:
    if module.owner == "libs.kit":
        above = ("services", "gateway", "tools", "libs.client")
        yield from _no_import_of(module, above, "the kit is what the others stand on and knows none of them")


def client_stands_alone(module: Module, _: House) -> Iterator[Offence]:
    if module.owner == "libs.client":
        inside = ("services", "gateway", "tools", "libs.kit")
        yield from _no_import_of(module, inside, "integrators install the client without the rest")


def service_knows_no_other(module: Module, _: House) -> Iterator[Offence]:
    if not module.owner.startswith("services."):
        return
    why = "a service knows the others by their contracts only"
    for line, name in module.imports:
        if is_below(name, "services") and not is_below(name, module.owner):
            yield Offence(module.path, line, f"imports {name}: {why}")
    yield from _no_import_of(module, ("gateway", "tools"), why)


def gateway_knows_no_service(module: Module, _: House) -> Iterator[Offence]:
    if module.owner == "gateway":
        yield from _no_import_of(module, ("services", "tools"), "the front door knows contracts, not services")


def only_the_composition_root_knows_services(module: Module, house: House) -> Iterator[Offence]:
    """Files beside the services may help the composition root; they know no service."""
    if module.owner == "" and module.path != COMPOSITION_ROOT:
        services = sorted({one.owner for one in house.modules if one.owner.startswith("services.")})
        yield from _no_import_of(module, services, f"only {COMPOSITION_ROOT} knows the services")


def pure_rules_do_no_io(module: Module, _: House) -> Iterator[Offence]:
    if module.is_pure:
        yield from _no_import_of(module, SERVES_IO, "a pure module does no I/O")


def time_has_a_zone(module: Module, _: House) -> Iterator[Offence]:
    if module.path == CLOCK:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and _is_naive(node):
            yield Offence(module.path, node.lineno, f"{called(node)}() has no zone: ask the clock ({CLOCK})")


def _is_naive(call: ast.Call) -> bool:
    of, _, name = called(call).rpartition(".")
    if of.rpartition(".")[2] not in {"datetime", "date"}:
        return False
    zoned = any(keyword.arg in {"tz", None} for keyword in call.keywords)
    if name in {"utcnow", "today", "utcfromtimestamp"}:
        return True
    if name == "now":
        return not call.args and not zoned
    return name == "fromtimestamp" and len(call.args) < 2 and not zoned


def money_is_no_float(module: Module, _: House) -> Iterator[Offence]:
    for node in ast.walk(module.tree):
        for name in _float_names(node):
            if MONEY & set(name.lower().split("_")):
                wrong = f"{name} is money as a float: use Decimal, with its currency"
                yield Offence(module.path, getattr(node, "lineno", 1), wrong)


def _float_names(node: ast.AST) -> Iterator[str]:
    """Names that a statement makes a float: by annotation, by conversion, as a column."""
    if isinstance(node, ast.AnnAssign) and _mentions_float(node.annotation):
        yield dotted(node.target).rpartition(".")[2]
    elif isinstance(node, ast.arg) and _mentions_float(node.annotation):
        yield node.arg
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _mentions_float(node.returns):
        yield node.name
    elif isinstance(node, ast.Call) and called(node) == "float" and node.args:
        yield dotted(node.args[0]).rpartition(".")[2]
    elif isinstance(node, ast.Call) and called(node).rpartition(".")[2] in {"Column", "mapped_column"}:
        yield from _words(node.args[:1]) if any(map(_mentions_float, node.args[1:])) else ()


def _mentions_float(annotation: ast.AST | None) -> bool:
    names = {dotted(node).rpartition(".")[2].lower() for node in ast.walk(annotation)} if annotation else set()
    return not names.isdisjoint({"float", "double", "real"})


def tables_are_the_owners_own(module: Module, house: House) -> Iterator[Offence]:
    """SQL in words may name tables of its own service and of the kit, which every database has."""
    if module.owner in {"", "tools"}:
        return
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or not SQL_VERB.search(node.value):
            continue
        for name in SQL_TABLE.findall(node.value):
            owners = house.tables.get(name.lower(), set())
            if owners and owners.isdisjoint({module.owner, "libs.kit"}):
                wrong = f"reads or writes `{name}`, a table of {', '.join(sorted(owners))}"
                yield Offence(module.path, node.lineno, wrong)


def broad_excepts_say_why(module: Module, _: House) -> Iterator[Offence]:
    """Who catches everything can hide anything: the line says why, unless it ends by raising. A `noqa` says nothing."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.ExceptHandler) or isinstance(node.body[-1], ast.Raise):
            continue
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        broad = any(one is None or dotted(one).rpartition(".")[2] in {"Exception", "BaseException"} for one in caught)
        comment = module.lines[node.lineno - 1].partition("#")[2]
        reason = re.sub(r"(?:noqa|type: ignore|pragma)[^-–—#]*", "", comment)
        if broad and not re.search(r"\w{2,}\W+\w{2,}", reason):
            yield Offence(module.path, node.lineno, "catches everything without saying why on its line")


RULES: tuple[Rule, ...] = (
    kit_knows_no_business,
    client_stands_alone,
    service_knows_no_other,
    gateway_knows_no_service,
    only_the_composition_root_knows_services,
    pure_rules_do_no_io,
    time_has_a_zone,
    money_is_no_float,
    tables_are_the_owners_own,
    broad_excepts_say_why,
)


def offences(rule: Rule, house: House) -> list[Offence]:
    return [offence for module in house.modules for offence in rule(module, house)]


def read(root: Path) -> House:
    """Every Python file of ours under `root`."""
    paths = sorted(path for folder in FOLDERS for path in (root / folder).rglob("*.py"))
    ours = [path for path in paths if "node_modules" not in path.parts]
    return House([Module(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")) for path in ours])
