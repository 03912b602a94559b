"""How fast accounts reach Keycloak: `python -m tests.load.accounts_in_step [people]` prints users per second.

Against a Keycloak of its own with the project's realm, by identity's own queue and workers, on one replica.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

from pydantic import SecretStr

from libs.kit.postgres import PostgresServer
from services.identity import issuer_queue, register
from services.identity.issuer_worker import Worker
from services.identity.keycloak_directory import KeycloakDirectory
from tests.integration.identity.company import PLACES, number
from tests.integration.identity.keeping import Keeping, keeping_up
from tests.support.ports import free_port
from tests.support.postgres import Databases
from tools.stack import parts
from tools.stack.keycloak import CLIENT_SECRETS, KeycloakServer, make_secrets

_PEOPLE = 1000


async def _load(keeping: Keeping, count: int) -> None:
    async with keeping.company.unit() as call:
        for _ in range(count):
            person = uuid4()
            keeping.call_them(person, "王", "小明")
            await register.open_account(
                call,
                kind=register.PERSON,
                username=number(person),
                employee_id=person,
                rank=issuer_queue.BULK,
            )


async def _work(worker: Worker, keeping: Keeping) -> float:
    began = time.perf_counter()
    while await keeping.waiting():
        await worker.round()
    return time.perf_counter() - began


async def _measure(server: KeycloakServer, databases: Databases, count: int) -> None:
    given = {
        "keycloak_url": server.address,
        "keycloak_client_secret": SecretStr(server.secrets[CLIENT_SECRETS["mainstay-identity"]]),
    }
    # The settings make the directory; the context manager closes what it opens around it.
    async with keeping_up(databases, None, None, **given) as keeping:
        keeping.directory = KeycloakDirectory(keeping.settings)
        keeping.company.house.add(keeping.managed)
        for person in PLACES:
            keeping.call_them(person, "李", "四")
        await _load(keeping, count)
        worker = keeping.worker()
        created = await _work(worker, keeping)
        print(f"created: {count} people in {created:.1f} s, {count / created:.0f} a second")
        async with keeping.company.unit() as call:
            await issuer_queue.forget_entries(call, call.now)
        again = await _work(worker, keeping)
        print(f"found again and unchanged: {count} people in {again:.1f} s, {count / again:.0f} a second")
        await keeping.directory.close()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else _PEOPLE
    with tempfile.TemporaryDirectory(prefix="mainstay-load-", ignore_cleanup_errors=True) as folder:
        postgres = PostgresServer(Path(folder) / "postgres", port=free_port(), dies_with_parent=True)
        postgres.start()
        postgres.ensure_databases(["keycloak"])
        server = KeycloakServer(
            Path(folder) / "keycloak",
            parts.fetch().keycloak,
            port=free_port(),
            management_port=free_port(),
            database_url=postgres.tcp_url("keycloak"),
            secrets=make_secrets(),
            dies_with_parent=True,
        )
        try:
            server.start()
            asyncio.run(_measure(server, Databases(postgres), count))
        finally:
            server.stop()
            postgres.stop()


if __name__ == "__main__":
    main()
