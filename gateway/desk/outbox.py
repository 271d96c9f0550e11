"""Outgoing files as people look at them: what waits, why and until when; and another try for what has stopped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from gateway.config import Workspace
from gateway.desk.acting import Desk, Mode, perform
from gateway.desk.pages import Page, page_of
from gateway.kernel import Issue
from gateway.kernel.errors import NotFound, RuleBroken
from gateway.outgoing import Job, give_up
from gateway.store import Store, Tx, outbox, outbox_acts
from gateway.store.outbox import Ack, Item, ItemState, Known
from gateway.store.outbox_acts import NotPossible
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
STOPPED = frozenset({ItemState.HELD, ItemState.PARKED, ItemState.CONFLICT})


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


class Retried(Struct, frozen=True, kw_only=True):
    """What another try did to an item, or would do."""

    id: int
    file: str
    before: ItemState
    after: ItemState
    mode: Mode


def search_items(store: Store, search: ItemSearch, *, before: int | None = None, most: int = 50) -> Page[ItemRow]:
    """Outgoing files, newest first."""
    wanted: dict[str, Any] = {name: getattr(search, name) for name in ItemSearch.__struct_fields__}
    with store.reading() as connection:
        found = list_items(connection, **wanted, before=before, most=most)
        ids = [it.id for it in found]
        due, tried = next_tries(connection, ids), attempts_made(connection, ids)
        first = behind(connection, due.values())
        rows = [_row(it, due.get(it.id), tried.get(it.id, 0), first.get(it.id)) for it in found]
        return page_of(rows, most, lambda: count_items(connection, **wanted, before=before))


def show_item(store: Store, item_id: int) -> ItemSheet:
    """The outgoing file of that id."""
    with store.reading() as connection:
        found = item_view(connection, item_id)
        first = behind(connection, [found.work]) if found and found.work else {}
    if found is None:
        raise _missing(item_id)
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
        why=why(it, found.work, first.get(it.id)),
        numbers=found.numbers,
        attempts=found.attempts,
        events=tuple(EventSheet(event.at, event.event, event.actor, event.detail) for event in found.events),
    )


def retry(desk: Desk, workspace: Workspace, item_id: int, *, mode: Mode = Mode.EARNEST) -> Retried:
    """Try a file again now: one that waits for its time, or one that stopped. What was sent is never sent again by this."""

    def work(tx: Tx) -> Retried:
        item = outbox.get(tx.connection, item_id)
        if item is None:
            raise _missing(item_id)
        now = desk.clock.now()
        try:
            if item.state in STOPPED:
                job = _job(workspace, item)
                budget = give_up(now, job.channel.retry.budget) if job else give_up(now)
                outbox_acts.release(tx, item_id, actor=desk.user, now=now, give_up_at=budget, lane=job.lane if job else None)
            else:
                outbox_acts.hurry(tx, item_id, actor=desk.user, now=now)
        except NotPossible as error:
            raise RuleBroken([Issue("GWY-20", str(error))]) from error
        after = outbox.get(tx.connection, item_id)
        return Retried(id=item_id, file=shown(item.file_name), before=item.state, after=after.state if after else item.state, mode=mode)

    return perform(desk.store, work, mode)


def tries(store: Store, ids: Iterable[int]) -> dict[int, int]:
    """How often delivery of these files was tried so far."""
    with store.reading() as connection:
        return attempts_made(connection, ids)


def were_tried(store: Store, ids: Collection[int], *, before: Mapping[int, int]) -> bool:
    """Whether each of these files has left or stopped, or must wait: for another try, or behind another file."""
    with store.reading() as connection:
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


def why(item: Item, work: WorkRow | None, first: int | None = None) -> str:
    """Why a file is where it is, in words for a person; `first` is the item it waits behind."""
    told = item.issue.text if item.issue else ""
    match item.state:
        case ItemState.SENT:
            return _acknowledgement(item)
        case ItemState.CANCELLED:
            return "cancelled"
        case ItemState.HELD:
            return told or "on hold"
        case ItemState.PARKED | ItemState.CONFLICT:
            return told
        case _ if work is None:
            return "nothing is at work on it: gateway db check"
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


def _row(it: Item, work: WorkRow | None, attempts: int, first: int | None) -> ItemRow:
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
        why=why(it, work, first),
    )


def _job(workspace: Workspace, item: Item) -> Job | None:
    """The send channel that made the item; an answer has none."""
    connector = workspace.connectors.get(item.connector)
    if connector is None:
        return None
    return next((Job(connector, channel) for channel in connector.send if channel.channel == item.channel), None)


def _missing(item_id: int) -> NotFound:
    return NotFound(f"there is no outgoing file {item_id}", remedy="See which there are: gateway outbox list")
