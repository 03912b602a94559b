"""Programs start others while calls are under way: gRPC has no part in a fork.

With its handlers of a fork, a quarter of the children started so ended with a segmentation fault.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import suppress

import pytest
from grpc import aio

from tools.contract import ROOT

CHILDREN = 60
CALLERS = 8
PROGRAMS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for folder in ("services", "gateway", "libs", "tools")
    for path in (ROOT / folder).rglob("__main__.py")
    if "node_modules" not in path.parts
)
# What gRPC's core reads is what stands there as it is loaded.
_LOAD = """
import importlib, os, sys

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "grpc":
            assert os.environ.get("GRPC_ENABLE_FORK_SUPPORT") == "0", "gRPC is loaded before libs.kit"

sys.meta_path.insert(0, Watch())
importlib.import_module({module!r})
"""


@pytest.mark.parametrize("module", [*PROGRAMS, "tests.load.platform_process", "tests.support.backups"])
def test_every_program_has_said_so_before_grpc_is_loaded(module: str) -> None:
    without = {name: said for name, said in os.environ.items() if name != "GRPC_ENABLE_FORK_SUPPORT"}
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", _LOAD.format(module=module)],
        cwd=ROOT,
        env={**without, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


async def test_children_begin_while_calls_are_under_way() -> None:
    server = aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:

        async def call() -> None:
            while True:
                with suppress(aio.AioRpcError):
                    await channel.unary_unary("/nobody/There")(b"")

        calls = [asyncio.create_task(call()) for _ in range(CALLERS)]
        # As the children of ours that end with us: with something to do before the other program.
        started = [
            await asyncio.to_thread(subprocess.run, ["true"], preexec_fn=os.getpid, capture_output=True, check=False)
            for _ in range(CHILDREN)
        ]
        for one in calls:
            one.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
    await server.stop(None)
    assert {(one.returncode, one.stderr) for one in started} == {(0, b"")}
