"""Writes the SDK's typed surface from the contract: `gen/mainstay_surface`, a class per service, a function per method.

`libs/client` brings the rest by hand: tokens, retries, errors, pages. Called by `tools.protos`.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from tools.contract import Contract, Field, FieldProto, Message, Method, Service, context_of

_SCALARS = {
    FieldProto.TYPE_STRING: "str",
    FieldProto.TYPE_BYTES: "bytes",
    FieldProto.TYPE_BOOL: "bool",
    FieldProto.TYPE_FLOAT: "float",
    FieldProto.TYPE_DOUBLE: "float",
}
_HEAD = '''"""{about} Made from the contract by tools/contract_client.py; not to be changed by hand."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from mainstay_client.calls import Calls
from mainstay_client.pages import Pages
{imports}

'''


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def attribute(service: Service) -> str:
    """`people` for PeopleService; a service that lists things of its own name has their plural, `grants`."""
    name = service.name.rpartition(".")[2].removesuffix("Service")
    listed = any(method.short == f"List{name}s" for method in service.methods)
    return snake(name) + ("s" if listed else "")


def module_of(contract: Contract, name: str) -> str:
    """`people_pb2` for `mainstay.employees.v1.Employee`."""
    found = contract.messages.get(name) or contract.enums[name]
    return Path(found.file).stem + "_pb2"


class _Context:
    """One context's file."""

    def __init__(self, contract: Contract, name: str, services: list[Service]) -> None:
        self._contract = contract
        self.name = name
        self._services = services
        self._imports: set[str] = set()

    def write(self) -> str:
        body = "\n\n\n".join("\n".join(self._service(service)) for service in self._services)
        facade = [f"class {self.name.capitalize()}:", f'    """The {self.name} context."""', ""]
        facade.append("    def __init__(self, calls: Calls) -> None:")
        facade += [f"        self.{attribute(service)} = {_class(service)}(calls)" for service in self._services]
        imports = "\n".join(sorted(self._imports))
        head = _HEAD.format(about=f"The {self.name} context.", imports=imports)
        return "\n\n\n".join([head.rstrip(), body, "\n".join(facade)]) + "\n"

    def _service(self, service: Service) -> Iterator[str]:
        yield f"class {_class(service)}:"
        yield from _docstring(service.comment, 4)
        yield ""
        yield "    def __init__(self, calls: Calls) -> None:"
        yield "        self._calls = calls"
        for method in service.methods:
            if method.target != "workload":
                yield ""
                yield from self._method(method)

    def _method(self, method: Method) -> Iterator[str]:
        request, response = self._contract.messages[method.request], self._contract.messages[method.response]
        rows = _rows(request, response)
        fields = [field for field in request.fields if not (rows and field.short == "page_token")]
        answer = self._ref(method.response)
        yield f"    def {snake(method.short)}("
        yield "        self,"
        yield "        *,"
        yield from (f"        {field.short}: {self._input(field)} | None = None," for field in fields)
        yield "        timeout: float | None = None,"
        kind = f"Pages[{self._ref(rows.type_name)}, {answer}]" if rows else answer
        yield f"    ) -> {kind}:"
        yield from _docstring(method.comment, 8)
        given = "".join(f"\n            {field.short}={field.short}," for field in fields)
        yield f"        request = {self._ref(method.request)}({given + chr(10) + '        ' if given else ''})"
        again = method.reads_only or bool(request.find("idempotency_key"))
        call = f'"{method.name}", request, {answer}, again={again}, timeout=timeout'
        yield (
            f'        return Pages(self._calls, {call}, rows="{rows.short}")'
            if rows
            else f"        return self._calls.call({call})"
        )

    def _ref(self, name: str) -> str:
        package = ".".join(name.split(".")[:3])
        module = module_of(self._contract, name)
        alias = f"{context_of(name)}_{module}"
        self._imports.add(f"from {package} import {module} as {alias}")
        return f"{alias}.{name.rpartition('.')[2]}"

    def _input(self, field: Field) -> str:
        one = self._one(field)
        return f"Iterable[{one}]" if field.proto.label == FieldProto.LABEL_REPEATED else one

    def _one(self, field: Field) -> str:
        if field.type_name == "google.protobuf.Timestamp":
            return "datetime.datetime"
        if field.proto.type == FieldProto.TYPE_ENUM:
            return f"{self._ref(field.type_name)} | str"
        if field.type_name:
            return f"{self._ref(field.type_name)} | Mapping[str, Any]"
        return _SCALARS.get(field.proto.type, "int")


def _class(service: Service) -> str:
    return service.name.rpartition(".")[2]


def _rows(request: Message, response: Message) -> Field | None:
    """The field of a page's rows, None when the method has no pages."""
    if request.find("page_token") is None or response.find("next_page_token") is None:
        return None
    lists = [field for field in response.fields if field.proto.label == FieldProto.LABEL_REPEATED and field.type_name]
    return lists[0] if len(lists) == 1 else None


def _docstring(comment: str, indent: int) -> Iterator[str]:
    text = " ".join(comment.split()).replace("\\", "\\\\").replace('"""', "'''")
    lines = textwrap.wrap(text, 110 - indent) or ["As the contract says."]
    lines[0] = '"""' + lines[0]
    lines[-1] += '"""' if len(lines) == 1 else "\n" + " " * indent + '"""'
    yield from (" " * indent + line for line in lines)


def write(target: Path, contract: Contract) -> None:
    """Writes the package `mainstay_surface` into a folder."""
    package = target / "mainstay_surface"
    package.mkdir()
    (package / "py.typed").touch()
    open_to_all = [service for service in contract.services if any(m.target != "workload" for m in service.methods)]
    contexts: dict[str, list[Service]] = {}
    for service in open_to_all:
        contexts.setdefault(context_of(service.name), []).append(service)
    for name, services in contexts.items():
        (package / f"{name}.py").write_text(_Context(contract, name, services).write(), encoding="utf-8")
    lines = ['"""Every context of the contract. Made by tools/contract_client.py; not to be changed by hand."""', ""]
    lines += ["from __future__ import annotations", "", "from mainstay_client.calls import Calls"]
    lines += [f"from mainstay_surface.{name} import {name.capitalize()}" for name in sorted(contexts)]
    lines += ["", "", "class Surface:", '    """The contexts as attributes."""', ""]
    lines += ["    def __init__(self, calls: Calls) -> None:"]
    lines += [f"        self.{name} = {name.capitalize()}(calls)" for name in sorted(contexts)]
    (package / "__init__.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
