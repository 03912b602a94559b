"""The port to the sign-in issuer: what identity asks of it, and how it fails. `keycloak_directory` is the one adapter.

An entry is what the issuer holds for one account: a user for a person, a client for a system.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from libs.kit.call import House
from services.identity.settings import IdentitySettings


class IssuerFailed(Exception):
    """Something went wrong with one entry; its class is what people are shown. Carries no text from the issuer."""


class IssuerUnreachable(IssuerFailed):
    """It did not answer, or said that it cannot now: nothing is known about the entry."""


class IssuerClosed(IssuerUnreachable):
    """It does not let our own client in, so it can be asked nothing."""


class IssuerRefused(IssuerFailed):
    """It answered that it will not do this: its realm or the rights of our client are not as they must be.

    `status` is the HTTP status of its answer.
    """

    def __init__(self, status: int = 0) -> None:
        super().__init__()
        self.status = status


class EntryMissing(IssuerFailed):
    """There is no such entry, though it was there before."""


class EntryShut(IssuerFailed):
    """It was let in when last looked at and is shut now; nothing was changed."""


class NameTaken(IssuerFailed):
    """Another entry has this name."""


class MailTaken(IssuerFailed):
    """Another entry has this mail address; nothing was changed."""


class PasswordRefused(IssuerFailed):
    """The realm's policy does not take this password."""


@dataclass(frozen=True)
class Profile:
    """How a person is addressed. Personal, on its way from employees to the issuer: kept nowhere here."""

    family_name: str = field(repr=False)
    given_name: str = field(repr=False)
    work_mail: str = field(repr=False)


@dataclass(frozen=True)
class Told:
    """What the issuer is to hold for an account. Without a profile or a secret, what it holds of those stays."""

    kind: str
    account_id: str
    username: str
    let_in: bool
    profile: Profile | None = field(default=None, repr=False)
    description: str = ""
    secret: str = field(default="", repr=False)
    scopes: Sequence[str] = ()


@dataclass(frozen=True)
class Entry:
    """What the issuer holds, as far as it matters here. It may keep names in lower case."""

    entry_id: str
    kind: str
    username: str
    let_in: bool
    account_id: str = ""
    employee_number: str = ""
    # Whether an account may take it over while it names none: a client only where the realm declares it an integration,
    # a user unless it is what a client acts as.
    free_to_take: bool = False


@dataclass(frozen=True)
class Changed:
    """Somebody else than identity changed or deleted an entry."""

    kind: str
    entry_id: str
    deleted: bool


@dataclass(frozen=True)
class Changes:
    """A page of them, oldest first. `position` is where to read on; `more` says that there is another page now."""

    changed: Sequence[Changed]
    position: str
    more: bool = False


class IssuerDirectory(Protocol):
    """Every method raises IssuerUnreachable or IssuerRefused, and no other error but the ones it names."""

    async def entry(self, kind: str, entry_id: str) -> Entry | None: ...

    async def find(self, kind: str, account_id: str, username: str) -> Entry | None:
        """The entry that names the account, or else the one of this name."""
        ...

    async def create(self, told: Told) -> str:
        """Makes an entry and returns its id. Raises NameTaken, MailTaken; the names of clients' own users are taken."""
        ...

    async def change(self, entry_id: str, told: Told, *, keep_shut: bool = False) -> None:
        """Makes an entry say what is told; what it holds beside stays. Raises EntryMissing, NameTaken, MailTaken.

        Neither our own client nor a client's own user is ever written, ended or removed: NameTaken.

        With `keep_shut` nobody is let in whom somebody else has shut out by now: raises EntryShut instead.
        """
        ...

    async def end_sessions(self, kind: str, entry_id: str, until: datetime | None = None) -> None:
        """Ends every session, or those that began by the second of `until`, with their tokens. Raises EntryMissing."""
        ...

    async def disarm(self, entry_id: str) -> None:
        """Takes from a user whatever could sign it in: every credential and session. Raises EntryMissing, NameTaken.

        The first password, whoever sets it, is to be changed.
        """
        ...

    async def remove(self, kind: str, entry_id: str) -> None:
        """Deletes an entry; one that is gone is fine."""
        ...

    async def set_password(self, entry_id: str, password: str, *, temporary: bool) -> None:
        """A temporary one must be changed at the next sign-in. Raises EntryMissing, PasswordRefused."""
        ...

    async def remove_second_factors(self, entry_id: str) -> int:
        """Removes everything but the password, returns how many. Raises EntryMissing."""
        ...

    async def changes(self, position: str) -> Changes:
        """What others changed after a position; from now on when it is empty. The same change may come twice."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True)
class Issuer:
    """The managed issuer, as a part of the house. Where there is none, the issuer is managed elsewhere."""

    directory: IssuerDirectory
    settings: IdentitySettings


def of(house: House) -> Issuer | None:
    return house.parts.get(Issuer)
