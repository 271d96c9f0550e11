"""Invoices are found by their number alone, whoever has sent them: an index for it."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Only an index: older programs go on beside it."""
    op.create_index("invoice_number", "invoice", ["number"], unique=False)
