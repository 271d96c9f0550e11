"""Pack slips as people work with them: generated from what they choose, looked at, fetched, made again (sdf 6.1, 6.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from msgspec import Struct

from gateway.archive import Archive
from gateway.booking import Concern, Known, act_in
from gateway.desk.acting import Desk, Mode, perform
from gateway.desk.pages import Page, page_of
from gateway.desk.scoping import within
from gateway.domain import slip as rules
from gateway.domain.access import EVERYTHING, Scope
from gateway.domain.order import PurchaseOrder
from gateway.domain.outcome import BatchLinesChanged, BatchState, Outcome, Verdict
from gateway.domain.reference import Vendor
from gateway.domain.slip import Selection
from gateway.kernel.errors import NotFound, RuleBroken
from gateway.kernel.issues import Issue
from gateway.kernel.yaml_text import unknown
from gateway.store import Store, Tx, batches, loads, requests, slips
from gateway.store.queries import find_order
from gateway.store.slips import DocumentKind, DocumentSearch, DocumentState, SlipDocument

CHANNEL = "slips"
"""Where the channel of a batch stands that is on paper; a channel of files has a slash in its name."""
EVERY_ORDER = 1_000_000
LONGEST_NUMBER = 18
"""Digits that any batch can have."""


class Generated(Struct, frozen=True, kw_only=True):
    """A batch of pack slips that was made, or would be."""

    batch: int
    vendor: str
    brand: str
    orders: int
    lines: int
    quantity: int
    order_numbers: tuple[str, ...]
    mode: Mode


class DocumentSheet(Struct, frozen=True, kw_only=True):
    """One document of a batch."""

    id: int
    batch: int
    brand: str
    kind: DocumentKind
    state: DocumentState
    file: str
    pages: int | None
    size: int | None
    made_at: datetime | None
    expires_at: datetime | None
    archive_key: str | None
    issue: Issue | None


class SlipSheet(Struct, frozen=True, kw_only=True):
    """A batch with its documents."""

    batch: int
    vendor: str
    channel: str
    state: BatchState
    made_at: datetime
    replaces: int | None
    documents: tuple[DocumentSheet, ...]


def generate(desk: Desk, vendor_code: str, wanted: Selection, *, mode: Mode = Mode.EARNEST) -> tuple[Generated, ...]:
    """Print the vendor's new orders that are wanted: one batch a brand; nothing when none is new."""
    vendor = _vendor_not_order(desk, vendor_code)
    if vendor.integrated:
        text = f"vendor {vendor.code} gets its new orders as files, not on paper"
        remedy = (
            f"Have them sent now: gateway batch cut {vendor.code}. "
            f"Paper of a batch that was sent: gateway slip fetch BATCH --to FOLDER (gateway batch list --vendor {vendor.code})."
        )
        raise RuleBroken((Issue("ACT-306", text, field="vendor", value=vendor.code),), remedy=remedy)
    with desk.store.reading() as connection:
        ids = [it.order_id for it in batches.candidates(connection, vendor.code, most=EVERY_ORDER)]
        orders = loads.orders(connection, ids)
        ship_to = requests.ship_to(connection, ids)
    _require_brand(desk, wanted.brand, orders.values())
    chosen = rules.choose(orders.values(), vendor=vendor, wanted=wanted, ship_to=ship_to)
    issues = rules.not_chosen(wanted, chosen)
    if issues:
        raise RuleBroken(issues)
    groups = rules.slips(chosen, vendor)
    together = [groups] if mode is Mode.REHEARSAL else [[group] for group in groups]  # a rehearsal shows the numbers one after the other
    return tuple(it for some in together for it in perform(desk.store, partial(_generate_all, desk, vendor, some, mode), mode))


def _require_brand(desk: Desk, brand: str, orders: Iterable[PurchaseOrder]) -> None:
    """A brand that is declared, or that an order came with; none is any."""
    known = {*desk.master.references.now(desk.store).brands, *(order.brand for order in orders)}
    if brand and brand not in known:
        raise NotFound(unknown(brand, known, what="brand"), remedy="See which there are: gateway brand list")


def search_documents(
    store: Store, search: DocumentSearch, *, scope: Scope = EVERYTHING, before: int | None = None, most: int = 50
) -> Page[DocumentSheet]:
    """Documents, the newest first."""
    search = within(scope, search)
    with store.reading() as connection:
        rows = slips.of_batches(connection, search, before=before, most=most)
        return page_of([document_sheet(it) for it in rows], most, lambda: slips.count(connection, search, before=before))


def show_slips(store: Store, number: int, *, scope: Scope = EVERYTHING) -> SlipSheet:
    """The documents of a batch; NotFound also for one beyond the scope."""
    with store.reading() as connection:
        batch = loads.batches(connection, [number]).get(number)
        documents = slips.of_batch(connection, number)
    if batch is None or not scope.covers(batch.vendor):
        raise NotFound(f"there is no batch {number}", remedy="See which there are: gateway batch list")
    return SlipSheet(
        batch=batch.number,
        vendor=batch.vendor,
        channel=batch.channel,
        state=batch.state,
        made_at=batch.made_at,
        replaces=batch.replaces,
        documents=tuple(document_sheet(it) for it in documents),
    )


def ask(desk: Desk, number: int, *, archive: Archive) -> SlipSheet:
    """Have the documents made that the vendor's preferences ask for, as far as they are not there; answers how they stand.

    Documents whose bytes are lost, as a restored store has them, are made again too.
    """
    sheet = show_slips(desk.store, number)
    if sheet.state in {BatchState.VOID, BatchState.CUTTING}:
        there = "it was taken back" if sheet.state is BatchState.VOID else "nothing is in it yet"
        raise RuleBroken((Issue("ACT-303", f"batch {number} is {sheet.state}: {there}", field="batch", value=str(number)),))
    kinds = slips.kinds_of(vendor_of(desk, sheet.vendor))
    with desk.store.reading() as connection:
        brands = slips.brands_of(connection, number)
        documents = slips.of_batch(connection, number)
    lost = [it for it in documents if it.archive_key is not None and not archive.has(it.archive_key)]
    if lost:
        desk.store.attempt(lambda tx: slips.let_go(tx, lost))
    standing = {(it.brand, it.kind) for it in documents if it.state in {DocumentState.READY, DocumentState.WAITING} and it not in lost}
    if any((brand, kind) not in standing for brand in brands for kind in kinds):
        desk.store.attempt(lambda tx: slips.ask(tx, number, brands, kinds, now=desk.clock.now()))
    return show_slips(desk.store, number)


def is_printed(store: Store, number: int) -> bool:
    """Whether nothing of the batch waits to be made."""
    return all(it.state is not DocumentState.WAITING for it in show_slips(store, number).documents)


def vendor_of(desk: Desk, code: str) -> Vendor:
    """A vendor that is declared, or that came with an order."""
    found = desk.master.references.now(desk.store, vendors=[code]).vendors.get(code)
    if found is None:
        raise NotFound(f"there is no vendor {code}", remedy="See which there are: gateway vendor list")
    return found


def _vendor_not_order(desk: Desk, code: str) -> Vendor:
    """The vendor; who names an order or a batch instead is told what to write."""
    try:
        return vendor_of(desk, code)
    except NotFound:
        with desk.store.reading() as connection:
            order_id = find_order(connection, code)
            order = loads.orders(connection, [order_id])[order_id] if order_id is not None else None
            number = int(code) if code.isascii() and code.isdigit() and len(code) <= LONGEST_NUMBER else 0
            batch = loads.batches(connection, [number]).get(number) if number else None
        if order is not None:
            wanted = f"gateway slip generate {order.vendor} --order {order.number}"
            raise NotFound(f"{order.number} is a purchase order, and slips are made for a vendor", remedy=f"Write: {wanted}") from None
        if batch is not None:
            wanted = f"gateway slip fetch {code} --to FOLDER"
            raise NotFound(
                f"there is no vendor {code}; {code} is a batch of vendor {batch.vendor}", remedy=f"For its paper: {wanted}"
            ) from None
        raise


def document_sheet(it: SlipDocument) -> DocumentSheet:
    """A document as people are shown it, with the name of the file it is fetched as."""
    brand = it.brand.zfill(3) if it.brand.isdigit() else it.brand
    ending = {DocumentKind.SLIPS: "slips.pdf", DocumentKind.PULL_SHEET: "pull.pdf", DocumentKind.CSV: "orders.csv"}[it.kind]
    return DocumentSheet(
        id=it.id,
        batch=it.batch,
        brand=it.brand,
        kind=it.kind,
        state=it.shown,
        file=f"{it.batch}-{brand}-{ending}",
        pages=it.pages,
        size=it.size,
        made_at=it.made_at,
        expires_at=it.expires_at,
        archive_key=it.archive_key,
        issue=it.issue,
    )


def _generate_all(desk: Desk, vendor: Vendor, groups: Sequence[Sequence[PurchaseOrder]], mode: Mode, tx: Tx) -> list[Generated]:
    made = (_generate(tx, desk, vendor, group, mode) for group in groups)
    return [it for it in made if it is not None]


def _generate(tx: Tx, desk: Desk, vendor: Vendor, group: Sequence[PurchaseOrder], mode: Mode) -> Generated | None:
    """One batch, of those orders that are still new once they are locked."""
    at = desk.clock.now()
    made: list[tuple[int, list[PurchaseOrder]]] = []

    def rule(known: Known) -> Outcome:
        orders = list(rules.choose(known.orders.values(), vendor=vendor, ship_to={}))
        if not orders:
            return Outcome(verdict=Verdict.DUPLICATE)
        number = batches.take(tx, vendor=vendor.code, now=at)
        made.append((number, orders))
        return rules.generate(orders, number=number, channel=CHANNEL, vendor=vendor, origin=desk.origin, at=at)

    outcome = act_in(tx, Concern(orders=tuple(order.id for order in group)), rule, origin=desk.origin, master=desk.master, at=at)
    if not made:
        return None
    ((number, orders),) = made
    slips.ask(tx, number, {order.brand for order in orders}, slips.kinds_of(vendor), now=at)
    lines = [line for change in outcome.changes if isinstance(change, BatchLinesChanged) for line in change.lines]
    return Generated(
        batch=number,
        vendor=vendor.code,
        brand=orders[0].brand,
        orders=len(orders),
        lines=len(lines),
        quantity=sum(line.quantity for line in lines),
        order_numbers=tuple(order.number for order in orders),
        mode=mode,
    )
