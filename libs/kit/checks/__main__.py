"""python -m libs.kit.checks: looks at everything an installation was given and says what is wrong, and what to do.

Settings come from the environment and from mounted Secrets, see `CheckSettings`; nothing is changed anywhere. Ends with
status 0 when all is as it should be, with 1 when something is not.
"""

from __future__ import annotations

import asyncio
import logging
import sys

from libs.kit.bus.topics import TopicSettings
from libs.kit.checks.bus import bus
from libs.kit.checks.databases import databases
from libs.kit.checks.findings import Finding
from libs.kit.checks.issuer import issuer
from libs.kit.checks.programs import programs
from libs.kit.checks.secrets import certificates, secrets
from libs.kit.checks.settings import CheckSettings
from libs.kit.settings import SettingsWrong, read


async def look(settings: CheckSettings) -> list[Finding]:
    """All findings, in the order in which they should be put right."""
    names = settings.programs()
    found = [*secrets(settings), *certificates(settings.check_certificates, names)]
    outside = await asyncio.gather(
        databases(settings.check_databases, settings.check_database_key, names), _bus(settings), issuer(settings)
    )
    for findings in outside:
        found += findings
    return [*found, *await programs(names)]


async def _bus(settings: CheckSettings) -> list[Finding]:
    if settings.tls is None or not all(file.is_file() for file in (settings.tls.authority, settings.tls.key)):
        return [Finding("Kafka", "not looked at", "first make the certificate of admin, see above")]
    try:
        return await bus(read(TopicSettings))
    except SettingsWrong as wrong:
        return [Finding("Kafka", str(wrong), "correct kafka.bootstrap")]


def main() -> int:
    # What clients of ours would log on the way is said in the findings.
    logging.disable(logging.CRITICAL)
    found = asyncio.run(look(read(CheckSettings)))
    wrong = [one for one in found if not one.good]
    for one in found:
        print(one)  # noqa: T201 - what the command is for
    print(f"{len(found) - len(wrong)} as it should be, {len(wrong)} wrong")  # noqa: T201 - as above
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
