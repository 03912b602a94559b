"""What may be said about the stack on one machine. Variables begin with `MAINSTAY_`, as everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

# Ports after the front door's: what listens there. Replicas take every hundredth port beyond their first.
EDGE, KEYCLOAK, KAFKA_OUTSIDE, KAFKA_INNER, POSTGRES, KEYCLOAK_MANAGEMENT, KAFKA_CONTROLLER, PROMETHEUS, BOARD = range(
    1, 10
)
ADMIN, GRPC = 10, 30


class StackSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="MAINSTAY_", extra="ignore")

    port: int = Field(default=8080, ge=1, le=65200, description="Port of the front door; all others follow it")
    data: Path = Field(default=Path(".data/stack"), description="Folder that keeps everything")
    replicas: int = Field(default=1, ge=1, le=3, description="Processes of each service and of the gateway")
    demo: bool = Field(default=True, description="Load the demo company on first start")
    demo_password: str = Field(
        default="mainstay-demo-2026",
        min_length=12,
        description="Password of the demo sign-ins",
    )
    prometheus: bool = Field(default=False, description="Also start Prometheus with the alert rules")
    otlp_endpoint: str = Field(default="", description="OTLP/gRPC endpoint that all processes send spans to")
    drain_seconds: float = Field(default=1.0, ge=0, description="How long a process told to stop says so first")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Of our processes")

    @property
    def front_door(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def keycloak(self) -> str:
        return f"http://localhost:{self.port + KEYCLOAK}"

    @property
    def issuer(self) -> str:
        return f"{self.keycloak}/realms/mainstay"

    def ports(self) -> dict[str, int]:
        """Every port outside the replicas' own, by what listens there."""
        return {
            "front door": self.port,
            "gRPC edge": self.port + EDGE,
            "Keycloak": self.port + KEYCLOAK,
            "Kafka for integrators": self.port + KAFKA_OUTSIDE,
            "Kafka": self.port + KAFKA_INNER,
            "PostgreSQL": self.port + POSTGRES,
            "Keycloak's management": self.port + KEYCLOAK_MANAGEMENT,
            "Kafka's controller": self.port + KAFKA_CONTROLLER,
            "status": self.port + BOARD,
        }
