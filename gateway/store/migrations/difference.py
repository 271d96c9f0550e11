"""What differs between a database and the tables that the program expects; Alembic compares all but indexes on expressions.

Those SQLite does not tell, and PostgreSQL tells in words of its own: they are compared by their names.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, Index, text

from gateway.store.tables import metadata

NAMES = {
    "sqlite": "select name from sqlite_master where type = 'index'",
    "postgresql": "select indexname from pg_indexes where schemaname = current_schema()",
}


def differences(connection: Connection) -> Iterator[Any]:
    """Each as Alembic tells it."""
    wanted = {str(it.name): it for table in metadata.tables.values() for it in table.indexes if is_on_expression(it)}

    def compared(_thing: object, name: str | None, kind: str, _reflected: object, _other: object) -> bool:
        return kind != "index" or name not in wanted

    options = {"compare_type": True, "compare_server_default": False, "include_object": compared}
    context = MigrationContext.configure(connection, opts=options)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*expression-based index")
        yield from compare_metadata(context, metadata)
    there = set(connection.execute(text(NAMES[connection.dialect.name])).scalars())
    yield from (("add_index", it) for name, it in wanted.items() if name not in there)


def is_on_expression(index: Index) -> bool:
    """Whether the index is of what is computed from columns."""
    return not all(isinstance(it, Column) for it in index.expressions)
