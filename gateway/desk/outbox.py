"""Outgoing files as people look at them: what waits, why and until when. What people do about them is `dispatch`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from gateway.delivery import Closed, closed_in
from gateway.desk.eye import Name, names_for
from gateway.desk.pages import Page, page_of
from gateway.domain.access import Scope
from gateway.kernel import Clock
from gateway.kernel.errors import NotFound
from gateway.store import Store, edi, outbox, pauses
from gateway.store.edi import SentSet
from gateway.store.outbox import Ack, Item, ItemState, Known, Warned
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
from gateway.store.queries.counting import ENOUGH
from gateway.transports import shown, unshown

UNFINISHED = (ItemState.WAITING, ItemState.BLESSED, ItemState.HELD, ItemState.PARKED, ItemState.CONFLICT)
"""The states in which somebody, we or a person, still has something to do."""
HELD = "the retailer holds it"
"""Why a file waits, to its vendor, that a person holds or that waits with everything else."""
ON_THE_WAY = frozenset({ItemState.WAITING, ItemState.BLESSED})


class ItemSearch(Struct, frozen=True, kw_only=True):
    """What people look for; what is None does not matter. A name is found by its beginning."""

    connector: str | None = None
    channel: str | None = None
    kind: str | None = None
    states: tuple[ItemState, ...] = tuple(ItemState)
    acks: tuple[Ack, ...] = tuple(Ack)
    name: str | None = None

    def asked(self, scope: Scope) -> dict[str, Any]:
        """What the store is asked for."""
        told: dict[str, Any] = {name: getattr(self, name) for name in self.__struct_fields__ if name != "connector"}
        return {**told, "connectors": scope.connectors_of(self.connector), "name": None if self.name is None else unshown(self.name)}


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


class SetSheet(Struct, frozen=True, kw_only=True):
    """One set of a file of X12 or EDIFACT: which document it tells, and what the partner has said of it, in the partner's codes."""

    group: str
    type: str
    number: str
    document: str
    ack: Ack
    codes: tuple[str, ...]
    told_at: datetime | None
    told_by: int | None
    """The message that said so."""


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
    sets: tuple[SetSheet, ...]
    """Of X12 and EDIFACT: the acknowledgement set by set."""
    warnings: tuple[Warned, ...]
    """What stands in the file otherwise than in the store, or not at all."""
    attempts: tuple[AttemptRow, ...]
    events: tuple[EventSheet, ...]


class Waits(Struct, frozen=True):
    """What keeps a file that is on its way: the item before it, the pause of all outbound, its partner that is not tried."""

    first: int | None = None
    stopped: Pause | None = None
    closed: Closed | None = None


def search_items(
    store: Store, search: ItemSearch, *, scope: Scope, before: int | None = None, most: int = 50, upto: int = ENOUGH
) -> Page[ItemRow]:
    """Outgoing files, newest first."""
    wanted = search.asked(scope)
    with store.reading() as connection:
        found = list_items(connection, **wanted, before=before, most=most)
        ids = [it.id for it in found]
        due, tried = next_tries(connection, ids), attempts_made(connection, ids)
        first = behind(connection, due.values())
        stopped = pauses.find(connection, OUTBOUND)
        closed = closed_in(connection)
        rows = [
            _row(scope, it, due.get(it.id), tried.get(it.id, 0), Waits(first.get(it.id), stopped, closed.get(it.connector))) for it in found
        ]
        return page_of(rows, most, lambda: count_items(connection, **wanted, before=before, most=upto))


def show_item(store: Store, item_id: int, *, scope: Scope) -> ItemSheet:
    """The outgoing file of that id; NotFound also for one beyond the scope."""
    with store.reading() as connection:
        found = item_view(connection, item_id)
        first = behind(connection, [found.work]) if found and found.work else {}
        stopped, closed = pauses.find(connection, OUTBOUND), closed_in(connection)
        sets = edi.sets_of(connection, item_id)
        name = names_for(connection, scope) if scope.vendor is not None else None
    if found is None or not scope.covers_files_of(found.item.connector):
        raise missing(item_id)
    it = found.item
    waits = Waits(first.get(it.id), stopped, closed.get(it.connector))
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
        next_try_at=_next_try(found.work, waits),
        why=_why_for(scope, it, found.work, waits),
        numbers=found.numbers,
        sets=tuple(_set(one, it) for one in sets),
        warnings=tuple(warned for event in found.events for warned in outbox.warnings_of(event)),
        attempts=found.attempts,
        events=events_for((EventSheet(event.at, event.event, event.actor, outbox.without_warnings(event)) for event in found.events), name),
    )


def events_for(events: Iterable[EventSheet], name: Name | None) -> tuple[EventSheet, ...]:
    """What happened to a file; a vendor, to whom people have other names, does not read why somebody of the retailer acted."""
    return tuple(it if name is None else EventSheet(it.at, it.event, name(it.actor), None) for it in events)


def tries(store: Store, ids: Iterable[int]) -> dict[int, int]:
    """How often delivery of these files was tried so far."""
    with store.reading() as connection:
        return attempts_made(connection, ids)


def were_tried(store: Store, ids: Collection[int], *, before: Mapping[int, int], clock: Clock) -> bool:
    """Whether each of these files has left or stopped, or must wait: for another try or file, its partner, or until all may go out."""
    with store.reading() as connection:
        if pauses.find(connection, OUTBOUND) is not None:
            return True
        due, now = next_tries(connection, ids), attempts_made(connection, ids)
        first = behind(connection, due.values())
        closed, at = closed_in(connection), clock.now()
        items = [found for it in ids if (found := outbox.get(connection, it)) is not None]
    states = {it.id: it.state for it in items if it.connector not in closed or closed[it.connector].is_due(at)}
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


def unreached(store: Store, *, scope: Scope) -> dict[str, str]:
    """The partners that nobody may try now, by connector, and why: the same for each of their files."""
    with store.reading() as connection:
        return {name: found.text for name, found in closed_in(connection).items() if scope.covers_files_of(name)}


def why(item: Item, work: WorkRow | None, waits: Waits) -> str:
    """Why a file is where it is, in words for a person."""
    told = item.issue.text if item.issue else ""
    match item.state:
        case ItemState.SENT:
            return _acknowledgement(item)
        case ItemState.CANCELLED:
            return "cancelled"
        case ItemState.HELD:
            return told or "a person holds it"
        case ItemState.PARKED | ItemState.CONFLICT:
            return told
        case _ if work is None:
            return "nothing is at work on it: gateway verify"
        case _ if waits.stopped is not None:
            return pauses.words(waits.stopped)
        case _ if waits.closed is not None:
            return waits.closed.text
        case _ if waits.first is not None:
            return f"waits behind {waits.first}, which goes first"
        case _ if told:
            return f"the last try said: {told}"
        case _ if work.holder is not None:
            return "being delivered"
        case _ if work.issue is not None:
            return f"the last try broke off: {work.issue.text}"
        case _:
            return "waits for its turn"


def _why_for(scope: Scope, item: Item, work: WorkRow | None, waits: Waits) -> str:
    """The same for who looks: what the retailer has typed, and whom of them it names, is not for a vendor."""
    is_held = item.state is ItemState.HELD or (item.state in ON_THE_WAY and waits.stopped is not None)
    return HELD if scope.vendor is not None and is_held else why(item, work, waits)


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


def _set(one: SentSet, item: Item) -> SetSheet:
    """A set that nobody has said anything of waits for its verdict, where its file does."""
    silent = item.ack if item.ack in {Ack.DUE, Ack.OVERDUE} else Ack.NONE
    return SetSheet(
        group=one.group,
        type=one.type,
        number=one.number,
        document=one.document,
        ack=one.verdict or silent,
        codes=one.codes,
        told_at=one.told_at,
        told_by=one.told_by,
    )


def _next_try(work: WorkRow | None, waits: Waits) -> datetime | None:
    """Not before the partner is probed; None when nothing is due, all stands still, or a person must come first."""
    closed = waits.closed
    if work is None or waits.stopped is not None or (closed is not None and closed.probe_at is None):
        return None
    return work.due_at if closed is None or closed.probe_at is None else max(work.due_at, closed.probe_at)


def _row(scope: Scope, it: Item, work: WorkRow | None, attempts: int, waits: Waits) -> ItemRow:
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
        next_try_at=_next_try(work, waits),
        why=_why_for(scope, it, work, waits),
    )


def missing(item_id: int) -> NotFound:
    """There is no such file."""
    return NotFound(f"there is no outgoing file {item_id}", remedy="See which there are: gateway outbox list")
