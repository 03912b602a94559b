"""Keeps a copy of an issuer's public keys (JWKS) in a file.

A broker given the keys' address refuses to start while the issuer is away; given a file it starts, reads the file
again when it changes, and goes on with the last known keys during an outage of the issuer.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path

import httpx
import structlog

_NONE_YET = b'{"keys": []}'
_ASK_SECONDS = 5.0
_FIRST_SECONDS = 1.0
# A token signed with a key the issuer made since is refused for so long at most.
_AGAIN_SECONDS = 30.0
log = structlog.get_logger()


class IssuerKeys:
    def __init__(self, address: str, file: Path) -> None:
        self._address = address
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self.file = file

    def start(self) -> None:
        """Begins to ask, unless it does already. The file is there when this returns, without keys at first."""
        if not self.file.exists():
            self.file.write_bytes(_NONE_YET)
        if self._thread is not None and self._thread.is_alive():
            return
        self._ended.clear()
        self._thread = threading.Thread(target=self._work, name="issuer-keys", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def refresh(self) -> bool:
        """Asks now; says whether the issuer answered with keys and they are kept."""
        try:
            found = httpx.get(self._address, timeout=_ASK_SECONDS).raise_for_status().content
            usable = bool(json.loads(found).get("keys"))
        except (httpx.HTTPError, ValueError, AttributeError):
            return False
        return usable and self._keep(found)

    def _keep(self, found: bytes) -> bool:
        try:
            if not self.file.exists() or found != self.file.read_bytes():
                fresh = self.file.with_suffix(".fresh")
                fresh.write_bytes(found)
                fresh.replace(self.file)
        except OSError as error:
            # A full disk, say: whoever asks again later finds room, and the last known keys serve till then.
            log.warning("the issuer's keys cannot be kept", file=self.file.name, error=type(error).__name__)
            return False
        return True

    def _work(self) -> None:
        while not self._ended.wait(_AGAIN_SECONDS if self.refresh() else _FIRST_SECONDS):
            pass
