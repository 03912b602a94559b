"""The front door as one ASGI app: `/v1` straight to the API, event streams, portal files, FastAPI for the rest."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway.api import Api, found_within_limits, problem_for, tell
from gateway.callers import Callers
from gateway.docs import Docs
from gateway.events import Events
from gateway.headers import NOTHING
from gateway.limits import Limits
from gateway.portal_files import PortalFiles, send_answer
from gateway.problems import Problem
from gateway.settings import GatewaySettings
from gateway.sign_in import SignInDesk
from gateway.visits import (
    Pairs,
    Receive,
    Scope,
    Send,
    Visit,
    address_of,
    chosen_language,
    language_of,
    request_id_of,
)
from libs.kit.errors import Fault, HttpMethodNotAllowed, RequestUnreadable, RouteNotFound, SignInRequired
from libs.kit.rpc.status import Failed

_BEHIND = ("/auth/", "/openapi.json", "/docs")
_POLICY = (b"content-security-policy", NOTHING)


class FrontDoor:
    """The ASGI app. What comes in is one of ours by `Host`, gets an id, and leaves with the common headers."""

    def __init__(
        self,
        settings: GatewaySettings,
        *,
        api: Api,
        events: Events,
        desk: SignInDesk,
        docs: Docs,
        callers: Callers,
        limits: Limits,
        headers: Pairs,
    ) -> None:
        self._hosts = settings.hosts
        self._proxies = settings.trusted_proxies
        self._api = api
        self._events = events
        self._callers = callers
        self._limits = limits
        self._headers = headers
        self._portal = PortalFiles(settings.portal)
        self._behind = behind(desk, docs)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "lifespan":
            await _lifespan(receive, send)
            return
        if kind != "http":
            # There are no web sockets here.
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = dict(scope["headers"])
        visit = Visit(
            headers=headers,
            request_id=request_id_of(headers),
            language=language_of(headers.get(b"accept-language")),
            address=address_of(scope, headers, self._proxies),
        )
        if headers.get(b"host", b"").lower() not in self._hosts:
            await self._refuse(RequestUnreadable(detail="Host"), scope, send, visit)
        elif scope["path"].startswith("/v1/"):
            await self._api(scope, receive, send, visit)
        else:
            await self._other(scope, receive, send, visit)

    async def _other(self, scope: Scope, receive: Receive, send: Send, visit: Visit) -> None:
        sending = _Sending(send, [*self._headers, (b"x-request-id", visit.request_id.encode())])
        try:
            await self._lead(scope, receive, sending, visit)
        except Exception as error:  # noqa: BLE001 - whatever it is becomes a problem that keeps its text to itself
            if not sending.begun:
                await self._refuse(error, scope, send, visit)

    async def _lead(self, scope: Scope, receive: Receive, send: Send, visit: Visit) -> None:
        path = scope["path"]
        if path.startswith(_BEHIND):
            if not self._callers.acquainted(visit.headers):
                self._limits.stranger(visit.address)
            # The language chosen in the portal, which a page that is opened does not say; its own calls do.
            visit.language = chosen_language(visit.headers) or visit.language
            scope["mainstay"] = visit
            await self._behind(scope, receive, send)
        elif scope["method"] not in {"GET", "HEAD"}:
            raise HttpMethodNotAllowed(allowed="GET, HEAD")
        elif path == "/events":
            await self._stream(receive, send, visit)
        else:
            answer = self._portal.answer(scope, visit.headers) if path != "/v1" else None
            if answer is None:
                raise RouteNotFound
            await send_answer(send, answer, head=scope["method"] == "HEAD")

    async def _stream(self, receive: Receive, send: Send, visit: Visit) -> None:
        caller = await found_within_limits(self._callers, self._limits, visit.headers, visit.address, use=False)
        self._limits.known(caller.principal)
        if caller.session is None:
            # Systems read the topics themselves.
            raise SignInRequired
        await self._events.serve(caller.session, receive, send)

    async def _refuse(self, error: Exception, scope: Scope, send: Send, visit: Visit) -> None:
        problem = problem_for(error, visit)
        tell(problem, scope["method"], "", visit)
        sending = _Sending(send, [*self._headers, (b"x-request-id", visit.request_id.encode())])
        answer = problem.status, problem.headers, problem.body
        await send_answer(sending, answer, head=scope["method"] == "HEAD")


def behind(desk: SignInDesk, docs: Docs) -> FastAPI:
    """Sign-in and documentation, with every failure a problem."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(desk.router())
    app.include_router(docs.router())

    @app.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> Response:
        if error.status_code == 405:
            return answer(request, HttpMethodNotAllowed(allowed=(error.headers or {}).get("Allow", "")))
        return answer(request, RouteNotFound())

    @app.exception_handler(Fault)
    @app.exception_handler(Failed)
    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> Response:
        return answer(request, error)

    def answer(request: Request, error: Exception) -> Response:
        visit: Visit = request.scope["mainstay"]
        problem: Problem = problem_for(error, visit)
        tell(problem, request.method, request.url.path, visit)
        sent = Response(problem.body, problem.status)
        sent.raw_headers += problem.headers
        return sent

    return app


class _Sending:
    """Adds the common headers, and the strictest content policy where the answer brings none of its own."""

    def __init__(self, send: Send, headers: Pairs) -> None:
        self._send = send
        self._headers = headers
        self.begun = False

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            own: Pairs = list(message["headers"])
            policy = [] if any(name == b"content-security-policy" for name, _ in own) else [_POLICY]
            message["headers"] = [*own, *self._headers, *policy]
        await self._send(message)


async def _lifespan(receive: Receive, send: Send) -> None:
    """Whoever serves the app has started everything before; uvicorn asks all the same."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
