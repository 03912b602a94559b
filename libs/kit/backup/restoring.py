"""Restores a backup into empty databases, each in one transaction: it has everything, counted, or nothing.

What the restored databases need to agree again, with nothing on the bus, is part of that transaction:

- Every fact the outbox still has (a week's) is published again; inboxes drop those their service has handled, and
  forget what they sent to dead-letter topics, which are empty now.
- Keys come from the newest keys archive. Who was erased since has no key there, but a tombstone.
- A row of `deadlines` tells the service that it was restored: it finishes erasures, lifts epochs and restates its
  state topics once it runs (`libs.kit.restate`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

import asyncpg

from libs.kit.backup.checking import Backup
from libs.kit.backup.manifest import BackupRefused, Part
from libs.kit.backup.programs import Programs, listening, settle
from libs.kit.backup.sealing import PIECE, opened
from libs.kit.backup.sources import KEY_COLUMNS
from libs.kit.backup.taking import Say
from libs.kit.bus import BusUnavailable
from libs.kit.migrate import migrate, services
from libs.kit.restate import RESTORED

_TABLES = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'"
# Of a role that the caller does not belong to, `backend_type` is not told; PostgreSQL's own have no role.
_OTHERS = """
SELECT coalesce(string_agg(DISTINCT coalesce(nullif(application_name, ''), usename, 'unnamed'), ', '), '')
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND usesysid IS NOT NULL
    AND coalesce(backend_type, 'client backend') = 'client backend'
"""
_COMMENT = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
_BEGIN = "\\set ON_ERROR_STOP on\n\\set SHOW_CONTEXT never\nSET client_min_messages = warning;\nBEGIN;\n"
# What the server says of a row it refuses quotes it, in its first line too: while rows come, only its code is told.
_ROWS_COME = "\\set VERBOSITY sqlstate\n"
_ROWS_ARE_IN = "\\set VERBOSITY terse\n"
_EMPTY = "DROP SCHEMA public CASCADE;\nCREATE SCHEMA public AUTHORIZATION pg_database_owner;\n"
# Written by pg_restore 17 and newer, unknown to older servers, and without effect here.
_TOO_NEW = b"SET transaction_timeout = 0;"
_PREAMBLE_BYTES = 4096
_COUNT = """
DO $count$ BEGIN IF (SELECT count(*) FROM public.{table}) <> {rows} THEN
RAISE EXCEPTION 'table % has not the rows of the backup', {name}; END IF; END $count$;
"""
# Longer than any event waits between being published and being forgotten by the outbox, with room for clocks.
_AGREE = """
SET search_path = public;
UPDATE outbox SET published_at = NULL WHERE published_at IS NOT NULL;
DELETE FROM inbox WHERE consumer LIKE '%.dead';
UPDATE inbox SET handled_at = greatest(handled_at, now())
    WHERE handled_at > timestamptz '{taken_at}' - interval '10 days';
UPDATE parked_keys SET events = 0;
DELETE FROM idempotency_keys
    WHERE subjects && (SELECT coalesce(array_agg(subject_id), '{{}}') FROM vault_keys WHERE destroyed_at IS NOT NULL);
INSERT INTO deadlines (deadline_id, kind, key, due_at, try_at)
    VALUES (gen_random_uuid(), '{kind}', '{backup_id}', '{taken_at}', '{taken_at}') ON CONFLICT DO NOTHING;
"""
_KEEP = "say --keep-topics (restore.keepTopics) if you know that they may stay"
# Topics that a refusal names; the others it counts.
_NAMED = 3
# Counts the records that each topic of the bus holds.
Held = Callable[[], Awaitable[Mapping[str, int]]]
_SIGN = "SELECT format('COMMENT ON DATABASE %I IS %L', current_database(), {comment}) \\gexec\n"


async def restore(
    backup: Backup,
    targets: Mapping[str, str],
    programs: Programs,
    say: Say,
    *,
    replace: bool = False,
    held: Held | None = None,
) -> None:
    """Restores a checked backup. `replace` empties the databases first, in the same transaction.

    Looks at all databases, and by `held` at the bus, before it touches one. Called again after a failure it goes on
    with those not yet restored. Raises BackupRefused or ProgramFailed.
    """
    parts = _parts(backup)
    if lacking := parts.keys() - targets.keys():
        raise BackupRefused(f"MAINSTAY_BACKUP_DATABASES names no database for {', '.join(sorted(lacking))}")
    signature = f"mainstay backup {backup.data.backup_id}, keys {backup.keys.backup_id}"
    todo = [
        name
        for name in parts
        if not await _is_done(name, targets[name], parts[name], say, None if replace else signature)
    ]
    if todo and held:
        await _require_empty(held)
    for name in todo:
        say(f"{name}: restoring {sum(parts[name].tables.values()):,} rows")
        await _Restoring(backup, programs, signature, replace).one(name, targets[name])
        if name in services():
            await migrate(name, targets[name])
        await _learn(targets[name])
        say(f"{name}: restored, counted and up to date")


def _parts(backup: Backup) -> dict[str, Part]:
    """What is restored from which dump; a database that is not ours is in the keys archive as a whole."""
    whole = {name: part for name, part in backup.keys.parts.items() if part.file.endswith(".dump")}
    return {**backup.data.parts, **whole}


async def _is_done(name: str, url: str, part: Part, say: Say, signature: str | None) -> bool:
    """Whether this very backup, by its signature, was restored here already; without one, it is to be replaced.

    One that was restored may be in use again: its owner came back before the others were done. Raises BackupRefused
    when it cannot be restored.
    """
    try:
        connection: Any = await asyncpg.connect(url, timeout=15)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise BackupRefused(f"{name}: its database does not answer ({type(error).__name__})") from None
    try:
        filled = await connection.fetchval(_TABLES)
        if signature and filled and await connection.fetchval(_COMMENT) == signature:
            say(f"{name}: restored from this backup before, left alone")
            return True
        if others := await connection.fetchval(_OTHERS):
            raise BackupRefused(f"{name} is in use by {others}: stop the stack first")
        if connection.get_server_version().major < part.server:
            raise BackupRefused(f"{name} comes from PostgreSQL {part.server}, this server is older")
        if signature and filled:
            raise BackupRefused(f"{name} is not empty; give it an empty database, or say --replace")
        return False
    finally:
        await connection.close()


async def _require_empty(held: Held) -> None:
    """Consumers would be told of what the backup does not know, and miss what it tells again at old offsets."""
    try:
        found = await held()
    except BusUnavailable as error:
        raise BackupRefused(f"the bus cannot be looked at ({error}): correct its address, or {_KEEP}") from None
    if found:
        names = [f"{records:,} in {name}" for name, records in found.items()]
        more = f" and {len(names) - _NAMED} topics more" if len(names) > _NAMED else ""
        raise BackupRefused(
            f"the bus is not empty: records of another time, {', '.join(names[:_NAMED])}{more}, would mix with what is"
            f" restored. Delete Mainstay's topics, or {_KEEP}"
        )


class _Restoring:
    def __init__(self, backup: Backup, programs: Programs, signature: str, replace: bool) -> None:
        self._backup = backup
        self._programs = programs
        self._signature = signature
        self._replace = replace

    async def one(self, name: str, url: str) -> None:
        """One database, in one transaction of one psql."""
        async with self._programs.running("psql", ["-X", "-q"], url, fed=True) as psql:
            said, answers = listening(psql), asyncio.create_task(_drain(psql.stdout))
            try:
                await _feed(psql, (_BEGIN + (_EMPTY if self._replace else "") + _ROWS_COME).encode())
                await self._feed_dump(psql, name)
                for piece in self._rest(name):
                    await _feed(psql, piece)
                await _feed(psql, b"COMMIT;\n")
                psql.stdin.close()  # type: ignore[union-attr]
            except (BrokenPipeError, ConnectionResetError):
                # It ended before it was told all; why, it says below.
                pass
            await settle("psql", psql, said)
            await answers

    async def _feed_dump(self, psql: Any, name: str) -> None:
        part = _parts(self._backup)[name]
        whole = name not in self._backup.data.parts
        folder, key = (
            (self._backup.keys_folder, self._backup.keys_key)
            if whole
            else (self._backup.data_folder, self._backup.data_key)
        )
        flags = ["--file=-", "--no-owner", "--no-privileges"]
        async with self._programs.running("pg_restore", flags, fed=True) as process:
            said = listening(process)
            feeding = asyncio.create_task(_feed_all(process, opened(folder / part.file, key)))
            try:
                await _pump(process.stdout, psql)
                await feeding
                await settle("pg_restore", process, said)
            finally:
                feeding.cancel()
                await asyncio.gather(feeding, said, return_exceptions=True)

    def _rest(self, name: str) -> Iterator[bytes]:
        """The SQL that follows a dump: its counts, and for one of ours the keys and what makes it agree again."""
        yield _ROWS_ARE_IN.encode()
        yield from _counts(_parts(self._backup)[name].tables)
        keys = self._backup.keys.parts[name]
        if name in self._backup.data.parts:
            yield f"{_ROWS_COME}COPY public.vault_keys ({KEY_COLUMNS}) FROM stdin;\n".encode()
            yield from opened(self._backup.keys_folder / keys.file, self._backup.keys_key)
            yield b"\\.\n" + _ROWS_ARE_IN.encode()
            yield from _counts(keys.tables)
            data = self._backup.data
            yield _AGREE.format(taken_at=data.taken_at.isoformat(), kind=RESTORED, backup_id=data.backup_id).encode()
        yield _SIGN.format(comment=_literal(self._signature)).encode()


def _counts(tables: Mapping[str, int]) -> Iterable[bytes]:
    for table, rows in tables.items():
        quoted = '"' + table.replace('"', '""') + '"'
        yield _COUNT.format(table=quoted, rows=rows, name=_literal(table)).encode()


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


async def _pump(source: Any, psql: Any) -> None:
    """Brings what pg_restore writes to psql, without the line that older servers do not know."""
    start = b""
    while len(start) < _PREAMBLE_BYTES and (piece := await source.read(PIECE)):
        start += piece
    await _feed(psql, start.replace(_TOO_NEW, b"", 1))
    while piece := await source.read(PIECE):
        await _feed(psql, piece)


async def _feed_all(process: Any, pieces: Iterable[bytes]) -> None:
    """Whatever stops it ends the program too, which would otherwise wait for more."""
    try:
        for piece in pieces:
            await _feed(process, piece)
        process.stdin.close()
    except BaseException:
        if process.returncode is None:
            process.kill()
        raise


async def _feed(process: Any, content: bytes) -> None:
    process.stdin.write(content)
    await process.stdin.drain()


async def _drain(stream: Any) -> None:
    while await stream.read(PIECE):
        pass


async def _learn(url: str) -> None:
    """Statistics, without which the first questions would be planned badly."""
    connection: Any = await asyncpg.connect(url, timeout=15)
    try:
        await connection.execute("ANALYZE", timeout=3600)
    finally:
        await connection.close()
