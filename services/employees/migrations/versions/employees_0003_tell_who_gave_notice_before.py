"""Tell who gave notice before

The running release works on the schema before and after this step: a new column is nullable or has a default, is
filled in batches by a later step, and only then enforced; what is no longer read is dropped one release later.
Runs under a lock timeout of five seconds. There is no way back but a newer step.
"""

from __future__ import annotations

from alembic import op

revision = "employees_0003"
down_revision = "employees_0002"
branch_labels = None
depends_on = None

# The work is `placing.say_last_days`; the release before has none of this kind and leaves the row alone. In a new
# database nobody is there, and the kit's tables may not be either: a branch of its own makes them.
_SCHEDULE = """
DO $later$ BEGIN
IF EXISTS (SELECT 1 FROM people) THEN
    INSERT INTO deadlines (deadline_id, kind, key, due_at, try_at)
    SELECT gen_random_uuid(), 'employees.unsaid_last_days', 'all', at, at FROM (SELECT now() + interval '1 hour' AS at);
END IF; END $later$
"""


def upgrade() -> None:
    op.execute(_SCHEDULE)
