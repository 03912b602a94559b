"""Builds everything that comes from the contract into `gen/`: `python -m tools.protos`.

gen/contract.binpb   one descriptor set, ours with comments, foreign files marked as imports
gen/mainstay, gen/buf   Python messages with type stubs
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from google.api import annotations_pb2
from google.protobuf import descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2
from protovalidate._gen.buf.validate import validate_pb  # the only place that ships buf/validate's descriptor

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
GEN = ROOT / "gen"


def foreign() -> descriptor_pb2.FileDescriptorSet:
    """buf/validate and the well-known files it imports: no package ships them as `.proto` files."""
    found = descriptor_pb2.FileDescriptorSet()
    for module in (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2):
        found.file.add().ParseFromString(module.DESCRIPTOR.serialized_pb)
    found.file.add().ParseFromString(validate_pb.desc().proto.to_binary())
    return found


def protoc(*arguments: str, descriptors: Path) -> None:
    include = Path(annotations_pb2.__file__).parents[2]
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTOS}", f"-I{include}"]
    done = subprocess.run([*command, f"--descriptor_set_in={descriptors}", *arguments], check=False)
    if done.returncode:
        sys.exit(done.returncode)


def main() -> None:
    ours = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))
    with tempfile.TemporaryDirectory() as scratch:
        descriptors = Path(scratch) / "foreign.binpb"
        descriptors.write_bytes(foreign().SerializeToString())
        built = Path(scratch) / "gen"
        built.mkdir()
        protoc(
            "--include_imports", "--include_source_info", f"-o{built / 'contract.binpb'}", *ours, descriptors=descriptors
        )
        protoc(
            f"--python_out={built}", f"--pyi_out={built}", *ours, "buf/validate/validate.proto", descriptors=descriptors
        )
        shutil.rmtree(GEN, ignore_errors=True)
        shutil.move(built, GEN)


if __name__ == "__main__":
    main()
