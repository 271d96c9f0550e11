"""Processor time of a piece of work: of this process, and of the database server on this machine that works for it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from sqlalchemy import Connection, text

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
_BACKENDS = text("select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend'")


def seconds(connection: Connection) -> float:
    """So much was used until now; the difference of two is what lay between them cost."""
    return time.process_time() + (_server(connection) if connection.dialect.name == "postgresql" else 0)


def _server(connection: Connection) -> float:
    """Of the connections of this database; and of what has ended under the server meanwhile, as parallel workers do."""
    folders = [PROC / str(pid) for pid in connection.execute(_BACKENDS).scalars()]
    here = [folder for folder in folders if folder.exists()]
    parents = {_fields(folder)[1] for folder in here}
    ended = sum(int(ticks) for pid in parents for ticks in _fields(PROC / pid)[13:15])
    return sum(int((folder / "schedstat").read_text().split()[0]) for folder in here) / 1e9 + ended / TICKS


def _fields(folder: Path) -> list[str]:
    """What stands in `stat` behind the name of the program, which may hold blanks: the state, the parent, ..."""
    return (folder / "stat").read_text().rpartition(")")[2].split()
