"""What the tests of signing in and out ask of a page, a cookie and a session."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import httpx
from prometheus_client import REGISTRY

from tests.unit.gateway.conftest import Browser


def cookies(answer: httpx.Response) -> dict[str, str]:
    """Cookies set, by name, with their attributes."""
    found = {}
    for header in answer.headers.get_list("set-cookie"):
        name, _, rest = header.partition("=")
        found[name] = rest.partition(";")[2].strip()
    return found


async def session_of(browser: Browser) -> Any:
    return (await browser.http.get("/auth/session")).json()


async def refused(answer: httpx.Response, browser: Browser, status: int = 400) -> None:
    assert answer.status_code == status, answer.text
    assert "/auth/sign-in" in answer.text
    assert "mainstay" not in cookies(answer)
    assert (await browser.http.get("/auth/session")).status_code == 401


def refresh_of(answer: httpx.Response) -> str:
    """Where a page that waits goes by itself."""
    found = re.search(r'http-equiv="refresh" content="\d+;url=([^"]+)"', answer.text)
    assert found, answer.text
    return unescape(found[1])


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("mainstay_sign_ins_total", {"outcome": outcome}) or 0.0
