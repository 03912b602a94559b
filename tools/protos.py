"""Builds everything that comes from the contract into `gen/`: `python -m tools.protos`.

gen/contract.binpb   one descriptor set, ours with comments, foreign files marked as imports
gen/mainstay, gen/buf   Python messages with type stubs
gen/mainstay_surface   the SDK's typed methods
gen/ts   the same for the portal, with JSON types; left out until the portal's packages are installed
gen/stamp   what it was built from: nothing is done while that is unchanged

A contract that breaks a rule of `tools.contract_rules` is not built: the former `gen/` stays.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from google.api import annotations_pb2
from google.protobuf import descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2
from protovalidate._gen.buf.validate import validate_pb  # the only place that ships buf/validate's descriptor

from tools import contract, contract_client, contract_rules, node

ROOT = contract.ROOT
PROTOS = ROOT / "protos"
GEN = ROOT / "gen"
CACHE = ROOT / ".cache"
PLUGIN = ROOT / "gateway/portal/node_modules/@bufbuild/protoc-gen-es"

FOREIGN_IN_PYTHON = ("buf/validate/validate.proto",)
# google.protobuf's own types come with the portal's runtime, google.api's do not.
FOREIGN_IN_TYPESCRIPT = ("buf/validate/validate.proto", "google/api/annotations.proto", "google/api/http.proto")
PACKAGES = ("grpcio-tools", "protobuf", "protovalidate", "googleapis-common-protos")
# Field 8042 of buf's image format, `{is_import: true}`: buf then judges our files only.
IS_IMPORT = b"\xd2\xf6\x03\x02\x08\x01"


def foreign() -> descriptor_pb2.FileDescriptorSet:
    """buf/validate and the well-known files it imports: no package ships them as `.proto` files."""
    found = descriptor_pb2.FileDescriptorSet()
    for module in (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2):
        found.file.add().ParseFromString(module.DESCRIPTOR.serialized_pb)
    found.file.add().ParseFromString(validate_pb.desc().proto.to_binary())
    return found


def protoc(*arguments: str, roots: Sequence[Path] = (), path: str | None = None) -> None:
    """Runs the compiler over `roots`, our own protos when none are given. It says itself what is wrong with a file,
    and the process ends with it.
    """
    google = Path(annotations_pb2.__file__).parents[2]
    include = [f"-I{root}" for root in (*(roots or (PROTOS,)), google)]
    environment = {**os.environ, "PATH": path or os.environ.get("PATH", "")}
    with tempfile.NamedTemporaryFile(suffix=".binpb") as descriptors:
        descriptors.write(foreign().SerializeToString())
        descriptors.flush()
        command = [sys.executable, "-m", "grpc_tools.protoc", *include, f"--descriptor_set_in={descriptors.name}"]
        done = subprocess.run([*command, *arguments], check=False, env=environment)
    if done.returncode:
        sys.exit(done.returncode)


def descriptor_set(files: Sequence[str], roots: Sequence[Path] = ()) -> bytes:
    """The files with all they import, in one set: comments kept, foreign files marked."""
    with tempfile.NamedTemporaryFile(suffix=".binpb") as built:
        protoc("--include_imports", "--include_source_info", f"-o{built.name}", *files, roots=roots)
        whole = descriptor_pb2.FileDescriptorSet.FromString(Path(built.name).read_bytes())
    for file in whole.file:
        if not file.name.startswith(contract.OURS):
            file.MergeFromString(IS_IMPORT)
    return whole.SerializeToString()


def plugin_version() -> str:
    """Version of the portal's TypeScript plugin, empty while its packages are not installed."""
    described = PLUGIN / "package.json"
    return str(json.loads(described.read_bytes())["version"]) if described.exists() else ""


def fingerprint() -> str:
    """Changes with every input: the protos, the tools that read them, and this code."""
    seen = hashlib.sha256()
    for path in (*sorted(PROTOS.rglob("*.proto")), *sorted((ROOT / "tools").glob("*contract*.py")), Path(__file__)):
        seen.update(f"{path}\0".encode() + path.read_bytes() + b"\0")
    seen.update(" ".join([*(f"{name}={version(name)}" for name in PACKAGES), plugin_version()]).encode())
    return seen.hexdigest()


def write_python(target: Path, files: Sequence[str]) -> None:
    protoc(f"--python_out={target}", f"--pyi_out={target}", *files, *FOREIGN_IN_PYTHON)


def write_typescript(target: Path, files: Sequence[str]) -> None:
    target.mkdir()
    protoc(
        f"--plugin=protoc-gen-es={PLUGIN / 'bin/protoc-gen-es'}",
        f"--es_out={target}",
        "--es_opt=target=ts,json_types=true",
        *files,
        *FOREIGN_IN_TYPESCRIPT,
        path=f"{node.folder()}{os.pathsep}{os.environ.get('PATH', '')}",
    )


@contextmanager
def alone() -> Iterator[None]:
    """One build at a time: the others wait, then find nothing left to do."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "protos.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build(stamp: str) -> str:
    """Builds beside `gen/` and puts the result in its place; says what was built."""
    files = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))
    described = descriptor_set(files)
    read = contract.read(described)
    problems = contract_rules.broken(read)
    if problems:
        print("\n".join(map(str, problems)), file=sys.stderr)
        sys.exit(f"protos: {len(problems)} offenders in the contract; gen/ is as it was")
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        built = Path(scratch) / "gen"
        built.mkdir()
        (built / "contract.binpb").write_bytes(described)
        write_python(built, files)
        contract_client.write(built, read)
        if plugin_version():
            write_typescript(built / "ts", files)
        (built / "stamp").write_text(stamp)
        if GEN.exists():
            GEN.rename(Path(scratch) / "former")
        shutil.move(built, GEN)
    portal = "Python and TypeScript" if plugin_version() else "Python only: the portal's packages are not installed yet"
    return f"{len(files)} files, {len(list(read.methods))} methods, {len(list(read.events))} events; {portal}"


def main() -> None:
    with alone():
        stamp = fingerprint()
        written = GEN / "stamp"
        if written.exists() and written.read_text() == stamp:
            print("protos: gen/ is up to date")
            return
        print(f"protos: built gen/ from {build(stamp)}")


if __name__ == "__main__":
    main()
