"""Keycloak on a folder of ours: built once for our settings, started with the realm that `charts/mainstay/files` keeps.

For the stack and for tests: plain HTTP, on loopback only. What it stores lies in a PostgreSQL database.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from libs.kit.children import dying_with_parent, messages_to

ROOT = Path(__file__).parents[2]
REALM = "mainstay"
REALM_FILE = ROOT / "charts" / "mainstay" / "files" / "realm.json"
THEME_FOLDER = ROOT / "charts" / "mainstay" / "files" / "theme"

ADMIN_USERNAME = "KC_BOOTSTRAP_ADMIN_USERNAME"
ADMIN_PASSWORD = "KC_BOOTSTRAP_ADMIN_PASSWORD"  # noqa: S105 - the name of a variable
# One per client of the realm; the realm file names them as placeholders.
CLIENT_SECRETS: Mapping[str, str] = {
    "mainstay-portal": "MAINSTAY_PORTAL_SECRET",
    "mainstay-identity": "MAINSTAY_IDENTITY_SECRET",
    "erp": "MAINSTAY_ERP_SECRET",
    "warehouse": "MAINSTAY_WAREHOUSE_SECRET",
}
PUBLIC_URL = "MAINSTAY_PUBLIC_URL"
# Where Keycloak itself reaches the front door; the public address when nothing else is given.
BACK_CHANNEL_URL = "MAINSTAY_BACK_CHANNEL_URL"

_PLACEHOLDER = re.compile(r"\$\{(MAINSTAY_[A-Z_]+)\}")
BUILD = (
    "--db=postgres",
    "--health-enabled=true",
    "--metrics-enabled=true",
    # Nobody acts as somebody else, and no way in is open that nobody uses.
    "--features-disabled=ciba,device-flow,impersonation,kerberos,organization",
    # Without this the build waits for a D-Bus that a server does not have.
    "--spi-storage--sssd--enabled=false",
)
# The serial collector and the quick compiler start in half the time and keep to 350 MiB.
JAVA = (
    "-Xms64m -Xmx384m -XX:MaxMetaspaceSize=256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError "
    "-Dfile.encoding=UTF-8 -Dstdout.encoding=UTF-8 -Dstderr.encoding=UTF-8 -Djava.security.egd=file:/dev/urandom"
)
_BUILD_SECONDS = 180.0


class KeycloakFailed(Exception):
    """The server could not be built, configured or started; says where its log is."""


def make_secrets() -> dict[str, str]:
    """New values for everything that `KeycloakServer` wants to be told: the first administrator and each client."""
    made = {name: secrets.token_urlsafe(32) for name in (ADMIN_PASSWORD, *CLIENT_SECRETS.values())}
    return {ADMIN_USERNAME: "admin", **made}


class KeycloakServer:
    """One server on one folder and one database. Calls block: from a coroutine use `asyncio.to_thread`.

    `distribution` is Keycloak as published and stays untouched; what is built from it is kept beside it. `secrets` are
    environment variables as `make_secrets` names them; the realm is imported when the database does not have it yet,
    so a changed file needs an empty database; without a file nothing is imported. `dies_with_parent` (Linux) ends the
    server with the thread that started it; `options` are further arguments of `kc.sh start`.

    In an image: `home` is built there already and stays as it is, its `data` leading to a folder that can be written;
    `listen` and `address` say where it listens and how browsers reach it; `log` is the file of its messages.
    """

    def __init__(
        self,
        folder: Path,
        distribution: Path,
        *,
        port: int,
        management_port: int,
        database_url: str,
        secrets: Mapping[str, str],
        realm_file: Path | None = REALM_FILE,
        theme_folder: Path = THEME_FOLDER,
        public_url: str = "http://localhost:8080",
        dies_with_parent: bool = False,
        options: Sequence[str] = (),
        home: Path | None = None,
        listen: str = "127.0.0.1",
        address: str = "",
        log: Path | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.log = log or self.folder / "keycloak.log"
        self.address = address or f"http://localhost:{port}"
        self.port = port
        self.management_port = management_port
        self.secrets = dict(secrets)
        self.public_url = public_url.rstrip("/")
        self._distribution = distribution.resolve()
        self._database_url = database_url
        self._realm_file = realm_file
        self._theme_folder = theme_folder.resolve()
        self._dies_with_parent = dies_with_parent
        self._options = tuple(options)
        self._in_place = home is not None
        self._home = home or self.folder / "home"
        self._listen = listen
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def issuer(self) -> str:
        return f"{self.address}/realms/{REALM}"

    @property
    def pid(self) -> int | None:
        """Leader of the server's process group, None when it does not run."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def _pid_file(self) -> Path:
        return self.folder / "keycloak.pid"

    def start(self, timeout: float = 180) -> None:
        """Returns when the server is ready, in `timeout` seconds at most after what has to be built was built."""
        if self.pid is not None:
            return
        environment = self._environment()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._end_orphan()
        self._check_ports()
        if not self._in_place:
            self._build(environment)
            self._place_theme()
        self._place_realm()
        self._process = self._run(self._home, self._arguments(), environment)
        self._pid_file.write_text(str(self._process.pid))
        self._await_ready(time.monotonic() + timeout)

    def stop(self, timeout: float = 30) -> None:
        """Ends the server cleanly, with force after `timeout` seconds. Without effect when none runs.

        From another thread it ends a start under way, which raises then.
        """
        process = self._process
        if process is None:
            return
        _signal_group(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            _signal_group(process.pid, signal.SIGKILL)
            process.wait(10)
        self._forget()

    def kill(self) -> None:
        """What a crash does: ends at once. For fault tests."""
        if self._process is not None:
            self._signal(signal.SIGKILL)
            self._process.wait(10)
            self._forget()

    def ready(self) -> bool:
        """Whether the server says it takes requests. The main port opens before that."""
        try:
            answer = httpx.get(f"http://127.0.0.1:{self.management_port}/health/ready", timeout=2, trust_env=False)
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK

    # -- what it is started with

    def _environment(self) -> dict[str, str]:
        named = set(_PLACEHOLDER.findall(self._realm_file.read_text(encoding="utf-8"))) if self._realm_file else set()
        given = {BACK_CHANNEL_URL: self.public_url, **self.secrets, PUBLIC_URL: self.public_url}
        missing = sorted((named | {ADMIN_USERNAME, ADMIN_PASSWORD}) - given.keys())
        if missing:
            raise KeycloakFailed(f"no value for {', '.join(missing)}")
        # Keycloak puts them into the realm's JSON as they are.
        unfit = sorted(name for name in named if not set(given[name]).isdisjoint('"\\\n'))
        if unfit:
            raise KeycloakFailed(f"a quote, a backslash or a line break in {', '.join(unfit)}")
        parts = urlsplit(self._database_url)
        database = {
            "KC_DB_URL": f"jdbc:postgresql://{parts.hostname}:{parts.port or 5432}{parts.path}",
            "KC_DB_USERNAME": unquote(parts.username or ""),
            "KC_DB_PASSWORD": unquote(parts.password or ""),
        }
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "JAVA_HOME") if name in os.environ}
        return {**kept, **database, **given, "JAVA_OPTS": JAVA, "LC_ALL": "C.UTF-8"}

    def _arguments(self) -> list[str]:
        return [
            "start",
            "--optimized",
            *(["--import-realm"] if self._realm_file else []),
            "--cache=local",
            "--http-enabled=true",
            f"--http-host={self._listen}",
            f"--http-port={self.port}",
            f"--http-management-port={self.management_port}",
            f"--http-management-host={self._listen}",
            f"--hostname={self.address}",
            "--db-pool-max-size=20",
            *self._options,
        ]

    def _build(self, environment: Mapping[str, str]) -> None:
        """Makes a home of our own, from a copy of the distribution that is built once per version and settings."""
        built = self._distribution.with_name(f"keycloak-built-{built_digest(self._distribution)}")
        marker = self._home / "built"
        if marker.exists() and marker.read_text() == built.name:
            return
        if not built.exists():
            self._build_copy(built, environment)
        shutil.rmtree(self._home, ignore_errors=True)
        shutil.copytree(built, self._home, copy_function=_link)
        marker.write_text(built.name)

    def _build_copy(self, built: Path, environment: Mapping[str, str]) -> None:
        with tempfile.TemporaryDirectory(dir=built.parent, prefix="keycloak-building-") as made:
            home = Path(made) / "home"
            shutil.copytree(self._distribution, home)
            # Where `stop` finds it.
            process = self._process = self._run(home, ["build", *BUILD], environment)
            try:
                code = process.wait(_BUILD_SECONDS)
            except subprocess.TimeoutExpired:
                _signal_group(process.pid, signal.SIGKILL)
                raise KeycloakFailed(f"Keycloak was not built in time, see {self.log}") from None
            finally:
                self._process = None
            if code:
                raise KeycloakFailed(f"Keycloak could not be built, see {self.log}")
            try:
                home.rename(built)
            except OSError:
                # Another process was quicker, with the same result.
                if not built.exists():
                    raise

    def _place_realm(self) -> None:
        if self._realm_file:
            imported = self._home / "data" / "import"
            imported.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._realm_file, imported / f"{REALM}-realm.json")

    def _place_theme(self) -> None:
        themes = self._home / "themes"
        if themes.is_symlink():
            themes.unlink()
        else:
            shutil.rmtree(themes, ignore_errors=True)
        themes.symlink_to(self._theme_folder)
        # Compressed copies of a theme that may have changed since.
        shutil.rmtree(self._home / "data" / "tmp", ignore_errors=True)

    # -- its process

    def _run(self, home: Path, arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with messages_to(self.log) as log:
            return subprocess.Popen(
                [str(home / "bin" / "kc.sh"), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=home,
                env=dict(environment),
                # Ctrl-C in the terminal reaches us, and we stop the server after its clients.
                start_new_session=True,
                # `kc.sh` passes it on to Java.
                preexec_fn=dying_with_parent(signal.SIGTERM) if self._dies_with_parent else None,  # noqa: PLW1509
            )

    def _await_ready(self, deadline: float) -> None:
        while time.monotonic() < deadline:
            if self.pid is None:
                self._forget()
                raise KeycloakFailed(f"Keycloak ended while starting, see {self.log}")
            if self.ready():
                return
            time.sleep(0.1)
        self.kill()
        raise KeycloakFailed(f"Keycloak did not get ready in time, see {self.log}")

    def _signal(self, number: signal.Signals) -> None:
        """To the whole group: `kc.sh` starts Java beside itself."""
        if self._process is not None:
            _signal_group(self._process.pid, number)

    def _forget(self) -> None:
        self._process = None
        self._pid_file.unlink(missing_ok=True)

    def _end_orphan(self) -> None:
        """Ends the server of a launcher that was killed; it would hold the ports."""
        if not self._pid_file.exists():
            return
        group = int(self._pid_file.read_text() or 0)
        if group and _group_runs_in(group, self._home):
            _signal_group(group, signal.SIGKILL)
            time.sleep(0.5)
        self._pid_file.unlink()

    def _check_ports(self) -> None:
        # Else another server's management port would tell us that ours is ready.
        for port in (self.port, self.management_port):
            with socket.socket() as probe:
                # As Java does: a port that was just given up may be had at once.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    raise KeycloakFailed(f"port {port} is taken") from None


def built_digest(distribution: Path) -> str:
    """Names what is built from a distribution: its version and our settings."""
    version = (distribution / "version.txt").read_text(encoding="utf-8")
    return hashlib.sha256(" ".join((version, *BUILD)).encode()).hexdigest()[:12]


def _link(source: str, target: str) -> None:
    """Nothing writes to these files once they are built, so that homes share them where the disk lets them."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


def _group_runs_in(group: int, home: Path) -> bool:
    """Whether a process of the group has `home` on its command line; a number may belong to somebody else by now."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(entry.name)) == group and str(home) in (entry / "cmdline").read_text():
                return True
        except (ProcessLookupError, FileNotFoundError, PermissionError):
            continue
    return False
