"""How many rows a list would have, were it not cut; beyond ten thousand nobody counts on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, func, select

MOST = 10_000


def count(connection: Connection, chosen: Select[*tuple[Any, ...]]) -> int:
    """The number of rows of a query; MOST + 1 stands for more than MOST."""
    return connection.execute(select(func.count()).select_from(chosen.order_by(None).limit(MOST + 1).subquery())).scalar_one()
