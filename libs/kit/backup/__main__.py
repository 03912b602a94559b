"""python -m libs.kit.backup take --to FOLDER [--only-keys]        add a backup to a folder, while everything runs
python -m libs.kit.backup check FOLDER                              read every byte of one and say whether it is good
python -m libs.kit.backup restore FOLDER [--replace]                restore one into empty databases, the stack stopped
python -m libs.kit.backup list FOLDER                               what there is
python -m libs.kit.backup prune FOLDER --keep 14 --keep-keys 2      remove all but the newest

FOLDER is the one given to `take`, then the newest backup is meant, or `FOLDER/data/<id>`. A restore refuses a bus that
holds records, where one is named, unless it is told `--keep-topics`. Settings come from the environment:
MAINSTAY_BACKUP_DATABASES, MAINSTAY_KEYRING, MAINSTAY_BUS_URL; see docs/guides/backup.md. Ends with status 1, and a
sentence, when it was refused.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from libs.kit.backup.checking import Backup, check
from libs.kit.backup.manifest import DATA, KEYS, BackupRefused, Signet
from libs.kit.backup.programs import ProgramFailed, Programs
from libs.kit.backup.restoring import restore
from libs.kit.backup.sealing import FileDamaged
from libs.kit.backup.settings import BackupSettings
from libs.kit.backup.shelf import Shelf, shelf_of
from libs.kit.backup.taking import take, write_metrics
from libs.kit.bus.held import held
from libs.kit.settings import load

REFUSALS = (BackupRefused, FileDamaged, ProgramFailed, OSError)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - this is a command


def _take(settings: BackupSettings, given: argparse.Namespace) -> None:
    shelf = Shelf.at(given.to, given.keys or settings.backup_keys)
    taken = asyncio.run(take(settings, shelf, _say, only_keys=given.only_keys))
    write_metrics(settings.backup_metrics or given.to / "backup.prom", taken)


def _checked(settings: BackupSettings, given: argparse.Namespace) -> Backup:
    shelf, folder = shelf_of(given.folder, given.keys or settings.backup_keys)
    _say(f"checking {folder} with the keys in {shelf.newest(KEYS)}")
    backup = check(settings.ring, folder, shelf.newest(KEYS))
    rows = sum(sum(part.tables.values()) for part in backup.data.parts.values())
    _say(f"good: {rows:,} rows as of {backup.data.taken_at:%Y-%m-%d %H:%M:%S} UTC, keys as of {backup.keys.taken_at}")
    return backup


def _check(settings: BackupSettings, given: argparse.Namespace) -> None:
    _checked(settings, given)


def _restore(settings: BackupSettings, given: argparse.Namespace) -> None:
    began = time.monotonic()
    backup = _checked(settings, given)
    bus = partial(held, settings.bus_url, settings.bus_tls) if settings.bus_url and not given.keep_topics else None
    if not (bus or given.keep_topics):
        _say("MAINSTAY_BUS_URL names no bus to look at: see to it yourself that it is empty")
    asyncio.run(restore(backup, settings.databases, Programs(settings.bin), _say, replace=given.replace, held=bus))
    _say(f"restored in {time.monotonic() - began:.1f} s. Start the stack with an empty bus: its services do the rest.")


def _list(settings: BackupSettings, given: argparse.Namespace) -> None:
    shelf, signet = Shelf.at(given.folder, given.keys or settings.backup_keys), Signet(settings.ring)
    for kind in (DATA, KEYS):
        for folder in shelf.all(kind):
            try:
                manifest = signet.read(folder)
            except (FileDamaged, BackupRefused) as refusal:
                _say(f"{kind}  {folder.name}  refused: {refusal}")
            else:
                _say(f"{kind}  {folder.name}  {manifest.size:>14,} bytes  {', '.join(manifest.parts)}")


def _prune(settings: BackupSettings, given: argparse.Namespace) -> None:
    for path in Shelf.at(given.folder, given.keys or settings.backup_keys).prune(given.keep, given.keep_keys):
        _say(f"removed {path}")


_COMMANDS: Mapping[str, Callable[[BackupSettings, argparse.Namespace], None]] = {
    "take": _take,
    "check": _check,
    "restore": _restore,
    "list": _list,
    "prune": _prune,
}


def _at_least_one(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("the newest backup always stays")
    return count


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m libs.kit.backup", description="Backup and restore.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in _COMMANDS:
        command = commands.add_parser(name)
        command.add_argument("--keys", type=Path, help="folder of the keys archives, when it is elsewhere")
        if name == "take":
            command.add_argument("--to", type=Path, required=True, help="folder to add the backup to")
            command.add_argument("--only-keys", action="store_true", help="keys and tombstones alone: quick, for often")
        else:
            command.add_argument("folder", type=Path)
    commands.choices["restore"].add_argument("--replace", action="store_true", help="empty the databases first")
    commands.choices["restore"].add_argument(
        "--keep-topics", action="store_true", help="restore although the bus may hold records of another time"
    )
    commands.choices["prune"].add_argument("--keep", type=_at_least_one, default=14)
    commands.choices["prune"].add_argument("--keep-keys", type=_at_least_one, default=2)
    return parser


def main(arguments: list[str] | None = None, settings: BackupSettings | None = None) -> int:
    """The exit status. `settings` for callers that know the databases themselves."""
    given = _parser().parse_args(arguments)
    try:
        _COMMANDS[given.command](settings or load(BackupSettings), given)
    except REFUSALS as refusal:
        print(f"refused: {refusal}", file=sys.stderr)  # noqa: T201 - this is a command
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
