"""The one metadata of all tables, and the names that constraints get when they are not named by hand."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, ForeignKey, Identity, Index, Label, MetaData, func

from gateway.store.types import Id

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def row_id() -> Column[int]:
    """A primary key that the database draws, never twice even after a deletion (with `sqlite_autoincrement`)."""
    return Column("id", Id, Identity(), primary_key=True)


def ref(name: str, target: str, *, null: bool = False) -> Column[int]:
    """A column that points to another table's id."""
    return Column(name, Id, ForeignKey(target), nullable=null)


def check(name: str, rule: str) -> CheckConstraint:
    """A named rule over the columns of one row."""
    return CheckConstraint(rule, name=name)


def one_of(column: str, words: Iterable[str]) -> CheckConstraint:
    """The column holds one of these words."""
    listed = ", ".join(f"'{word}'" for word in (str(word) for word in words))
    return CheckConstraint(f"{column} in ({listed})", name=column)


def by_beginning(name: str, column: Column[str] | Column[str | None] | Label[str], *, also: Column[int] | None = None) -> Index:
    """An index by which `dialects.begins` finds texts, and what else of the row it holds; said after the table, which it joins."""
    lowered = func.lower(column.element if isinstance(column, Label) else column).label(f"lower_{column.name}")
    columns = (lowered,) if also is None else (lowered, also)
    return Index(name, *columns, postgresql_ops={lowered.name: "text_pattern_ops"})


def words(enum: type[StrEnum]) -> tuple[str, ...]:
    """The stored words of an enum."""
    return tuple(member.value for member in enum)
