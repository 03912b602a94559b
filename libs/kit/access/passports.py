"""Passports: who is calling, what they may do, and the epoch that statement was made at.

A signed token (RS256), at most 60 s old, made by identity and carried to services by the front door. It is verified
once and then known by its bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey
from joserfc.jws import JWSRegistry

from libs.kit.access.scopes import Lost, Rights, Scope
from libs.kit.clock import Clock
from libs.kit.errors import PassportInvalid

ISSUER = "mainstay-identity"
LIFETIME_SECONDS = 60
# Rights of some forty permissions over several units stay below this; the library's own limit is for small tokens.
_REGISTRY = JWSRegistry()
_REGISTRY.max_payload_length = 64_000
METADATA = "mainstay-passport"


@dataclass(frozen=True)
class Passport:
    """What a caller may do. `employee_id` is None for other systems and for Mainstay's own consumers."""

    account_id: UUID
    employee_id: UUID | None
    username: str
    kind: str
    session_id: str
    epoch: int
    language: str
    signed_in_at: datetime
    issued_at: datetime
    expires_at: datetime
    rights: Rights
    lost: tuple[Lost, ...] = ()
    token: bytes = field(default=b"", repr=False)

    @cached_property
    def permissions(self) -> frozenset[str]:
        return frozenset(self.rights)

    def claims(self) -> dict[str, Any]:
        by_scope: dict[str, list[str]] = {}
        for permission, scopes in self.rights.items():
            for scope in scopes:
                by_scope.setdefault(str(scope), []).append(permission)
        return {
            "iss": ISSUER,
            "sub": str(self.account_id),
            "emp": str(self.employee_id) if self.employee_id else "",
            "usr": self.username,
            "knd": self.kind,
            "sid": self.session_id,
            "epo": self.epoch,
            "lng": self.language,
            "sia": int(self.signed_in_at.timestamp()),
            "iat": self.issued_at.timestamp(),
            "exp": self.expires_at.timestamp(),
            "rts": {scope: " ".join(sorted(names)) for scope, names in sorted(by_scope.items())},
            "lst": [[" ".join(sorted(lost.permissions)), str(lost.scope), lost.ended_at] for lost in self.lost],
        }

    @classmethod
    def of(cls, claims: Mapping[str, Any], token: bytes) -> Passport:
        rights: dict[str, tuple[Scope, ...]] = {}
        for text, names in claims["rts"].items():
            scope = Scope.parse(text)
            for name in names.split():
                rights[name] = (*rights.get(name, ()), scope)
        return cls(
            account_id=UUID(claims["sub"]),
            employee_id=UUID(claims["emp"]) if claims["emp"] else None,
            username=claims["usr"],
            kind=claims["knd"],
            session_id=claims["sid"],
            epoch=claims["epo"],
            language=claims["lng"],
            signed_in_at=datetime.fromtimestamp(claims["sia"], UTC),
            issued_at=datetime.fromtimestamp(claims["iat"], UTC),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            rights=rights,
            lost=tuple(Lost(frozenset(names.split()), Scope.parse(scope), at) for names, scope, at in claims["lst"]),
            token=token,
        )


def sign(passport: Passport, key: RSAKey) -> bytes:
    return jwt.encode({"alg": "RS256", "kid": key.kid}, passport.claims(), key, registry=_REGISTRY).encode()


class PassportReader:
    """Reads passports; remembers the ones it has verified until they end. `replace_keys` brings new public keys."""

    def __init__(self, clock: Clock, keys: KeySet | None = None) -> None:
        self._clock = clock
        self._keys = keys
        self._known: dict[bytes, Passport] = {}

    @property
    def ready(self) -> bool:
        return self._keys is not None

    def replace_keys(self, jwks: Mapping[str, Any]) -> None:
        self._keys = KeySet.import_key_set(jwks)  # type: ignore[arg-type]

    def read(self, token: bytes) -> Passport:
        """Raises PassportInvalid for one that is missing, forged or over."""
        passport = self._known.get(token)
        if passport is None:
            passport = self._verify(token)
            if len(self._known) > 20_000:
                self._forget_old()
            self._known[token] = passport
        if passport.expires_at <= self._clock.now():
            self._known.pop(token, None)
            raise PassportInvalid(why="expired")
        return passport

    def _verify(self, token: bytes) -> Passport:
        if not token:
            raise PassportInvalid(why="missing")
        if self._keys is None:
            raise PassportInvalid(why="keys not loaded yet")
        try:
            decoded = jwt.decode(token, self._keys, algorithms=["RS256"], registry=_REGISTRY)
            if decoded.claims.get("iss") != ISSUER:
                raise PassportInvalid(why="forged")
            return Passport.of(decoded.claims, token)
        except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise PassportInvalid(why="forged") from error

    def _forget_old(self) -> None:
        now = self._clock.now()
        self._known = {token: known for token, known in self._known.items() if known.expires_at > now}
        if len(self._known) > 20_000:
            self._known.clear()
