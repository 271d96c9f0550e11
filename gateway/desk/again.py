"""Slips and extracts that were made already: taken back whole, or made anew with what is left (sdf 6.4, E22 and E23)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from gateway.booking import Concern, Known, act_in
from gateway.config.api import ORDERS
from gateway.desk.acting import Desk, Mode, perform
from gateway.desk.slips import vendor_of
from gateway.domain import reprint as rules
from gateway.domain.history import Event
from gateway.domain.order import PurchaseOrder
from gateway.domain.outcome import Batch, BatchChanged, BatchState, Outcome, is_on_paper
from gateway.domain.reprint import Place
from gateway.kernel.errors import ConfigError, NotFound, RuleBroken
from gateway.kernel.issues import Issue
from gateway.outgoing import Tools, job_of, reissue
from gateway.store import Tx, batches, loads, outbox, outbox_acts, slips
from gateway.store.outbox import ItemState
from gateway.store.queries import find_order

Quantities = Mapping[tuple[str, int], int]
"""New print quantities by order number and line."""
_RECALLED = (ItemState.WAITING, ItemState.HELD, ItemState.PARKED, ItemState.CONFLICT)


class Way(Enum):
    """How a batch went: on paper, or as a file. Each has its own words."""

    PAPER = "paper"
    FILE = "file"

    @classmethod
    def of(cls, batch: Batch) -> Way:
        """As its channel says."""
        return cls.PAPER if is_on_paper(batch.channel) else cls.FILE


class TakenBack(Struct, frozen=True, kw_only=True):
    """What became of a batch, or would; `replaced_by` is None for a void."""

    batch: int
    vendor: str
    before: BatchState
    after: BatchState
    replaced_by: int | None
    lines_kept: int
    lines_removed: int
    item: int | None
    """The outgoing file of the new batch."""
    recalled: int | None
    """The file of the old batch, where it had not left and does not any more."""
    note: str
    warnings: tuple[Issue, ...]
    mode: Mode


def void(
    desk: Desk, tools: Tools, number: int, *, way: Way, orders: Collection[str] = (), reason: str = "", mode: Mode = Mode.EARNEST
) -> TakenBack:
    """Everything on it is New Order again, what was asked meanwhile applies."""
    return _do(_Act(desk, tools, number, None, orders=orders, way=way, reason=reason), mode)


def make_again(
    desk: Desk,
    tools: Tools,
    number: int,
    quantities: Quantities,
    *,
    way: Way,
    orders: Collection[str] = (),
    reason: str = "",
    mode: Mode = Mode.EARNEST,
) -> TakenBack:
    """The batch under a new number, with new quantities where some are given; 0 takes a line off."""
    return _do(_Act(desk, tools, number, quantities, orders=orders, way=way, reason=reason), mode)


def void_in(tx: Tx, desk: Desk, number: int) -> Outcome:
    """The same in a transaction that takes its file back; a batch of which nothing is left stays as it is."""

    def rule(known: Known) -> Outcome:
        return rules.void(known.batches[number], _orders(known, number), requests=known.requests, origin=desk.origin, at=known.at)

    return act_in(tx, Concern(batches=(number,)), rule, origin=desk.origin, master=desk.master, at=desk.clock.now())


def _do(act: _Act, mode: Mode) -> TakenBack:
    done, outcome = perform(act.store, act.work, mode)
    if any(issue.is_error for issue in outcome.issues):
        number = outcome.key
        raise RuleBroken(outcome.issues, remedy=f"See what is on it and how far it has come: gateway batch show {number}")
    return replace(done, mode=mode)


class _Act:
    """One act on one batch; may be tried several times."""

    def __init__(
        self, desk: Desk, tools: Tools, number: int, quantities: Quantities | None, *, orders: Collection[str], way: Way, reason: str
    ) -> None:
        self.store = desk.store
        self._reason = reason.strip()
        self._desk = desk
        self._tools = tools
        self._number = number
        with desk.store.reading() as connection:
            found = loads.batches(connection, [number]).get(number)
            if found is None:
                raise NotFound(f"there is no batch {number}", remedy="See which there are: gateway batch list")
            org = tools.workspace.reference.organization.code
            ids = {name: find_order(connection, name, org=org) for name in {*orders, *(name for name, _ in quantities or ())}}
        _require(found, way)
        if way is Way.FILE and quantities is not None and job_of(tools, found.channel) is None:
            raise ConfigError(f"{_no_channel(tools, found)}, or take the batch back with: gateway batch void {number}")
        for name, order_id in ids.items():
            if order_id is None:
                raise NotFound(f"there is no order {name}", remedy=f"See what is on it: gateway batch show {number}")
        self._only = tuple(order_id for name in orders if (order_id := ids[name]) is not None)
        self._quantities: dict[Place, int] | None = None
        if quantities is not None:
            self._quantities = {(order_id, line): n for (name, line), n in quantities.items() if (order_id := ids[name]) is not None}

    def work(self, tx: Tx) -> tuple[TakenBack, Outcome]:
        """All of it in one transaction."""
        desk, at = self._desk, self._desk.clock.now()
        seen: list[Batch] = []
        made: list[tuple[int, int | None]] = []

        def rule(known: Known) -> Outcome:
            batch = known.batches[self._number]
            seen[:] = [batch]
            outcome = self._decide(known, 0)
            if not rules.is_numbered(outcome):
                return outcome
            new = batches.take(tx, vendor=batch.vendor, now=at)
            outcome = self._decide(known, new)
            job = job_of(self._tools, batch.channel)
            item = reissue(self._tools, job, tx, outcome, number=new, replaces=batch.number, at=at) if job is not None else None
            made[:] = [(new, item)]
            return _with_item(outcome, new, item)

        outcome = act_in(tx, Concern(batches=(self._number,)), rule, origin=desk.origin, master=desk.master, at=at)
        (batch,) = seen
        new, item = made[0] if made else (None, None)
        after = next((it.batch.state for it in _batches(outcome) if it.batch.number == self._number), batch.state)
        recalled, note = self._recall(tx, batch) if after is BatchState.VOID else (None, "")
        if new is not None:
            self._ask(tx, batch, new)
        events = [entry.event for entry in outcome.history]
        done = TakenBack(
            batch=batch.number,
            vendor=batch.vendor,
            before=batch.state,
            after=after,
            replaced_by=new,
            lines_kept=events.count(Event.REPRINTED),
            lines_removed=events.count(Event.VOIDED),
            item=item,
            recalled=recalled,
            note=note,
            warnings=tuple(issue for issue in outcome.issues if not issue.is_error),
            mode=Mode.EARNEST,
        )
        return done, outcome

    def _decide(self, known: Known, number: int) -> Outcome:
        batch = known.batches[self._number]
        orders = _orders(known, self._number)
        common = {"requests": known.requests, "origin": self._desk.origin, "at": known.at, "only": self._only, "reason": self._reason}
        if self._quantities is None:
            return rules.void(batch, orders, **common)  # type: ignore[arg-type]  # by name
        return rules.reprint(batch, orders, self._quantities, number=number, **common)  # type: ignore[arg-type]  # the same

    def _recall(self, tx: Tx, batch: Batch) -> tuple[int | None, str]:
        """The old file does not leave any more, if it has not left; nobody waits for its acknowledgement."""
        item = outbox.get(tx.connection, batch.item_id) if batch.item_id is not None else None
        if item is None:
            return None, ""
        now, user = self._desk.clock.now(), self._desk.user
        why = f"batch {batch.number} was taken back" + (f": {self._reason}" if self._reason else "")
        if item.state in _RECALLED and item.blessed_name is None:
            reached = outbox_acts.cancel(tx, item.id, actor=user, now=now, reason=why)
            if reached is ItemState.CANCELLED:
                return item.id, ""
        if item.state is ItemState.CANCELLED:
            return None, ""
        return None, f"the file of batch {batch.number} is with vendor {batch.vendor} or may be: tell them that it does not count any more"

    def _ask(self, tx: Tx, batch: Batch, number: int) -> None:
        """The documents of the new batch: always for paper, and for a file where the vendor has them at once."""
        vendor = vendor_of(self._desk, batch.vendor)
        if Way.of(batch) is Way.PAPER or vendor.print_extracts:
            slips.ask(tx, number, slips.brands_of(tx.connection, number), slips.kinds_of(vendor), now=self._desk.clock.now())


def _no_channel(tools: Tools, batch: Batch) -> str:
    """Why no file of this batch can be made by us, and what helps."""
    fetched = {f"{it.connector}/{ORDERS}" for it in tools.workspace.enabled if it.api is not None and it.api.orders is not None}
    if batch.channel in fetched:
        return (
            f"vendor {batch.vendor} fetched batch {batch.number} over HTTP, where nothing is sent by us: it asks for the batch again by "
            "its number (getDSOrders, Batch)"
        )
    return f"channel {batch.channel}, which made batch {batch.number}, is not configured any more: put it back"


def _require(batch: Batch, way: Way) -> None:
    """One way to do a thing: paper is voided and reprinted, a file is voided and reissued."""
    if Way.of(batch) is way:
        return
    if way is Way.PAPER:
        raise ConfigError(
            f"batch {batch.number} went out as a file: gateway batch void {batch.number}, or gateway batch reissue {batch.number}"
        )
    raise ConfigError(f"batch {batch.number} is on paper: gateway slip void {batch.number}, or gateway slip reprint {batch.number}")


def _with_item(outcome: Outcome, number: int, item: int | None) -> Outcome:
    """The new batch knows its file."""
    changes = tuple(
        BatchChanged(replace(it.batch, item_id=item)) if isinstance(it, BatchChanged) and it.batch.number == number else it
        for it in outcome.changes
    )
    return replace(outcome, changes=changes)


def _orders(known: Known, number: int) -> list[PurchaseOrder]:
    """The orders with a line on the batch, now or before."""
    return [known.orders[known.keys[name].id] for name in known.orders_of_batch.get(number, ()) if name in known.keys]


def _batches(outcome: Outcome) -> list[BatchChanged]:
    return [it for it in outcome.changes if isinstance(it, BatchChanged)]
