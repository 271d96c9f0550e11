"""Tables that only grow: triggers refuse every change and deletion of what has happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

APPEND_ONLY = ("order_history", "message_event", "outbox_event", "invoice_history", "pause_event", "hand_event")

_FUNCTION = """create or replace function gateway_append_only() returns trigger language plpgsql as $$
begin
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
