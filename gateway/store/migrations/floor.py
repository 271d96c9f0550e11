"""Which programs may work on a schema: every version lives beside the one before it, and none beside one that is too old.

A step only adds, so older programs go on. A step that takes something away names a `floor`, the oldest step that a program must
know to work on what is left; it is not taken while such a program is alive, and refuses those that come back later.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from gateway.kernel.errors import ConfigError
from gateway.store import installation, nodes
from gateway.store.installation import Fact
from gateway.store.session import Tx


class SchemaTooNew(ConfigError):
    """This program is too old for the database."""


def require_welcome(connection: Connection, *, found: str, known: Sequence[str]) -> None:
    """SchemaTooNew where a program that knows these steps may not work on a database at `found`, which it does not know."""
    floor = installation.recall(connection, Fact.FLOOR)
    if floor is not None and floor not in known:
        raise SchemaTooNew(
            f"the database is at schema {found}, and only programs that know schema {floor} may work on it; this one knows "
            f"{known[-1]}: install the version that the other nodes run (gateway node list there names it)"
        )


def raise_floor(tx: Tx, step: str, floor: str | None, *, known: Sequence[str]) -> None:
    """What a step that takes something away asks for by its `floor`; refused while an older program is at work."""
    if floor is None:
        return
    since = nodes.recently(_now(tx))
    old = [one for one in nodes.alive(tx.connection, since=since) if one.knows in known[: known.index(floor)] or not one.knows]
    if old:
        names = ", ".join(f"{one.name} ({one.version})" for one in old)
        minutes = nodes.SILENT.total_seconds() // 60
        raise ConfigError(
            f"schema {step} takes away what older programs need, and some are at work: {names}; stop or upgrade them first, then "
            f"try again (a node that was killed counts for {minutes:.0f} more minutes)"
        )
    installation.remember(tx, Fact.FLOOR, floor)


def _now(tx: Tx) -> datetime:
    """The database's time of day."""
    if tx.is_sqlite:
        return datetime.now(UTC)
    told: datetime = tx.connection.exec_driver_sql("select clock_timestamp()").scalar_one()
    return told
