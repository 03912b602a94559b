"""`/auth/…`: signing in and out. The browser gets a cookie and never a token (RFC 10017, backend for frontend)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID

import structlog
from fastapi import APIRouter, Request
from grpc import StatusCode
from starlette.responses import JSONResponse, RedirectResponse, Response

from gateway import pages
from gateway.api import read_body
from gateway.arrivals import SEAL, Arrivals, NotAsked, NotKnownYet, OtherAccount, OtherPerson, TooWeak
from gateway.callers import Callers, cookie_of
from gateway.issuer import Going, Issuer, Logout, NameMissing, TokenRefused
from gateway.metrics import LOGOUTS, SIGN_INS
from gateway.passports import Passports
from gateway.sessions import Session, Sessions, secret
from gateway.settings import GatewaySettings
from gateway.sign_ins import LIFETIME, SignIns
from gateway.visits import SIGN_IN_LANGUAGE, Visit, sign_in_language
from libs.kit.database import Database
from libs.kit.errors import CsrfHeaderMissing, SignInRequired
from libs.kit.rpc.status import Failed, fault_of
from libs.kit.vault import SealBroken, Vault
from libs.kit.words import LANGUAGES, say

_PATH = re.compile(r"/[^\\\x00-\x20\x7f]*\Z")
_FORM_LIMIT = 64 * 1024
# A page that waits tries again so soon: for an account that is on its way, and for a part that is away.
_SOON_SECONDS = 2
_LATER_SECONDS = 5
# Until the portal has begun.
_TOLD_SECONDS = 60
_PASSING = frozenset({StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED})
_OUTCOMES: Mapping[type[TokenRefused], tuple[str, int]] = {
    OtherPerson: ("other_person", 400),
    OtherAccount: ("other_account", 403),
    TooWeak: ("too_weak", 403),
    NameMissing: ("no_name", 403),
    NotKnownYet: ("unknown_account", 503),
    NotAsked: ("not_asked", 200),
}
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
class _Back:
    """Where somebody wants to be, and how they try to get there."""

    step_up: bool
    path: str
    forced: bool = False

    @property
    def again(self) -> str:
        forced = "&forced=1" if self.forced else ""
        return f"/auth/{'step-up' if self.step_up else 'sign-in'}?return_to={quote(self.path)}{forced}"


@dataclass(frozen=True)
class SignInDesk:
    """Everything `/auth/…` works with."""

    settings: GatewaySettings
    database: Database
    vault: Vault
    issuer: Issuer
    sessions: Sessions
    sign_ins: SignIns
    arrivals: Arrivals
    passports: Passports
    callers: Callers

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
        return await self._leave(request, step_up=False)

    async def step_up(self, request: Request) -> Response:
        """Asks the person who is signed in to confirm who they are; a plain sign-in for anybody else."""
        return await self._leave(request, step_up=True)

    async def _leave(self, request: Request, *, step_up: bool) -> Response:
        visit, given = _visit(request), request.query_params
        if given.get("language") in LANGUAGES:
            # What the page speaks that led here, whatever the browser prefers.
            visit.language = given["language"]
        back = _Back(step_up, safe_path(given.get("return_to", "/")), forced=given.get("forced") == "1")
        if visit.headers.get(b"host", b"").decode("latin-1").lower() != self._host:
            # The issuer sends people back to one address, where this host's cookie would be missing.
            return RedirectResponse(f"{self.settings.public_url}{back.again}", 303)
        try:
            return await self._send_out(request, back)
        except Exception as error:  # noqa: BLE001 - what is no outage is raised again
            return self._outage(error, visit, back.again)

    async def _send_out(self, request: Request, back: _Back) -> Response:
        session = await self._session(request)
        # First: while the issuer is away nothing is begun.
        await self.issuer.metadata()
        # Several tabs may be signing in at once: they share the browser's value.
        browser = cookie_of(_visit(request).headers, self._browser_cookie.encode()).decode("latin-1")
        browser = browser if len(browser) == 43 else secret()
        step_up = back.step_up and session is not None
        begun = await self.sign_ins.begin(
            browser, back.path, session.session_id if session else None, step_up=step_up, forced=back.forced
        )
        going = Going(
            state=begun.state,
            nonce=begun.nonce,
            challenge=begun.challenge,
            step_up=step_up,
            forced=back.forced,
            language=_visit(request).language,
        )
        address = await self.issuer.authorization_url(going)
        answer = RedirectResponse(address, 303, headers={"cache-control": "no-store"})
        age = int(LIFETIME.total_seconds())
        # Lax: the issuer's redirect back comes from another site.
        self._set(answer, self._browser_cookie, browser, f"SameSite=Lax; Max-Age={age}")
        self._tell_language(answer, going.language, age)
        return answer

    # -- back from the issuer

    async def callback(self, request: Request) -> Response:
        visit, given = _visit(request), request.query_params
        visit.language = sign_in_language(visit.headers) or visit.language
        browser = cookie_of(visit.headers, self._browser_cookie.encode())
        back = _Back(step_up=False, path="/")
        try:
            begun = await self.sign_ins.take(given.get("state", ""), browser) if browser else None
            if begun is None:
                raise TokenRefused("no such sign-in")
            back = _Back(begun.step_up, begun.return_to)
            admitted = await self.arrivals.admit(begun, given, visit.spoken)
        except TokenRefused as refused:
            return self._refusal(refused, visit, back)
        except Exception as error:  # noqa: BLE001 - what is no outage is raised again
            return self._outage(error, visit, back.again)
        SIGN_INS.labels("confirmed" if begun.step_up else "signed_in").inc()
        answer = pages.going_on(back.path, visit.spoken)
        self._set(answer, self.settings.cookie, admitted.cookie, "SameSite=Strict")
        self._tell_language(answer, admitted.language or visit.language, _TOLD_SECONDS)
        # The browser's short-lived value stays: another tab may be on its way back too.
        return answer

    def _refusal(self, refused: TokenRefused, visit: Visit, back: _Back) -> Response:
        """Says what happened, and the way on. The log says why, without a value of the token."""
        log.warning("sign-in refused", request_id=visit.request_id, why=str(refused))
        outcome, status = _OUTCOMES.get(type(refused), ("refused", 400))
        SIGN_INS.labels(outcome).inc()
        if isinstance(refused, NotAsked):
            return pages.going_on(f"{back.again}&forced=1", visit.spoken)
        if isinstance(refused, NotKnownYet):
            return pages.waiting(visit.spoken, "not_yet", back.again, seconds=_SOON_SECONDS, status=status)
        known = outcome in {"too_weak", "other_person", "other_account", "no_name"}
        about = say(visit.spoken, "gateway", f"sign_in.{outcome}") if known else ""
        return pages.failed(visit.spoken, back.again, about, status)

    def _outage(self, error: Exception, visit: Visit, again: str) -> Response:
        """A calm page for what will pass by itself, and for whom identity does not let in. Raises what is neither."""
        if isinstance(error, Failed) and error.code not in _PASSING:
            log.warning("sign-in without account", request_id=visit.request_id, reason=error.reason)
            SIGN_INS.labels("not_let_in").inc()
            return pages.failed(visit.spoken, again, error.status.message, 403)
        fault = error if isinstance(error, Failed) else fault_of(error, visit.request_id)
        if fault.code not in _PASSING:
            raise error
        part = getattr(fault, "part", "")
        log.warning("sign-in not possible now", request_id=visit.request_id, part=part, error=type(error).__name__)
        SIGN_INS.labels("unavailable").inc()
        # Not all at the same instant: the issuer that comes back meets everybody who waited.
        seconds = _LATER_SECONDS + secrets.randbelow(_LATER_SECONDS)
        word = "issuer_away" if part == "issuer" else "part_away"
        return pages.waiting(visit.spoken, word, again, seconds=seconds, status=503)

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
            await self.sessions.end(session.session_id, "signed_out")
            self.passports.drop(session.principal)
            try:
                hint = self.vault.open_own(SEAL, session.id_token)
            except SealBroken:
                hint = ""
            target = await self.issuer.logout_url(hint)
        answer = JSONResponse({"redirectTo": target or "/"}, headers={"cache-control": "no-store"})
        self._set(answer, self.settings.cookie, "", "SameSite=Strict; Max-Age=0")
        return answer

    async def back_channel_logout(self, request: Request) -> Response:
        """The issuer ended a session or a person's sessions: ours end with them."""
        body = await read_body(
            request.receive,
            _visit(request).headers.get(b"content-length"),
            _FORM_LIMIT,
            seconds=self.settings.body_seconds,
        )
        headers = {"cache-control": "no-store"}
        try:
            logout = await self.issuer.logout(_form_value(body, "logout_token"))
        except TokenRefused as refused:
            log.warning("logout refused", request_id=_visit(request).request_id, why=str(refused))
            LOGOUTS.labels("refused").inc()
            return JSONResponse({"error": "invalid_request"}, 400, headers=headers)
        LOGOUTS.labels("taken" if await self._end_for(logout) else "repeated").inc()
        return Response(status_code=200, headers=headers)

    async def _end_for(self, logout: Logout) -> bool:
        """Ends what a logout token says, once; whether it was new. A repeated one touches no later session.

        Heard and ended in one transaction: a token whose sessions could not be ended may come again.
        """
        ended: list[UUID] = []
        async with self.database.transaction() as unit:
            new = await self.sign_ins.heard(unit, logout)
            if new:
                subject = "" if logout.issuer_session else logout.subject
                ended = await self.sessions.end_of(unit, subject=subject, issuer_session=logout.issuer_session)
        self.sessions.settle(ended)
        return new

    # -- small things

    async def _session(self, request: Request) -> Session | None:
        try:
            return (await self.callers.find(_visit(request).headers, use=False)).session
        except SignInRequired:
            return None

    @property
    def _host(self) -> str:
        return urlsplit(self.settings.public_url).netloc.lower()

    @property
    def _browser_cookie(self) -> str:
        return self.settings.cookie + "-sign-in"

    def _tell_language(self, answer: Response, language: str, seconds: int) -> None:
        """Tells the page that comes next, which reads it by script, what to begin in."""
        if language:
            secure = "; Secure" if self.settings.secure else ""
            value = f"{SIGN_IN_LANGUAGE}={language}; Path=/; SameSite=Lax; Max-Age={seconds}{secure}"
            answer.headers.append("set-cookie", value)

    def _set(self, answer: Response, name: str, value: str, options: str) -> None:
        secure = "; Secure" if self.settings.secure else ""
        answer.headers.append("set-cookie", f"{name}={value}; Path=/; HttpOnly{secure}; {options}")


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
