"""An order made by hand on its way: pipeline, approval, cancelling, goods received, and the day after which it ends (sdf 10.7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial

from msgspec import Struct

from gateway.booking import Concern, Known, act_in
from gateway.desk import byhand as acts
from gateway.desk.acting import Desk, Mode
from gateway.desk.byhand import Case
from gateway.desk.drafts import DraftStep, step_of
from gateway.documents.form import OrderForm
from gateway.domain import goods, handover
from gateway.domain.byhand import Decided, HandAct, HandOrder, event, refuse, wrong_stage
from gateway.domain.goods import Arrival
from gateway.domain.history import ADMIN
from gateway.domain.order import LineStatus, Stage
from gateway.domain.origin import Origin
from gateway.domain.outcome import Outcome, Verdict
from gateway.kernel.errors import RuleBroken
from gateway.kernel.issues import Issue
from gateway.store import Tx, byhand, loads, order_rows

Rule = Callable[[Case], Decided]


class Swept(Struct, frozen=True):
    """How many a job did well, how many it could not do, and the first reason."""

    done: int = 0
    failed: int = 0
    issue: Issue | None = None


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
        return _cancelled(desk, case, reason.strip())

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


def cancel_late(desk: Desk) -> Swept:
    """Cancel what is still new once the day to cancel after has passed: drafts, approved orders, and lines in New Order of any order.

    A job calls this; one order that cannot be cancelled holds up none of the others.
    """
    found = [partial(_cancel_late_draft, desk, draft) for draft in late_drafts(desk)]
    found += [partial(_cancel_late_order, desk, order_id) for order_id in _late(desk, byhand.late_orders)]
    return swept(found)


def late_drafts(desk: Desk) -> list[HandOrder]:
    """The drafts and approved orders whose day to cancel after has passed."""
    with desk.store.reading() as connection:
        read = [byhand.get(connection, hand_id) for hand_id in _late(desk, byhand.late_drafts)]
    return [draft for draft in read if draft is not None]


def late_orders(desk: Desk) -> list[str]:
    """The numbers of the released orders whose day has passed while something of them is still new."""
    with desk.store.reading() as connection:
        return sorted(number for _, number in loads.names(connection, _late(desk, byhand.late_orders)))


def swept(deeds: Iterable[Callable[[], object]]) -> Swept:
    """Do them all; those that a rule refuses are counted, and the first reason is kept."""
    done = failed = 0
    first: Issue | None = None
    for deed in deeds:
        try:
            deed()
        except RuleBroken as error:
            failed, first = failed + 1, first or next(iter(error.issues), None)
        else:
            done += 1
    return Swept(done=done, failed=failed, issue=first)


def _cancelled(desk: Desk, case: Case, reason: str) -> Decided:
    return handover.cancel(
        case.order,
        case.stored,
        reason=reason,
        ship_to=case.ship_to,
        requests=case.requests,
        reference=case.reference,
        origin=desk.origin,
        at=case.at,
    )


def _late(desk: Desk, find: Callable[..., list[int]]) -> list[int]:
    """Everything that the search finds today, however much it is."""
    found: list[int] = []
    with desk.store.reading() as connection:
        reference = acts.reference_for(connection, desk, OrderForm())
        today = acts.day_of(desk.clock.now(), reference)
        while page := find(connection, today=today, after=found[-1] if found else 0):
            found += page
    return found


def _step(desk: Desk, number: str, rule: Rule, version: int | None, mode: Mode, *, names_key: bool = False) -> DraftStep:
    seen: list[HandOrder] = []

    def judge(_: Tx, case: Case) -> Decided:
        seen[:] = [case.order]
        return rule(case)

    decided = acts.act(desk, number, judge, mode=mode, version=version, names_key=names_key)
    return step_of(seen[0], decided, mode)


def _cancel_late_draft(desk: Desk, draft: HandOrder) -> None:
    def rule(case: Case) -> Decided:
        day = case.order.form.cancel_after
        if case.order.stage not in {Stage.DRAFT, Stage.APPROVED} or day is None or day >= case.today:
            return Decided(order=case.order)  # somebody was faster
        return _cancelled(desk, case, f"cancel after {day}")

    _step(desk, draft.number, rule, None, Mode.EARNEST)


def _cancel_late_order(desk: Desk, order_id: int) -> None:
    def rule(known: Known) -> Outcome:
        order = known.orders[order_id]
        day = days.get(order_id)
        today = acts.day_of(known.at, known.reference)
        if day is None or day >= today or not any(line.status is LineStatus.NEW for line in order.lines):
            return Outcome(verdict=Verdict.DUPLICATE)
        return handover.lapse(
            order, day, requests=known.requests[order_id], ship_to=known.ship_to.get(order_id), reference=known.reference, at=known.at
        )

    days: dict[int, date | None] = {}

    def work(tx: Tx) -> None:
        loads.lock_orders(tx, [order_id])
        days.update({key: told.cancel_after for key, told in order_rows.documents(tx.connection, [order_id]).items()})
        at = desk.clock.now()
        origin = Origin(user=ADMIN)
        outcome = act_in(tx, Concern(orders=(order_id,)), rule, origin=origin, master=desk.master, at=at)
        form = byhand.of_order(tx.connection, order_id)
        if form is not None and outcome.verdict is Verdict.BOOKED:
            reason = f"cancel after {days.get(order_id)}"
            byhand.change(tx, form, [event(HandAct.CANCELLED, origin=origin, at=at, words="Cancelled", reason=reason)], at=at)

    desk.store.attempt(work, at="desk.act")
