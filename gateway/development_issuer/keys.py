"""The development issuer's signing key, kept in a file so that tokens outlive a restart."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey


class SigningKey:
    def __init__(self, file: Path) -> None:
        """Reads the key, or makes it: readable by its owner only."""
        if file.exists():
            self._key = RSAKey.import_key(json.loads(file.read_text()))
            return
        self._key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as opened:
            json.dump(self._key.as_dict(private=True), opened)

    def jwks(self) -> dict[str, Any]:
        return {"keys": [dict(self._key.as_dict(private=False))]}

    def sign(self, claims: Mapping[str, Any], kind: str = "JWT") -> str:
        return jwt.encode({"alg": "RS256", "kid": self._key.kid, "typ": kind}, dict(claims), self._key)
