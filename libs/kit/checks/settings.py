"""What the checks are told; all of it may be missing, and then they say so. Variables begin with `MAINSTAY_`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from libs.kit.settings import TlsSettings


class CheckSettings(TlsSettings):
    model_config = SettingsConfigDict(env_prefix="MAINSTAY_", extra="ignore")

    check_programs: str = Field("", description="identity=http://host:port,…: each program's admin port")
    check_databases: Path = Field(
        Path("/etc/mainstay/databases"), description="Folder with each program's folder of its database's Secret"
    )
    check_database_key: str = Field("uri", description="Name of the file with the address there")
    check_certificates: Path = Field(
        Path("/etc/mainstay/certificates"), description="Folder with each program's folder of its TLS Secret"
    )
    keyring: SecretStr = Field(SecretStr(""), description="Vault keys")
    workload_secret: SecretStr = Field(SecretStr(""), description="Shared by Mainstay's processes")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="Secret of the front door's client")
    keycloak_client_secret: SecretStr = Field(SecretStr(""), description="Secret of identity's client")
    bus_url: str = Field("", description="kafka://host:port,host:port")
    bus_replication: int = Field(-1, description="Copies of each message")
    public_url: str = Field("", description="Address people open in the browser")
    issuer: str = Field("", description="OpenID Connect issuer")
    issuer_address: str = Field("", description="Where it is reached from here; empty: at its own address")
    username_claim: str = Field("preferred_username", description="Claim that names the person")
    first_acr: str = Field("", description="Level of an ordinary sign-in")
    step_up_acr: str = Field("", description="Level of a full sign-in")
    keycloak_url: str = Field("", description="Keycloak's address; empty: accounts are managed elsewhere")
    keycloak_realm: str = Field("mainstay", description="The realm")
    keycloak_authority: Path | None = Field(None, description="PEM file of the authority that vouches for Keycloak")

    def programs(self) -> dict[str, str]:
        """Addresses of the admin ports by program."""
        pairs = (entry.partition("=") for entry in self.check_programs.split(",") if entry)
        return {name: address for name, _, address in pairs}
