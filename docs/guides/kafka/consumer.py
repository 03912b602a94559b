"""Reads transfers of employees from Mainstay's Kafka and keeps each exactly once. See ../kafka.md.

pip install aiokafka httpx mainstay-client, then set KAFKA, AUTHORITY (a PEM file), TOKEN_URL, CLIENT_ID, CLIENT_SECRET.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import ssl
import sys
import time
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka import errors as kafka
from aiokafka.abc import AbstractTokenProvider

from mainstay.employees.v1 import events_pb2

KAFKA, CLIENT = os.environ["KAFKA"], os.environ["CLIENT_ID"]
TOPIC = os.environ.get("TOPIC", "employees.lifecycle")
# Your groups are the client's name, and all that begin with it and a dot.
GROUP = os.environ.get("GROUP", f"{CLIENT}.transfers")
START_SECONDS = 10.0
TABLES = """
CREATE TABLE IF NOT EXISTS inbox (source TEXT, id TEXT, PRIMARY KEY (source, id));
CREATE TABLE IF NOT EXISTS transfers (employee_id TEXT, effective_on TEXT, from_unit_id TEXT, unit_id TEXT);
"""


class Refused(Exception):
    """What to tell an operator."""


class Tokens(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka is untyped
    """Access tokens by client credentials. Kafka ends a connection with its token; the next one gets a new token."""

    refused = ""

    def __init__(self) -> None:
        self._token, self._renew_at = "", 0.0

    async def token(self) -> str:
        if time.monotonic() > self._renew_at:
            asked, own = {"grant_type": "client_credentials"}, (CLIENT, os.environ["CLIENT_SECRET"])
            try:
                async with httpx.AsyncClient(timeout=5) as http:
                    answer = await http.post(os.environ["TOKEN_URL"], data=asked, auth=own)
                self.refused = answer.text if answer.is_client_error else ""
                given = answer.raise_for_status().json()
            except httpx.HTTPError as error:
                # This aiokafka tries again; any other error would end its work in silence.
                raise kafka.KafkaConnectionError(f"no token: {error}") from error
            self._token, self._renew_at = str(given["access_token"]), time.monotonic() + given["expires_in"] / 2
        return self._token


def apply(store: sqlite3.Connection, record: ConsumerRecord[bytes, bytes]) -> None:
    """Keeps a transfer, once: what was done, and that it was done, are one transaction."""
    headers = {name: value.decode() for name, value in record.headers}
    # A topic carries several kinds of event, and may carry new ones tomorrow.
    if headers["ce_type"] != "mainstay.employees.v1.EmployeeTransferred":
        return
    fact = events_pb2.EmployeeTransferred.FromString(record.value)
    with store:
        new = store.execute("INSERT OR IGNORE INTO inbox VALUES (?, ?)", (headers["ce_source"], headers["ce_id"]))
        if not new.rowcount:
            return
        moved = fact.employee_id, fact.effective_on, fact.from_unit_id, fact.unit_id
        store.execute("INSERT INTO transfers VALUES (?, ?, ?, ?)", moved)
    print(f"{fact.employee_id} goes to {fact.unit_id} on {fact.effective_on}", flush=True)  # noqa: T201 - its work


async def start(consumer: Any, tokens: Tokens, trust: ssl.SSLContext) -> None:
    """With a limit, because a refused token shows as silence, or as a cluster without brokers and topics."""
    try:
        async with asyncio.timeout(START_SECONDS):
            await consumer.start()
    except (TimeoutError, kafka.KafkaConnectionError, kafka.UnknownTopicOrPartitionError):
        if tokens.refused:
            raise Refused(f"no token for {CLIENT}: {tokens.refused}") from None
        host, port = KAFKA.split(",")[0].rsplit(":", 1)
        try:
            async with asyncio.timeout(5):
                (await asyncio.open_connection(host, int(port), ssl=trust))[1].close()
        except (OSError, TimeoutError) as error:
            raise Refused(f"Kafka at {KAFKA} cannot be reached: {error or 'no answer'}") from None
        raise Refused("token refused: it must be of Mainstay's issuer, for `mainstay-events`, and not over") from None


async def main() -> None:
    store = sqlite3.connect(os.environ.get("STORE", "transfers.sqlite"))
    store.executescript(TABLES)
    trust = ssl.create_default_context(cafile=os.environ["AUTHORITY"])
    tokens = Tokens()
    consumer: Any = AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=KAFKA,
        group_id=GROUP,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        security_protocol="SASL_SSL",
        ssl_context=trust,
        sasl_mechanism="OAUTHBEARER",
        sasl_oauth_token_provider=tokens,
    )
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    try:
        await start(consumer, tokens, trust)
        while not ended.is_set() and not tokens.refused:
            for records in (await consumer.getmany(timeout_ms=1000, max_records=200)).values():
                for record in records:
                    apply(store, record)
            # After the work: what an interruption leaves uncommitted comes again, and the inbox knows it.
            await consumer.commit()
    except (kafka.TopicAuthorizationFailedError, kafka.GroupAuthorizationFailedError) as error:
        raise Refused(f"not allowed: {error!r}; HR gives rights to topics, groups begin `{CLIENT}.`") from None
    finally:
        await consumer.stop()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except Refused as refused:
        sys.exit(str(refused))
