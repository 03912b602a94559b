"""PostgreSQL's own programs: pg_dump, pg_restore and psql. Passwords are in their environment, not on their line."""

from __future__ import annotations

import asyncio
import os
import re
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from libs.kit.backup.secured import TlsRefused, secured

_ERROR_CHARACTERS = 600
# Of a server's message the lines that may quote a row, which may have line breaks of its own: all that follows goes.
_QUOTES_ROWS = re.compile(r"^(DETAIL|CONTEXT|QUERY|STATEMENT|HINT):", re.MULTILINE)


class ProgramFailed(Exception):
    """One of PostgreSQL's programs ended with an error. What it said is cut short, and quotes no row."""


class Programs:
    """Those in one folder, all of one version."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def major(self) -> int:
        """Their version. Raises ProgramFailed."""
        async with self.running("pg_dump", ["--version"]) as process:
            said, _ = await process.communicate()
        return int(said.decode().rpartition(" ")[2].partition(".")[0])

    @asynccontextmanager
    async def running(
        self, program: str, flags: Sequence[str], url: str = "", *, fed: bool = False
    ) -> AsyncIterator[Process]:
        """A program at work, ended with the context. Raises ProgramFailed when it or the server is not there."""
        async with AsyncExitStack() as way:
            try:
                near = await way.enter_async_context(secured(url)) if url else ""
            except (OSError, TlsRefused) as error:
                raise ProgramFailed(f"{program}: the database cannot be had: {error}") from None
            async with self._running(program, flags, near, fed=fed) as process:
                yield process

    @asynccontextmanager
    async def _running(self, program: str, flags: Sequence[str], url: str, *, fed: bool) -> AsyncIterator[Process]:
        address, password = without_password(url)
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "PGAPPNAME": "mainstay-backup", **password}
        try:
            process = await asyncio.create_subprocess_exec(
                str(self._folder / program),
                *flags,
                *(["--dbname", address] if address else []),
                stdin=PIPE if fed else asyncio.subprocess.DEVNULL,
                stdout=PIPE,
                stderr=PIPE,
                env=environment,
            )
        except OSError as error:
            raise ProgramFailed(f"{program} cannot be run: {error}") from None
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def settle(program: str, process: Process, said: asyncio.Task[bytes]) -> None:
    """Waits for a program's end. Raises ProgramFailed with what it said."""
    text = _QUOTES_ROWS.split((await said).decode(errors="replace"), maxsplit=1)[0]
    if await process.wait():
        raise ProgramFailed(f"{program} failed: {text.strip()[:_ERROR_CHARACTERS]}")


def listening(process: Process) -> asyncio.Task[bytes]:
    """Reads what a program complains of, so that it never waits for a reader."""
    if process.stderr is None:
        raise ProgramFailed("the program was started without an ear")
    return asyncio.create_task(process.stderr.read())


def without_password(url: str) -> tuple[str, dict[str, str]]:
    """The address for a program's line, which everybody on the machine can read; and its password as a variable."""
    parts = urlsplit(url)
    credentials, at, host = parts.netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    query = dict(parse_qsl(parts.query))
    asked = query.pop("password", "")
    password = unquote(password) or asked
    bare = parts._replace(netloc=f"{user}{at}{host}", query=urlencode(query, quote_via=quote))
    return urlunsplit(bare) if url else "", {"PGPASSWORD": password} if password else {}
