"""The embedded platform as a child process, to be measured from outside: own folder, own ports, no rate limits."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

from tests.support.browser_session import Session
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


class PlatformProcess:
    def __init__(self, folder: Path | None = None, **environment: str) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="mainstay-load-"))
        self._keep = folder is not None
        self.port, self.edge_port, self.issuer_port = free_port(), free_port(), free_port()
        self._environment = {
            **os.environ,
            "MAINSTAY_PORT": str(self.port),
            "MAINSTAY_EDGE_PORT": str(self.edge_port),
            "MAINSTAY_ISSUER_PORT": str(self.issuer_port),
            "MAINSTAY_ADMIN_PORT": str(free_port()),
            "MAINSTAY_DATA": str(self.folder),
            "MAINSTAY_SESSION_RATE": "1000000",
            "MAINSTAY_SERVICE_RATE": "1000000",
            **environment,
        }
        self.seconds = 0.0

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    async def __aenter__(self) -> Self:
        started = time.monotonic()
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services", cwd=ROOT, env=self._environment, stdout=asyncio.subprocess.PIPE
        )
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            text = line.decode()
            if re.search("ready after", text):
                break
            print("   ", text.rstrip(), flush=True)
        else:
            msg = "the platform did not start"
            raise RuntimeError(msg)
        self.seconds = time.monotonic() - started
        self._drain = asyncio.create_task(self._read_on())
        return self

    async def _read_on(self) -> None:
        assert self.process.stdout is not None
        async for _ in self.process.stdout:
            pass

    async def kill(self) -> None:
        """Ends the process as a crash would. Its PostgreSQL goes on: the next start on the folder takes it over."""
        self.process.kill()
        await self.process.wait()

    async def interrupt(self) -> int:
        """Ctrl-C. The exit code."""
        self.process.send_signal(signal.SIGINT)
        return await self.process.wait()

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            await self.interrupt()
        await self._drain
        if not self._keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    async def sign_in(self, name: str) -> Session:
        return await Session(self.address).sign_in(name)
