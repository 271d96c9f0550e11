"""Who administers people, from where, and what every such act shares: one at a time, never the own rights, always written down."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from gateway.kernel.clock import Clock
from gateway.kernel.errors import ConfigError, NotFound, PolicyRefused
from gateway.store import Store, Tx, audit

COMMAND_LINE = "command line"


class Office(Struct, frozen=True, kw_only=True):
    """Who administers people, and from where."""

    store: Store
    clock: Clock
    actor: str
    source: str = COMMAND_LINE


def note(tx: Tx, office: Office, event: str, about: str, *, detail: dict[str, Any] | None = None, reason: str = "") -> None:
    """Write down what was done; the last thing in a transaction."""
    at = office.clock.now()
    audit.note(tx, event, actor=office.actor, source=office.source, at=at, about=about, detail=detail, reason=reason.strip())


def change(before: object, after: object) -> dict[str, object]:
    """What was and what is, as an entry keeps it."""
    return {"before": before, "after": after}


def require(problems: Iterable[str]) -> None:
    """ConfigError with everything that is wrong."""
    found = tuple(problems)
    if found:
        raise ConfigError(*found)


def refuse_own(office: Office, user_ids: Iterable[str]) -> None:
    """Nobody gives rights to themselves; the command line has the rights of whoever may read the database anyway."""
    if office.actor in set(user_ids) and office.source != COMMAND_LINE:
        raise PolicyRefused("nobody changes their own rights; ask somebody else who administers people")


def missing(user_id: str) -> NotFound:
    """There is nobody of that id."""
    return NotFound(f"there is no user {user_id.lower()}", remedy="See which there are: gateway user list, gateway vendor user list")
