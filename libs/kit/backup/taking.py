"""Takes a backup of running databases, one after the other, each from its snapshot of the same moment."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from libs.kit.backup import notes
from libs.kit.backup.manifest import DATA, KEYS, BackupRefused, Manifest, Part, Signet
from libs.kit.backup.programs import Programs, listening, settle
from libs.kit.backup.sealing import PIECE, Sealer
from libs.kit.backup.settings import BackupSettings
from libs.kit.backup.shelf import Shelf, new_folder
from libs.kit.backup.sources import KEY_COLUMNS, Source, frozen
from libs.kit.clock import SystemClock
from libs.kit.migrate import services

# One thread of one core; gzip's first level halves the size at the speed of the disk.
_DUMP = ("--format=custom", "--compress=gzip:1", "--no-owner", "--no-privileges", "--no-password")
_KEY_TABLE = "vault_keys"
Say = Callable[[str], None]
Write = Callable[[Sealer], Awaitable[None]]


@dataclass(frozen=True)
class Taken:
    """What a backup came to; `data` is None when only the keys were asked for."""

    keys: Manifest
    data: Manifest | None
    seconds: float

    @property
    def size(self) -> int:
        return self.keys.size + (self.data.size if self.data else 0)


async def take(settings: BackupSettings, shelf: Shelf, say: Say, *, only_keys: bool = False) -> Taken:
    """Adds a backup to the shelf. Raises BackupRefused or ProgramFailed, and leaves nothing half done then.

    Few archives of keys are kept, so one that holds less than the newest is refused: it would push the good ones out.
    """
    began = time.monotonic()
    programs = Programs(settings.bin)
    async with frozen(settings.databases) as (sources, stood):
        await _require_version(programs, sources)
        signet = Signet(settings.ring)
        await _require_no_less(sources, signet, shelf)
        at = SystemClock().now()
        taking = _Taking(programs, signet, settings, sources, at, stood)
        say(f"{len(sources)} databases at one moment, relays paused for {stood * 1000:.0f} ms")
        with new_folder(shelf.keys, taking.backup_id) as folder:
            keys = await taking.keys(folder, say)
        data = None
        if not only_keys:
            with new_folder(shelf.data, taking.backup_id) as folder:
                data = await taking.data(folder, say)
    taken = Taken(keys, data, time.monotonic() - began)
    await notes.note(settings.databases, [keys] if data is None else [keys, data], say)
    say(f"backup {taking.backup_id}: {taken.size:,} bytes in {taken.seconds:.1f} s")
    return taken


@dataclass(frozen=True)
class _Taking:
    programs: Programs
    signet: Signet
    settings: BackupSettings
    sources: Mapping[str, Source]
    at: datetime
    stood: float

    @cached_property
    def backup_id(self) -> str:
        return f"{self.at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"

    async def keys(self, folder: Path, say: Say) -> Manifest:
        """Wrapped keys and tombstones of ours; databases that keep their secrets in clear as a whole."""
        key, sealed = self.signet.new_key(self.backup_id)
        parts, ring_keys = {}, set()
        for name, source in self.sources.items():
            if source.ours:
                ring_keys |= await source.ring_keys()
                counts = {_KEY_TABLE: await source.count(_KEY_TABLE)}
                parts[name] = await self._part(
                    folder, f"{name}.keys", key, _copying(source), source=source, counts=counts
                )
            else:
                parts[name] = await self._dump(folder, key, source, frozenset())
            say(f"  {name}: keys, {parts[name].size:,} bytes")
        return self._finish(folder, KEYS, sealed, parts, ring_keys=tuple(sorted(ring_keys)))

    async def data(self, folder: Path, say: Say) -> Manifest:
        key, sealed = self.signet.new_key(self.backup_id)
        parts = {}
        warnings: list[str] = []
        for name, source in self.sources.items():
            if source.ours:
                warnings += await source.warnings()
                without = self.settings.without(name) | {_KEY_TABLE}
                parts[name] = await self._dump(folder, key, source, without)
                say(f"  {name}: data, {sum(parts[name].tables.values()):,} rows, {parts[name].size:,} bytes")
        for warning in warnings:
            say(f"  look here: {warning}")
        return self._finish(folder, DATA, sealed, parts, warnings=tuple(warnings))

    async def _dump(self, folder: Path, key: bytes, source: Source, without: frozenset[str]) -> Part:
        counts = await source.counts(without)
        excluded = [f'--exclude-table-data=public."{table}"' for table in sorted(without)]
        flags = [*_DUMP, f"--snapshot={source.snapshot}", *excluded]

        async def dumped(sealer: Sealer) -> None:
            async with self.programs.running("pg_dump", flags, source.url) as process:
                said = listening(process)
                async for piece in _pieces(process.stdout):
                    sealer.write(piece)
                await settle("pg_dump", process, said)

        return await self._part(folder, f"{source.name}.dump", key, dumped, source=source, counts=counts)

    async def _part(
        self, folder: Path, name: str, key: bytes, write: Write, *, source: Source, counts: Mapping[str, int]
    ) -> Part:
        with os.fdopen(os.open(folder / name, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as file:
            sealer = Sealer(file, key, name)
            await write(sealer)
            sealer.finish()
            file.flush()
            os.fsync(file.fileno())
        return Part(name, sealer.sha256, sealer.size, source.server, await source.heads(), counts)

    def _finish(
        self,
        folder: Path,
        kind: str,
        sealed: bytes,
        parts: Mapping[str, Part],
        *,
        ring_keys: tuple[str, ...] = (),
        warnings: tuple[str, ...] = (),
    ) -> Manifest:
        manifest = Manifest(
            kind=kind,
            backup_id=self.backup_id,
            taken_at=self.at,
            sealed_key=sealed,
            parts=parts,
            ring_root=self.signet.root,
            ring_keys=ring_keys,
            fence_seconds=round(self.stood, 4),
            warnings=warnings,
        )
        self.signet.write(folder, manifest)
        return manifest


def _copying(source: Source) -> Write:
    async def copied(sealer: Sealer) -> None:
        async def out(piece: bytes) -> None:
            sealer.write(piece)

        query = f"SELECT {KEY_COLUMNS} FROM vault_keys ORDER BY subject_id"  # noqa: S608 - a constant
        await source.connection.copy_from_query(query, output=out)

    return copied


async def _pieces(stream: object) -> AsyncIterator[bytes]:
    read: Callable[[int], Awaitable[bytes]] = stream.read  # type: ignore[attr-defined]
    while piece := await read(PIECE):
        yield piece


async def _require_version(programs: Programs, sources: Mapping[str, Source]) -> None:
    """pg_dump reads servers of its own version and older ones."""
    mine = await programs.major()
    newer = [f"{source.name} ({source.server})" for source in sources.values() if source.server > mine]
    if newer:
        raise BackupRefused(
            f"pg_dump {mine} is older than the servers of {', '.join(newer)}: set MAINSTAY_POSTGRES_BIN"
        )


async def _require_no_less(sources: Mapping[str, Source], signet: Signet, shelf: Shelf) -> None:
    """Databases that are what they were: a person's row in `vault_keys` stays for good, as a tombstone in the end.

    Raises BackupRefused, and FileDamaged when the newest archive is not this ring's.
    """
    before = signet.read(newest).parts if (newest := next(iter(shelf.all(KEYS)), None)) else {}
    for name, source in sources.items():
        kept = before[name].tables.get(_KEY_TABLE) if name in before and before[name].heads else None
        if not source.ours:
            if name in services() or kept is not None:
                raise BackupRefused(
                    f"{name}: its database has no {_KEY_TABLE}: it is empty, or the address is another's"
                )
        elif name in before and kept is None:
            raise BackupRefused(f"{name}: was a database of somebody else's, and is one of Mainstay's: see its address")
        elif kept and (found := await source.count(_KEY_TABLE)) < kept:
            raise BackupRefused(
                f"{name}: its database has keys of {found} persons, and {newest} of {kept}: it was emptied, or the"
                " address is another's. If this is meant, give the archives of keys a new folder"
            )


def write_metrics(path: Path, taken: Taken) -> None:
    """For Prometheus' textfile collector, whole or not at all."""
    at = taken.keys.taken_at.timestamp()
    lines = []
    for kind, manifest in ((KEYS, taken.keys), (DATA, taken.data)):
        if manifest is not None:
            lines += [
                f'mainstay_backup_last_success_timestamp_seconds{{kind="{kind}"}} {at:.0f}',
                f'mainstay_backup_size_bytes{{kind="{kind}"}} {manifest.size}',
            ]
    helped = [
        "# HELP mainstay_backup_last_success_timestamp_seconds Instant that the last good backup shows",
        "# TYPE mainstay_backup_last_success_timestamp_seconds gauge",
        *[line for line in lines if "timestamp" in line],
        "# HELP mainstay_backup_size_bytes Size of the last good backup",
        "# TYPE mainstay_backup_size_bytes gauge",
        *[line for line in lines if "bytes" in line],
        "# HELP mainstay_backup_duration_seconds How long the last good backup took",
        "# TYPE mainstay_backup_duration_seconds gauge",
        f"mainstay_backup_duration_seconds {taken.seconds:.3f}",
    ]
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text("\n".join(helped) + "\n")
    fresh.rename(path)
