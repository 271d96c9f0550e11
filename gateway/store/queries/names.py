"""Names of files, which are bytes, found by their beginning through an index on the column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, ColumnElement, func


def begins_so(column: Column[Any], name: bytes) -> Iterator[ColumnElement[bool]]:
    """Conditions on the column's bytes; none where the name is empty."""
    if not name:
        return
    yield column >= name
    yield func.substr(column, 1, len(name)) == name
    above = _next(name)
    if above is not None:
        yield column < above


def _next(name: bytes) -> bytes | None:
    """The first bytes behind everything that begins with these; None where nothing is."""
    kept = name.rstrip(b"\xff")
    return kept[:-1] + bytes([kept[-1] + 1]) if kept else None
