"""Pure: names that no account may have, because something else at the sign-in issuer or on Kafka goes by them."""

from __future__ import annotations

# A system's name is its client at the issuer and its principal on Kafka. Mainstay's own processes and contexts sign in
# there, hold certificates and read in consumer groups by these: a system of the same name would be taken for them.
_MAINSTAYS = frozenset(
    {
        "admin",
        "audit",
        "customers",
        "employees",
        "engagement",
        "gateway",
        "identity",
        "kafka",
        "offboarding",
        "performance",
        "talent",
        "training",
    }
)
_MAINSTAYS_PREFIX = "mainstay"
# Keycloak makes these clients in every realm; whoever has the secret of one acts with Keycloak's own rights.
_KEYCLOAKS = frozenset(
    {"account", "account-console", "admin-cli", "broker", "realm-management", "security-admin-console"}
)
# Keycloak keeps a client's own user among the people, under this and the client's name.
_SERVICE_USER_PREFIX = "service-account-"


def reserved_for_systems(username: str) -> bool:
    """Whether no system may be opened by this name, whatever its case."""
    name = username.casefold()
    return name in _MAINSTAYS | _KEYCLOAKS or name.startswith(_MAINSTAYS_PREFIX)


def belongs_to_a_client(username: str) -> bool:
    """Whether a user of this name is, or could become, what a client acts as: never a person."""
    return username.casefold().startswith(_SERVICE_USER_PREFIX)
