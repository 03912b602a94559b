"""People who come back from the issuer: whether they get in, and what counts as a full sign-in.

A full sign-in is one at the level a step-up asks for (`step_up_acr`), made on this very way: what the issuer remembers
from an earlier one does not count. Without a level to ask for, any sign-in is a full one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from gateway.issuer import SKEW_SECONDS, Identified, Issuer, TokenRefused
from gateway.passports import Passports
from gateway.sessions import Sessions, SignedIn, principal_of
from gateway.settings import GatewaySettings
from gateway.sign_ins import SignIn
from libs.kit.clock import Clock
from libs.kit.ids import uuid7
from libs.kit.rpc.status import Failed
from libs.kit.vault import Vault

SEAL = "gateway.sessions.id_token"
_SKEW = timedelta(seconds=SKEW_SECONDS)
# Somebody hired a moment ago may be known to the issuer before identity.
_SETTLING = timedelta(seconds=30)
_OTHER_ACCOUNT = "SIGN_IN_REQUIRED"


class OtherPerson(TokenRefused):
    """Somebody else came back from a step-up."""


class TooWeak(TokenRefused):
    """The person proved less than was asked for."""


class NotAsked(TokenRefused):
    """The issuer answered a step-up from its own memory. Asked with force, it has to ask."""


class NotKnownYet(TokenRefused):
    """Identity does not know the person, who signed in seconds ago and may have been hired seconds ago."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """`cookie`: the session cookie's new value. `language`: what the person chose for their account or, where they
    chose none, on the issuer's page; may be empty.
    """

    cookie: str
    language: str


class OtherAccount(TokenRefused):
    """The issuer names somebody whose account belongs to another of its users."""


@dataclass(frozen=True)
class Arrivals:
    settings: GatewaySettings
    clock: Clock
    vault: Vault
    issuer: Issuer
    sessions: Sessions
    passports: Passports

    async def admit(self, begun: SignIn, given: Mapping[str, str], language: str) -> Admitted:
        """Raises TokenRefused, TemporarilyUnavailable, or Failed from identity; in that language."""
        if given.get("iss", self.settings.issuer) != self.settings.issuer:
            raise TokenRefused("another issuer's answer")
        if "code" not in given:
            raise TokenRefused("the issuer sent no code")
        token = await self.issuer.redeem(given["code"], begun.verifier)
        person = await self.issuer.identify(token, begun.nonce)
        if begun.step_up and begun.session_id is not None:
            admitted = await self._confirm(begun, begun.session_id, person, language)
            if admitted is not None:
                return admitted
        return await self._begin(begun, person, language)

    async def _begin(self, begun: SignIn, person: Identified, language: str) -> Admitted:
        if person.signed_in_at < self.clock.now() - self.settings.absolute - _SKEW:
            raise TokenRefused("signed in too long ago")
        levels = {self.settings.first_acr, self.settings.step_up_acr}
        if self.settings.first_acr and person.acr not in levels:
            raise TooWeak("below the first level")
        signed_in, spoken = await self._signed_in(uuid7(), begun, person, language)
        _, cookie = await self.sessions.begin(signed_in)
        if begun.session_id is not None:
            await self.sessions.end(begun.session_id, "replaced")
        return Admitted(cookie, spoken)

    async def _confirm(self, begun: SignIn, session_id: UUID, person: Identified, language: str) -> Admitted | None:
        """A step-up. None: the session has ended meanwhile."""
        session = await self.sessions.get(session_id)
        if session is None:
            return None
        if (session.subject, session.username) != (person.subject, person.username):
            raise OtherPerson("somebody else came back")
        if self.settings.step_up_acr and person.acr != self.settings.step_up_acr:
            raise TooWeak("below the level of a step-up")
        if not _asked(begun, person):
            if begun.forced or not self.settings.step_up_acr:
                raise TokenRefused("the issuer did not ask again")
            raise NotAsked("the issuer did not ask")
        self.passports.drop(session.principal)
        signed_in, spoken = await self._signed_in(session_id, begun, person, language)
        cookie = await self.sessions.renew(signed_in)
        return Admitted(cookie, spoken) if cookie else None

    async def _signed_in(
        self, session_id: UUID, begun: SignIn, person: Identified, language: str
    ) -> tuple[SignedIn, str]:
        """What the session is to hold, and the person's language."""
        full = self._full_sign_in_at(begun, person)
        principal = replace(principal_of(session_id, person.username, full), subject=person.subject)
        # Never from memory: identity compares the subject.
        self.passports.drop(principal)
        try:
            held = await self.passports.get(principal, language)
        except Failed as failed:
            if failed.reason == "ACCOUNT_UNKNOWN" and self.clock.now() - person.signed_in_at < _SETTLING:
                raise NotKnownYet("no account yet") from None
            if failed.reason == _OTHER_ACCOUNT:
                raise OtherAccount("another user of the issuer has this account") from None
            raise
        signed_in = SignedIn(
            session_id=session_id,
            account_id=held.account_id,
            employee_id=UUID(held.employee_id) if held.employee_id else None,
            username=person.username,
            subject=person.subject,
            issuer_session=person.issuer_session,
            id_token=self.vault.seal_own(SEAL, person.id_token),
            signed_in_at=person.signed_in_at,
            full_sign_in_at=full,
        )
        return signed_in, held.language or person.language

    def _full_sign_in_at(self, begun: SignIn, person: Identified) -> datetime | None:
        level = self.settings.step_up_acr
        if not level or (person.acr == level and _asked(begun, person)):
            return person.signed_in_at
        return None


def _asked(begun: SignIn, person: Identified) -> bool:
    """Whether the person signed in on this way, and not before it."""
    return person.signed_in_at >= begun.begun_at - _SKEW
