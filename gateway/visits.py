"""One HTTP request as every part of the front door sees it: its id, its language, where it comes from."""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from gateway.callers import Headers, cookie_of
from libs.kit.words import LANGUAGES, best_language

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Pairs = list[tuple[bytes, bytes]]

_SANE = re.compile(rb"[A-Za-z0-9._-]{8,64}\Z")
# Written by the portal when somebody chooses.
_CHOSEN = b"mainstay-language"
# The language of a sign-in, from the page that led to it to the one it leads to, which takes the cookie away.
SIGN_IN_LANGUAGE = "mainstay-sign-in-language"
_MOST_LANGUAGES = 1000
_languages: dict[bytes, str] = {}


@dataclass(slots=True)
class Visit:
    """`language` is empty when the request does not say; the caller's own counts then."""

    headers: Headers
    request_id: str
    language: str
    address: str

    @property
    def spoken(self) -> str:
        return self.language or LANGUAGES[0]


def language_of(header: bytes | None) -> str:
    if not header:
        return ""
    found = _languages.get(header)
    if found is None:
        found = best_language(header.decode("latin-1"), "")
        if len(_languages) < _MOST_LANGUAGES:
            _languages[header] = found
    return found


def chosen_language(headers: Headers) -> str:
    """What the person chose in the portal on this machine; empty when they did not."""
    chosen = cookie_of(headers, _CHOSEN).decode("latin-1")
    return chosen if chosen in LANGUAGES else ""


def sign_in_language(headers: Headers) -> str:
    """What the sign-in under way began in; empty when it did not say."""
    found = cookie_of(headers, SIGN_IN_LANGUAGE.encode()).decode("latin-1")
    return found if found in LANGUAGES else ""


def wants_page(headers: Headers) -> bool:
    """Whether a browser opens this address, and a problem in JSON would be no answer."""
    return b"text/html" in headers.get(b"accept", b"") and b"authorization" not in headers


def request_id_of(headers: Headers) -> str:
    """The id the caller gave, where it is harmless; a new one otherwise."""
    given = headers.get(b"x-request-id")
    if given is not None and _SANE.match(given):
        return given.decode()
    return os.urandom(16).hex()


def address_of(scope: Scope, headers: Headers, proxies: int) -> str:
    """Where the caller is: what the outermost of our own proxies saw, or the connection itself without any."""
    if proxies:
        hops = headers.get(b"x-forwarded-for", b"").split(b",")
        if len(hops) >= proxies:
            return hops[-proxies].strip().decode("latin-1")[:64]
    client = scope.get("client")
    return str(client[0]) if client else ""
