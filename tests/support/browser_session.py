"""A person at the front door, without a browser: signs in through the issuer's pages and calls REST like the portal."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self
from urllib.parse import urljoin

import httpx


class Refused(Exception):
    """The front door answered with a problem."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('reason')}: {problem.get('detail')} {problem.get('fields', '')}")
        self.status = status
        self.problem = problem
        self.reason = problem.get("reason", "")


@contextmanager
def refused(reason: str) -> Iterator[list[Refused]]:
    """The calls inside must be refused for this reason; gives the refusal for a closer look."""
    caught: list[Refused] = []
    try:
        yield caught
    except Refused as refusal:
        assert refusal.reason == reason, refusal  # noqa: PT017 - the one place that asserts it
        caught.append(refusal)
    assert caught, f"nothing was refused, {reason} was expected"


class Session:
    """One sign-in. `get`, `post`, `patch`, `put` return the answer's JSON or raise Refused."""

    def __init__(self, address: str, language: str = "zh-CN") -> None:
        self.client = httpx.AsyncClient(
            base_url=address, headers={"Accept-Language": language}, timeout=30, follow_redirects=False
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    async def sign_in(
        self, username: str, password: str = "mainstay", start: str = "/auth/sign-in?return_to=/"
    ) -> Self:
        page = await self._follow(await self.client.get(start))
        form = re.search(r'<form class="form".*?</form>', page.text, re.DOTALL)
        assert form, f"no sign-in form at {page.url}: {page.text[:300]}"
        action = re.search(r'action="([^"]*)"', form[0])
        fields = {
            html.unescape(name): html.unescape(value)
            for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form[0])
        }
        target = urljoin(str(page.url), html.unescape(action[1]) if action else "")
        answer = await self.client.post(target, data={**fields, "username": username, "password": password})
        done = await self._follow(answer)
        assert done.status_code == 200, (done.status_code, done.text[:500])
        return self

    async def _follow(self, answer: httpx.Response) -> httpx.Response:
        for _ in range(10):
            if answer.is_redirect:
                answer = await self.client.get(urljoin(str(answer.url), answer.headers["location"]))
            else:
                return answer
        msg = "too many redirects"
        raise AssertionError(msg)

    async def get(self, path: str, **query: Any) -> Any:
        return self._answer(await self.client.get(path, params=query))

    async def post(self, path: str, **body: Any) -> Any:
        return self._answer(await self.client.post(path, json=body, headers={"X-Mainstay": "portal"}))

    async def patch(self, path: str, **body: Any) -> Any:
        return self._answer(await self.client.patch(path, json=body, headers={"X-Mainstay": "portal"}))

    async def put(self, path: str, **body: Any) -> Any:
        return self._answer(await self.client.put(path, json=body, headers={"X-Mainstay": "portal"}))

    def _answer(self, response: httpx.Response) -> Any:
        if response.is_success:
            return response.json()
        raise Refused(response.status_code, response.json())
