"""What a database of an older release becomes."""

from __future__ import annotations

from alembic import command
from sqlalchemy import Connection, text

from libs.kit import migrate
from tests.support.postgres import Databases

_ADD = text(
    "INSERT INTO accounts (account_id, kind, username, state, state_since, opened_at, language, version)"
    " VALUES (gen_random_uuid(), 'person', :username, 'open', now(), now(), :language, :version)"
)
_NEW = text(
    "INSERT INTO accounts (account_id, kind, username, state, state_since, opened_at)"
    " VALUES (gen_random_uuid(), 'person', 'new', 'open', now(), now())"
)


def _as_of(connection: Connection, revision: str) -> None:
    config = migrate.configuration("identity")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def test_only_an_account_that_may_have_chosen_its_language_keeps_it(databases: Databases) -> None:
    url = await databases.empty()
    engine = migrate.engine_at(url)
    async with engine.connect() as connection:
        await connection.run_sync(_as_of, "identity_0002")
        for username, language, version in (("untouched", "zh-CN", 1), ("changed", "zh-CN", 2), ("english", "en", 2)):
            await connection.execute(_ADD, {"username": username, "language": language, "version": version})
        await connection.commit()
    await migrate.migrate("identity", url)
    async with engine.connect() as connection:
        await connection.execute(_NEW)
        found = (await connection.execute(text("SELECT username, language FROM accounts"))).all()
    await engine.dispose()
    await databases.drop(url)
    assert {one.username: one.language for one in found} == {
        "untouched": "",
        "changed": "zh-CN",
        "english": "en",
        "new": "",
    }
