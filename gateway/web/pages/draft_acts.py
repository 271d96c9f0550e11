"""What people do about an order made by hand: pipeline, approve, run the vendor's workflow, cancel, clone, note goods that came in."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

from gateway.desk import drafts, handover, workflow
from gateway.desk.acting import Mode
from gateway.desk.drafts import DraftSheet, DraftStep, show_draft
from gateway.domain.access import Authority
from gateway.domain.goods import Arrival
from gateway.domain.order import Stage
from gateway.domain.workflow import StepState, WorkflowStep
from gateway.kernel.errors import NotFound
from gateway.web import listing
from gateway.web.acts import Act, Effect, Field, Run, declare
from gateway.web.pages.order_deeds import day, whole
from gateway.web.routes import Routes, segment

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
Deed = Callable[["Visit", DraftSheet, "Mode", str], tuple[Effect, ...]]
LOT = 30
STEPS = MappingProxyType({StepState.ASKED: "; the file is being made, and the workflow goes on when it is there"})


class Spec(Struct, frozen=True, kw_only=True):
    """One act: its word, when it is offered, what it wants to know, and how it is done."""

    word: str
    deed: Deed
    offered: Callable[[DraftSheet], bool]
    fields: Callable[[DraftSheet], tuple[Field, ...]] = lambda _: ()
    otherwise: str = ""
    needs_reason: bool = False
    grave: bool = False
    may: Authority = Authority.ORDER_MAKING


def _pipeline(visit: Visit, sheet: DraftSheet, mode: Mode, _: str) -> tuple[Effect, ...]:
    return _told(handover.pipeline(visit.desk, sheet.number, version=_version(visit), mode=mode))


def _approve(visit: Visit, sheet: DraftSheet, mode: Mode, _: str) -> tuple[Effect, ...]:
    return _told(handover.approve(visit.desk, sheet.number, version=_version(visit), mode=mode))


def _run(visit: Visit, sheet: DraftSheet, mode: Mode, _: str) -> tuple[Effect, ...]:
    gateway = visit.gateway
    batches = workflow.Batches(gateway.workspace, gateway.gatherer.open_now)
    steps = workflow.run(visit.desk, sheet.number, batches, mode=mode)
    return tuple(_step(sheet, it) for it in steps)


def _cancel(visit: Visit, sheet: DraftSheet, mode: Mode, reason: str) -> tuple[Effect, ...]:
    return _told(handover.cancel(visit.desk, sheet.number, reason=reason, version=_version(visit), mode=mode))


def _clone(visit: Visit, sheet: DraftSheet, mode: Mode, _: str) -> tuple[Effect, ...]:
    return _told(drafts.clone_draft(visit.desk, sheet.number, mode=mode))


def _receive(visit: Visit, sheet: DraftSheet, mode: Mode, _: str) -> tuple[Effect, ...]:
    said = Arrival(
        line=whole(visit, "line") or 0,
        quantity=whole(visit, "quantity") or 0,
        received_on=day(visit, "received_on", "received"),
        lot=visit.field("lot"),
        serial=visit.field("serial"),
        reference=visit.field("reference"),
    )
    return _told(handover.receive(visit.desk, sheet.number, said, mode=mode))


def _withdraw(visit: Visit, sheet: DraftSheet, mode: Mode, reason: str) -> tuple[Effect, ...]:
    receipt = listing.number(visit, "receipt")
    if receipt is None:
        raise NotFound("no receipt was chosen", remedy=f"Choose one on the page of order {sheet.number}.")
    return _told(handover.withdraw(visit.desk, sheet.number, receipt, reason=reason or "preview", mode=mode))


def _receipt_fields(sheet: DraftSheet) -> tuple[Field, ...]:
    lines = tuple((str(it.number), f"{it.number} {it.item or ''}, {it.quantity or 0} ordered") for it in sheet.form.lines)
    return (
        Field(name="line", label="Line", kind="select", options=lines, required=True),
        Field(name="quantity", label="Quantity", kind="number", default="1", required=True),
        Field(name="lot", label="Lot #", most=LOT),
        Field(name="serial", label="Serial # (of one piece)", most=LOT),
        Field(name="received_on", label="Received (today when empty)", kind="date"),
        Field(name="reference", label="Reference, such as the number of the delivery note", most=60),
    )


def _is_there(sheet: DraftSheet) -> bool:
    return sheet.stage in {Stage.APPROVED, Stage.RELEASED}


ACTS = MappingProxyType(
    {
        "pipeline": Spec(
            word="Pipeline",
            deed=_pipeline,
            offered=lambda sheet: sheet.next is not None and sheet.stage is not Stage.CANCELLED,
            otherwise="the order stays at the step at which it is.",
        ),
        "approve": Spec(
            word="Approve",
            deed=_approve,
            offered=lambda sheet: sheet.stage in {Stage.DRAFT, Stage.APPROVED},
            otherwise="its vendor hears nothing of it.",
        ),
        "run": Spec(
            word="Run workflow",
            deed=_run,
            offered=lambda sheet: (
                sheet.stage in {Stage.DRAFT, Stage.APPROVED} or any(it.state is not StepState.DONE for it in sheet.workflow)
            ),
            otherwise="the steps of its vendor's workflow are taken by hand.",
        ),
        "cancel": Spec(
            word="Cancel",
            deed=_cancel,
            offered=lambda sheet: sheet.stage is not Stage.CANCELLED,
            otherwise="the order stays as it is.",
            needs_reason=True,
            grave=True,
        ),
        "clone": Spec(word="Clone", deed=_clone, offered=lambda _: True),
        "receive": Spec(word="Note receipt", deed=_receive, offered=_is_there, fields=_receipt_fields),
        "withdraw": Spec(word="Withdraw receipt", deed=_withdraw, offered=lambda _: False, needs_reason=True, grave=True),
    }
)


def offered(sheet: DraftSheet) -> tuple[tuple[str, str], ...]:
    """The acts that are possible about the order now: path and word."""
    return tuple((name, spec.word) for name, spec in ACTS.items() if spec.offered(sheet))


def _act(visit: Visit, name: str) -> tuple[Act, Run]:
    spec, sheet = ACTS[name], show_draft(visit.desk, visit.path["number"])
    act = Act(
        title=f"{spec.word}: order {sheet.number}",
        verb=spec.word,
        otherwise=spec.otherwise,
        fields=spec.fields(sheet),
        needs_reason=spec.needs_reason,
        grave=spec.grave,
    )
    return act, lambda mode, reason: spec.deed(visit, sheet, mode, reason)


def _version(visit: Visit) -> int | None:
    """The version that was looked at, where the address names it: what somebody else has saved since is not approved unseen."""
    return listing.number(visit, "version")


def _told(done: DraftStep) -> tuple[Effect, ...]:
    goes = f"{done.before} → {done.after}: " if done.before and done.before != done.after else ""
    waits = f"; its vendor is asked about line {', '.join(map(str, done.waits))}" if done.waits else ""
    is_new = done.mode is Mode.REHEARSAL and done.before is None
    return (
        Effect(
            name=f"order {done.number}",
            path="" if is_new else f"/drafts/{segment(done.number)}",
            told=f"{goes}{'; '.join(done.notes) or 'nothing changes'}{waits}",
            warning="; ".join(map(str, done.issues)),
        ),
    )


def _step(sheet: DraftSheet, it: WorkflowStep) -> Effect:
    told = f"{it.state.value}{f': {it.words}' if it.words else ''}{STEPS.get(it.state, '')}"
    return Effect(name=f"step {it.place}, {it.step.value}", path=f"/drafts/{segment(sheet.number)}", told=told)


declare(ROUTES, "/drafts/{number}/acts", ACTS, _act)
