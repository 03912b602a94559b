"""${message}

The running release works on the schema before and after this step: a new column is nullable or has a default, is
filled in batches by a later step, and only then enforced; what is no longer read is dropped one release later.
Runs under a lock timeout of five seconds. There is no way back but a newer step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
