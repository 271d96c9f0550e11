"""What needs a person now: everything that does not go on by itself, the oldest first, with its reason.

A file that is refused has been answered, and is its sender's to mend; what stands here is what nobody will do unless somebody of ours does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import Connection

from gateway.desk.alarms import to_do
from gateway.domain.access import Authority, Scope
from gateway.domain.outcome import InvoiceState
from gateway.kernel.remedies import remedy_of
from gateway.store import Store, alarms, answers, pauses
from gateway.store.alarms import AlarmSearch
from gateway.store.messages import MessageState
from gateway.store.outbox import ItemState
from gateway.store.pauses import OUTBOUND
from gateway.store.queries import InvoiceSearch, count_invoices, endpoints_in_trouble, held_since, list_invoices, list_items, list_messages
from gateway.store.queries.endpoints import EndpointState
from gateway.transports import shown

MOST = 100
"""So many of each kind are looked at."""
BY_A_PERSON = "GWY-15"
STOPPED = {ItemState.PARKED: "set aside", ItemState.CONFLICT: "in conflict"}


class Matter(StrEnum):
    """What it is about."""

    MESSAGE = "message"
    UNANSWERED = "unanswered"
    ITEM = "item"
    PARTNER = "partner"
    OUTBOUND = "outbound"
    ALARM = "alarm"
    INVOICES = "invoices"


class Need(Struct, frozen=True, kw_only=True):
    """One thing; `id` names it among its kind, `remedy` says what to do."""

    matter: Matter
    id: str
    title: str
    why: str
    since: datetime
    remedy: str = ""


def needs(store: Store, may: frozenset[Authority], *, scope: Scope) -> tuple[Need, ...]:
    """Everything that needs somebody who may do these things, the oldest first."""
    with store.reading() as connection:
        return tuple(sorted(_needs(connection, may, scope), key=lambda it: it.since))


def _needs(connection: Connection, may: frozenset[Authority], scope: Scope) -> Iterator[Need]:
    if Authority.OPERATIONS in may:
        yield from _of_partners(connection)
        yield from _of_messages(connection, scope)
        yield from _of_items(connection, scope)
        yield from _of_alarms(connection)
    if Authority.INVOICE_REVIEW in may:
        yield from _of_invoices(connection)


def _of_partners(connection: Connection) -> Iterator[Need]:
    for name, row in endpoints_in_trouble(connection).items():
        if row.state is not EndpointState.FAILING and row.since is not None:
            yield Need(
                matter=Matter.PARTNER,
                id=name,
                title=f"{name} is not tried any more" if row.state is EndpointState.STANDS_STILL else f"{name} is cut off",
                why=row.reason,
                since=row.since,
                remedy=f"Mend what it says, then: gateway connector test {name}",
            )
    stopped = pauses.find(connection, OUTBOUND)
    if stopped is not None:
        yield Need(
            matter=Matter.OUTBOUND,
            id="outbound",
            title="Nothing goes out to anybody",
            why=pauses.why(stopped),
            since=stopped.at,
            remedy=_sentence(remedy_of(stopped.issue.code if stopped.issue else BY_A_PERSON)),
        )


def _of_messages(connection: Connection, scope: Scope) -> Iterator[Need]:
    for it in list_messages(connection, connectors=scope.connectors, states=[MessageState.PARKED], most=MOST):
        first = it.issues[0] if it.issues else None
        yield Need(
            matter=Matter.MESSAGE,
            id=str(it.id),
            title=f"{shown(it.file_name)} from {it.connector}/{it.channel} is parked",
            why=str(first or "no reason was kept"),
            since=it.decided_at or it.received_at,
            remedy=_sentence(remedy_of(first.code, first.kind, message=it.id)) if first else "",
        )
    for it in list_messages(connection, connectors=scope.connectors, among=answers.without(), most=MOST):
        yield Need(
            matter=Matter.UNANSWERED,
            id=str(it.id),
            title=f"{shown(it.file_name)} from {it.connector}/{it.channel} has no answer",
            why="its answer could not be made",
            since=it.decided_at or it.received_at,
            remedy="Mend what it says, then replay the file.",
        )


def _of_items(connection: Connection, scope: Scope) -> Iterator[Need]:
    for it in list_items(connection, connectors=scope.connectors, states=list(STOPPED), most=MOST):
        yield Need(
            matter=Matter.ITEM,
            id=str(it.id),
            title=f"{shown(it.file_name)} for {it.connector}/{it.channel} is {STOPPED[it.state]}",
            why=it.issue.text if it.issue else "",
            since=it.made_at,
            remedy=_sentence(remedy_of(it.issue.code, it.issue.kind, outbox=it.id, connector=it.connector)) if it.issue else "",
        )


def _of_alarms(connection: Connection) -> Iterator[Need]:
    for it in alarms.search(connection, AlarmSearch(), before=None, most=MOST):
        yield Need(
            matter=Matter.ALARM,
            id=str(it.id),
            title=_sentence(it.issue.text),
            why="/".join(name for name in (it.connector, it.channel) if name) or (f"vendor {it.vendor}" if it.vendor else it.subject),
            since=it.raised_at,
            remedy=_sentence(to_do(it)),
        )


def _of_invoices(connection: Connection) -> Iterator[Need]:
    held = InvoiceSearch(states=(InvoiceState.HELD,))
    count = count_invoices(connection, held)
    if count:
        oldest = list_invoices(connection, held, most=MOST)[-1]
        yield Need(
            matter=Matter.INVOICES,
            id="Held",
            title=f"{count} held invoice{'s wait' if count > 1 else ' waits'} for a yes or no",
            why="a unit cost differs from the order by more than the vendor's threshold",
            since=held_since(connection, oldest.id) or datetime.combine(oldest.dated_on, datetime.min.time(), tzinfo=UTC),
            remedy="Approve or reject.",
        )


def _sentence(told: str) -> str:
    return told[:1].upper() + told[1:]
