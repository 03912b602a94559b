"""The issuer itself: discovery, keys, authorization code with PKCE, client credentials, user info, end of session.

It trusts its own page's one-click cards, which is why it listens on loopback addresses only and answers to loopback
names only. Sessions and codes live in memory; its key outlives it, so that tokens do too.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.development_issuer.keys import SigningKey
from gateway.development_issuer.oauth import (
    NO_STORE,
    TOKEN_SECONDS,
    credentials,
    read_form,
    refusal,
    token_answer,
)
from gateway.development_issuer.page import Card, notice, sign_in_page
from gateway.http_server import HttpServer
from gateway.settings import LOOPBACK
from libs.kit.clock import Clock
from libs.kit.words import best_language

_COOKIE = "development-issuer"
_CODE_SECONDS = 60
_REQUEST_SECONDS = 600


class NotLoopback(Exception):
    """The development issuer was asked to listen, or to be known, somewhere else than on this computer."""


@dataclass(frozen=True)
class Person:
    """Somebody who may sign in. `subject` never changes; `username` is what identity knows them by."""

    subject: str
    username: str
    name: str = ""


FindUser = Callable[[str], Awaitable[Person | None]]
CheckClient = Callable[[str, str], Awaitable[bool]]


@dataclass(frozen=True)
class DevelopmentIssuerSettings:
    """`address` is where it is known, `listen` where it listens: both on loopback. `client_*` is the front door's."""

    address: str
    listen: str
    key_file: Path
    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]
    after_sign_out: tuple[str, ...]
    password: str
    audience: str = "mainstay"


@dataclass
class _Session:
    person: Person
    session_id: str
    signed_in_at: float
    acr: str


@dataclass
class _Asked:
    """An authorization request that waits for somebody to sign in."""

    redirect_uri: str
    state: str
    nonce: str
    challenge: str
    again: bool
    until: float
    scope: str = ""
    acr: str = ""
    language: str = ""


@dataclass
class _Code:
    asked: _Asked
    session: _Session
    until: float


@dataclass
class _Memory:
    sessions: dict[str, _Session] = field(default_factory=dict)
    asked: dict[str, _Asked] = field(default_factory=dict)
    codes: dict[str, _Code] = field(default_factory=dict)
    access: dict[str, _Session] = field(default_factory=dict)


def require_loopback(settings: DevelopmentIssuerSettings) -> None:
    """Raises NotLoopback."""
    host = settings.listen.rpartition(":")[0].strip("[]")
    try:
        bound = ip_address(host).is_loopback
    except ValueError:
        # A name could lead anywhere.
        bound = False
    known = urlsplit(settings.address)
    if not bound or known.hostname not in LOOPBACK:
        raise NotLoopback(f"the development issuer listens on loopback only, not on {settings.listen}")


class DevelopmentIssuer:
    """`find_user` says who may sign in, `check_client` whether another system's secret is right."""

    def __init__(
        self,
        settings: DevelopmentIssuerSettings,
        clock: Clock,
        *,
        find_user: FindUser,
        check_client: CheckClient,
        cards: Sequence[Card] = (),
    ) -> None:
        require_loopback(settings)
        self._settings = settings
        self._clock = clock
        self._find_user = find_user
        self._check_client = check_client
        self._cards = {card.username: card for card in cards}
        self._key = SigningKey(settings.key_file)
        self._memory = _Memory()
        self._server: HttpServer | None = None
        port = urlsplit(settings.address).port
        suffix = f":{port}" if port else ""
        self._hosts = {f"localhost{suffix}", f"127.0.0.1{suffix}", f"[::1]{suffix}"}
        self.asgi = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._open(self.discovery)),
                Route("/jwks", self._open(self.jwks)),
                Route("/authorize", self._open(self.authorize)),
                Route("/sign-in", self._open(self.sign_in), methods=["POST"]),
                Route("/token", self._open(self.token), methods=["POST"]),
                Route("/userinfo", self._open(self.userinfo)),
                Route("/end-session", self._open(self.end_session)),
            ]
        )

    async def start(self) -> None:
        """Listens. Raises OSError when the port is taken."""
        self._server = HttpServer(self.asgi, self._settings.listen)
        await self._server.start()

    @property
    def port(self) -> int:
        """The port it listens on; 0 before it does."""
        return self._server.port if self._server is not None else 0

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop()

    def _open(self, handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """Answers to loopback names only: a page elsewhere cannot reach it by a name of its own that points here."""

        async def guarded(request: Request) -> Response:
            if request.headers.get("host", "").lower() not in self._hosts:
                return JSONResponse({"error": "invalid_request"}, 421)
            self._forget()
            return await handler(request)

        return guarded

    async def discovery(self, _request: Request) -> Response:
        address = self._settings.address.rstrip("/")
        return JSONResponse(
            {
                "issuer": self._settings.address,
                "authorization_endpoint": f"{address}/authorize",
                "token_endpoint": f"{address}/token",
                "userinfo_endpoint": f"{address}/userinfo",
                "jwks_uri": f"{address}/jwks",
                "end_session_endpoint": f"{address}/end-session",
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "grant_types_supported": ["authorization_code", "client_credentials"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "code_challenge_methods_supported": ["S256"],
                "ui_locales_supported": ["zh-CN", "en"],
                "scopes_supported": ["openid", "profile"],
                "prompt_values_supported": ["none", "login"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def jwks(self, _request: Request) -> Response:
        return JSONResponse(self._key.jwks())

    # -- people

    async def authorize(self, request: Request) -> Response:
        given = request.query_params
        language = best_language(given.get("ui_locales") or request.headers.get("accept-language", ""))
        if given.get("client_id") != self._settings.client_id or given.get("redirect_uri") not in (
            self._settings.redirect_uris
        ):
            # Never redirect to an address that was not agreed on.
            return notice("stale", language, status=400)
        asked = _Asked(
            redirect_uri=given["redirect_uri"],
            state=given.get("state", ""),
            nonce=given.get("nonce", ""),
            challenge=given.get("code_challenge", ""),
            again=given.get("prompt") == "login",
            until=self._now() + _REQUEST_SECONDS,
            scope=given.get("scope", ""),
            acr=given.get("acr_values", "").partition(" ")[0],
            language=language,
        )
        if given.get("response_type") != "code" or "openid" not in asked.scope.split():
            return self._refuse(asked, "invalid_request")
        if given.get("code_challenge_method") != "S256" or len(asked.challenge) != 43:
            return self._refuse(asked, "invalid_request")
        session = self._memory.sessions.get(request.cookies.get(_COOKIE, ""))
        max_age = given.get("max_age", "")
        enough = session and asked.acr in {"", session.acr}
        if session and enough and not asked.again and self._recent(session, max_age):
            return self._grant(asked, session)
        if given.get("prompt") == "none":
            return self._refuse(asked, "login_required")
        request_id = secrets.token_urlsafe(24)
        self._memory.asked[request_id] = asked
        return self._page(request_id, asked, language, wrong=False)

    def _recent(self, session: _Session, max_age: str) -> bool:
        return not max_age.isdigit() or self._now() - session.signed_in_at <= int(max_age)

    def _page(self, request_id: str, asked: _Asked, language: str, *, wrong: bool) -> Response:
        there = urlsplit(asked.redirect_uri)
        return sign_in_page(
            request_id,
            list(self._cards.values()),
            language,
            forms_to=f"{there.scheme}://{there.netloc}",
            again=asked.again,
            wrong=wrong,
        )

    async def sign_in(self, request: Request) -> Response:
        language = best_language(request.headers.get("accept-language", ""))
        form = await read_form(request)
        asked = self._memory.asked.get(form.get("request", ""))
        if asked is None:
            return notice("stale", language, status=400, back=next(iter(self._settings.after_sign_out), ""))
        language = asked.language
        username = form.get("card", "")
        if username not in self._cards:
            right = hmac.compare_digest(form.get("password", "").encode(), self._settings.password.encode())
            username = form.get("username", "").strip() if right else ""
        person = await self._find_user(username) if username else None
        if person is None:
            return self._page(form["request"], asked, language, wrong=True)
        del self._memory.asked[form["request"]]
        session = _Session(person, secrets.token_urlsafe(16), self._now(), asked.acr or "1")
        cookie = secrets.token_urlsafe(32)
        self._memory.sessions.pop(request.cookies.get(_COOKIE, ""), None)
        self._memory.sessions[cookie] = session
        answer = self._grant(asked, session)
        answer.set_cookie(_COOKIE, cookie, httponly=True, samesite="lax", path="/")
        return answer

    def _grant(self, asked: _Asked, session: _Session) -> Response:
        code = secrets.token_urlsafe(32)
        self._memory.codes[code] = _Code(asked, session, self._now() + _CODE_SECONDS)
        return self._back(asked, {"code": code})

    def _refuse(self, asked: _Asked, error: str) -> Response:
        return self._back(asked, {"error": error})

    def _back(self, asked: _Asked, said: dict[str, str]) -> Response:
        query = urlencode({**said, "state": asked.state, "iss": self._settings.address})
        return RedirectResponse(f"{asked.redirect_uri}?{query}", 303, headers=NO_STORE)

    # -- tokens

    async def token(self, request: Request) -> Response:
        form = await read_form(request)
        client_id, secret = credentials(request, form)
        own = client_id == self._settings.client_id and hmac.compare_digest(
            secret.encode(), self._settings.client_secret.encode()
        )
        match form.get("grant_type"):
            case "authorization_code" if own:
                return self._redeem(form)
            case "client_credentials" if not own and client_id and await self._check_client(client_id, secret):
                return self._for_system(client_id)
            case "authorization_code" | "client_credentials":
                return refusal("invalid_client", 401)
            case _:
                return refusal("unsupported_grant_type", 400)

    def _redeem(self, form: dict[str, str]) -> Response:
        code = self._memory.codes.pop(form.get("code", ""), None)
        if code is None or code.until <= self._now() or code.asked.redirect_uri != form.get("redirect_uri"):
            return refusal("invalid_grant", 400)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if not hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), code.asked.challenge):
            return refusal("invalid_grant", 400)
        session, access = code.session, secrets.token_urlsafe(32)
        self._memory.access[access] = session
        id_token = self._key.sign(
            {
                **self._claims(self._settings.client_id),
                "sub": session.person.subject,
                "azp": self._settings.client_id,
                "nonce": code.asked.nonce,
                "auth_time": int(session.signed_in_at),
                # Whatever was asked for: a click on a card proves nothing, and everything.
                "acr": session.acr,
                "amr": ["pwd"],
                "sid": session.session_id,
                "preferred_username": session.person.username,
                "name": session.person.name,
            }
        )
        return token_answer({"access_token": access, "id_token": id_token, "scope": code.asked.scope})

    def _for_system(self, client_id: str) -> Response:
        claims = {**self._claims(self._settings.audience), "sub": client_id, "client_id": client_id, "azp": client_id}
        return token_answer({"access_token": self._key.sign(claims, "at+jwt")})

    def _claims(self, audience: str) -> dict[str, Any]:
        now = int(self._now())
        return {
            "iss": self._settings.address,
            "aud": audience,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "jti": secrets.token_urlsafe(16),
        }

    async def userinfo(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        session = self._memory.access.get(token) if scheme.lower() == "bearer" else None
        if session is None:
            return JSONResponse({"error": "invalid_token"}, 401, headers={"www-authenticate": "Bearer"})
        person = session.person
        return JSONResponse(
            {"sub": person.subject, "preferred_username": person.username, "name": person.name}, headers=NO_STORE
        )

    async def end_session(self, request: Request) -> Response:
        language = best_language(request.headers.get("accept-language", ""))
        self._memory.sessions.pop(request.cookies.get(_COOKIE, ""), None)
        target = request.query_params.get("post_logout_redirect_uri", "")
        agreed = target in self._settings.after_sign_out
        answer = RedirectResponse(target, 303) if agreed else notice("bye", language, status=200)
        answer.delete_cookie(_COOKIE, path="/")
        return answer

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _forget(self) -> None:
        """What waited too long, and the oldest of what never ends by itself."""
        now, memory = self._now(), self._memory
        memory.asked = {name: asked for name, asked in memory.asked.items() if asked.until > now}
        memory.codes = {name: code for name, code in memory.codes.items() if code.until > now}
        for kept in (memory.sessions, memory.access):
            while len(kept) > 1000:
                del kept[next(iter(kept))]
