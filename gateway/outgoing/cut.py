"""Cutting a batch for a vendor (store.md 4, T7): number, lines, history, file and bytes are one fact.

The number is reserved early by the batch's own row. Bytes are rendered and archived before the transaction, which compares
what they show with what is stored and rolls back on any change; a change only means that the batch is rendered again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.documents import Order
from gateway.domain import batch as rules
from gateway.domain.extract import again, extract
from gateway.domain.order import PurchaseOrder
from gateway.domain.outcome import BatchChanged, BatchLine, BatchLinesChanged, LinesChanged, Outcome, Wish
from gateway.domain.reference import Reference, Vendor
from gateway.kernel import Issue
from gateway.kernel.errors import ConfigError, InvalidDocument
from gateway.kernel.failpoints import failpoint
from gateway.outgoing import tools as common
from gateway.outgoing.errand import Errand
from gateway.outgoing.render import render
from gateway.outgoing.tools import TRIES, Job, Tools
from gateway.store import Tx, batches, loads, order_rows, outbox, slips, wishes
from gateway.store.batches import Candidate
from gateway.store.counters import Outdated
from gateway.store.effects import Effects
from gateway.store.outbox import Ack, NewItem


class Cut(Struct, frozen=True):
    """A batch that was cut: its number, its outgoing item and how much is in it."""

    number: int
    item_id: int
    orders: int
    lines: int


def vendor_of(tools: Tools, job: Job, connection: Connection | None = None) -> Vendor:
    """The vendor that a channel of new orders sends to."""
    code = job.connector.partner.vendor
    reference = tools.reference if connection is None else tools.reference_in(connection)
    vendor = reference.vendors.get(code or "")
    if vendor is None:
        raise ConfigError(f"connector {job.connector.connector}: only a vendor gets new orders, and {code or 'a system'} is none")
    return vendor


def waiting(tools: Tools, job: Job, *, most: int | None = None, without: Collection[int] = ()) -> list[Candidate]:
    """The orders that the next batch of the channel would hold; `without` those that cannot be written."""
    with tools.store.reading() as connection:
        vendor = vendor_of(tools, job, connection)
        limits = (most, job.channel.gather.most, vendor.most_orders_a_batch)
        most = min(limit for limit in limits if limit is not None)
        found = batches.candidates(connection, vendor.code, most=most + len(without))
    return [candidate for candidate in found if candidate.order_id not in without][:most]


def plan(tools: Tools, job: Job) -> tuple[PurchaseOrder, ...]:
    """The orders the next batch would hold; nothing is changed."""
    found = waiting(tools, job)
    with tools.store.reading() as connection:
        orders = loads.orders(connection, [candidate.order_id for candidate in found])
    return rules.select(orders.values(), vendor=vendor_of(tools, job))


def cut_all(tools: Tools, job: Job, errand: Errand) -> list[Cut]:
    """Cut batch after batch until nothing is left. An order that the layout cannot carry is told and left out; the others go."""
    made: list[Cut] = []
    faults: list[Issue] = []
    aside: set[int] = set()
    while found := waiting(tools, job, without=aside):
        try:
            cut = _cut(tools, job, errand, found)
            made += [cut] if cut is not None else []
        except InvalidDocument as error:
            faults += error.issues
            guilty = _guilty(tools, found, error.issues)
            aside |= guilty or {candidate.order_id for candidate in found}
    errand.end(tools.store, done=len(made), now=tools.clock.now(), issues=faults, failed=len(aside))
    return made


def answer_requests(tools: Tools, job: Job, errand: Errand) -> list[Cut]:
    """What the vendor asked for, one file each: a batch again as it is now (sdf 3.2, rule 10), or a batch of what is new."""
    made: list[Cut] = []
    faults: list[Issue] = []
    with tools.store.reading() as connection:
        asked = wishes.waiting(connection, Wish.BATCH, vendor_of(tools, job).code)
    for it in asked:
        try:
            cut = _new(tools, job, errand, it) if it.wanted.number is None else _once_more(tools, job, errand, it, it.wanted.number)
        except InvalidDocument as error:
            faults += error.issues
        else:
            made += [cut] if cut is not None else []
    errand.end(tools.store, done=len(made), now=tools.clock.now(), issues=faults, failed=len(asked) - len(made))
    return made


def _new(tools: Tools, job: Job, errand: Errand, asked: wishes.Asked) -> Cut | None:
    found = waiting(tools, job, most=asked.wanted.most)
    cut = _cut(tools, job, errand, found, asked=asked.id) if found else None
    if cut is None:
        _nothing(tools, errand, asked)
    return cut


def _once_more(tools: Tools, job: Job, errand: Errand, asked: wishes.Asked, number: int) -> Cut | None:
    """The orders of a batch as they are now, in answer to what was asked."""
    told = _as_now(tools, job, number, cause=str(asked.id))
    if told is None:
        _nothing(tools, errand, asked)
        return None
    with tools.store.transaction("out.create") as tx:
        errand.require(tx)
        item_id = outbox.make(tx, replace(told.item, file_name=common.free_name(tx, told.item)))
        batches.carry(tx, number, item_id)
        wishes.done(tx, asked.id, item=item_id, now=told.item.made_at)
    return Cut(number, item_id, told.orders, told.lines)


def once_more(tools: Tools, job: Job, number: int, *, cause: str) -> NewItem | None:
    """The item of a batch with its orders as they are now, in answer to that cause; None where nothing is left of it."""
    told = _as_now(tools, job, number, cause=cause)
    return None if told is None else told.item


class _AsNow(Struct, frozen=True):
    item: NewItem
    orders: int
    lines: int


def _as_now(tools: Tools, job: Job, number: int, *, cause: str) -> _AsNow | None:
    """Nothing about the orders changes, and nobody waits for an acknowledgement that came, or is due."""
    now = tools.clock.now()
    with tools.store.reading() as connection:
        batch = loads.batches(connection, [number])[number]
        inside = loads.batch_lines(connection, [number]).get(number, [])
        ids = {line.order_id for line in inside}
        orders, told = loads.orders(connection, ids), order_rows.documents(connection, ids)
        numbered = common.expected(tools, job, connection, at=now)
        carriers = {line.carrier for order in orders.values() for line in order.lines}
        reference = tools.reference_in(connection, carriers=carriers)
    lines = [line for line in inside if _is_told(orders[line.order_id], line)]
    shown = again(orders.values(), lines)
    if not shown:
        return None
    of_order: defaultdict[int, list[BatchLine]] = defaultdict(list)
    for line in lines:
        of_order[line.order_id].append(line)
    documents = _told(tools, job, [(told[order.id], order, of_order[order.id]) for order in shown], reference=reference, at=now)
    rendered = render(
        tools.library.get(job.channel.mapping),
        documents,
        values=common.values(tools, job, number=number, at=now, replaces=batch.replaces, numbered=numbered),
        archive=tools.archive,
        numbered=numbered,
    )
    item = common.item(tools, job, rendered, idem=f"batch:{number}:{cause}", kind="batch", at=now, batch=number, numbered=numbered)
    ack = item.ack if batch.item_id is None and batch.acknowledged_at is None else Ack.NONE
    return _AsNow(replace(item, ack=ack), len(shown), sum(len(of_order[order.id]) for order in shown))


def _is_told(order: PurchaseOrder, line: BatchLine) -> bool:
    """Whether the line belongs to the batch still: on it now, or shipped from it."""
    found = order.line(line.line_no)
    return line.live or (found is not None and found.shipped > 0)


def _nothing(tools: Tools, errand: Errand, asked: wishes.Asked) -> None:
    with tools.store.transaction("out.create") as tx:
        errand.require(tx)
        wishes.done(tx, asked.id, item=None, now=tools.clock.now())


def _guilty(tools: Tools, found: Sequence[Candidate], issues: Sequence[Issue]) -> set[int]:
    """The orders that the issues name: the place of an issue of writing begins with the key of the document."""
    numbers = {issue.key or issue.where.partition(",")[0] for issue in issues if issue.is_error}
    with tools.store.reading() as connection:
        orders = loads.orders(connection, [candidate.order_id for candidate in found])
    return {order.id for order in orders.values() if order.number in numbers}


class _Composed(Struct, frozen=True):
    """A batch as it would be: its outcome and its item with finished bytes."""

    outcome: Outcome
    item: NewItem
    orders: int
    lines: int
    brands: frozenset[str]


def _cut(tools: Tools, job: Job, errand: Errand, found: Sequence[Candidate], *, asked: int | None = None) -> Cut | None:
    """One batch, which answers what was `asked`; None when its orders went elsewhere meanwhile.

    After three lost comparisons the orders are locked first and the bytes rendered inside.
    """
    failpoint("batch.extract")
    with tools.store.transaction("batch.number") as tx:
        errand.require(tx)
        number = batches.reserve(tx, channel=job.name, vendor=vendor_of(tools, job).code, now=tools.clock.now())
    for _ in range(TRIES):
        try:
            with tools.store.reading() as connection:
                composed = _compose(tools, job, connection, number, found)
            with tools.store.transaction("out.create") as tx:
                errand.require(tx)
                keys = batches.lock_unchanged(tx, {candidate.order_id: candidate.version for candidate in found})
                return _write(tools, job, tx, keys, number, composed, asked)
        except Outdated:
            ids = {candidate.order_id for candidate in found}
            found = [candidate for candidate in waiting(tools, job) if candidate.order_id in ids]
            if not found:
                return None
    with tools.store.transaction("out.create") as tx:
        errand.require(tx)
        keys = loads.lock_orders(tx, [candidate.order_id for candidate in found])
        composed = _compose(tools, job, tx.connection, number, found)
        return None if composed.orders == 0 else _write(tools, job, tx, keys, number, composed, asked)


def _compose(tools: Tools, job: Job, connection: Connection, number: int, found: Sequence[Candidate]) -> _Composed:
    ids = [candidate.order_id for candidate in found]
    orders = loads.orders(connection, ids)
    told = order_rows.documents(connection, ids)
    now = tools.clock.now()
    numbered = common.expected(tools, job, connection, at=now)
    vendor = vendor_of(tools, job, connection)
    chosen = rules.select(orders.values(), vendor=vendor)
    outcome = rules.cut(chosen, number=number, channel=job.name, vendor=vendor, origin=common.origin(tools, job), at=now)
    lines = [line for change in outcome.changes if isinstance(change, BatchLinesChanged) for line in change.lines]
    of_order: defaultdict[int, list[BatchLine]] = defaultdict(list)  # a batch of thousands must not be searched for every order
    for line in lines:
        of_order[line.order_id].append(line)
    after = {change.order.id: change.order for change in outcome.changes if isinstance(change, LinesChanged)}
    told_by = tools.reference_in(connection, carriers={line.carrier for order in chosen for line in order.lines})
    documents = _told(tools, job, [(told[order.id], after[order.id], of_order[order.id]) for order in chosen], reference=told_by, at=now)
    mapping = tools.library.get(job.channel.mapping)
    values = common.values(tools, job, number=number, at=now, numbered=numbered)
    rendered = render(mapping, documents, values=values, archive=tools.archive, numbered=numbered)
    item = common.item(tools, job, rendered, idem=f"batch:{number}", kind="batch", at=now, batch=number, numbered=numbered)
    return _Composed(outcome, item, len(chosen), len(lines), frozenset(order.brand for order in chosen))


def _told(
    tools: Tools,
    job: Job,
    found: Iterable[tuple[Order, PurchaseOrder, Sequence[BatchLine]]],
    *,
    reference: Reference,
    at: datetime,
) -> Iterator[Order]:
    """Orders as the vendor is shown them."""
    header = common.envelope(tools, job, at=at)
    for document, order, lines in found:
        yield replace(extract(document, order, lines, reference=reference), envelope=header)


def _write(  # noqa: PLR0917 - what a batch is made of
    tools: Tools, job: Job, tx: Tx, keys: Mapping[int, loads.LockedKey], number: int, composed: _Composed, asked: int | None
) -> Cut:
    item_id = outbox.make(tx, composed.item)
    if asked is not None:
        wishes.done(tx, asked, item=item_id, now=composed.item.made_at)
    effects = Effects(tx, keys, at=composed.item.made_at)
    effects.add(_with_item(composed.outcome, item_id), common.origin(tools, job))
    effects.write()
    vendor = vendor_of(tools, job)
    if vendor.print_extracts:
        slips.ask(tx, number, composed.brands, slips.kinds_of(vendor), now=composed.item.made_at)
    return Cut(number, item_id, composed.orders, composed.lines)


def _with_item(outcome: Outcome, item_id: int) -> Outcome:
    """The batch knows its file."""
    changes = tuple(
        BatchChanged(replace(change.batch, item_id=item_id)) if isinstance(change, BatchChanged) else change for change in outcome.changes
    )
    return replace(outcome, changes=changes)
