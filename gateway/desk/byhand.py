"""What every act on an order made by hand shares: one transaction in which it is loaded, decided by a rule, and written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import Connection

from gateway.desk.acting import Desk, Mode, perform
from gateway.documents import Order, Party
from gateway.documents.form import OrderForm
from gateway.domain import drafting
from gateway.domain.byhand import Decided, GoodsReceipt, HandOrder
from gateway.domain.form import Part
from gateway.domain.order import PurchaseOrder
from gateway.domain.reference import Reference
from gateway.domain.request import Request
from gateway.domain.workflow import WorkflowStep
from gateway.kernel.errors import NotFound, RuleBroken, StoreBusy
from gateway.kernel.issues import Issue
from gateway.store import Tx, byhand, loads, order_rows, requests, work
from gateway.store.effects import Effects
from gateway.store.faults import BadData, Rule
from gateway.store.loads import LockedKey


class Case(Struct, frozen=True, kw_only=True):
    """An order made by hand with all that a rule may need; `stored` and `told` are there from its approval on."""

    order: HandOrder
    reference: Reference
    today: date
    at: datetime
    key: LockedKey | None
    stored: PurchaseOrder | None
    told: Order | None
    ship_to: Party | None
    requests: Sequence[Request]
    receipts: Sequence[GoodsReceipt]
    steps: tuple[WorkflowStep, ...]


Judge = Callable[[Tx, Case], Decided]
Lock = Callable[[HandOrder], LockedKey | None]


def act(
    desk: Desk, number: str, rule: Judge, *, mode: Mode, version: int | None = None, names_key: bool = False, part: Part | None = None
) -> Decided:
    """Load, decide, write; RuleBroken with every issue when the rule refuses. `names_key`: the rule makes the order of the store."""
    return settle(desk, lambda tx: act_in(tx, desk, number, rule, version=version, names_key=names_key, part=part), mode)


def settle(desk: Desk, deed: Callable[[Tx], Decided], mode: Mode) -> Decided:
    """Perform it; that somebody has just taken a number is told like one that was taken long ago."""
    try:
        return perform(desk.store, deed, mode)
    except BadData as error:
        if error.rule is not Rule.UNIQUE:
            raise
        raise RuleBroken((Issue("MAN-01", "the number has just been taken by another order", field="number"),)) from error


def act_in(
    tx: Tx, desk: Desk, number: str, rule: Judge, *, version: int | None = None, names_key: bool = False, part: Part | None = None
) -> Decided:
    """The same inside a transaction that does more."""
    case = load(tx.connection, desk, number, part=part, lock=partial(_locked, tx, names_key=names_key))
    if version is not None and version != case.order.version:
        text = f"order {case.order.number} was changed meanwhile: version {case.order.version}, not {version}"
        raise RuleBroken((Issue("MAN-05", text, field="version", value=str(version)),))
    decided = rule(tx, case)
    if decided.is_refused:
        raise RuleBroken(decided.issues)
    write(tx, desk, case, decided)
    return decided


def load(connection: Connection, desk: Desk, number: str, *, part: Part | None = None, lock: Lock = lambda _: None) -> Case:
    """The order and what belongs to it, read after its key is locked, if it is."""
    order = byhand.find(connection, number, org=desk.master.organization)
    if order is None:
        raise missing(number)
    key = lock(order)
    if key is not None and byhand.get(connection, order.id) != order:
        raise StoreBusy(f"order {order.number} was changed while we waited for its lock")
    stored_ids = [order.order_id] if order.order_id is not None else []
    at = desk.clock.now()
    reference = reference_for(connection, desk, order.form, part)
    return Case(
        order=order,
        reference=reference,
        today=day_of(at, reference),
        at=at,
        key=key,
        stored=next(iter(loads.orders(connection, stored_ids).values()), None),
        told=next(iter(order_rows.documents(connection, stored_ids).values()), None),
        ship_to=next(iter(requests.ship_to(connection, stored_ids).values()), None),
        requests=requests.of_orders(connection, stored_ids).get(order.order_id or 0, []),
        receipts=byhand.receipts(connection, order.id),
        steps=byhand.steps(connection, order.id),
    )


def write(tx: Tx, desk: Desk, case: Case, decided: Decided) -> None:
    """Everything a decision changes."""
    if decided.outcome is not None and case.key is not None:
        effects = Effects(tx, {case.key.id: case.key}, at=case.at)
        effects.add(decided.outcome, desk.origin)
        if case.key.changed and case.key.waiting:
            work.wake_waiting(tx, [case.key.id], now=case.at)
        effects.write()
    if decided.order == case.order and not decided.events:
        return
    byhand.change(tx, decided.order, decided.events, at=case.at)
    byhand.keep_receipts(tx, case.order.id, decided.receipts)
    if case.order.order_id is not None and decided.order.form.cancel_after != case.order.form.cancel_after:
        byhand.set_cancel_after(tx, case.order.order_id, decided.order.form.cancel_after)


def reference_for(connection: Connection, desk: Desk, form: OrderForm, part: Part | None = None) -> Reference:
    """The master data with the vendors and carriers that the form and the part name, also those that documents have brought."""
    told = part.told if part is not None else {}
    lines = part.lines if part is not None else ()
    vendors = {form.vendor or "", told.get("vendor") or ""}
    carriers = {*drafting.carriers(form), told.get("carrier") or "", *(it.told.get("carrier") or "" for it in lines)}
    return desk.master.for_chunk(connection, vendors=vendors, carriers=carriers).reference


def _locked(tx: Tx, order: HandOrder, *, names_key: bool) -> LockedKey | None:
    """The key of the order under our lock, when there is one or is to be one."""
    ids = [order.order_id] if order.order_id is not None else []
    expected = [(order.org, order.number)] if names_key and not ids else []
    return next(iter(loads.lock_names(tx, loads.names(tx.connection, ids), expected=expected).values()), None)


def day_of(at: datetime, reference: Reference) -> date:
    """The day it is in the business."""
    return at.astimezone(ZoneInfo(reference.organization.zone)).date()


def missing(number: str) -> NotFound:
    """Nobody has made such an order by hand."""
    return NotFound(
        f"there is no order {number} made by hand", remedy="See which there are: gateway order draft list; all orders: gateway order list"
    )
