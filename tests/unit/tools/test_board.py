"""The status page remembers for how long a process found something wrong, also after it is over."""

from __future__ import annotations

import httpx
import pytest

from tools.stack import board
from tools.stack.board import Board
from tools.stack.processes import Kept


class Running:
    pid = 1

    def start(self) -> None:
        """Runs already."""

    def stop(self) -> None:
        """Runs on."""


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    says: dict[str, str] = {}

    async def answer(_kept: Kept) -> dict[str, str]:
        return dict(says)

    monkeypatch.setattr(board, "_said", answer)
    return says


async def test_what_was_wrong_stays_on_the_page_with_its_end(said: dict[str, str]) -> None:
    kept = Kept("identity", Running(), "health on 8090", lambda _name, _how: None)
    shown = Board(lambda: [kept])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(shown.app), base_url="http://board") as client:
        assert "everything works" in (await client.get("/")).text
        said["identity/bus"] = "away <since now>"
        (part,) = (await client.get("/status.json")).json()["parts"]
        assert (part["good"], part["pid"], part["troubles"][0]["until"]) == (False, 1, None)
        page = (await client.get("/")).text
        assert "identity in trouble" in page
        assert "away &lt;since now&gt;" in page
        said.clear()
        (part,) = (await client.get("/status.json")).json()["parts"]
        assert part["good"]
        assert part["troubles"][0]["what"] == "identity/bus: away <since now>"
        assert part["troubles"][0]["until"]
