"""The portal hears what changed, in its own session only, and no faster than it can use."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest

from gateway import events as module
from gateway.sessions import REMEMBERED, Sessions
from libs.kit.bus import Message as BusMessage
from libs.kit.ids import uuid7
from mainstay.employees.v1 import events_pb2 as employees
from mainstay.identity.v1 import events_pb2 as identity
from tests.unit.gateway.conftest import Browser, House


class Stream:
    """An open stream, driven as an ASGI server drives it."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.text = ""
        self.begun = asyncio.Event()
        self.closed = asyncio.Event()
        self.leave = asyncio.Event()
        self.left = asyncio.Event()
        # From now on nothing is taken any more.
        self.stuck = False
        self._more = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.leave.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if self.stuck:
            await asyncio.Event().wait()
        if message["type"] == "http.response.start":
            self.begun.set()
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.text += message["body"].decode()
            if not message.get("more_body", False):
                self.closed.set()
        self._more.set()

    async def hears(self, text: str, seconds: float = 3) -> None:
        async with asyncio.timeout(seconds):
            while text not in self.text:
                self._more.clear()
                await self._more.wait()


@asynccontextmanager
async def stream(house: House, browser: Browser) -> AsyncIterator[Stream]:
    opened = Stream()
    cookie = "; ".join(f"{name}={value}" for name, value in browser.http.cookies.items())
    headers = [(b"host", b"localhost:8080"), (b"cookie", cookie.encode())]
    scope = {"type": "http", "method": "GET", "path": "/events", "raw_path": b"/events", "headers": headers}
    task = asyncio.create_task(
        house.gateway.asgi({**scope, "query_string": b"", "client": None}, opened.receive, opened.send)
    )
    task.add_done_callback(lambda _: opened.left.set())
    await opened.begun.wait()
    try:
        yield opened
    finally:
        opened.leave.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(task, 3)


def fact(house: House, topic: str, event: Any) -> BusMessage:
    return BusMessage(
        topic=topic,
        key="k",
        value=event.SerializeToString(),
        event_id=uuid7(),
        type=event.DESCRIPTOR.full_name,
        source="test",
        time=house.clock.now(),
    )


@pytest.fixture
async def browser(house: House) -> Browser:
    signed_in = house.browser()
    await signed_in.sign_in()
    return signed_in


async def test_a_fact_on_the_bus_is_told_by_its_topic_alone(house: House, browser: Browser) -> None:
    async with stream(house, browser) as open_:
        assert open_.headers["content-type"].startswith("text/event-stream")
        assert open_.headers["cache-control"] == "no-store"
        hired = employees.EmployeeHired(employee_id="canary-1")
        await house.bus.publish([fact(house, "employees.lifecycle", hired)])
        await open_.hears('event: changed\ndata: {"topic": "employees.lifecycle"}\n\n')
        assert "canary" not in open_.text


async def test_a_burst_is_told_once_at_once_and_once_after(house: House, browser: Browser) -> None:
    async with stream(house, browser) as open_:
        for _ in range(500):
            house.gateway.events.changed("employees.people")
            await asyncio.sleep(0)
        await asyncio.sleep(0.7)
        assert 1 <= open_.text.count("employees.people") <= 2


async def test_a_page_hears_what_changed_while_it_was_read_before_its_stream_was_there(
    house: House, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.gateway.events.changed("talent.placements")
    async with stream(house, browser) as open_:
        await open_.hears('event: changed\ndata: {"topic": "talent.placements"}\n\n', 1)
        await asyncio.sleep(0.7)
        assert open_.text.count("talent.placements") == 1
    monkeypatch.setattr(module, "_OPENING_SECONDS", 0.1)
    async with stream(house, browser) as late:
        await late.hears("ping")
        await asyncio.sleep(0.1)
        assert "talent.placements" not in late.text


async def test_audit_and_the_feed_are_nobodys_business(house: House, browser: Browser) -> None:
    async with stream(house, browser) as open_:
        heartbeat = identity.FeedHeartbeat(source="heartbeat")
        await house.bus.publish([fact(house, "identity.revocations", heartbeat)])
        await house.bus.publish([fact(house, "employees.people", employees.EmployeeHired())])
        with suppress(TimeoutError):
            await open_.hears("employees.people", 1)
        assert "identity.revocations" not in open_.text


async def test_only_the_one_whose_rights_changed_hears_of_it(house: House, browser: Browser) -> None:
    other = house.browser()
    await other.sign_in("manager.quality")
    async with stream(house, browser) as mine, stream(house, other) as theirs:
        raised = identity.EpochRaised(account_id=str(house.identity.account("hr.admin")), epoch=2)
        await house.bus.publish([fact(house, "identity.revocations", raised)])
        await mine.hears("event: access\ndata: {}\n\n")
        assert "access" not in theirs.text


async def test_signing_out_closes_the_stream(house: House, browser: Browser) -> None:
    async with stream(house, browser) as open_:
        await browser.post("/auth/sign-out")
        await asyncio.wait_for(open_.closed.wait(), 2)


async def test_a_session_that_ended_in_another_replica_closes_a_busy_stream_too(house: House, browser: Browser) -> None:
    other = Sessions(house.gateway.database, house.clock, idle=timedelta(hours=1), absolute=timedelta(hours=1))
    found = await other.find(browser.http.cookies["mainstay"].encode())
    assert found is not None
    async with stream(house, browser) as open_:
        busy = asyncio.create_task(chatter(house))
        await open_.hears("employees.people")
        await other.end(found.session_id, "signed_out")
        began = asyncio.get_running_loop().time()
        await asyncio.wait_for(open_.closed.wait(), 5)
        busy.cancel()
        # A second and the query, and what a busy machine adds.
        assert asyncio.get_running_loop().time() - began < REMEMBERED + 1.5


async def chatter(house: House) -> None:
    while True:
        house.gateway.events.changed("employees.people")
        await asyncio.sleep(0.05)


async def test_a_reader_who_does_not_read_cannot_hold_a_stream_open(house: House, browser: Browser) -> None:
    async with stream(house, browser) as open_:
        await open_.hears("ping")
        open_.stuck = True
        house.gateway.events.changed("employees.people")
        await asyncio.sleep(0.05)
        await browser.post("/auth/sign-out")
        await asyncio.wait_for(open_.left.wait(), 3)


async def test_a_door_that_closes_sends_streams_elsewhere(house: House, browser: Browser) -> None:
    async with stream(house, browser) as open_:
        house.gateway.events.drain()
        await asyncio.wait_for(open_.closed.wait(), 2)
        assert re.search(r"retry: 1\d{3}\n\n\Z", open_.text)
    async with stream(house, browser) as late:
        assert late.status == 200, "a refusal would stop a browser from coming back by itself"
        await asyncio.wait_for(late.closed.wait(), 2)
        assert "retry: " in late.text


async def test_a_session_that_ran_out_closes_the_stream_which_does_not_prolong_it(
    house: House, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PING_SECONDS", 0.05)
    async with stream(house, browser) as open_:
        house.clock.move(timedelta(minutes=20))
        await open_.hears("event: ping\ndata: {}\n\nevent: ping")
        house.clock.move(timedelta(minutes=11))
        await asyncio.wait_for(open_.closed.wait(), 4)


async def test_a_browser_that_leaves_is_forgotten(house: House, browser: Browser) -> None:
    async with stream(house, browser):
        assert len(house.gateway.events._streams) == 1
    assert not house.gateway.events._streams


async def test_strangers_and_systems_get_no_stream(house: House) -> None:
    stranger = house.browser().http
    assert (await stranger.get("/events")).status_code == 401
    token = await house.token()
    assert (await stranger.get("/events", headers={"authorization": f"Bearer {token}"})).status_code == 401


async def test_a_session_holds_only_so_many(house: House, browser: Browser) -> None:
    most = house.gateway.settings.streams_per_session
    async with stream(house, browser) as first:
        assert first.status == 200
        house.gateway.events._per_session = 1
        refused = await browser.http.get("/events")
        assert (refused.status_code, refused.json()["reason"]) == (429, "RATE_LIMITED")
    assert most > 1


async def test_a_slow_reader_is_told_once(house: House, browser: Browser) -> None:
    async with stream(house, browser):
        [held] = house.gateway.events._streams
        for _ in range(1000):
            held.topics["employees.people"] = None
        assert held.take().count(b"employees.people") == 1
