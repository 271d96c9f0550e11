"""Texts found by their beginning, whatever the case, through an index on `lower(column)`: LIKE uses one on neither database as it stands.

On SQLite texts are compared byte by byte; on PostgreSQL the operators of `text_pattern_ops` do that, whatever the database's collation.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

LAST = "\U0010ffff"
"""No text goes on with it."""


class _Begins(FunctionElement[bool]):
    """A lowered column, and the bounds that what begins so lies between; of no type, for a Boolean becomes `(...) = 1` on SQLite."""

    inherit_cache = True
    name = "begins"


def begins(column: ColumnElement[str], told: str) -> ColumnElement[bool]:
    """Whether the column's text begins with what is told."""
    return _Begins(func.lower(column), func.lower(told), func.lower(told + LAST))


@compiles(_Begins)
def _bytewise(element: _Begins, compiler: SQLCompiler, **words: Any) -> str:
    return _between(element, compiler, ">=", "<", words)


@compiles(_Begins, "postgresql")
def _by_pattern(element: _Begins, compiler: SQLCompiler, **words: Any) -> str:
    return _between(element, compiler, "~>=~", "~<~", words)


def _between(element: _Begins, compiler: SQLCompiler, least: str, below: str, words: dict[str, Any]) -> str:
    text, low, high = (compiler.process(it, **words) for it in element.clauses)
    return f"({text} {least} {low} AND {text} {below} {high})"
