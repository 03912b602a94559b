"""Keeps a copy of an issuer's public keys (JWKS) in a file.

A broker given the keys' address refuses to start while the issuer is away; given a file it starts, reads the file
again when it changes, and goes on with the last known keys during an outage of the issuer.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path

import httpx

_NONE_YET = b'{"keys": []}'
_ASK_SECONDS = 5.0
_FIRST_SECONDS = 1.0
# A token signed with a key the issuer made since is refused for so long at most.
_AGAIN_SECONDS = 30.0


class IssuerKeys:
    def __init__(self, address: str, file: Path) -> None:
        self._address = address
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self.file = file

    def start(self) -> None:
        """Begins to ask. The file is there when this returns, without keys when nobody was ever asked."""
        if not self.file.exists():
            self.file.write_bytes(_NONE_YET)
        self._ended.clear()
        self._thread = threading.Thread(target=self._work, name="issuer-keys", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def refresh(self) -> bool:
        """Asks now; says whether the issuer answered with keys."""
        try:
            found = httpx.get(self._address, timeout=_ASK_SECONDS).raise_for_status().content
            usable = bool(json.loads(found).get("keys"))
        except (httpx.HTTPError, ValueError, AttributeError):
            return False
        if usable and found != self.file.read_bytes():
            fresh = self.file.with_suffix(".fresh")
            fresh.write_bytes(found)
            fresh.replace(self.file)
        return usable

    def _work(self) -> None:
        while not self._ended.wait(_AGAIN_SECONDS if self.refresh() else _FIRST_SECONDS):
            pass
