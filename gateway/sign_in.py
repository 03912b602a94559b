"""`/auth/…`: signing in and out. The browser gets a cookie and never a token (RFC 10017, backend for frontend)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID

import structlog
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from gateway import pages
from gateway.api import read_body
from gateway.callers import Callers, cookie_of
from gateway.issuer import SKEW_SECONDS, Identified, Issuer, TokenRefused
from gateway.passports import Passports
from gateway.sessions import Session, Sessions, SignedIn, principal_of, secret
from gateway.settings import GatewaySettings
from gateway.sign_ins import LIFETIME, SignIn, SignIns
from gateway.visits import Visit
from libs.kit.clock import Clock
from libs.kit.errors import CsrfHeaderMissing, SignInRequired
from libs.kit.ids import uuid7
from libs.kit.rpc.status import Failed
from libs.kit.vault import SealBroken, Vault
from libs.kit.words import say

_SEAL = "gateway.sessions.id_token"
_PATH = re.compile(r"/[^\\\x00-\x20\x7f]*\Z")
_FORM_LIMIT = 64 * 1024
log = structlog.get_logger()


def safe_path(text: str) -> str:
    """A path of our own to return to; the front page for anything that could lead elsewhere."""
    if len(text) > 2000 or not _PATH.match(text) or text.startswith("//"):
        return "/"
    parts = urlsplit(text)
    if parts.scheme or parts.netloc or parts.path.startswith("/auth/"):
        return "/"
    return text


@dataclass(frozen=True)
class SignInDesk:
    """Everything `/auth/…` works with. `on_end` hears of each session that ends."""

    settings: GatewaySettings
    clock: Clock
    vault: Vault
    issuer: Issuer
    sessions: Sessions
    sign_ins: SignIns
    passports: Passports
    callers: Callers
    on_end: Callable[[UUID], None]

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/auth")
        router.add_api_route("/sign-in", self.sign_in, methods=["GET"])
        router.add_api_route("/step-up", self.step_up, methods=["GET"])
        router.add_api_route("/callback", self.callback, methods=["GET"])
        router.add_api_route("/session", self.session, methods=["GET"])
        router.add_api_route("/sign-out", self.sign_out, methods=["POST"])
        router.add_api_route("/back-channel-logout", self.back_channel_logout, methods=["POST"])
        return router

    # -- out to the issuer

    async def sign_in(self, request: Request) -> Response:
        return await self._leave(request, await self._session(request), step_up=False)

    async def step_up(self, request: Request) -> Response:
        """Asks the person who is signed in to confirm who they are; a plain sign-in for anybody else."""
        session = await self._session(request)
        return await self._leave(request, session, step_up=session is not None)

    async def _leave(self, request: Request, session: Session | None, *, step_up: bool) -> Response:
        target = safe_path(request.query_params.get("return_to", "/"))
        if _visit(request).headers.get(b"host", b"").decode("latin-1").lower() != self._host:
            # The issuer sends people back to one address, where this host's cookie would be missing.
            where = "step-up" if step_up else "sign-in"
            return RedirectResponse(f"{self.settings.public_url}/auth/{where}?return_to={quote(target)}", 303)
        # Several tabs may be signing in at once: they share the browser's value.
        browser = cookie_of(_visit(request).headers, self._browser_cookie.encode()).decode("latin-1")
        browser = browser if len(browser) == 43 else secret()
        begun = await self.sign_ins.begin(browser, target, session.session_id if session else None, step_up=step_up)
        address = await self.issuer.authorization_url(
            state=begun.state,
            nonce=begun.nonce,
            challenge=begun.challenge,
            again=step_up,
            max_age=int(self.settings.absolute.total_seconds()),
        )
        answer = RedirectResponse(address, 303, headers={"cache-control": "no-store"})
        age = int(LIFETIME.total_seconds())
        # Lax: the issuer's redirect back comes from another site.
        self._set(answer, self._browser_cookie, browser, f"SameSite=Lax; Max-Age={age}")
        return answer

    # -- back from the issuer

    async def callback(self, request: Request) -> Response:
        visit, given = _visit(request), request.query_params
        browser = cookie_of(visit.headers, self._browser_cookie.encode())
        begun = await self.sign_ins.take(given.get("state", ""), browser) if browser else None
        again = "/auth/sign-in"
        try:
            if begun is None:
                raise TokenRefused("no such sign-in")
            again = f"/auth/{'step-up' if begun.step_up else 'sign-in'}?return_to={quote(begun.return_to)}"
            if given.get("iss", self.settings.issuer) != self.settings.issuer:
                raise TokenRefused("another issuer's answer")
            if "code" not in given:
                raise TokenRefused("the issuer sent no code")
            token = await self.issuer.redeem(given["code"], begun.verifier)
            person = await self.issuer.identify(token, begun.nonce)
            cookie = await self._admit(begun, person, visit.spoken)
        except TokenRefused as refused:
            log.warning("sign-in refused", request_id=visit.request_id, why=str(refused))
            about = say(visit.spoken, "gateway", "sign_in.other_person") if isinstance(refused, OtherPerson) else ""
            return pages.failed(visit.spoken, again, about)
        except Failed as failed:
            log.warning("sign-in without account", request_id=visit.request_id, reason=failed.reason)
            return pages.failed(visit.spoken, again, failed.status.message, 403)
        answer = pages.going_on(begun.return_to, visit.spoken)
        self._set(answer, self.settings.cookie, cookie, "SameSite=Strict")
        # The browser's short-lived value stays: another tab may be on its way back too.
        return answer

    async def _admit(self, begun: SignIn, person: Identified, language: str) -> str:
        """The session cookie's new value. Raises TokenRefused, or Failed when identity lets them not in."""
        if begun.step_up and begun.session_id is not None:
            cookie = await self._renew(begun, begun.session_id, person, language)
            if cookie is not None:
                return cookie
        oldest = self.clock.now() - self.settings.absolute - timedelta(seconds=SKEW_SECONDS)
        if person.signed_in_at < oldest:
            raise TokenRefused("signed in too long ago")
        session_id = uuid7()
        _, cookie = await self.sessions.begin(await self._signed_in(session_id, person, language))
        if begun.session_id is not None:
            await self._end(begun.session_id)
        return cookie

    async def _renew(self, begun: SignIn, session_id: UUID, person: Identified, language: str) -> str | None:
        session = await self.sessions.get(session_id)
        if session is None:
            return None
        if (session.subject, session.username) != (person.subject, person.username):
            raise OtherPerson("somebody else came back")
        if person.signed_in_at < begun.begun_at - timedelta(seconds=SKEW_SECONDS):
            raise TokenRefused("the issuer did not ask again")
        self.passports.drop(session.principal)
        return await self.sessions.renew(await self._signed_in(session_id, person, language))

    async def _signed_in(self, session_id: UUID, person: Identified, language: str) -> SignedIn:
        principal = principal_of(session_id, person.username, person.signed_in_at)
        held = await self.passports.get(principal, language)
        return SignedIn(
            session_id=session_id,
            account_id=held.account_id,
            employee_id=UUID(held.employee_id) if held.employee_id else None,
            username=person.username,
            subject=person.subject,
            issuer_session=person.issuer_session,
            id_token=self.vault.seal_own(_SEAL, person.id_token),
            signed_in_at=person.signed_in_at,
        )

    # -- while signed in

    async def session(self, request: Request) -> Response:
        """Who is signed in, without prolonging the session."""
        session = await self._session(request)
        if session is None:
            raise SignInRequired
        held = self.passports.fresh(session.principal)
        employee = held.employee_id if held else str(session.employee_id or "")
        body = {
            "accountId": str(session.account_id),
            "username": session.username,
            "employeeId": employee,
            "signedInAt": _instant(session.signed_in_at),
            "idleExpiresAt": _instant(min(self.sessions.idle_expires_at(session), session.expires_at)),
            "absoluteExpiresAt": _instant(session.expires_at),
        }
        return JSONResponse(body, headers={"cache-control": "no-store"})

    async def sign_out(self, request: Request) -> Response:
        visit = _visit(request)
        if visit.headers.get(b"x-mainstay") != b"portal":
            raise CsrfHeaderMissing
        session = await self._session(request)
        target = ""
        if session is not None:
            await self._end(session.session_id)
            self.passports.drop(session.principal)
            try:
                hint = self.vault.open_own(_SEAL, session.id_token)
            except SealBroken:
                hint = ""
            target = await self.issuer.logout_url(hint)
        answer = JSONResponse({"redirectTo": target or "/"}, headers={"cache-control": "no-store"})
        self._set(answer, self.settings.cookie, "", "SameSite=Strict; Max-Age=0")
        return answer

    async def back_channel_logout(self, request: Request) -> Response:
        """The issuer ended a session or a person's sessions: ours end with them."""
        body = await read_body(request.receive, _visit(request).headers.get(b"content-length"), _FORM_LIMIT)
        headers = {"cache-control": "no-store"}
        try:
            logout = await self.issuer.logout(_form_value(body, "logout_token"))
            if not await self.sign_ins.heard(logout):
                raise TokenRefused("heard before")
        except TokenRefused as refused:
            log.warning("logout refused", request_id=_visit(request).request_id, why=str(refused))
            return JSONResponse({"error": "invalid_request"}, 400, headers=headers)
        ended = await self.sessions.end_of(
            subject="" if logout.issuer_session else logout.subject, issuer_session=logout.issuer_session
        )
        for session_id in ended:
            self.on_end(session_id)
        return Response(status_code=200, headers=headers)

    # -- small things

    async def _session(self, request: Request) -> Session | None:
        try:
            return (await self.callers.find(_visit(request).headers, use=False)).session
        except SignInRequired:
            return None

    async def _end(self, session_id: UUID) -> None:
        await self.sessions.end(session_id)
        self.on_end(session_id)

    @property
    def _host(self) -> str:
        return urlsplit(self.settings.public_url).netloc.lower()

    @property
    def _browser_cookie(self) -> str:
        return self.settings.cookie + "-sign-in"

    def _set(self, answer: Response, name: str, value: str, options: str) -> None:
        secure = "; Secure" if self.settings.secure else ""
        answer.headers.append("set-cookie", f"{name}={value}; Path=/; HttpOnly{secure}; {options}")


class OtherPerson(TokenRefused):
    """Somebody else came back from a step-up."""


def _visit(request: Request) -> Visit:
    visit: Visit = request.scope["mainstay"]
    return visit


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _form_value(body: bytes, name: str) -> str:
    try:
        found = parse_qs(body.decode(), strict_parsing=True, max_num_fields=20).get(name, [])
    except ValueError:
        found = []
    if len(found) != 1:
        raise TokenRefused(f"no {name}")
    return found[0]
