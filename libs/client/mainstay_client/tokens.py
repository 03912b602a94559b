"""Access tokens by client credentials: asked for when needed, kept until shortly before they end."""

from __future__ import annotations

import base64
import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_TIMEOUT_SECONDS = 10
_LARGEST = 64 * 1024


class TokenRefused(Exception):
    """The issuer gives no token: the client id or its secret is wrong, or it is not answering."""


class Tokens:
    """`get` may be called by many threads at once; the issuer is asked by one of them."""

    def __init__(
        self, url: str, client_id: str, client_secret: str, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Raises ValueError for an address that would send the secret in the clear."""
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            msg = "the token address must be https, except on loopback"
            raise ValueError(msg)
        self._url = url
        # Form-encoded before base64, as RFC 6749 2.3.1 says.
        pair = f"{urllib.parse.quote(client_id, safe='')}:{urllib.parse.quote(client_secret, safe='')}"
        self._authorization = "Basic " + base64.b64encode(pair.encode()).decode()
        self._now = now
        self._lock = threading.Lock()
        self._token = ""
        self._until = float("-inf")

    def get(self) -> str:
        """Raises TokenRefused."""
        if self._now() < self._until:
            return self._token
        with self._lock:
            if self._now() >= self._until:
                self._token, lifetime = self._ask()
                # A tenth of its life, half a minute at most, is left for the call it is used in.
                self._until = self._now() + lifetime - min(30.0, lifetime / 10)
            return self._token

    def drop(self, token: str) -> None:
        """Asks again next time, unless somebody has already."""
        with self._lock:
            if token == self._token:
                self._until = float("-inf")

    def _ask(self) -> tuple[str, float]:
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked above
            self._url,
            data=b"grant_type=client_credentials",
            headers={
                "Authorization": self._authorization,
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
                found = json.loads(answer.read(_LARGEST))
            return str(found["access_token"]), float(found.get("expires_in", 60))
        except urllib.error.HTTPError as error:
            with error:
                raise TokenRefused(f"the issuer answered {error.code}: check the client id and its secret") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TokenRefused(f"the issuer gave no token: {type(error).__name__}") from error
