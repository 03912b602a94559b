"""End the sessions of before a moment

The running release does not know the column and leaves it empty, which means what it meant: all sessions. Runs under a
lock timeout of five seconds; a column without a default rewrites nothing. There is no way back but a newer step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "identity_0004"
down_revision = "identity_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("issuer_accounts", sa.Column("sessions_until", sa.DateTime(timezone=True), nullable=True))
