"""Remember the last full sign-in

The running release works on the schema before and after this step: a new column is nullable or has a default, is
filled in batches by a later step, and only then enforced; what is no longer read is dropped one release later.
Runs under a lock timeout of five seconds. There is no way back but a newer step.

Sessions that were there before have none: their people confirm who they are once more at the next sensitive call.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "gateway_0002"
down_revision = "gateway_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("full_sign_in_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sign_ins", sa.Column("forced", sa.Boolean(), nullable=True))
