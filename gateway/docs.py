"""`/openapi.json` and `/docs`, for whoever is signed in. The page is made here from the document, without scripts."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from gateway import pages
from gateway.callers import Callers
from gateway.openapi import openapi
from gateway.settings import GatewaySettings
from gateway.visits import Visit, wants_page
from libs.kit.contract import DESCRIPTORS
from libs.kit.errors import SignInRequired
from libs.kit.words import say

_CACHE = "private, max-age=300"


class Docs:
    """`token_url` asks the issuer where a service account gets its token; empty while it does not answer."""

    def __init__(self, settings: GatewaySettings, callers: Callers, token_url: Callable[[], Awaitable[str]]) -> None:
        self._cookie = settings.cookie
        self._callers = callers
        self._token_url = token_url
        self._document: dict[str, Any] = {}
        self._for = ""

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/openapi.json", self.document, methods=["GET"])
        router.add_api_route("/docs", self.page, methods=["GET"])
        return router

    async def document(self, request: Request) -> Response:
        visit: Visit = request.scope["mainstay"]
        if await self._stranger(visit):
            return _to_sign_in("/openapi.json")
        body = json.dumps(await self.read(), ensure_ascii=False, separators=(",", ":"))
        return Response(body, media_type="application/json", headers={"cache-control": _CACHE})

    async def page(self, request: Request) -> Response:
        visit: Visit = request.scope["mainstay"]
        if await self._stranger(visit):
            return _to_sign_in("/docs")
        return _page(await self.read(), visit.spoken)

    async def _stranger(self, visit: Visit) -> bool:
        """Whether a browser must go and sign in first. Raises SignInRequired for anybody else who has not."""
        try:
            await self._callers.find(visit.headers)
        except SignInRequired:
            if wants_page(visit.headers):
                return True
            raise
        return False

    async def read(self) -> dict[str, Any]:
        token_url = await self._token_url() or self._for or "/auth/token"
        if not self._document or token_url != self._for:
            self._document, self._for = openapi(DESCRIPTORS.read_bytes(), token_url=token_url), token_url
            self._document["components"]["securitySchemes"]["session"]["name"] = self._cookie
        return self._document


def _to_sign_in(path: str) -> Response:
    return RedirectResponse(f"/auth/sign-in?return_to={path}", 303, headers={"cache-control": "no-store"})


def _page(document: dict[str, Any], language: str) -> Response:
    def word(name: str) -> str:
        return escape(say(language, "gateway", f"docs.{name}"))

    parts = [f'<p>{word("about")} <a href="/openapi.json">{word("document")}</a></p>']
    tags = {tag["name"]: tag.get("description", "") for tag in document["tags"]}
    for tag, about in tags.items():
        parts.append(f'<h2 lang="en">{escape(tag)}</h2><p class="quiet" lang="en">{escape(about)}</p>')
        for path, verbs in document["paths"].items():
            parts += [_operation(path, verb, one, word) for verb, one in verbs.items() if tag in one["tags"]]
    return pages.page(say(language, "gateway", "docs.title"), "".join(parts), language, wide=True)


def _operation(path: str, verb: str, one: dict[str, Any], word: Callable[[str], str]) -> str:
    rows = [
        f"<tr><td><code>{escape(parameter['name'])}</code>"
        f"{' · ' + word('required') if parameter.get('required') else ''}</td>"
        f"<td>{escape(_kind(parameter.get('schema', {})))}</td><td>{escape(parameter.get('description', ''))}</td></tr>"
        for parameter in one.get("parameters", [])
    ]
    given = f"<h3>{word('parameters')}</h3><table>{''.join(rows)}</table>" if rows else ""
    body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    sent = f"<h3>{word('body')}</h3><p><code>{escape(_kind(body))}</code></p>" if body else ""
    good = one["responses"]["200"]["content"]["application/json"]["schema"]
    wrong = "".join(
        f"<tr><td>{escape(status)}</td><td>{_lines(answer['description'])}</td></tr>"
        for status, answer in one["responses"].items()
        if status != "200"
    )
    return (
        f"<details><summary><b>{escape(verb.upper())}</b><code>{escape(path)}</code> "
        f'<span class="quiet" lang="en">{escape(one["summary"])}</span></summary>'
        f'<div lang="en"><p>{_lines(one["description"])}</p></div>'
        f"<p>{word('permission')}: <code>{escape(one['x-permission'])}</code></p>{given}{sent}"
        f"<h3>{word('answer')}</h3><p><code>{escape(_kind(good))}</code></p>"
        f'<h3>{word("problems")}</h3><table lang="en">{wrong}</table></details>'
    )


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _kind(schema: dict[str, Any]) -> str:
    """A schema in a few words: `text`, `integer`, `list of employees.v1.Employee`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for name in ("allOf", "anyOf", "oneOf"):
        if schema.get(name):
            return _kind(schema[name][0])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if schema.get("enum"):
        return " | ".join(str(value) for value in schema["enum"])
    return str(schema.get("format") or schema.get("type", "object"))
