"""Find a number without case

The running release works on the schema before and after this step: a new column is nullable or has a default, is
filled in batches by a later step, and only then enforced; what is no longer read is dropped one release later.
Runs under a lock timeout of five seconds. There is no way back but a newer step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "employees_0002"
down_revision = "employees_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("people_number_folded", "people", [sa.text("lower(number)")])
