"""How many rows a list would have, were it not cut."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, func, select


def count(connection: Connection, chosen: Select[*tuple[Any, ...]]) -> int:
    """The number of rows of a query."""
    return connection.execute(select(func.count()).select_from(chosen.order_by(None).subquery())).scalar_one()
