"""The OpenID Connect issuer as the front door sees it: discovery, keys, tokens read strictly, codes redeemed."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from gateway.issuer_line import Copy, Line, json_object
from gateway.settings import GatewaySettings
from libs.kit.clock import Clock
from libs.kit.errors import TemporarilyUnavailable
from libs.kit.words import best_language

# How far the issuer's clock may differ from ours.
SKEW_SECONDS = 30
ALGORITHMS = ["RS256", "PS256", "ES256"]
_KEPT_SECONDS = 300.0
_PASSWORD_SECONDS = 600
# Readiness asks the issuer no more often.
_READY_SECONDS = 15.0
# An unknown key is asked for at most this often, however many tokens name one.
_ASK_AGAIN_SECONDS = 10.0
# While the issuer is away, signatures are checked with the keys it published last, for six hours: long enough to mend
# an issuer at night, short enough that a key it withdrew meanwhile is not believed for a day.
KEYS_TRUSTED_SECONDS = 6 * 3600.0
# Addresses hardly ever change.
_METADATA_TRUSTED_SECONDS = 24 * 3600.0
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_REGISTRY = JWSRegistry()
_REGISTRY.max_payload_length = 32_000


class TokenRefused(Exception):
    """A token that is not what it must be. The text is for the log and holds no value of the token."""


class NameMissing(TokenRefused):
    """The issuer knows the person, but not by the claim that names them to us."""


@dataclass(frozen=True, slots=True)
class Identified:
    """A person as an ID token names them. `acr`: how they proved it, in the issuer's word; may be empty.

    `language`: what they chose on the issuer's page, one of ours; empty where the issuer does not say.
    """

    subject: str
    username: str
    issuer_session: str
    signed_in_at: datetime
    acr: str
    id_token: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Keys:
    """The issuer's signature keys, and their names."""

    found: KeySet
    kids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Going:
    """A browser on its way to the issuer. `forced`: everything must be asked again; `language` may be empty."""

    state: str
    nonce: str
    challenge: str
    step_up: bool
    forced: bool
    language: str


@dataclass(frozen=True, slots=True)
class Access:
    """Another system as its access token names it."""

    client_id: str
    token_id: str
    made_at: datetime
    ends: float


@dataclass(frozen=True, slots=True)
class Logout:
    """What the issuer tells to end: a person's sessions, or the one that belongs to a session of its own."""

    subject: str
    issuer_session: str
    token_id: str
    ends: datetime


class Issuer:
    def __init__(self, settings: GatewaySettings, clock: Clock, http: httpx.AsyncClient | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._line = Line(http, authority=settings.keycloak_authority)
        self._metadata: Copy[Mapping[str, Any]] = Copy(
            self._line, "discovery", self._discover, kept=_KEPT_SECONDS, trusted=_METADATA_TRUSTED_SECONDS
        )
        self._keys: Copy[Keys] = Copy(
            self._line, "keys", self._fetch_keys, kept=_KEPT_SECONDS, trusted=KEYS_TRUSTED_SECONDS
        )

    async def close(self) -> None:
        for copy in (self._metadata, self._keys):
            await copy.stop()
        await self._line.close()

    async def ready(self) -> str:
        """`ok`, or why nobody can sign in at the moment. Whoever is signed in needs the issuer for nothing."""
        return "ok" if await self._keys.looked_at(_READY_SECONDS) else "not answering"

    # -- going there and coming back

    async def authorization_url(self, going: Going) -> str:
        """Where the browser goes to sign in."""
        address = (await self.metadata())["authorization_endpoint"]
        query = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile",
            "state": going.state,
            "nonce": going.nonce,
            "code_challenge": going.challenge,
            "code_challenge_method": "S256",
            **self._asked(going),
        }
        if going.language:
            query["ui_locales"] = going.language
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"

    def _asked(self, going: Going) -> dict[str, str]:
        """What the person is asked for.

        A step-up names a level and leaves it to the issuer what is missing: Keycloak then asks for the second factor
        alone, because its condition for that level remembers it for 0 seconds and the one for the password for the
        whole session. Of a password older than ten minutes nobody can say who sits there now, and whoever has no second
        factor yet enrols one at a step-up: it is asked for again. `prompt=login` or `max_age=0` always do so; they are
        sent only where there is no level to name, or where the issuer let somebody pass without asking.
        """
        settings = self._settings
        level = settings.step_up_acr if going.step_up else settings.first_acr
        again = going.step_up and (going.forced or not level)
        # Asking for an age obliges the issuer to say when the person last signed in.
        age = _PASSWORD_SECONDS if going.step_up else int(settings.absolute.total_seconds())
        asked = {"max_age": "0" if again else str(age)}
        if again:
            asked["prompt"] = "login"
        if level:
            asked["acr_values"] = level
        if level and going.step_up:
            # acr_values is a wish; essential, the issuer must refuse rather than answer with less.
            essential = {"id_token": {"acr": {"essential": True, "values": [level]}}}
            asked["claims"] = json.dumps(essential, separators=(",", ":"))
        return asked

    @property
    def redirect_uri(self) -> str:
        return f"{self._settings.public_url}/auth/callback"

    async def redeem(self, code: str, verifier: str) -> str:
        """The ID token for a code. Raises TokenRefused when the issuer does not take the code."""
        metadata = await self.metadata()
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier,
        }
        name, secret = self._settings.oidc_client_id, self._settings.oidc_client_secret.get_secret_value()
        # Form-encoded before base64, as RFC 6749 2.3.1 says.
        basic = base64.b64encode(f"{quote(name, safe='')}:{quote(secret, safe='')}".encode()).decode()
        answer = await self._line.ask("POST", metadata["token_endpoint"], data=fields, authorization=f"Basic {basic}")
        if answer.status_code in {400, 401}:
            raise TokenRefused("the issuer did not take the code")
        found = json_object(answer).get("id_token")
        if not isinstance(found, str):
            raise TokenRefused("no ID token came with the code")
        return found

    async def logout_url(self, id_token: str) -> str:
        """Where the browser goes to end the issuer's own session; empty when the issuer knows no such address."""
        try:
            address = (await self.metadata()).get("end_session_endpoint")
        except TemporarilyUnavailable:
            return ""
        if not isinstance(address, str):
            return ""
        query = {
            "client_id": self._settings.oidc_client_id,
            "post_logout_redirect_uri": f"{self._settings.public_url}/",
            **({"id_token_hint": id_token} if id_token else {}),
        }
        return f"{address}?{urlencode(query)}"

    # -- tokens

    async def identify(self, token: str, nonce: str) -> Identified:
        """Reads an ID token. Raises TokenRefused unless it is for us, for this very sign-in, and in time.

        Raises NameMissing for a good one that does not say whom we know the person as.
        """
        claims = await self._read(token, {"", "JWT"}, audience=self._settings.oidc_client_id)
        if not hmac.compare_digest(_text(claims, "nonce").encode(), nonce.encode()):
            raise TokenRefused("another nonce")
        if "azp" in claims and claims["azp"] != self._settings.oidc_client_id:
            raise TokenRefused("made for another client")
        if claims.get("typ", "ID") != "ID":
            raise TokenRefused("not an ID token")
        subject = _text(claims, "sub")
        username = claims.get(self._settings.username_claim)
        if not isinstance(username, str) or not username.strip():
            raise NameMissing(f"no {self._settings.username_claim}")
        return Identified(
            subject=subject,
            username=username,
            issuer_session=str(claims.get("sid", "")),
            signed_in_at=datetime.fromtimestamp(min(_number(claims, "auth_time"), self._now()), UTC),
            acr=str(claims.get("acr", "")),
            id_token=token,
            language=best_language(str(claims.get("locale", ""))[:20], ""),
        )

    async def access(self, token: str) -> Access:
        """Reads another system's access token. Raises TokenRefused; also for the token of a person."""
        claims = await self._read(token, {"", "JWT", "at+jwt"}, audience=self._settings.access_audience)
        if claims.get("typ", "Bearer") != "Bearer":
            raise TokenRefused("not an access token")
        # A person's token belongs to a session at the issuer; people come with our cookie only.
        if any(name in claims for name in ("sid", "auth_time", "nonce")):
            raise TokenRefused("the token of a person")
        client_id = str(claims.get("client_id") or _text(claims, "azp"))
        if client_id == self._settings.oidc_client_id:
            raise TokenRefused("our own client")
        return Access(
            client_id=client_id,
            token_id=str(claims.get("jti", ""))[:100] or client_id,
            made_at=datetime.fromtimestamp(min(_number(claims, "iat"), self._now()), UTC),
            ends=_number(claims, "exp"),
        )

    async def logout(self, token: str) -> Logout:
        """Reads a back-channel logout token (OpenID Connect Back-Channel Logout 1.0, 2.6). Raises TokenRefused."""
        claims = await self._read(token, {"logout+jwt"}, audience=self._settings.oidc_client_id)
        events = claims.get("events")
        if not isinstance(events, dict) or not isinstance(events.get(_LOGOUT_EVENT), dict):
            raise TokenRefused("not a logout event")
        if "nonce" in claims:
            raise TokenRefused("a logout token has no nonce")
        made, ends = _number(claims, "iat"), _number(claims, "exp")
        if ends - made > 3600:
            raise TokenRefused("a logout token lives for minutes")
        subject, issuer_session = str(claims.get("sub", "")), str(claims.get("sid", ""))
        if not subject and not issuer_session:
            raise TokenRefused("ends nobody's session")
        return Logout(subject, issuer_session, _text(claims, "jti"), datetime.fromtimestamp(ends + SKEW_SECONDS, UTC))

    async def _read(self, token: str, kinds: set[str], *, audience: str) -> Mapping[str, Any]:
        if len(token) > 32_000:
            raise TokenRefused("too long")
        header = _header(token)
        if str(header.get("typ", "")) not in kinds:
            raise TokenRefused("another kind of token")
        keys = await self._keys_for(header.get("kid"))
        try:
            claims: dict[str, Any] = jwt.decode(token, keys, algorithms=ALGORITHMS, registry=_REGISTRY).claims
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise TokenRefused(type(error).__name__) from error
        self._check(claims, audience)
        return claims

    def _check(self, claims: Mapping[str, Any], audience: str) -> None:
        if claims.get("iss") != self._settings.issuer:
            raise TokenRefused("another issuer")
        named = claims.get("aud")
        if not (named == audience if isinstance(named, str) else isinstance(named, list) and audience in named):
            raise TokenRefused("not for us")
        now = self._now()
        if _number(claims, "exp") <= now - SKEW_SECONDS:
            raise TokenRefused("expired")
        if _number(claims, "iat") > now + SKEW_SECONDS:
            raise TokenRefused("from the future")
        if "nbf" in claims and _number(claims, "nbf") > now + SKEW_SECONDS:
            raise TokenRefused("not valid yet")

    def _now(self) -> float:
        return self._clock.now().timestamp()

    # -- what the issuer publishes

    async def metadata(self) -> Mapping[str, Any]:
        """The discovery document. Raises TemporarilyUnavailable while there is none that may be trusted."""
        return await self._metadata.get()

    async def _discover(self) -> Mapping[str, Any]:
        address = self._settings.issuer_address or self._settings.issuer
        address = address.rstrip("/") + "/.well-known/openid-configuration"
        found = json_object(await self._line.ask("GET", address))
        if found.get("issuer") != self._settings.issuer:
            raise TemporarilyUnavailable(part="issuer")
        return found

    async def _keys_for(self, kid: object) -> KeySet:
        if not isinstance(kid, str):
            raise TokenRefused("names no key")
        keys = await self._keys.get()
        if kid not in keys.kids:
            # While the issuer is away nobody can say that there is no such key.
            keys = await self._keys.newer_than(_ASK_AGAIN_SECONDS)
            if kid not in keys.kids:
                raise TokenRefused("an unknown key")
        return keys.found

    async def _fetch_keys(self) -> Keys:
        found = json_object(await self._line.ask("GET", (await self.metadata())["jwks_uri"]))
        usable = [key for key in found.get("keys", []) if key.get("use", "sig") == "sig" and "kid" in key]
        try:
            return Keys(KeySet.import_key_set({"keys": usable}), frozenset(key["kid"] for key in usable))
        except (JoseError, ValueError, TypeError, KeyError):
            raise TemporarilyUnavailable(part="issuer") from None


def _header(token: str) -> dict[str, Any]:
    try:
        part = token.partition(".")[0]
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        raise TokenRefused("not a token") from None
    if not isinstance(found, dict):
        raise TokenRefused("not a token")
    return found


def _text(claims: Mapping[str, Any], name: str) -> str:
    found = claims.get(name)
    if not isinstance(found, str) or not found:
        raise TokenRefused(f"no {name}")
    return found


def _number(claims: Mapping[str, Any], name: str) -> float:
    found = claims.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise TokenRefused(f"no {name}")
    return found
