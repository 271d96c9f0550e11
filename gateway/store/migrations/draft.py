"""The next step as the tables ask for it: `python -m gateway.store.migrations.draft NAME` prints a file for `versions/`, to be mended.

It compares the tables with a scratch database at the newest step. Triggers and moved data are added by hand.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext

from gateway.store import types
from gateway.store.migrations.steps import head, upgrade
from gateway.store.session import Store
from gateway.store.tables import metadata

_FRAME = '''"""{title}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store import types

revision = "{revision}"
down_revision = {down!r}


def upgrade() -> None:
    """{title}."""
{body}
'''


def draft(title: str, *, after: str | None) -> str:
    """The text of a step that brings a database at `after` to the tables; from nothing when that is None."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'scratch.db'}"
        if after is not None:
            upgrade(url)
        store = Store(url)
        try:
            with store.reading() as connection:
                found = produce_migrations(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)
        finally:
            store.close()
    if found.upgrade_ops is None:
        raise LookupError("Alembic produced no step")
    body = render_python_code(found.upgrade_ops, render_item=_rendered, migration_context=None)
    revision = f"{int(after or 0) + 1:04}"
    return _FRAME.format(title=title.rstrip("."), revision=revision, down=after, body=body)


def _rendered(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """Our own types by their names; everything else as Alembic does."""
    if kind == "type" and item is types.Id:
        return "types.Id"
    if kind == "type" and type(item).__module__ == types.__name__:
        return f"types.{type(item).__name__}()"
    return False


if __name__ == "__main__":
    sys.stdout.write(draft(" ".join(sys.argv[1:]) or "A step", after=head()))
