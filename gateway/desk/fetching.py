"""New orders and changes that partners ask for over HTTP: they are the answer (getDSOrders, GetDSChanges; sdf 3.1, 4.3).

A batch is cut and handed over in one transaction, with an outgoing item that is sent from the beginning; its bytes are kept like those
of a file. Whoever loses the answer asks for the batch by its number again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from gateway.booking import Concern, Known, act_in
from gateway.desk.acting import Desk
from gateway.documents import Envelope, OrderRequest
from gateway.domain import batch as rules
from gateway.domain.batch import nothing_new
from gateway.domain.extract import Wanted, request
from gateway.domain.header import file_rules
from gateway.domain.order import PurchaseOrder
from gateway.domain.outcome import Batch, BatchChanged, Outcome
from gateway.kernel.errors import RuleBroken
from gateway.kernel.issues import Issue
from gateway.mapping import Reading, Values
from gateway.outgoing import Job, Tools, reissue, system_of, vendor_of
from gateway.outgoing import tools as common
from gateway.outgoing.cut import once_more
from gateway.outgoing.feed import written_changes
from gateway.outgoing.post import hand_out
from gateway.store import Tx, batches, feed, loads, outbox, postings, slips
from gateway.store.queries import find_order

LONGEST = 16
"""Digits that a number of a batch does not have."""


class NotAnswered(RuleBroken):
    """A request that is refused, with its header, which the answer echoes."""

    def __init__(self, issues: tuple[Issue, ...], envelope: Envelope) -> None:
        super().__init__(issues)
        self.envelope = envelope


class Fetched(Struct, frozen=True, kw_only=True):
    """What was given: the outgoing item whose bytes are the answer."""

    item_id: int
    archive_key: str


def asked(tools: Tools, job: Job, asks: str, body: bytes) -> Reading:
    """What the partner asks for, as the layout reads it; RuleBroken with what is wrong with it, or with its header."""
    mapping = tools.library.get(asks)
    source, values = BytesIO(body), Values(partner=tools.workspace.partner_values(job.connector))
    preflight = mapping.preflight(source, values)
    if not preflight.is_legible:
        raise RuleBroken(preflight.issues)
    source.seek(0)
    readings = list(islice(mapping.read(source, values), 2))
    if len(readings) != 1:
        raise RuleBroken((Issue("MAP-01", f"a message asks one thing; this one has {len(readings)} requests", kind="unreadable"),))
    (reading,) = readings
    header = file_rules(reading.envelope or Envelope(), reference=tools.reference, origin=common.origin(tools, job))
    wrong = (*header, *(it for it in reading.issues if it.is_error))
    if wrong:
        raise NotAnswered(wrong, reading.envelope or Envelope())
    return reading


def fetch_orders(desk: Desk, tools: Tools, job: Job, wanted: OrderRequest) -> Fetched:
    """A batch of what is new and wanted, or a batch as it is now; RuleBroken with the codes of sdf 3.5."""
    vendor, value = vendor_of(tools, job), (wanted.value or "").strip()
    if wanted.batch_size is not None and wanted.batch_size < 1 and wanted.criteria != "batch":
        raise RuleBroken((Issue("3008", f"a batch of {wanted.batch_size} orders is none", field="batch_size"),))
    wanted = replace(wanted, value=value)
    with desk.store.reading() as connection:
        number = int(value) if value.isascii() and value.isdigit() and len(value) < LONGEST else 0
        batch = loads.batches(connection, [number]).get(number) if wanted.criteria == "batch" else None
        ids: list[int] = []
        if wanted.criteria == "order":
            found = find_order(connection, value.upper())
            ids = [found] if found is not None else []
        elif wanted.criteria != "batch":
            item = value if wanted.criteria == "item" else None
            ids = [it.order_id for it in batches.candidates(connection, vendor.code, most=_size(tools, job, wanted), item=item)]
            known = batches.some_order_with(connection, vendor.code, item) if item is not None else None
            ids += [known] if known is not None and known not in ids else []  # so an item that is in no new order is known still
        orders = loads.orders(connection, ids)
    answer = _decided(tools, job, wanted, orders.values(), batch)
    if answer.batch is not None:
        return _again(desk, tools, job, answer.batch.number)
    chosen = [order.id for order in answer.orders]
    return desk.store.attempt(lambda tx: _cut(tx, desk, tools, job, chosen, wanted), at="desk.act")


def _decided(tools: Tools, job: Job, wanted: OrderRequest, orders: Iterable[PurchaseOrder], batch: Batch | None) -> Wanted:
    """What is given; RuleBroken where nothing is."""
    sized = replace(wanted, batch_size=_size(tools, job, wanted))
    answer = request(sized, orders=orders, batch=batch, reference=tools.reference, origin=common.origin(tools, job))
    if answer.issues:
        raise RuleBroken(answer.issues)
    return answer


def _size(tools: Tools, job: Job, wanted: OrderRequest) -> int:
    limits = (job.channel.gather.most, vendor_of(tools, job).most_orders_a_batch, wanted.batch_size)
    return min(limit for limit in limits if limit is not None)


def _cut(tx: Tx, desk: Desk, tools: Tools, job: Job, ids: Sequence[int], wanted: OrderRequest) -> Fetched:
    """The batch, of those orders that are still new once they are locked; and its item, handed over."""
    at, vendor, origin = desk.clock.now(), vendor_of(tools, job), common.origin(tools, job)
    made: list[int] = []

    def rule(known: Known) -> Outcome:
        orders = _decided(tools, job, wanted, known.orders.values(), None).orders
        number = batches.take(tx, vendor=vendor.code, now=at)
        outcome = rules.cut(orders, number=number, channel=job.name, vendor=vendor, origin=origin, at=at)
        item_id = reissue(tools, job, tx, outcome, number=number, replaces=None, at=at)
        _hand_over(tx, desk, job, item_id, at=at)
        if vendor.print_extracts:
            slips.ask(tx, number, {order.brand for order in orders}, slips.kinds_of(vendor), now=at)
        made.append(item_id)
        changes = tuple(BatchChanged(replace(it.batch, item_id=item_id)) if isinstance(it, BatchChanged) else it for it in outcome.changes)
        return replace(outcome, changes=changes)

    act_in(tx, Concern(orders=tuple(ids)), rule, origin=origin, master=desk.master, at=at)
    return _fetched(tx, made[0])


def _again(desk: Desk, tools: Tools, job: Job, number: int) -> Fetched:
    """The orders of a batch as they are now; nothing about them changes (sdf 3.2, rule 10)."""
    again = once_more(tools, job, number, cause=f"asked-{desk.clock.now().isoformat()}")
    if again is None:
        raise RuleBroken((nothing_new(vendor_of(tools, job)),))

    def work(tx: Tx) -> Fetched:
        item_id = outbox.make(tx, replace(again, file_name=common.free_name(tx, again)))
        _hand_over(tx, desk, job, item_id, at=again.made_at)
        batches.carry(tx, number, item_id)
        return _fetched(tx, item_id)

    return desk.store.attempt(work, at="desk.act")


def fetch_changes(desk: Desk, tools: Tools, job: Job, *, after: int, most: int | None) -> Fetched:
    """The changes behind a number, which tells that those up to it have come; RuleBroken with 3009 where there is none."""
    system = system_of(job)

    def work(tx: Tx) -> Fetched:
        reached = feed.number(tx, system)
        if after < 0 or (most is not None and most < 1):
            raise RuleBroken((Issue("3008", "changes are counted from 1, and at least one is asked for", field="after"),))
        entries = feed.entries(
            tx.connection, system, after=after, most=min(most or job.channel.gather.most or 1, job.channel.gather.most or 1)
        )
        if not entries:
            raise RuleBroken((Issue("3009", f"there is no change behind {after}; the last has the number {reached.last}", field="after"),))
        if not _goes_by_file(tools, system) and reached.exported < after <= reached.last:
            feed.exported(tx, system, first=reached.exported + 1, last=after)
        at = desk.clock.now()
        numbered = common.expected(tools, job, tx.connection, at=at)
        idem = f"feed:{system}:{entries[0].seq}-{entries[-1].seq}:asked-{at.isoformat()}"
        item = written_changes(tools, job, entries, numbered, idem=idem, at=at)
        item_id = outbox.make(tx, replace(item, file_name=common.free_name(tx, item)))
        _hand_over(tx, desk, job, item_id, at=at)
        return _fetched(tx, item_id)

    return desk.store.attempt(work, at="desk.act")


def fetch_invoices(desk: Desk, tools: Tools, job: Job, *, run: int) -> Fetched:
    """Approved invoices of a system, which are Posted by that, or a run as it was; RuleBroken with 3009 or 3008 where there is none."""
    if run:
        with desk.store.reading() as connection:
            item_id = postings.item_of(connection, run, system=system_of(job)) if 0 < run < 10**LONGEST else None
            item = None if item_id is None else outbox.get(connection, item_id)
        if item is None:
            raise RuleBroken((Issue("3008", f"there is no run {run} of yours", field="after"),))
        return Fetched(item_id=item.id, archive_key=item.archive_key)
    posting = hand_out(tools, job, lambda tx, item_id: _hand_over(tx, desk, job, item_id, at=desk.clock.now()))
    if posting is None:
        raise RuleBroken((Issue("3009", "no approved invoice waits to be posted", field="after"),))
    with desk.store.transaction() as tx:
        return _fetched(tx, posting.item_id)


def _goes_by_file(tools: Tools, system: str) -> bool:
    """Whether files tell the system its changes too: then they say how far it was told."""
    connectors = tools.workspace.enabled
    return any(it.enabled and it.gather.changes for one in connectors if one.partner.system == system for it in one.send)


def _hand_over(tx: Tx, desk: Desk, job: Job, item_id: int, *, at: datetime) -> None:
    wanted = job.channel.acknowledge
    outbox.handed_over(tx, item_id, to=desk.user, now=at, ack_due_at=at + wanted.within if wanted.required else None)


def _fetched(tx: Tx, item_id: int) -> Fetched:
    item = outbox.get(tx.connection, item_id)
    if item is None:
        raise LookupError(f"item {item_id} was made just now")
    return Fetched(item_id=item_id, archive_key=item.archive_key)
