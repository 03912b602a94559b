"""Backup and restore of what runs here: `python -m services.local_backup take | check | restore | list | prune`.

The same commands as `python -m libs.kit.backup`, with the databases and the keyring of a data folder: the embedded
run's (`.data`), or the stack's (`--data .data/stack`). Backups lie in its `backups` where no other folder is named.
`take` works while the platform runs and while it does not; `restore` needs it stopped, and empties the databases and
the bus.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from libs.kit.backup.__main__ import main as backup
from libs.kit.backup.settings import BackupSettings
from libs.kit.migrate import services
from libs.kit.postgres import PostgresFailed, PostgresServer
from libs.kit.settings import read
from services.data_folder import DataFolder, FolderTaken

# The embedded run's bus is a database, the stack's a folder beside it.
_BUS, _KAFKA, _KEYCLOAK = "bus", "kafka", "keycloak"
_PORT_LINE = 3


@contextmanager
def _server(folder: Path, *, alone: bool) -> Iterator[PostgresServer]:
    """The folder's PostgreSQL: that of the running platform, or one of our own. Raises FolderTaken when `alone`."""
    try:
        taken = DataFolder(folder).take()
    except FolderTaken:
        if alone:
            raise
        yield PostgresServer(folder / "postgres", port=_port_of(folder / "postgres"))
        return
    server = PostgresServer(folder / "postgres")
    try:
        server.start()
        yield server
    finally:
        server.stop()
        taken.release()


def _port_of(folder: Path) -> int:
    """The port in the name of the running server's socket. Raises FileNotFoundError when it is not up."""
    return int((folder / "data" / "postmaster.pid").read_text().splitlines()[_PORT_LINE])


def _secrets(folder: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((folder / "secrets.json").read_text())
    return found


def _names(folder: Path) -> list[str]:
    """The databases of a data folder; the stack has Keycloak's too."""
    return [*services(), *([_KEYCLOAK] if "keycloak_admin" in _secrets(folder) else [])]


def _settings(folder: Path, server: PostgresServer) -> BackupSettings:
    databases = ",".join(f"{name}={server.url(name)}" for name in _names(folder))
    return read(BackupSettings, backup_databases=databases, keyring=_secrets(folder)["keyring"])


def _run(folder: Path, command: str, rest: Sequence[str]) -> int:
    shelf = str(folder / "backups")
    with _server(folder, alone=command == "restore") as server:
        arguments = [command, *rest]
        if command == "take":
            arguments += [] if "--to" in rest else ["--to", shelf]
        elif not rest or rest[0].startswith("-"):
            arguments.insert(1, shelf)
        if command != "restore":
            return backup(arguments, _settings(folder, server))
        server.ensure_databases(_names(folder))
        # The bus is ours alone, and emptied below.
        status = backup([*arguments, "--replace", "--keep-topics"], _settings(folder, server))
        if not status:
            # What the bus had is of another time: it begins empty, and the services tell it again.
            server.psql(f"DROP DATABASE IF EXISTS {_BUS} WITH (FORCE)")
            shutil.rmtree(folder / _KAFKA, ignore_errors=True)
        return status


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m services.local_backup", description="Backup on this machine.")
    parser.add_argument("--data", type=Path, default=Path(".data"), help="data folder of the embedded run or the stack")
    parser.add_argument("command", choices=["take", "check", "restore", "list", "prune"])
    given, rest = parser.parse_known_args()
    folder: Path = given.data.resolve()
    try:
        if not (folder / "secrets.json").exists():
            raise FileNotFoundError(f"{folder} is not a data folder of Mainstay")
        return _run(folder, given.command, rest)
    except (OSError, FolderTaken, PostgresFailed) as problem:
        print(f"refused: {problem}", file=sys.stderr)  # noqa: T201 - this is a command
        return 1


if __name__ == "__main__":
    sys.exit(main())
