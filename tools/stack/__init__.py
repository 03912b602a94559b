"""The real stack on one machine: PostgreSQL, Kafka, Keycloak, each service and the gateway as a process of its own."""
