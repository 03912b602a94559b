"""What a backup has to know, from the environment. Variables begin with `MAINSTAY_`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from libs.kit.postgres import binaries
from libs.kit.settings import TlsSettings
from libs.kit.vault import Keyring

# What must not come back to life: sessions that ended meanwhile, sign-ins under way, and the keys that sign passports,
# which are made anew, so that no passport from before the restore is accepted by anybody.
_NEVER_KEPT = "gateway.sessions,gateway.sign_ins,identity.passport_keys"


class BackupSettings(TlsSettings):
    """Addresses may hold passwords, so they never appear in messages. TLS is for the bus alone."""

    model_config = SettingsConfigDict(env_prefix="MAINSTAY_", extra="ignore")

    backup_databases: SecretStr = Field(
        description="identity=postgresql://…,employees=postgresql://…,gateway=…,keycloak=…"
    )
    keyring: SecretStr = Field(description="Vault keys, as the services have them", min_length=10)
    backup_without: str = Field(_NEVER_KEPT, description="database.table,…: tables whose rows are not kept")
    backup_keys: Path | None = Field(None, description="Folder of the keys archives; `keys` beside `data` when empty")
    backup_metrics: Path | None = Field(None, description="File for Prometheus' textfile collector")
    bus_url: str = Field("", description="The services' bus, for a restore to see that it is empty")
    postgres_bin: Path | None = Field(None, description="Folder of pg_dump and the like; the wheel's when empty")

    @field_validator("backup_databases")
    @classmethod
    def _addresses(cls, value: SecretStr) -> SecretStr:
        if not _databases(value):
            msg = "must be name=postgresql://… separated by commas"
            raise ValueError(msg)
        return value

    @field_validator("keyring")
    @classmethod
    def _readable(cls, value: SecretStr) -> SecretStr:
        Keyring.parse(value.get_secret_value())
        return value

    @cached_property
    def databases(self) -> Mapping[str, str]:
        """Addresses by name."""
        return _databases(self.backup_databases)

    @cached_property
    def ring(self) -> Keyring:
        return Keyring.parse(self.keyring.get_secret_value())

    @property
    def bin(self) -> Path:
        return self.postgres_bin or binaries()

    def without(self, database: str) -> frozenset[str]:
        """Tables of a database whose rows are not kept."""
        named = [entry.strip().partition(".") for entry in self.backup_without.split(",")]
        return frozenset(table for name, _, table in named if name == database)


def _databases(value: SecretStr) -> Mapping[str, str]:
    """Empty when it cannot be read. A comma may stand in an address: a new entry begins with a name and `=postgres`."""
    found: dict[str, str] = {}
    name = ""
    for piece in value.get_secret_value().split(","):
        before, _, after = piece.strip().partition("=")
        if after.startswith(("postgresql://", "postgres://")) and before.isidentifier() and before not in found:
            name = before
            found[name] = after
        elif name and "=postgres" not in piece:
            found[name] += "," + piece
        else:
            return {}
    return found
