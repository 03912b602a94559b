"""The stack's secrets on one machine: made once, kept in its data folder, readable by nobody else."""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path


def _secret() -> str:
    return secrets.token_urlsafe(36)


def _keyring() -> str:
    return "k1:" + base64.b64encode(os.urandom(32)).decode()


@dataclass(frozen=True)
class StackSecrets:
    keyring: str = field(default_factory=_keyring)
    workload: str = field(default_factory=_secret)
    keycloak_admin: str = field(default_factory=_secret)
    portal_client: str = field(default_factory=_secret)
    identity_client: str = field(default_factory=_secret)
    # Printed at start and in the guides' examples: the demo company's systems are nobody's secret.
    erp_client: str = "erp-demo-secret"
    warehouse_client: str = "warehouse-demo-secret"

    @classmethod
    def in_folder(cls, folder: Path) -> StackSecrets:
        """Those kept in the folder, made when there are none; one that a newer release needs is added."""
        path = folder / "secrets.json"
        kept = json.loads(path.read_text()) if path.exists() else {}
        made = cls(**kept)
        if asdict(made) != kept:
            fresh = path.with_suffix(".new")
            descriptor = os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump(asdict(made), file, indent=2)
            fresh.replace(path)
        return made
