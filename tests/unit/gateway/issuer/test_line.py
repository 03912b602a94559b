"""The line to the issuer: an outage of it stops no system with a token, and nobody floods it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest

from gateway import issuer_line
from gateway.issuer import KEYS_TRUSTED_SECONDS
from libs.kit.errors import TemporarilyUnavailable
from tests.unit.gateway.issuer.conftest import LATER, Forge


def older(forge: Forge, seconds: float) -> None:
    """As if everything had been fetched, and every failure had been met, so long ago."""
    for copy in (forge.issuer._metadata, forge.issuer._keys):
        copy._at -= seconds
    forge.issuer._line._rests_until -= seconds


AWAY = {
    "refuses": httpx.ConnectError("refused"),
    "says nothing": httpx.ReadTimeout("silent"),
    "is starting": httpx.Response(503, text="starting"),
}


@pytest.mark.parametrize("away", AWAY.values(), ids=AWAY.keys())
async def test_an_issuer_that_is_away_stops_no_system_with_a_token(forge: Forge, away: Any) -> None:
    token = forge.token(forge.system(exp=forge.now + 100_000))
    await forge.issuer.access(token)
    forge.away = away
    older(forge, KEYS_TRUSTED_SECONDS - 60)
    assert (await forge.issuer.access(token)).client_id == "erp"
    assert await forge.issuer.ready() == "not answering"
    older(forge, 120)
    with pytest.raises(TemporarilyUnavailable):
        await forge.issuer.access(token)


async def test_a_key_nobody_can_vouch_for_is_no_refusal_but_a_later(forge: Forge) -> None:
    await forge.issuer.access(forge.token(forge.system()))
    forge.away = httpx.ConnectError("refused")
    older(forge, 60)
    with pytest.raises(TemporarilyUnavailable):
        await forge.issuer.access(forge.token(forge.system(), LATER, kid="k2"))


async def test_an_issuer_that_is_away_is_left_alone_and_found_again(forge: Forge) -> None:
    forge.away = httpx.ConnectError("refused")
    for _ in range(50):
        with pytest.raises(TemporarilyUnavailable) as away:
            await forge.issuer.metadata()
        assert away.value.retry_after_seconds >= 1
    assert len(forge.asked) == 1, "one asks, the others learn from it"
    older(forge, 6)
    forge.away = None
    assert await forge.issuer.metadata()
    assert await forge.issuer.ready() == "ok"


async def test_many_who_need_the_keys_at_once_ask_for_them_once(forge: Forge) -> None:
    tokens = [forge.token(forge.system(jti=f"t{n}")) for n in range(30)]
    await asyncio.gather(*(forge.issuer.access(token) for token in tokens))
    assert len(forge.asked) == 2, "discovery and keys"


async def test_a_half_open_line_is_given_up_in_time(forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuer_line, "_TIMEOUT_SECONDS", 0.3)
    token = forge.token(forge.system())
    await forge.issuer.access(token)

    async def silent(*_: Any, **__: Any) -> Any:
        await asyncio.sleep(60)

    forge.issuer._line.http.request = silent  # type: ignore[method-assign]  # the network is what is replaced
    older(forge, 301)
    began = time.monotonic()
    await asyncio.gather(*(forge.issuer.access(token) for _ in range(20)))
    with pytest.raises(TemporarilyUnavailable):
        await forge.issuer.redeem("c", "v")
    assert time.monotonic() - began < 1.5
    began = time.monotonic()
    with pytest.raises(TemporarilyUnavailable):
        await forge.issuer.redeem("c", "v")
    assert time.monotonic() - began < 0.75, "known to be away"
