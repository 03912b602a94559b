"""Personal values of nobody in the world, and a witness that finds them wherever they came out."""

from __future__ import annotations

import base64
import io
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import generate_latest

from libs.kit import telemetry
from tests.support.browser_session import Session
from tests.support.platform import EmbeddedCompany

PERSONAL = ("name", "nameEn", "workMail")
SENSITIVE = ("mobile", "nationalId", "birthDate", "homeAddress")
# What all marked values of a field have in common.
COMMON = {
    "name": "鹮",
    "nameEn": "Zquill Xanthork",
    "workMail": "xqj@kanarienvogel.example",
    "mobile": "1357731",
    "nationalId": "0823773",
    "birthDate": "-08-23",
    "homeAddress": "鹮鹮镇琥珀巷",
}


_people = count(1)


def marked() -> dict[str, str]:
    """Personal values of somebody who is like nobody else in the world."""
    one = next(_people)
    digits = f"110101{1920 + one}0823773"
    check = "10X98765432"[sum(int(digit) * (2 ** (17 - at) % 11) for at, digit in enumerate(digits)) % 11]
    return {
        "name": f"鹮{chr(0x9F90 + one)}{chr(0x9E80 + one)}",
        "nameEn": f"Zquill Xanthork{chr(0x60 + one)}vy",
        "workMail": f"zquill.{one:02}xqj@kanarienvogel.example",
        "mobile": f"1357731{one:04}",
        "nationalId": digits + check,
        "birthDate": f"{1920 + one}-08-23",
        "homeAddress": f"鹮鹮镇琥珀巷七百七十{one}号",
    }


@cache
def forms(value: str) -> set[bytes]:
    """The ways a text may stand in something."""
    raw = value.encode()
    # The part of the base64 that does not depend on what stands around it, for each of the three alignments.
    encoded = {
        base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 : (len(raw) + shift) // 3 * 4] for shift in range(3)
    }
    escaped = {repr(raw)[2:-1], "".join(chr(one) if one < 128 else f"\\{one:03o}" for one in raw)}
    return {
        raw,
        json.dumps(value)[1:-1].encode(),
        *(text.encode() for text in escaped),
        *(json.dumps(text)[1:-1].encode() for text in escaped),
        quote(value).encode(),
        raw.hex().encode(),
        value.encode("gb18030"),
        *encoded,
        *(text.replace(b"+", b"-").replace(b"/", b"_") for text in encoded),
    }


@dataclass
class Witness:
    """Everything that came out, by where it came out."""

    people: list[dict[str, str]] = field(default_factory=list)
    logs: io.StringIO = field(default_factory=io.StringIO)
    lines: logging.StreamHandler[io.StringIO] = field(default_factory=lambda: logging.StreamHandler(io.StringIO()))
    spans: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)
    metrics: bytes = b""
    answers: list[tuple[str, bytes]] = field(default_factory=list)
    problems: list[tuple[str, bytes]] = field(default_factory=list)

    def somebody(self) -> dict[str, str]:
        self.people.append(marked())
        return self.people[-1]

    def heard(self, session: Session) -> Session:
        """The session, with every answer kept."""

        async def keep(response: Any) -> None:
            await response.aread()
            kept = self.answers if response.is_success else self.problems
            kept.append((f"{response.request.method} {response.request.url.path}", response.content))

        session.client.event_hooks["response"].append(keep)
        return session

    async def leaks(self, embedded: EmbeddedCompany) -> list[str]:
        """Where a marked value stands that may not stand there."""
        telemetry._State.tracer.span_processor.force_flush()  # type: ignore[union-attr]
        assert self.spans.get_finished_spans()
        assert self.answers
        assert self.problems
        places = [
            ("logs", self.logs.getvalue().encode()),
            ("standard logging", self.lines.stream.getvalue().encode()),
            ("metrics", self.metrics or generate_latest()),
            ("spans", "\n".join(span.to_json() for span in self.spans.get_finished_spans()).encode()),
            *[(f"problem of {name}", _without_names(body)) for name, body in self.problems],
            *[place async for place in tables(embedded)],
            *files(embedded.platform.settings.data),
        ]
        found = [
            f"{name} in {place}" for place, content in places for name in self.told(content, *PERSONAL, *SENSITIVE)
        ]
        found += [
            f"{name} in the answer of {call}"
            for call, content in self.answers
            if not call.endswith(":reveal")
            for name in self.told(content, *SENSITIVE)
        ]
        return sorted(set(found))

    def told(self, content: bytes, *names: str) -> Iterator[str]:
        """Which of the marked values some content tells. What a field's values have in common is looked for first."""
        for name in names:
            if any(way in content for way in forms(COMMON[name])):
                yield from (name for person in self.people if any(way in content for way in forms(person[name])))


def _without_names(problem: bytes) -> bytes:
    """A problem without the names of its fields: a name that nobody knows is given back to who made it up."""
    body = json.loads(problem)
    for one in body.get("fields", []):
        del one["field"]
    return json.dumps(body, ensure_ascii=False).encode()


async def tables(embedded: EmbeddedCompany) -> AsyncIterator[tuple[str, bytes]]:
    """Every table of every database as text, and what its binary columns hold."""
    postgres = embedded.platform.postgres
    for name in (*embedded.platform.runtimes, "gateway", "bus"):
        connection = await asyncpg.connect(postgres.url(name))
        try:
            await connection.execute("CHECKPOINT")
            for row in await connection.fetch("SELECT schemaname, tablename FROM pg_tables"):
                kept = io.BytesIO()
                await connection.copy_from_table(row["tablename"], schema_name=row["schemaname"], output=kept)
                text = kept.getvalue()
                binary = b"\n".join(
                    bytes.fromhex(f[1].decode()) for f in re.finditer(rb"\\\\x((?:[0-9a-f]{2})+)", text)
                )
                yield f"{name}.{row['tablename']}", text + b"\n" + binary
        finally:
            await connection.close()


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file that the platform keeps: the database's own, with its log and write-ahead log."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield str(path.relative_to(folder)), path.read_bytes()
