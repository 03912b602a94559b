"""Keep the last day a case knew

The running release works on the schema before and after this step: a new column is nullable or has a default, is
filled in batches by a later step, and only then enforced; what is no longer read is dropped one release later.
Runs under a lock timeout of five seconds. There is no way back but a newer step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "talent_0003"
down_revision = "talent_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Reports made before know of none, and are outdated as soon as one is known.
    op.add_column("cases", sa.Column("last_day", sa.Date(), nullable=True))
