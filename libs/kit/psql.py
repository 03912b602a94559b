"""`python -m libs.kit.psql -c "SELECT …"`: psql on the database of MAINSTAY_DATABASE_URL, with psql's own arguments.

For whoever follows a runbook: in a service's pod, or on one machine, where no psql need be installed.
"""

from __future__ import annotations

import os
import sys

from libs.kit.postgres import binaries


def main() -> None:
    """Becomes psql."""
    url = os.environ.get("MAINSTAY_DATABASE_URL", "")
    if not url:
        sys.exit("MAINSTAY_DATABASE_URL names no database")
    psql = str(binaries() / "psql")
    os.execv(psql, [psql, "-X", "-d", url, *sys.argv[1:]])  # noqa: S606 - to become it is the purpose


if __name__ == "__main__":
    main()
