"""Judges the contract: `python -m tools.buf lint`, `breaking` or `publish`.

`breaking` compares with protos/published.binpb, the contract as integrators have it. `publish` writes that file
once both judgements pass; from then on only what is compatible with it is built into a release.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from google.protobuf import descriptor_pb2

from tools import contract, promises

BUF = Path(sys.executable).parent / "buf"
CONFIG = contract.ROOT / "buf.yaml"
PUBLISHED = contract.ROOT / "protos" / "published.binpb"


def buf(*arguments: str) -> bool:
    command = [str(BUF), *arguments, "--config", str(CONFIG)]
    return subprocess.run(command, check=False, cwd=contract.ROOT).returncode == 0


def lint(present: Path = contract.DESCRIPTORS) -> bool:
    passed = buf("lint", str(present))
    print("buf lint: the contract keeps the rules of buf.yaml" if passed else "buf lint: see above")
    return passed


def breaking(present: Path = contract.DESCRIPTORS, published: Path = PUBLISHED) -> bool:
    if not published.exists():
        print("buf breaking: no contract is published yet, so nothing can break")
        return True
    passed = buf("breaking", str(present), "--against", str(published))
    lost = promises.broken(contract.read(published.read_bytes()), contract.read(present.read_bytes()))
    for line in lost:
        print(line)
    kept = passed and not lost
    print("buf breaking: compatible with the published contract" if kept else "buf breaking: see above")
    return kept


def publish(present: Path = contract.DESCRIPTORS, published: Path = PUBLISHED) -> bool:
    if not (lint(present) and breaking(present, published)):
        print("buf publish: not published")
        return False
    whole = descriptor_pb2.FileDescriptorSet.FromString(present.read_bytes())
    for file in whole.file:
        file.ClearField("source_code_info")  # comments are no promise; without them it is a third of the size
    published.write_bytes(whole.SerializeToString(deterministic=True))
    print(f"buf publish: wrote {published.name}, {published.stat().st_size} bytes")
    return True


COMMANDS = {"lint": lint, "breaking": breaking, "publish": publish}


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        sys.exit(f"usage: python -m tools.buf {'|'.join(COMMANDS)}")
    if not contract.DESCRIPTORS.exists():
        sys.exit("gen/contract.binpb is missing: run `make protos` first")
    sys.exit(0 if COMMANDS[sys.argv[1]]() else 1)


if __name__ == "__main__":
    main()
