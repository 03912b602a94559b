"""Find what waits for an answer

The running release works on the schema before and after this step: a new column is nullable or has a default, is
filled in batches by a later step, and only then enforced; what is no longer read is dropped one release later.
Runs under a lock timeout of five seconds. There is no way back but a newer step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "talent_0002"
down_revision = "talent_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "entries_contests",
        "entries",
        ["contested_at", "entry_id"],
        postgresql_where=sa.text("contested_at IS NOT NULL AND answered_at IS NULL"),
    )
