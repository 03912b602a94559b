"""TLS between Mainstay's own processes, both sides showing a certificate of the company's authority (mutual TLS).

A process's certificate names what it is (`identity`, `gateway`) as a DNS name; a caller asks for exactly that name,
whatever address it reached, so the same files serve on one machine, behind a load balancer and in a cluster.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc


@dataclass(frozen=True)
class Tls:
    """Files in PEM: the authority, this process's certificate with its chain, and its key."""

    authority: Path
    certificate: Path
    key: Path

    def server(self, *, clients_named: bool = True) -> Any:
        """GRPC server credentials. `clients_named`: callers must show a certificate of the authority too."""
        pair = [(self.key.read_bytes(), self.certificate.read_bytes())]
        return grpc.ssl_server_credentials(
            pair,
            root_certificates=self.authority.read_bytes() if clients_named else None,
            require_client_auth=clients_named,
        )

    def client(self) -> Any:
        """GRPC channel credentials."""
        return grpc.ssl_channel_credentials(
            root_certificates=self.authority.read_bytes(),
            private_key=self.key.read_bytes(),
            certificate_chain=self.certificate.read_bytes(),
        )

    def context(self) -> ssl.SSLContext:
        """For clients of anything else that speaks TLS: Kafka, PostgreSQL."""
        made = ssl.create_default_context(cafile=str(self.authority))
        made.load_cert_chain(self.certificate, self.key)
        return made
