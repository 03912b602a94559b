"""Secrets of an embedded run: made once, kept in its data folder, readable by nobody else."""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class LocalSecrets:
    keyring: str
    workload_secret: str
    portal_client_secret: str
    erp_client_secret: str

    @classmethod
    def in_folder(cls, folder: Path) -> LocalSecrets:
        path = folder / "secrets.json"
        if path.exists():
            return cls(**json.loads(path.read_text()))
        made = cls(
            keyring="k1:" + base64.b64encode(os.urandom(32)).decode(),
            workload_secret=secrets.token_urlsafe(48),
            portal_client_secret=secrets.token_urlsafe(32),
            # Printed at start and in the README's examples: the demo company's ERP is nobody's secret.
            erp_client_secret="erp-demo-secret",  # noqa: S106
        )
        descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(made), file, indent=2)
        return made
