"""What identity may be told beyond what every service is. Variables begin with `MAINSTAY_`."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from libs.kit.settings import KitSettings


class IdentitySettings(KitSettings):
    keycloak_url: str = Field(
        "", description="Keycloak's address; empty: the issuer is managed elsewhere, no account is kept in step with it"
    )
    keycloak_realm: str = Field("mainstay", description="The realm that holds people and systems")
    keycloak_client_id: str = Field("mainstay-identity", description="Identity's own client, with rights to manage it")
    keycloak_client_secret: SecretStr = Field(SecretStr(""), description="That client's secret")
    keycloak_authority: Path | None = Field(None, description="PEM file of the authority that vouches for Keycloak")
    keycloak_seconds: float = Field(5, gt=0, le=30, description="Time limit of one call to Keycloak")
    keycloak_at_once: int = Field(8, ge=1, le=64, description="Accounts brought in step at the same time, per replica")
    keycloak_poll_seconds: float = Field(0.5, gt=0, le=60, description="How often the queue is looked at")
    keycloak_watch_seconds: float = Field(3, gt=0, le=600, description="How often Keycloak's own changes are read")
    keycloak_compare_per_second: float = Field(
        20, gt=0, le=1000, description="Accounts compared per second, in the slow full comparison"
    )
    keycloak_compare_rest_seconds: float = Field(3600, ge=0, description="Rest between two full comparisons")

    @model_validator(mode="after")
    def _whole_issuer(self) -> Self:
        if self.keycloak_url and not self.keycloak_client_secret.get_secret_value():
            msg = "keycloak_client_secret is needed with keycloak_url"
            raise ValueError(msg)
        return self
