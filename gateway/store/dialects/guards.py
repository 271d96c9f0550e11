"""Tables that only grow: triggers refuse every change and deletion of what has happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

APPEND_ONLY = ("order_history", "message_event", "outbox_event", "invoice_history", "pause_event", "hand_event", "privacy_act", "audit")

ERASABLE: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "order_history": (
            "parts",
            (
                *("order_id", "seq", "line_no", "event", "at", "actor", "source", "quantity", "status_after"),
                *("message_id", "place"),
            ),
        ),
        "message_event": ("detail", ("id", "message_id", "at", "event", "actor")),
        "invoice_history": (
            "reason",
            ("invoice_id", "seq", "vendor", "number", "at", "actor", "action", "from_state", "to_state"),
        ),
        "hand_event": ("parts", ("hand_id", "seq", "at", "actor", "act")),
    }
)
"""The one column of a growing table that an erasure may overwrite, and the others, which nobody may."""

_FUNCTION = """create or replace function gateway_append_only() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = '23001', table = tg_table_name;
end $$"""

_ERASING = " and exists (select 1 from erasing)"
_ERASED = """create or replace function gateway_{table}_only_erased() returns trigger language plpgsql as $$
declare was {table}; is_now {table};
begin
  was := old; is_now := new;
  was.{column} := null; is_now.{column} := null;
  if was *= is_now and exists (select 1 from erasing) then return new; end if;
  raise exception '% is append-only', tg_table_name using errcode = '23001', table = tg_table_name;
end $$"""


def guards(dialect: str, tables: Iterable[str]) -> Iterator[str]:
    """The statements that put the guards of these tables in place."""
    if dialect == "postgresql":
        yield _FUNCTION
    for table in tables:
        yield from _of_sqlite(table) if dialect == "sqlite" else _of_postgresql(table)


def _of_sqlite(table: str) -> Iterator[str]:
    for act in ("update", "delete"):
        yield f"create trigger {table}_no_{act} before {act} on {table} begin select raise(abort, '{table} is append-only'); end"


def _of_postgresql(table: str) -> Iterator[str]:
    rows = f"create trigger {table}_only_grows before update or delete on {table} for each row"
    yield f"{rows} execute function gateway_append_only()"
    yield f"create trigger {table}_not_emptied before truncate on {table} for each statement execute function gateway_append_only()"


def erasable(dialect: str) -> Iterator[str]:
    """The statements that let an erasure, and nothing else, overwrite what a person may have written in a growing table.

    An erasure stands in the table `erasing` while its transaction is open, where nobody else can see it.
    """
    for table, (column, others) in ERASABLE.items():
        yield from _erasable_of_sqlite(table, others) if dialect == "sqlite" else _erasable_of_postgresql(table, column)


def _erasable_of_sqlite(table: str, others: Iterable[str]) -> Iterator[str]:
    same = " and ".join(f"old.{name} is new.{name}" for name in others)
    yield f"drop trigger {table}_no_update"
    erased = same + _ERASING
    refuse = f"begin select raise(abort, '{table} is append-only'); end"
    yield f"create trigger {table}_no_update before update on {table} when not ({erased}) {refuse}"


def _erasable_of_postgresql(table: str, column: str) -> Iterator[str]:
    yield _ERASED.format(table=table, column=column)
    yield f"drop trigger {table}_only_grows on {table}"
    yield f"create trigger {table}_only_grows before delete on {table} for each row execute function gateway_append_only()"
    yield f"create trigger {table}_only_erased before update on {table} for each row execute function gateway_{table}_only_erased()"
