"""Files that tell a vendor what the retailer changes: each request in one file, marked in the transaction that makes it (sdf 4.1).

A layout that cannot carry a request leaves it out and says so; the others go.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.domain.vendor_change import Told as Change
from gateway.domain.vendor_change import tell, together
from gateway.kernel import Issue
from gateway.kernel.errors import InvalidDocument
from gateway.outgoing import tools as common
from gateway.outgoing.cut import vendor_of
from gateway.outgoing.errand import Errand
from gateway.outgoing.render import render
from gateway.outgoing.tools import TRIES, Job, Tools
from gateway.store import batches, loads, order_rows, outbox, requests, vendor_requests
from gateway.store.counters import Outdated
from gateway.store.outbox import ItemKind

MOST = 1000
AT_ONCE = 10_000
"""So many requests are looked at for a file; those of one document have ids that follow each other."""


class Told(Struct, frozen=True):
    """A file that was made: its item, how many documents it has, and how many requests they tell."""

    item_id: int
    documents: int
    requests: int


def begin(tools: Tools, job: Job) -> None:
    """The channel has been looked at: from now on its vendor is told."""
    with tools.store.transaction("schedule.slot") as tx:
        vendor_requests.begin(tx, vendor_of(tools, job).code)


def untold(tools: Tools, job: Job, *, most: int) -> int:
    """How many requests wait for the channel's next file; counting stops at `most`."""
    with tools.store.reading() as connection:
        return len(vendor_requests.untold(connection, vendor_of(tools, job, connection).code, most=most))


def tell_all(tools: Tools, job: Job, errand: Errand) -> list[Told]:
    """Make file after file until everything asked by now is told."""
    with tools.store.transaction("schedule.slot") as tx:
        errand.require(tx)
        vendor_requests.begin(tx, vendor_of(tools, job).code)
    made: list[Told] = []
    faults: list[Issue] = []
    aside: set[int] = set()
    while True:
        try:
            told = _tell(tools, job, errand, aside)
        except InvalidDocument as error:
            faults += error.issues
            aside |= _guilty(tools, job, error.issues, aside)
            continue
        if told is None:
            break
        made.append(told)
    errand.end(tools.store, done=len(made), now=tools.clock.now(), issues=faults, failed=len(aside))
    return made


def _tell(tools: Tools, job: Job, errand: Errand, aside: Collection[int]) -> Told | None:
    for _ in range(TRIES):
        try:
            return _make(tools, job, errand, aside)
        except Outdated:
            continue
    raise Outdated(f"the requests for {job.name} keep changing; they are looked at again")


def _make(tools: Tools, job: Job, errand: Errand, aside: Collection[int]) -> Told | None:
    now = tools.clock.now()
    with tools.store.reading() as connection:
        vendor = vendor_of(tools, job, connection).code
        changes, versions = _changes(connection, vendor, aside, most=job.channel.gather.most or MOST, at_once=AT_ONCE)
        if not changes:
            return None
        numbered = common.expected(tools, job, connection, at=now)
    header = common.envelope(tools, job, at=now)
    documents = [replace(change.document, envelope=header) for change in changes]
    mapping = tools.library.get(job.channel.mapping)
    values = common.values(tools, job, number=None, at=now, numbered=numbered)
    rendered = render(mapping, documents, values=values, archive=tools.archive, numbered=numbered)
    told = [request for change in changes for request in change.requests]
    idem = f"{ItemKind.REQUESTS}:{vendor}:{told[0].id}-{told[-1].id}:{len(told)}"
    item = common.item(tools, job, rendered, idem=idem, kind=ItemKind.REQUESTS, at=now, numbered=numbered)
    with tools.store.transaction("out.create") as tx:
        errand.require(tx)
        batches.lock_unchanged(tx, versions)
        item_id = outbox.make(tx, item)
        vendor_requests.told(tx, told, item_id=item_id)
    return Told(item_id, len(changes), len(told))


def _changes(
    connection: Connection, vendor: str, aside: Collection[int], *, most: int, at_once: int
) -> tuple[list[Change], dict[int, int]]:
    """The documents of the next file, and the versions of the orders that they show."""
    found = vendor_requests.untold(connection, vendor, most=at_once)
    groups = together(found)
    if len(found) == at_once and len(groups) > 1:
        groups.pop()
    chosen = [group for group in groups if group[0].order_id not in aside][:most]
    ids = {group[0].order_id for group in chosen}
    orders, documents, asked = loads.orders(connection, ids), order_rows.documents(connection, ids), requests.of_orders(connection, ids)
    changes = [tell(group, orders[group[0].order_id], documents[group[0].order_id], asked[group[0].order_id]) for group in chosen]
    return changes, {order.id: order.version for order in orders.values()}


def _guilty(tools: Tools, job: Job, issues: Sequence[Issue], aside: Collection[int]) -> set[int]:
    """The orders that the issues name; all of the file where they name none."""
    numbers = {issue.key or issue.where.partition(",")[0] for issue in issues if issue.is_error}
    with tools.store.reading() as connection:
        vendor = vendor_of(tools, job, connection).code
        ids = {it.order_id for it in vendor_requests.untold(connection, vendor, most=AT_ONCE)} - set(aside)
        named = {order.id for order in loads.orders(connection, ids).values() if order.number in numbers}
    return named or ids
