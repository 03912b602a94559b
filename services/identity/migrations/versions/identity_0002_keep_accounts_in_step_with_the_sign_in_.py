"""Keep accounts in step with the sign-in issuer

The running release works on the schema before and after this step: a new column is nullable or has a default, is
filled in batches by a later step, and only then enforced; what is no longer read is dropped one release later.
Runs under a lock timeout of five seconds. There is no way back but a newer step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "identity_0002"
down_revision = "identity_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issuer_watches",
        sa.Column("watch", sa.String(), nullable=False),
        sa.Column("position", sa.String(), server_default="", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("watch"),
    )
    op.create_table(
        "issuer_accounts",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("wanted", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("behind_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.String(), server_default="", nullable=False),
        sa.Column("entry_id", sa.String(), nullable=True),
        sa.Column("let_in", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("end_sessions", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("scopes", postgresql.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.account_id"],
        ),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.create_index(
        "issuer_accounts_behind",
        "issuer_accounts",
        ["rank", "due_at"],
        unique=False,
        postgresql_where=sa.text("behind_since IS NOT NULL"),
    )
    op.create_index(
        "issuer_accounts_entry",
        "issuer_accounts",
        ["entry_id"],
        unique=True,
        postgresql_where=sa.text("entry_id IS NOT NULL"),
    )
