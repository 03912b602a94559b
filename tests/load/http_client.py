"""A lean HTTP/1.1 client for measuring: one request after another on one connection, nothing parsed but the length."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field


@dataclass
class Figures:
    """Durations of calls in seconds, and how many were not 2xx."""

    durations: list[float] = field(default_factory=list)
    failed: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.durations) / self.seconds if self.seconds else 0.0

    def quantile(self, share: float) -> float:
        """In milliseconds."""
        ranked = sorted(self.durations)
        return ranked[min(len(ranked) - 1, int(len(ranked) * share))] * 1000 if ranked else 0.0

    def line(self, name: str) -> str:
        return (
            f"{name:42} {self.rate:8.0f}/s   p50 {self.quantile(0.5):6.2f} ms   p99 {self.quantile(0.99):6.2f} ms"
            f"   failed {self.failed}"
        )


class Connection:
    def __init__(self, host: str, port: int, headers: dict[str, str]) -> None:
        self._host, self._port = host, port
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._rest = f" HTTP/1.1\r\nHost: {host}:{port}\r\n{lines}\r\n".encode()

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def get(self, path: str) -> tuple[int, bytes]:
        self._writer.write(b"GET " + path.encode() + self._rest)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        at = lower.index(b"content-length:") + 15
        length = int(lower[at : lower.index(b"\r\n", at)])
        return int(head[9:12]), await self._reader.readexactly(length)


async def measure(connections: list[Connection], paths: list[str], seconds: float) -> Figures:
    """Calls the paths in turn on all connections at once, for a time."""
    figures = Figures()
    ends = time.perf_counter() + seconds

    async def one(connection: Connection, offset: int) -> None:
        position = offset
        while (started := time.perf_counter()) < ends:
            status, _ = await connection.get(paths[position % len(paths)])
            figures.durations.append(time.perf_counter() - started)
            figures.failed += status // 100 != 2
            position += 1

    started = time.perf_counter()
    await asyncio.gather(*(one(connection, n * 997) for n, connection in enumerate(connections)))
    figures.seconds = time.perf_counter() - started
    return figures
