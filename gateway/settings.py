"""The front door's settings. Variables begin with `MAINSTAY_`, as everywhere."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from libs.kit.settings import KitSettings

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class GatewaySettings(KitSettings):
    public_url: str = Field("http://localhost:8080", description="Address people open in the browser, without a path")
    listen: str = Field("127.0.0.1:8080", description="host:port of the front door")
    edge_listen: str = Field("127.0.0.1:8081", description="host:port of the gRPC edge")
    listen_certificate: Path | None = Field(None, description="PEM file: the front door then serves https itself")
    listen_key: Path | None = Field(None, description="PEM file of that certificate's key")
    edge_certificate: Path | None = Field(None, description="PEM file of the gRPC edge's certificate; in clear without")
    edge_key: Path | None = Field(None, description="PEM file of that certificate's key")
    more_hosts: str = Field("", description="Further host names the front door answers to, separated by commas")
    trusted_proxies: int = Field(0, ge=0, le=5, description="Proxies in front that append to X-Forwarded-For")

    issuer: str = Field(description="OpenID Connect issuer, exactly as its tokens name it")
    issuer_address: str = Field("", description="Where the issuer is reached from here; empty: at its own address")
    keycloak_authority: Path | None = Field(
        None, description="PEM file of the authority that vouches for the issuer's certificate; none: the public ones"
    )
    oidc_client_id: str = Field("mainstay-portal", description="The front door's own client at the issuer")
    oidc_client_secret: SecretStr = Field(description="That client's secret", min_length=16)
    access_audience: str = Field("mainstay", description="Audience an access token of another system must name")
    username_claim: str = Field("preferred_username", description="Claim of the ID token that names the person")

    first_acr: str = Field("", description="Level (acr) an ordinary sign-in asks for; empty: the issuer's own choice")
    step_up_acr: str = Field(
        "", description="Level (acr) that makes a sign-in a full one and a step-up asks for; empty: any fresh sign-in"
    )

    idle_minutes: int = Field(30, ge=1, le=1440, description="A session unused for so long ends")
    absolute_hours: int = Field(10, ge=1, le=168, description="A session ends after so long in any case")

    body_limit: int = Field(2 * 1024 * 1024, ge=1024, le=8 * 1024 * 1024, description="Largest request body in bytes")
    body_seconds: float = Field(20, gt=0, le=300, description="A request's body must be here after so long")
    timeout_seconds: float = Field(10, gt=0, le=120, description="Deadline of a call; the caller may ask for less")
    session_rate: float = Field(50, gt=0, description="Calls per second of one person's session")
    service_rate: float = Field(200, gt=0, description="Calls per second of one other system")
    anonymous_rate: float = Field(100, gt=0, description="Calls per second of one address before sign-in")
    burst_seconds: float = Field(4, ge=1, description="How many seconds' worth of calls may come at once")
    streams_per_session: int = Field(8, ge=1, le=50, description="Event streams one session may hold open")

    portal: Path = Field(Path(__file__).parent / "portal" / "dist", description="Folder of the built portal")

    @field_validator("public_url", "issuer")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            msg = "must be an http or https address"
            raise ValueError(msg)
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            msg = "must be https, except on loopback"
            raise ValueError(msg)
        return value

    @field_validator("public_url")
    @classmethod
    def _no_path(cls, value: str) -> str:
        if urlsplit(value).path not in {"", "/"}:
            msg = "must have no path"
            raise ValueError(msg)
        return value.rstrip("/")

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        for name in ("listen", "edge"):
            if (getattr(self, f"{name}_certificate") is None) != (getattr(self, f"{name}_key") is None):
                msg = f"{name}_certificate and {name}_key belong together"
                raise ValueError(msg)
        return self

    @property
    def secure(self) -> bool:
        """Whether the browser comes by https."""
        return self.public_url.startswith("https:")

    @property
    def idle(self) -> timedelta:
        return timedelta(minutes=self.idle_minutes)

    @property
    def absolute(self) -> timedelta:
        return timedelta(hours=self.absolute_hours)

    @property
    def cookie(self) -> str:
        """The session cookie's name. The `__Host-` prefix needs https; plain http is for loopback only."""
        return "__Host-mainstay" if self.secure else "mainstay"

    @property
    def hosts(self) -> frozenset[bytes]:
        """`Host` headers that are ours. On loopback all of its names are."""
        parts = urlsplit(self.public_url)
        names = {parts.netloc, *filter(None, (name.strip() for name in self.more_hosts.split(",")))}
        if parts.hostname in LOOPBACK:
            port = f":{parts.port}" if parts.port else ""
            names |= {f"localhost{port}", f"127.0.0.1{port}", f"[::1]{port}"}
        return frozenset(name.lower().encode() for name in names)
