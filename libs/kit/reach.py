"""Waits until servers answer at their addresses: python -m libs.kit.reach [--seconds 600] HOST:PORT …

For what must not begin before others are there, in a cluster that starts everything at once. Ends with status 0 when
all of them took a connection, with 1 and their names when some did not in time.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress

_LOOK_SECONDS = 0.5
_ANSWER_SECONDS = 2.0


async def missing(addresses: Sequence[str], seconds: float) -> list[str]:
    """The `host:port` among `addresses` that took no connection within `seconds`; a name unknown so far may appear."""
    waited = await asyncio.gather(*(_reached(address, seconds) for address in addresses))
    return [address for address, there in zip(addresses, waited, strict=True) if not there]


async def _reached(address: str, seconds: float) -> bool:
    host, _, port = address.rpartition(":")
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            # Another machine's server tells nobody here when it begins to listen.
            while not await _answers(host.strip("[]"), int(port)):  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_SECONDS)
            return True
    return False


async def _answers(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m libs.kit.reach", description="Waits until servers answer.")
    parser.add_argument("--seconds", type=float, default=600, help="how long at most")
    parser.add_argument("addresses", nargs="+", metavar="HOST:PORT")
    given = parser.parse_args()
    away = asyncio.run(missing(given.addresses, given.seconds))
    if away:
        print(f"no answer within {given.seconds:g} s: {', '.join(away)}", file=sys.stderr)  # noqa: T201 - a command
    return 1 if away else 0


if __name__ == "__main__":
    sys.exit(main())
