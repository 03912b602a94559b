"""Schemathesis over the whole API page as four kinds of caller: `python -m tests.load.openapi_fuzz [examples] [seed]`.

`examples` random values per operation and caller, beside those that cover every rule's limits; in rounds, each with a
fresh sign-in, since an access token lasts for minutes. Destroys what it likes: it has a platform of its own.
"""

from __future__ import annotations

import asyncio
import sys

from tests.load.platform_process import PlatformProcess
from tests.support.fuzzing import UNDOCUMENTED, Tally, document_of, fuzz, headers_of

CALLERS = ("nobody", "erp", "employee", "hr.admin")
ROUND = 25


async def main(examples: int, seed: int) -> int:
    tallies = [Tally(name) for name in CALLERS]
    async with PlatformProcess(MAINSTAY_ANONYMOUS_RATE="1000000") as platform:
        document = await asyncio.to_thread(document_of, platform.address, (await headers_of(platform))["hr.admin"])
        for tally in tallies:
            for start in range(0, examples, ROUND):
                headers = (await headers_of(platform))[tally.caller]
                some = await asyncio.to_thread(
                    fuzz,
                    tally.caller,
                    document,
                    platform.address,
                    headers,
                    examples=min(ROUND, examples - start),
                    seed=seed + start,
                    cover=start == 0,
                )
                tally.add(some)
            print(tally.line, flush=True)
            print(*tally.failures.values(), *tally.errors, sep="\n\n", end="\n" * bool(tally.failures or tally.errors))
    print(
        f"OpenAPI as {len(tallies)} kinds of caller: {sum(tally.cases for tally in tallies)} cases run, "
        f"{sum(tally.server_errors for tally in tallies)} x 5xx, "
        f"{sum(len(tally.failed(*UNDOCUMENTED)) for tally in tallies)} undocumented answers, "
        f"{sum(len(tally.failed('ignored_auth')) for tally in tallies)} ignored auth"
    )
    return 1 if any(tally.failures or tally.errors for tally in tallies) else 0


if __name__ == "__main__":
    sys.exit(
        asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 50, int(sys.argv[2]) if len(sys.argv) > 2 else 1))
    )
