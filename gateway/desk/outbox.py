"""Outgoing files as people look at them: what waits, why and until when. What people do about them is `dispatch`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from gateway.desk.pages import Page, page_of
from gateway.kernel.errors import NotFound
from gateway.store import Store, outbox, pauses
from gateway.store.outbox import Ack, Item, ItemState, Known
from gateway.store.pauses import OUTBOUND, Pause
from gateway.store.queries import (
    AttemptRow,
    WorkRow,
    attempts_made,
    behind,
    count_items,
    item_view,
    list_items,
    next_tries,
)
from gateway.transports import shown

UNFINISHED = (ItemState.WAITING, ItemState.BLESSED, ItemState.HELD, ItemState.PARKED, ItemState.CONFLICT)
"""The states in which somebody, we or a person, still has something to do."""
ON_THE_WAY = frozenset({ItemState.WAITING, ItemState.BLESSED})


class ItemSearch(Struct, frozen=True, kw_only=True):
    """What people look for; what is None does not matter."""

    connector: str | None = None
    channel: str | None = None
    kind: str | None = None
    states: tuple[ItemState, ...] = tuple(ItemState)
    acks: tuple[Ack, ...] = tuple(Ack)


class ItemRef(Struct, frozen=True, kw_only=True):
    """An outgoing file, in a word."""

    id: int
    kind: str
    connector: str
    channel: str
    file: str
    state: ItemState
    ack: Ack
    sent_at: datetime | None


class ItemRow(Struct, frozen=True, kw_only=True):
    """One outgoing file in a list: how far it is, why it waits, when it is tried next."""

    id: int
    kind: str
    connector: str
    channel: str
    file: str
    size: int
    state: ItemState
    ack: Ack
    made_at: datetime
    sent_at: datetime | None
    attempts: int
    next_try_at: datetime | None
    why: str


class EventSheet(Struct, frozen=True):
    """Something that happened, with who and when."""

    at: datetime
    event: str
    actor: str
    detail: Any


class ItemSheet(Struct, frozen=True, kw_only=True):
    """One outgoing file with every attempt and everything that happened to it."""

    id: int
    cause: str
    kind: str
    connector: str
    channel: str
    file: str
    size: int
    sha256: str
    archive_key: str
    state: ItemState
    known: Known | None
    ack: Ack
    ack_due_at: datetime | None
    round: int
    blessed_name: str | None
    made_at: datetime
    sent_at: datetime | None
    give_up_at: datetime | None
    next_try_at: datetime | None
    why: str
    numbers: dict[str, tuple[int, ...]]
    attempts: tuple[AttemptRow, ...]
    events: tuple[EventSheet, ...]


def search_items(store: Store, search: ItemSearch, *, before: int | None = None, most: int = 50) -> Page[ItemRow]:
    """Outgoing files, newest first."""
    wanted: dict[str, Any] = {name: getattr(search, name) for name in ItemSearch.__struct_fields__}
    with store.reading() as connection:
        found = list_items(connection, **wanted, before=before, most=most)
        ids = [it.id for it in found]
        due, tried = next_tries(connection, ids), attempts_made(connection, ids)
        first = behind(connection, due.values())
        stopped = pauses.find(connection, OUTBOUND)
        rows = [_row(it, due.get(it.id), tried.get(it.id, 0), first=first.get(it.id), stopped=stopped) for it in found]
        return page_of(rows, most, lambda: count_items(connection, **wanted, before=before))


def show_item(store: Store, item_id: int) -> ItemSheet:
    """The outgoing file of that id."""
    with store.reading() as connection:
        found = item_view(connection, item_id)
        first = behind(connection, [found.work]) if found and found.work else {}
        stopped = pauses.find(connection, OUTBOUND)
    if found is None:
        raise missing(item_id)
    it = found.item
    return ItemSheet(
        id=it.id,
        cause=it.idem,
        kind=it.kind,
        connector=it.connector,
        channel=it.channel,
        file=shown(it.file_name),
        size=it.size,
        sha256=it.sha256,
        archive_key=it.archive_key,
        state=it.state,
        known=it.known,
        ack=it.ack,
        ack_due_at=it.ack_due_at,
        round=it.round,
        blessed_name=None if it.blessed_name is None else shown(it.blessed_name),
        made_at=it.made_at,
        sent_at=it.sent_at,
        give_up_at=it.give_up_at,
        next_try_at=found.work.due_at if found.work else None,
        why=why(it, found.work, first.get(it.id), stopped),
        numbers=found.numbers,
        attempts=found.attempts,
        events=tuple(EventSheet(event.at, event.event, event.actor, event.detail) for event in found.events),
    )


def tries(store: Store, ids: Iterable[int]) -> dict[int, int]:
    """How often delivery of these files was tried so far."""
    with store.reading() as connection:
        return attempts_made(connection, ids)


def were_tried(store: Store, ids: Collection[int], *, before: Mapping[int, int]) -> bool:
    """Whether each of these files has left or stopped, or must wait: for another try, behind another file, or until all may go out."""
    with store.reading() as connection:
        if pauses.find(connection, OUTBOUND) is not None:
            return True
        due, now = next_tries(connection, ids), attempts_made(connection, ids)
        first = behind(connection, due.values())
        states = {it: found.state for it in ids if (found := outbox.get(connection, it)) is not None}
    return all(
        state not in ON_THE_WAY or it in first or (now.get(it, 0) > before.get(it, 0) and (it not in due or due[it].holder is None))
        for it, state in states.items()
    )


def item_ref(it: Item) -> ItemRef:
    """The file in a word."""
    return ItemRef(
        id=it.id,
        kind=it.kind,
        connector=it.connector,
        channel=it.channel,
        file=shown(it.file_name),
        state=it.state,
        ack=it.ack,
        sent_at=it.sent_at,
    )


def outbound_pause(store: Store) -> Pause | None:
    """Whether all outbound stands still, since when and why."""
    with store.reading() as connection:
        return pauses.find(connection, OUTBOUND)


def why(item: Item, work: WorkRow | None, first: int | None = None, stopped: Pause | None = None) -> str:
    """Why a file is where it is, in words for a person; `first` is the item it waits behind, `stopped` the pause of all outbound."""
    told = item.issue.text if item.issue else ""
    match item.state:
        case ItemState.SENT:
            return _acknowledgement(item)
        case ItemState.CANCELLED:
            return "cancelled"
        case ItemState.HELD:
            return f"a person holds it; before that: {told}" if told else "a person holds it"
        case ItemState.PARKED | ItemState.CONFLICT:
            return told
        case _ if work is None:
            return "nothing is at work on it: gateway db check"
        case _ if stopped is not None:
            return pauses.words(stopped)
        case _ if first is not None:
            return f"waits behind {first}, which goes first"
        case _ if told:
            return f"the last try said: {told}"
        case _ if work.holder is not None:
            return "being delivered"
        case _:
            return "waits for its turn"


def _acknowledgement(item: Item) -> str:
    match item.ack:
        case Ack.NONE:
            return ""
        case Ack.DUE:
            return "acknowledgement expected"
        case Ack.OVERDUE:
            return "acknowledgement overdue"
        case _:
            return f"acknowledged: {item.ack.value.replace('_', ' ')}"


def _row(it: Item, work: WorkRow | None, attempts: int, *, first: int | None, stopped: Pause | None) -> ItemRow:
    return ItemRow(
        id=it.id,
        kind=it.kind,
        connector=it.connector,
        channel=it.channel,
        file=shown(it.file_name),
        size=it.size,
        state=it.state,
        ack=it.ack,
        made_at=it.made_at,
        sent_at=it.sent_at,
        attempts=attempts,
        next_try_at=work.due_at if work else None,
        why=why(it, work, first, stopped),
    )


def missing(item_id: int) -> NotFound:
    """There is no such file."""
    return NotFound(f"there is no outgoing file {item_id}", remedy="See which there are: gateway outbox list")
