"""Open lines are found by their due date: an index for the watchdog, which else reads every line there ever was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

OPEN = sa.text("status in ('New Order', 'In Process', 'Held')")


def upgrade() -> None:
    """Only an index: older programs go on beside it."""
    op.create_index("order_line_due", "order_line", ["status", "due_on"], unique=False, sqlite_where=OPEN, postgresql_where=OPEN)
