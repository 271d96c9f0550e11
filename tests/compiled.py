"""Statements of SQLAlchemy, compiled once for all stores of a process: every test has a store of its own, and would compile them anew.

A gateway keeps its statements as long as it runs; what a test sees is a gateway that has run for a while.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.util import LRUCache

from gateway.store.dialects import engine as engines

__all__ = ["keep_statements"]

MOST = 3000
_KEPT: LRUCache[Any, Any] = LRUCache(MOST)
_KNOWN: dict[tuple[str, str | None, int | None], Dialect] = {}
"""By server, the dialect of the engine that was the first to get to know it: what is compiled is kept by dialect."""


def keep_statements() -> None:
    """From here on stores of one server share what is compiled."""
    engines.create_engine = _made


def _made(url: URL, **options: Any) -> Engine:
    made = create_engine(url, execution_options={"compiled_cache": _KEPT}, **options)
    server = (made.dialect.name, url.host, url.port)
    if server in _KNOWN:
        made.dialect = _KNOWN[server]
    else:
        event.listen(made, "engine_connect", lambda _: _KNOWN.setdefault(server, made.dialect), once=True)
    return made
