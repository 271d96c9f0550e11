"""What people do or say, and what follows from a delivery: the same way as documents of files (lock, load, decide, write)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from gateway.booking.decide import Known, decide
from gateway.booking.entry import Entry
from gateway.booking.load import load, lock, touch
from gateway.booking.master import Master
from gateway.booking.settle import drop_unused, take_up, told_of, write
from gateway.documents import Document, kind_of
from gateway.domain.origin import Origin
from gateway.domain.outcome import Outcome
from gateway.kernel.clock import Clock
from gateway.mapping import Reading
from gateway.store import Store, loads, requests
from gateway.store.effects import Effects
from gateway.store.session import Tx

Rule = Callable[[Known], Outcome]


class Concern(Struct, frozen=True, kw_only=True):
    """What an act is about; the orders of its batches and invoices are locked and loaded too."""

    orders: tuple[int, ...] = ()
    batches: tuple[int, ...] = ()
    invoices: tuple[int, ...] = ()
    vendors: tuple[str, ...] = ()
    """Vendors whose preferences decide, besides those of the orders."""


def act(concern: Concern, rule: Rule, *, origin: Origin, store: Store, master: Master, clock: Clock) -> Outcome:
    """Decide by the rule and write what follows; a refusal changes nothing and says why in its issues."""
    return store.attempt(lambda tx: act_in(tx, concern, rule, origin=origin, master=master, at=clock.now()))


def act_in(tx: Tx, concern: Concern, rule: Rule, *, origin: Origin, master: Master, at: datetime) -> Outcome:
    """The same inside a transaction that does more, such as marking an item as sent. Locks of work rows come before."""
    connection = tx.connection
    orders_of_batch = loads.names_in_batches(connection, concern.batches)
    billed = loads.invoices_by_id(connection, concern.invoices).values()
    ids = {*concern.orders, *(line.order_id for invoice in billed for line in invoice.lines)}
    names = {*loads.names(connection, ids), *(name for found in orders_of_batch.values() for name in found)}
    keys = loads.lock_names(tx, names)
    locked = [key.id for key in keys.values()]
    orders = loads.orders(connection, locked)
    invoices = loads.invoices_by_id(connection, concern.invoices).values()
    loads.require_locked(invoices, locked)
    vendors = {*concern.vendors, *(order.vendor for order in orders.values())}
    known = Known(
        reference=master.for_chunk(connection, vendors=vendors, carriers=()).reference,
        at=at,
        keys=keys,
        orders=orders,
        documents={},
        shipments=defaultdict(list, loads.shipments(connection, locked)),
        batches=loads.batches(connection, concern.batches),
        orders_of_batch=orders_of_batch,
        invoices={(it.vendor, it.number): it for it in invoices},
        requests=defaultdict(list, requests.of_orders(connection, locked)),
        ship_to=requests.ship_to(connection, locked),
    )
    outcome = rule(known)
    effects = Effects(tx, {key.id: key for key in keys.values()}, at=at)
    effects.tell(told_of(outcome, origin, known))
    effects.add(outcome, origin)
    write(tx, effects, known)
    return outcome


def tell_in(tx: Tx, document: Document, *, origin: Origin, master: Master, at: datetime) -> Outcome:
    """What a person says in place of a partner's file: the same document, decided by the same rule; nothing waits for anything."""
    entry = Entry(message_id=0, place=0, kind=kind_of(document), reading=Reading(1, document), origin=origin)
    touched = touch([entry], master.organization)
    known, draft = load(tx, [entry], touched, lock(tx, touched), master=master, at=at)
    effects = Effects(tx, {key.id: key for key in known.keys.values()}, at=at)
    outcome = decide(entry, known)
    take_up(outcome, entry, known, draft, effects)
    write(tx, effects, known)
    drop_unused(tx, known.keys.values())
    return outcome
