"""Orders made by hand as people write them: begun, saved in parts, cloned, found and shown with what still lacks (sdf 10.7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from gateway.desk.acting import Desk, Mode
from gateway.desk.byhand import Case, act, day_of, load, reference_for, settle
from gateway.desk.pages import Page, page_of
from gateway.documents import Order
from gateway.documents.form import OrderForm
from gateway.domain import drafting
from gateway.domain.byhand import Decided, GoodsReceipt, HandAct, HandEvent, HandOrder
from gateway.domain.drafting import form_of, number_taken
from gateway.domain.form import read_part
from gateway.domain.handover import order_told
from gateway.domain.order import OrderStatus, Stage
from gateway.domain.outcome import LinesChanged, NewOrder, RequestsChanged
from gateway.domain.request import RequestState
from gateway.domain.workflow import WorkflowStep
from gateway.kernel.errors import NotFound, RuleBroken
from gateway.kernel.issues import Issue
from gateway.store import Tx, byhand, order_rows
from gateway.store.queries import HandRow, HandSearch, count_by_hand, find_order, list_by_hand

PIPELINE = (Stage.DRAFT, Stage.APPROVED, Stage.RELEASED)
"""The steps of the pipeline in their order."""


class DraftStep(Struct, frozen=True, kw_only=True):
    """What an act did to an order made by hand, or would do."""

    number: str
    before: Stage | None
    after: Stage
    status: OrderStatus | None = None
    """Of the released order, where the act has changed or asked something."""
    waits: tuple[int, ...] = ()
    """The lines whose vendor is asked to cancel them."""
    acts: tuple[HandAct, ...]
    notes: tuple[str, ...]
    issues: tuple[Issue, ...]
    version: int
    mode: Mode


class EntrySheet(Struct, frozen=True, kw_only=True):
    """One entry of the order's own history in the words that people read."""

    at: datetime
    user: str
    act: HandAct
    action: str
    note: str


class DraftSheet(Struct, frozen=True, kw_only=True):
    """One order made by hand: the form as it is now, how far it has come, what still lacks, what came in, and what was done."""

    number: str
    stage: Stage
    next: Stage | None
    """The step that Pipeline takes next."""
    status: OrderStatus | None
    version: int
    cloned_from: str
    form: OrderForm
    lacks: tuple[Issue, ...]
    """What stands in the way of approval."""
    receipts: tuple[GoodsReceipt, ...]
    workflow: tuple[WorkflowStep, ...]
    history: tuple[EntrySheet, ...]


def search_drafts(desk: Desk, search: HandSearch, *, before: int | None = None, most: int = 50) -> Page[HandRow]:
    """Orders made by hand, newest first."""
    with desk.store.reading() as connection:
        rows = list_by_hand(connection, search, before=before, most=most)
        return page_of(rows, most, lambda: count_by_hand(connection, search, before=before))


def show_draft(desk: Desk, number: str) -> DraftSheet:
    """The order of that number, in whatever case it is written."""
    with desk.store.reading() as connection:
        case = load(connection, desk, number)
        return _sheet(case, byhand.events(connection, case.order.id))


def new_draft(desk: Desk, told: object, *, mode: Mode = Mode.EARNEST) -> DraftStep:
    """Begin a draft with what is told so far; without a number it gets the next of our own."""
    part, wrong = read_part(told)

    def begin(tx: Tx) -> Decided:
        at, org = desk.clock.now(), desk.master.organization
        reference = reference_for(tx.connection, desk, OrderForm(), part)
        number = part.number or byhand.next_number(tx, org=org)
        today = day_of(at, reference)
        decided = drafting.draft(part, number=number, org=org, reference=reference, today=today, origin=desk.origin, at=at)
        return _add(tx, desk, replace(decided, issues=(*wrong, *decided.issues)), at)

    return step_of(None, settle(desk, begin, mode), mode)


def save_draft(desk: Desk, number: str, told: object, *, version: int | None = None, mode: Mode = Mode.EARNEST) -> DraftStep:
    """Change what is told, and only that. With `version`: only if nobody has saved it since it was shown."""
    part, wrong = read_part(told)
    seen: list[HandOrder] = []

    def save(tx: Tx, case: Case) -> Decided:
        seen[:] = [case.order]
        decided = drafting.save(case.order, part, reference=case.reference, today=case.today, origin=desk.origin, at=case.at)
        decided = replace(decided, issues=(*wrong, *decided.issues))
        wanted = decided.order.number
        if wanted != case.order.number and not byhand.is_free(tx.connection, wanted, org=case.order.org):
            return replace(decided, issues=(*decided.issues, number_taken(wanted)))
        return decided

    decided = act(desk, number, save, mode=mode, version=version, part=part)
    return step_of(seen[0], decided, mode)


def clone_draft(desk: Desk, number: str, *, mode: Mode = Mode.EARNEST) -> DraftStep:
    """A new draft like this order, whether that was made by hand or came by file."""

    def clone(tx: Tx) -> Decided:
        at, org = desk.clock.now(), desk.master.organization
        source, told = _source(tx, number, org)
        reference = reference_for(tx.connection, desk, source.form)
        new = byhand.next_number(tx, org=org)
        decided = drafting.clone(source, told, number=new, today=day_of(at, reference), origin=desk.origin, at=at)
        return _add(tx, desk, decided, at)

    return step_of(None, settle(desk, clone, mode), mode)


def step_of(before: HandOrder | None, decided: Decided, mode: Mode) -> DraftStep:
    """What was done, for whoever asked for it."""
    is_changed = bool(decided.events)
    status, waits = _becomes(decided)
    return DraftStep(
        number=decided.order.number,
        before=before.stage if before else None,
        after=decided.order.stage,
        status=status,
        waits=waits,
        acts=tuple(it.act for it in decided.events),
        notes=tuple(f"{it.action}: {it.note}" if it.note else it.action for it in decided.events),
        issues=decided.issues,
        version=decided.order.version + (1 if is_changed and before else 0),
        mode=mode,
    )


def _becomes(decided: Decided) -> tuple[OrderStatus | None, tuple[int, ...]]:
    """The order's status after it, and the lines that wait for their vendor."""
    status, waits = None, list[int]()
    for change in decided.outcome.changes if decided.outcome is not None else ():
        match change:
            case NewOrder(order=order) | LinesChanged(order=order):
                status = order.status
            case RequestsChanged(requests=asked):
                waits += [it.line_no for it in asked if it.state is RequestState.PENDING and it.line_no is not None]
            case _:
                pass
    return status, tuple(sorted(waits))


def _add(tx: Tx, desk: Desk, decided: Decided, at: datetime) -> Decided:
    """Store a new draft; a number of one's own choice may be taken."""
    order = decided.order
    issues = decided.issues if byhand.is_free(tx.connection, order.number, org=order.org) else (*decided.issues, number_taken(order.number))
    if any(issue.is_error for issue in issues):
        raise RuleBroken(issues)
    if byhand.add(tx, order, decided.events, actor=desk.user, at=at) is None:
        raise RuleBroken((number_taken(order.number),))
    return decided


def _source(tx: Tx, number: str, org: str) -> tuple[HandOrder, Order | None]:
    """What is cloned: a form, and the order it has become; or an order that came by file."""
    found = byhand.find(tx.connection, number, org=org)
    stored = found.order_id if found is not None else find_order(tx.connection, number, org=org)
    told = None if stored is None else next(iter(order_rows.documents(tx.connection, [stored]).values()), None)
    if found is None and told is None:
        remedy = "See which there are: gateway order list; those made by hand that are not released yet: gateway order draft list"
        raise NotFound(f"there is no order {number}", remedy=remedy)
    return found or HandOrder(org=org, number=number.upper(), form=OrderForm()), told


def _sheet(case: Case, history: Sequence[HandEvent]) -> DraftSheet:
    order = case.order
    place = PIPELINE.index(order.stage) + 1 if order.stage in PIPELINE else len(PIPELINE)
    return DraftSheet(
        number=order.number,
        stage=order.stage,
        next=PIPELINE[place] if place < len(PIPELINE) else None,
        status=case.stored.status if case.stored else None,
        version=order.version,
        cloned_from=order.cloned_from,
        form=order.form if case.told is None else form_of(case.told, order.form),
        lacks=order_told(order, case.reference)[1] if order.stage is Stage.DRAFT else (),
        receipts=tuple(case.receipts),
        workflow=case.steps,
        history=tuple(EntrySheet(at=it.at, user=it.actor, act=it.act, action=it.action, note=it.note) for it in history),
    )
