"""`python -m libs.kit.psql -c "SELECT …"`: psql on the database of MAINSTAY_DATABASE_URL, with psql's own arguments.

For whoever follows a runbook: in a service's pod, or on one machine, where no psql need be installed. Speaks TLS as the
address says (`libs.kit.backup.secured`).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from libs.kit.backup.programs import without_password
from libs.kit.backup.secured import TlsRefused, secured
from libs.kit.postgres import binaries


async def _psql(url: str, arguments: list[str]) -> int:
    """Returns psql's own status. What is typed, also Ctrl-C, is for it alone."""
    async with secured(url) as near:
        address, password = without_password(near)
        psql = await asyncio.create_subprocess_exec(
            str(binaries() / "psql"), "-X", "-d", address, *arguments, env={**os.environ, **password}
        )
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, lambda: None)
        loop.add_signal_handler(signal.SIGTERM, psql.terminate)
        return await psql.wait()


def main() -> None:
    url = os.environ.get("MAINSTAY_DATABASE_URL", "")
    if not url:
        sys.exit("MAINSTAY_DATABASE_URL names no database")
    try:
        status = asyncio.run(_psql(url, sys.argv[1:]))
    except (OSError, TlsRefused) as error:
        sys.exit(f"the database cannot be had: {error}")
    sys.exit(status)


if __name__ == "__main__":
    main()
