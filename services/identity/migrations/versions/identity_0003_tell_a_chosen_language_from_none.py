"""Tell a chosen language from none

The running release works on the schema before and after this step: it takes an account without a language for one that
reads Chinese, as it did. An account that was never changed has not chosen its language either; of one that was changed
nobody can tell, and it keeps what it has. Runs under a lock timeout of five seconds. There is no way back but a newer
step.
"""

from __future__ import annotations

from alembic import op

revision = "identity_0003"
down_revision = "identity_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("accounts", "language", server_default="")
    op.execute("UPDATE accounts SET language = '' WHERE language = 'zh-CN' AND version = 1")
