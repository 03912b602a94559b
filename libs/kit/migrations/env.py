"""Alembic's environment for the kit's branch and every service's. Runs on the connection `libs.kit.migrate` gives."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("metadata"),
    transaction_per_migration=True,
    compare_server_default=True,
    **context.config.attributes.get("options", {}),
)
with context.begin_transaction():
    context.run_migrations()
