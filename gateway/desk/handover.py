"""An order made by hand on its way: pipeline, approval, cancelling, goods received, and the day after which it ends (sdf 10.7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

from msgspec import Struct

from gateway.booking import Concern, Known, Master, act_in
from gateway.config import Workspace
from gateway.desk import byhand as acts
from gateway.desk.acting import Desk, Mode
from gateway.desk.byhand import Case
from gateway.desk.drafts import DraftStep, step_of
from gateway.domain import goods, handover
from gateway.domain.byhand import Decided, HandOrder, refuse, wrong_stage
from gateway.domain.goods import Arrival
from gateway.domain.history import ADMIN
from gateway.domain.order import LineStatus, Stage
from gateway.domain.origin import Origin
from gateway.domain.outcome import Outcome, Verdict
from gateway.kernel.clock import Clock
from gateway.kernel.errors import RuleBroken
from gateway.kernel.issues import Issue
from gateway.store import Store, Tx, byhand, loads, order_rows

Rule = Callable[[Case], Decided]


class Swept(Struct, frozen=True):
    """How many a job did well, and how many it could not do."""

    done: int
    failed: int


def pipeline(desk: Desk, number: str, *, version: int | None = None, mode: Mode = Mode.EARNEST) -> DraftStep:
    """One step on: a draft is approved, an approved order released to its vendor."""
    return _step(desk, number, partial(forward, desk, Stage.APPROVED), version, mode, names_key=True)


def approve(desk: Desk, number: str, *, version: int | None = None, mode: Mode = Mode.EARNEST) -> DraftStep:
    """Approved and released: the order is New Order, and the next batch of its vendor holds it."""
    return _step(desk, number, partial(forward, desk, Stage.RELEASED), version, mode, names_key=True)


def cancel(desk: Desk, number: str, *, reason: str, version: int | None = None, mode: Mode = Mode.EARNEST) -> DraftStep:
    """A draft or approved order ends. Of a released one new lines are cancelled, and its vendor is asked about the others."""

    def rule(case: Case) -> Decided:
        if not reason.strip() and mode is Mode.EARNEST:
            return refuse(case.order, Issue("MAN-10", "the reason is missing", field="reason", kind="missing"))
        return handover.cancel(
            case.order,
            case.stored,
            reason=reason.strip(),
            ship_to=case.ship_to,
            requests=case.requests,
            reference=case.reference,
            origin=desk.origin,
            at=case.at,
        )

    return _step(desk, number, rule, version, mode)


def receive(desk: Desk, number: str, said: Arrival, *, mode: Mode = Mode.EARNEST) -> DraftStep:
    """Goods of a line came in."""

    def rule(case: Case) -> Decided:
        return goods.receive(case.order, case.told, said, receipts=case.receipts, today=case.today, origin=desk.origin, at=case.at)

    return _step(desk, number, rule, None, mode)


def withdraw(desk: Desk, number: str, receipt: int, *, reason: str, mode: Mode = Mode.EARNEST) -> DraftStep:
    """A receipt was noted by mistake."""

    def rule(case: Case) -> Decided:
        return goods.withdraw(case.order, receipt, reason=reason, receipts=case.receipts, origin=desk.origin, at=case.at)

    return _step(desk, number, rule, None, mode)


def forward(desk: Desk, to: Stage, case: Case) -> Decided:
    """A draft becomes an order at that stage; an approved one is released."""
    if case.order.stage is Stage.DRAFT and case.key is not None:
        key = case.key.identity()
        return handover.approve(case.order, key, to=to, reference=case.reference, origin=desk.origin, at=case.at)
    if case.stored is not None and case.order.stage is Stage.APPROVED:
        return handover.release(case.order, case.stored, origin=desk.origin, at=case.at)
    return refuse(case.order, wrong_stage(case.order, "another step"))


def cancel_late(store: Store, clock: Clock, workspace: Workspace) -> Swept:
    """Cancel what is still new once the day to cancel after has passed: drafts, approved orders, and lines in New Order of any order.

    A job calls this; one order that cannot be cancelled holds up none of the others.
    """
    desk = Desk(store=store, master=Master(workspace.reference), clock=clock, user=ADMIN)
    today = acts.day_of(clock.now(), workspace.reference)
    with store.reading() as connection:
        drafts = [byhand.get(connection, hand_id) for hand_id in byhand.late_drafts(connection, today=today)]
        orders = byhand.late_orders(connection, today=today)
    tried = [_tried(partial(_cancel_late_draft, desk, draft)) for draft in drafts if draft is not None]
    tried += [_tried(partial(_cancel_late_order, desk, order_id, today)) for order_id in orders]
    return Swept(done=sum(tried), failed=len(tried) - sum(tried))


def _step(desk: Desk, number: str, rule: Rule, version: int | None, mode: Mode, *, names_key: bool = False) -> DraftStep:
    seen: list[HandOrder] = []

    def judge(_: Tx, case: Case) -> Decided:
        seen[:] = [case.order]
        return rule(case)

    decided = acts.act(desk, number, judge, mode=mode, version=version, names_key=names_key)
    return step_of(seen[0], decided, mode)


def _tried(deed: Callable[[], object]) -> bool:
    try:
        deed()
    except RuleBroken:
        return False
    return True


def _cancel_late_draft(desk: Desk, draft: HandOrder) -> None:
    cancel(desk, draft.number, reason=f"cancel after {draft.form.cancel_after}")


def _cancel_late_order(desk: Desk, order_id: int, today: date) -> None:
    def rule(known: Known) -> Outcome:
        order = known.orders[order_id]
        day = days.get(order_id)
        if day is None or day >= today or not any(line.status is LineStatus.NEW for line in order.lines):
            return Outcome(verdict=Verdict.DUPLICATE)
        return handover.lapse(
            order, day, requests=known.requests[order_id], ship_to=known.ship_to.get(order_id), reference=known.reference, at=known.at
        )

    days: dict[int, date | None] = {}

    def work(tx: Tx) -> None:
        loads.lock_orders(tx, [order_id])
        days.update({key: told.cancel_after for key, told in order_rows.documents(tx.connection, [order_id]).items()})
        act_in(tx, Concern(orders=(order_id,)), rule, origin=Origin(user=ADMIN), master=desk.master, at=desk.clock.now())

    desk.store.attempt(work, at="desk.act")
