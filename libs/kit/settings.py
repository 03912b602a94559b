"""Typed settings from the environment, checked at start: one clear message and exit 2 when something is wrong."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Self, TypeVar
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.kit.tls import Tls
from libs.kit.vault import Keyring

S = TypeVar("S", bound=BaseSettings)


class TlsSettings(BaseSettings):
    """The files of TLS: all of them, or none."""

    model_config = SettingsConfigDict(env_prefix="MAINSTAY_", extra="ignore")

    tls_authority: Path | None = Field(None, description="PEM file of the authority Mainstay's processes trust")
    tls_certificate: Path | None = Field(None, description="PEM file of this process's certificate, naming the service")
    tls_key: Path | None = Field(None, description="PEM file of that certificate's key")
    bus_authority: Path | None = Field(
        None, description="PEM file of the authority that vouches for Kafka, when it is another than tls_authority"
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = (self.tls_authority, self.tls_certificate, self.tls_key)
        if any(given) and not all(given):
            msg = "TLS needs all of tls_authority, tls_certificate and tls_key"
            raise ValueError(msg)
        return self

    @property
    def tls(self) -> Tls | None:
        """What to speak TLS with among Mainstay's processes; None: in clear."""
        if not (self.tls_authority and self.tls_certificate and self.tls_key):
            return None
        return Tls(self.tls_authority, self.tls_certificate, self.tls_key)

    @property
    def bus_tls(self) -> Tls | None:
        """What to speak TLS with to Kafka, which another authority may vouch for; None: in clear."""
        return replace(self.tls, authority=self.bus_authority or self.tls.authority) if self.tls else None


class KitSettings(TlsSettings):
    """What every service needs. Variables begin with `MAINSTAY_`."""

    model_config = SettingsConfigDict(env_prefix="MAINSTAY_", extra="ignore")

    database_url: str = Field(description="PostgreSQL address of this service's own database")
    bus_url: str = Field(description="kafka://host:port,host:port; or a PostgreSQL address for the in-process bus")
    keyring: SecretStr = Field(
        description="Vault keys, newest first: id:base64 of 32 bytes, separated by commas", min_length=10
    )
    workload_secret: SecretStr = Field(
        description="Shared by Mainstay's own processes to know each other", min_length=32
    )
    services: str = Field(
        "", description="identity=host:port,employees=host:port: gRPC addresses; replicas as host:port|host:port"
    )
    grpc_listen: str = Field("127.0.0.1:0", description="host:port of this service's gRPC server")
    grpc_connection_seconds: float = Field(
        300, ge=1, le=86400, description="A gRPC connection ends after so long: its caller looks for new replicas then"
    )
    admin_listen: str = Field("127.0.0.1:0", description="host:port of health, readiness and metrics")
    drain_seconds: float = Field(
        0, ge=0, le=120, description="How long a process told to stop says so before it takes no more calls"
    )
    database_pool: int = Field(10, ge=2, le=200, description="Connections to the database at most")
    time_zone: str = Field("Asia/Shanghai", description="The company's IANA time zone")
    otlp_endpoint: str = Field("", description="OTLP/gRPC endpoint for traces; none are sent when empty")
    trace_file: Path | None = Field(None, description="File that spans are appended to as JSON lines; none when empty")
    trace_ratio: float = Field(1.0, ge=0, le=1, description="Share of the traces begun here that is kept")

    @field_validator("keyring")
    @classmethod
    def _readable(cls, value: SecretStr) -> SecretStr:
        Keyring.parse(value.get_secret_value())
        return value

    @field_validator("services")
    @classmethod
    def _addresses(cls, value: str) -> str:
        for entry in filter(None, value.split(",")):
            name, equals, address = entry.partition("=")
            if not (name.strip().isidentifier() and equals and all(address.split("|"))):
                msg = "must read identity=host:port,employees=host:port"
                raise ValueError(msg)
        return value

    @field_validator("time_zone")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in available_timezones():
            msg = "must be an IANA time zone, like Asia/Shanghai"
            raise ValueError(msg)
        return value

    def addresses(self) -> dict[str, list[str]]:
        """Where the replicas of each service are, by context."""
        pairs = (entry.partition("=") for entry in self.services.split(",") if entry)
        return {name.strip(): [one.strip() for one in given.split("|")] for name, _, given in pairs}


class SettingsWrong(Exception):
    """Names each variable that is missing or wrong, a line for each; never what it holds."""


def read(kind: type[S], **given: object) -> S:
    """Reads settings. Raises SettingsWrong."""
    try:
        return kind(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = ["Mainstay cannot start, its settings are incomplete:"]
        prefix = kind.model_config.get("env_prefix", "")
        for problem in error.errors():
            name = prefix + "_".join(str(part) for part in problem["loc"]).upper()
            field = kind.model_fields.get(str(problem["loc"][0])) if problem["loc"] else None
            about = f" ({field.description})" if field and field.description else ""
            lines.append(f"  {name}: {problem['msg']}{about}")
        raise SettingsWrong("\n".join(lines)) from None


def load(kind: type[S], **given: object) -> S:
    """Reads settings, or ends the process with status 2, naming each variable that is missing or wrong."""
    try:
        return read(kind, **given)
    except SettingsWrong as wrong:
        print(wrong, file=sys.stderr)  # noqa: T201 - the one message that explains
        sys.exit(2)
