"""The embedded run's OpenID Connect issuer: signs in whoever the demo company knows, on loopback and nowhere else."""

from gateway.development_issuer.page import Card
from gateway.development_issuer.server import DevelopmentIssuer, DevelopmentIssuerSettings, NotLoopback, Person

__all__ = ["Card", "DevelopmentIssuer", "DevelopmentIssuerSettings", "NotLoopback", "Person"]
