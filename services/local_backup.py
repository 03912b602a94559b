"""Backup and restore of the embedded run: `python -m services.local_backup take | check | restore | list | prune`.

The same commands as `python -m libs.kit.backup`, with the databases and the keyring of a data folder (`--data`, .data
when not said) and its `backups` where no other folder is named. `take` works while the platform runs and while it does
not; `restore` needs it stopped, and empties the databases and the bus first.
"""

from __future__ import annotations

import argparse
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
from services.local_secrets import LocalSecrets

_BUS = "bus"


@contextmanager
def _server(folder: Path, *, alone: bool) -> Iterator[PostgresServer]:
    """The folder's PostgreSQL: that of the running platform, or one of our own. Raises FolderTaken when `alone`."""
    server = PostgresServer(folder / "postgres")
    try:
        taken = DataFolder(folder).take()
    except FolderTaken:
        if alone:
            raise
        yield server
        return
    try:
        server.start()
        yield server
    finally:
        server.stop()
        taken.release()


def _settings(folder: Path, server: PostgresServer) -> BackupSettings:
    databases = ",".join(f"{name}={server.url(name)}" for name in services())
    return read(BackupSettings, backup_databases=databases, keyring=LocalSecrets.in_folder(folder).keyring)


def _run(folder: Path, command: str, rest: Sequence[str]) -> int:
    shelf = str(folder / "backups")
    with _server(folder, alone=command == "restore") as server:
        arguments = [command, *rest]
        if command == "take":
            arguments += [] if "--to" in rest else ["--to", shelf]
        elif not rest or rest[0].startswith("-"):
            arguments.insert(1, shelf)
        if command == "restore":
            server.ensure_databases([*services(), _BUS])
            arguments.append("--replace")
        status = backup(arguments, _settings(folder, server))
        if command == "restore" and not status:
            # What the bus had is of another time: it begins empty, and the services tell it again.
            server.psql(f"DROP DATABASE {_BUS} WITH (FORCE)")
        return status


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m services.local_backup", description="Backup of the embedded run.")
    parser.add_argument("--data", type=Path, default=Path(".data"), help="data folder of the embedded run")
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
