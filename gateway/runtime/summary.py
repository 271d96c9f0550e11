"""What a bounded run did, read from the store afterwards: files by state, items by state, channels that could not be reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from sqlalchemy import func, select

from gateway.booking import Master
from gateway.domain.order import LineStatus
from gateway.runtime.health import Condition
from gateway.store import Store, answers, pauses, tables
from gateway.store.messages import MessageState
from gateway.store.outbox import ItemState
from gateway.store.work import Kind

UNDELIVERED = (ItemState.WAITING, ItemState.BLESSED)
STOPPED = (ItemState.CONFLICT, ItemState.PARKED)
"""States that only a person ends; the events that bring an item there have the same words."""
REFUSED = (MessageState.PARKED, MessageState.REFUSED, MessageState.PARTLY_BOOKED)


MARKED = (tables.message, tables.outbox, tables.outbox_event, tables.message_event)


class Mark(Struct, frozen=True):
    """Where the store stood when a run began."""

    message_id: int
    item_id: int
    event_id: int = 0
    message_event_id: int = 0


class Summary(Struct, frozen=True, kw_only=True):
    """Files received and items made in the run by state, items of any age still to be delivered, channels out of reach.

    `unripe`: files that were seen but are not complete yet; `unsent`: new lines of vendors that no channel sends orders to.
    """

    files: Mapping[str, int]
    items: Mapping[str, int]
    undelivered: int
    unreachable: Mapping[str, str]
    refused: tuple[str, ...] = ()
    """Channels whose partner refuses us by policy."""
    unripe: int = 0
    waits: Mapping[str, tuple[str, ...]] = {}
    """By channel, what the first of those lack that wait for their sender."""
    unsent: Mapping[str, int] = {}
    to_print: tuple[str, ...] = ()
    """Those of them that get their orders on paper, which a person has printed."""
    outbound_held: str = ""
    """Why nothing goes out; empty when it does."""
    stopped: int = 0
    """Items of any age that came into conflict or were parked in the run, and still are."""
    unanswered: int = 0
    """Files of any age whose answer was set aside in the run, and that still lack it."""
    put_off: Mapping[str, int] = {}
    """Work of ours of any age, by kind, whose last try failed and that is tried again by itself; deliveries are `undelivered`."""

    @property
    def has_refusals(self) -> bool:
        """Whether some file was not taken whole."""
        return any(self.files.get(state.value) for state in REFUSED)

    @property
    def is_cut_off(self) -> bool:
        """Whether something waits that is tried again by itself: some partner could not be reached, or work of ours was put off."""
        return bool(self.unreachable) or self.undelivered > 0 or bool(self.put_off)


def mark(store: Store) -> Mark:
    """Note where the store stands."""
    with store.reading() as connection:
        highest = [select(func.coalesce(func.max(table.c.id), 0)) for table in MARKED]
        return Mark(*[connection.execute(statement).scalar_one() for statement in highest])


def summary_since(
    store: Store,
    before: Mark,
    *,
    conditions: Mapping[str, Condition],
    unripe: int,
    served: frozenset[str],
    connectors: Sequence[str],
    master: Master,
) -> Summary:
    """What came since the mark; `served` are the vendors that some channel sends new orders to, `connectors` those at work."""
    message, outbox = tables.message.c, tables.outbox.c
    with store.reading() as connection:
        files = connection.execute(select(message.state, func.count()).where(message.id > before.message_id).group_by(message.state))
        items = connection.execute(select(outbox.state, func.count()).where(outbox.id > before.item_id).group_by(outbox.state))
        line = tables.order_line.c
        new = (line.status == LineStatus.NEW.value) & line.batch_number.is_(None)
        unsent = connection.execute(select(line.vendor, func.count()).where(new).group_by(line.vendor).order_by(line.vendor))
        waiting = select(func.count()).where(outbox.state.in_(UNDELIVERED))
        event = tables.outbox_event.c
        ended = select(event.item_id).where(event.id > before.event_id, event.event.in_(STOPPED))
        stopped = select(func.count()).where(outbox.id.in_(ended), outbox.state.in_(STOPPED))
        told = tables.message_event.c
        lacking = answers.without().where(told.id > before.message_event_id)
        row = tables.work.c
        ours = (row.kind != Kind.DELIVER) & row.connector.in_(connectors) & row.issue.is_not(None)
        put_off = connection.execute(select(row.kind, func.count()).where(ours).group_by(row.kind).order_by(row.kind))
        hold = pauses.find(connection, pauses.OUTBOUND)
        waiting_lines = {row[0]: row[1] for row in unsent if row[0] not in served}
        vendors = master.references.current(connection, vendors=waiting_lines).vendors
        return Summary(
            files={row[0]: row[1] for row in files},
            items={row[0]: row[1] for row in items},
            undelivered=connection.execute(waiting).scalar_one(),
            stopped=connection.execute(stopped).scalar_one(),
            refused=tuple(name for name, found in conditions.items() if found.is_refused),
            unripe=unripe,
            waits={name: found.waits for name, found in conditions.items() if found.waits},
            unanswered=connection.execute(select(func.count()).select_from(lacking.subquery())).scalar_one(),
            put_off={row[0]: row[1] for row in put_off},
            unsent=waiting_lines,
            to_print=tuple(code for code in waiting_lines if code in vendors and not vendors[code].integrated),
            outbound_held="" if hold is None else pauses.words(hold),
            unreachable={name: found.reason for name, found in conditions.items() if found.failing_since is not None},
        )
