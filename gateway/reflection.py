"""gRPC reflection at the edge: the contract as outsiders may know it.

Files are served without the methods between Mainstay's own processes, without services that have no others, and without
the messages only those use. A file that serves them alone, or nobody, is not there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool

from libs.kit.contract import DESCRIPTORS, Method


def public_pool(shown: Iterable[Method]) -> Any:
    """A descriptor pool with what the methods need, for the reflection service."""
    files = {file.name: file for file in FileDescriptorSet.FromString(DESCRIPTORS.read_bytes()).file}
    kept = _reduced(files, {method.name.replace("/", ".") for method in shown})
    pool: Any = DescriptorPool()
    added: set[str] = set()

    def add(name: str) -> None:
        if name in added:
            return
        added.add(name)
        for dependency in kept[name].dependency:
            add(dependency)
        pool.Add(kept[name])

    for name in kept:
        add(name)
    return pool


def _reduced(files: dict[str, FileDescriptorProto], methods: set[str]) -> dict[str, FileDescriptorProto]:
    """The files with only these methods (`package.Service.Method`), and the messages and enums they lead to."""
    types = {name: message for file in files.values() for name, message in _types(file)}
    needed: set[str] = set()
    for file in files.values():
        for service in file.service:
            for method in list(service.method):
                if f"{file.package}.{service.name}.{method.name}" in methods:
                    _follow(method.input_type, types, needed)
                    _follow(method.output_type, types, needed)
                else:
                    service.method.remove(method)
        _keep(file.service, lambda service: len(service.method) > 0)
    for file in files.values():
        if file.name.startswith("mainstay/") and not file.package.startswith("mainstay.contract."):
            _keep(file.message_type, lambda one, file=file: f".{file.package}.{one.name}" in needed)
            _keep(file.enum_type, lambda one, file=file: _shown_enum(f".{file.package}.{one.name}", needed))
    return _with_their_imports(files)


def _shown_enum(name: str, needed: set[str]) -> bool:
    # Reasons travel as text, so no field leads to them, and every caller wants to know them.
    return name in needed or name.endswith(".Reason")


def _with_their_imports(files: dict[str, FileDescriptorProto]) -> dict[str, FileDescriptorProto]:
    """Files that still say something, and whatever they import; imports of ours that say nothing any more are cut."""
    silent = {
        name
        for name, file in files.items()
        if name.startswith("mainstay/") and not (file.service or file.message_type or file.enum_type or file.extension)
    }
    for file in files.values():
        kept = [name for name in file.dependency if name not in silent]
        del file.dependency[:], file.public_dependency[:], file.weak_dependency[:]
        file.dependency.extend(kept)
    wanted = [name for name in files if name.startswith("mainstay/") and name not in silent]
    found: dict[str, FileDescriptorProto] = {}
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = files[name]
            wanted += files[name].dependency
    return found


def _types(file: FileDescriptorProto) -> Iterable[tuple[str, DescriptorProto | None]]:
    """Top-level types by full name with a leading dot; None for an enum."""
    for message in file.message_type:
        yield f".{file.package}.{message.name}", message
    for enum in file.enum_type:
        yield f".{file.package}.{enum.name}", None


def _follow(name: str, types: dict[str, DescriptorProto | None], needed: set[str]) -> None:
    """Adds a type, and all that its fields lead to. A nested type brings the one it stands in."""
    while name and name not in types:
        name = name.rpartition(".")[0]
    if not name or name in needed:
        return
    needed.add(name)
    waiting = [message] if (message := types[name]) is not None else []
    while waiting:
        message = waiting.pop()
        waiting += message.nested_type
        for field in message.field:
            if field.type_name:
                _follow(field.type_name, types, needed)


def _keep(listed: Any, wanted: Any) -> None:
    for one in [one for one in listed if not wanted(one)]:
        listed.remove(one)
