"""Run Workflow: the vendor's configured steps over an order made by hand, a transaction each, so that a crash costs none and doubles none.

What a step does and that it is done are one fact. A batch is asked for and made by whoever makes batches; it is looked for afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from gateway.config import Gathering, Workspace
from gateway.desk import byhand as acts
from gateway.desk.acting import Desk, Mode, perform
from gateway.desk.byhand import Case
from gateway.desk.handover import Swept, forward, swept
from gateway.desk.making import jobs_of
from gateway.domain.byhand import Decided, HandAct, HandEvent, event, refuse, wrong_stage
from gateway.domain.order import Stage
from gateway.domain.workflow import StepName, StepState, WorkflowStep, batches_of, next_step, no_workflow, steps_of
from gateway.kernel.errors import NotFound, RuleBroken
from gateway.kernel.issues import Issue
from gateway.outgoing import Job
from gateway.store import Tx, byhand
from gateway.store.queries import last_slot

MOST_STEPS = 20


class Batches(Struct, frozen=True):
    """Who makes batches: the channels of this workspace, and the call that has one make a file now."""

    workspace: Workspace
    open_now: Callable[[Job], bool]

    def jobs(self, vendor: str) -> Sequence[Job]:
        """The channels that send orders to the vendor; NotFound when there is none."""
        return jobs_of(self.workspace, Gathering.NEW_ORDERS, partner=vendor)


def run(desk: Desk, number: str, batches: Batches, *, mode: Mode = Mode.EARNEST) -> tuple[WorkflowStep, ...]:
    """Go on with the first step that is not done, and end after the last, or at one that was asked for and takes its time.

    RuleBroken when a step cannot be done; it is kept as failed, and the next run goes on there.
    """
    if mode is Mode.REHEARSAL:
        return perform(desk.store, lambda tx: _rehearsed(tx, desk, number, batches), mode)
    step: WorkflowStep | None = None
    for _ in range(MOST_STEPS):
        try:
            step = perform(desk.store, lambda tx: _next(tx, desk, number, batches), mode)
        except RuleBroken as error:
            _fail(desk, number, error.issues)
            raise
        if step is None or step.state is not StepState.DONE:
            break
    if step is not None and step.state is StepState.ASKED:
        _ask(desk, number, batches)
    found = _steps(desk, number)
    failed = next((it for it in found if it.state is StepState.FAILED), None)
    if failed is not None:
        raise RuleBroken((Issue("MAN-15", failed.words, where=f"step {failed.step}", key=number.upper()),))
    return found


def resume(desk: Desk, batches: Batches) -> Swept:
    """Go on with every workflow that waits for its batch; a job calls this, so that no crash leaves one behind."""
    return swept([partial(run, desk, number, batches) for number in left_behind(desk)])


def left_behind(desk: Desk) -> list[str]:
    """The orders whose workflow waits for its batch."""
    with desk.store.reading() as connection:
        found = [byhand.get(connection, hand_id) for hand_id in byhand.asked(connection)]
    return [order.number for order in found if order is not None]


def _next(tx: Tx, desk: Desk, number: str, batches: Batches) -> WorkflowStep | None:
    """One step further; None when all are done."""
    reached: list[WorkflowStep | None] = [None]

    def judge(tx: Tx, case: Case) -> Decided:
        steps = _begun(tx, case)
        step = next_step(steps)
        if step is None:
            return Decided(order=case.order)
        decided, reached[0] = _APPROVE_OR_BATCH[step.step](desk, case, step, batches)
        if reached[0] is not None and reached[0] != step:
            byhand.change_step(tx, case.order.id, reached[0])
        return decided

    acts.act_in(tx, desk, number, judge, names_key=True)
    return reached[0]


def _begun(tx: Tx, case: Case) -> tuple[WorkflowStep, ...]:
    """The steps of the order; with the first run those of its vendor become its own."""
    if case.steps:
        return case.steps
    vendor = case.reference.vendors.get(case.order.form.vendor or "")
    steps = steps_of(vendor)
    if not steps:
        raise RuleBroken((no_workflow(case.order.form.vendor),))
    byhand.begin_steps(tx, case.order.id, steps)
    return steps


def _approve(desk: Desk, case: Case, step: WorkflowStep, _: Batches) -> tuple[Decided, WorkflowStep]:
    if case.order.stage is Stage.RELEASED:
        done = step.ended(StepState.DONE, "was approved and released before", at=case.at)
        return Decided(order=case.order, events=(_told(desk, HandAct.STEP_DONE, done, case),)), done
    done = step.ended(StepState.DONE, "approved and released", at=case.at)
    decided = forward(desk, Stage.RELEASED, case)
    return replace(decided, events=(*decided.events, _told(desk, HandAct.STEP_DONE, done, case))), done


def _batch(desk: Desk, case: Case, step: WorkflowStep, batches: Batches) -> tuple[Decided, WorkflowStep]:
    if case.stored is None or case.order.stage is not Stage.RELEASED:
        return refuse(case.order, wrong_stage(case.order, "a batch")), step
    found = batches_of(case.stored)
    if found is not None:
        words = f"in batch {', '.join(map(str, found))}" if found else "nothing is left to send"
        done = step.ended(StepState.DONE, words, at=case.at)
        return Decided(order=case.order, events=(_told(desk, HandAct.STEP_DONE, done, case),)), done
    if step.state is StepState.ASKED:
        return Decided(order=case.order), step
    try:
        (job, *_) = batches.jobs(case.stored.vendor)
    except NotFound as error:
        return refuse(case.order, Issue("MAN-15", str(error), where=f"step {step.step}")), step
    asked = step.ended(StepState.ASKED, f"asked {job.name} for a batch", at=case.at)
    return Decided(order=case.order, events=(_told(desk, HandAct.STEP_ASKED, asked, case),)), asked


_APPROVE_OR_BATCH: dict[StepName, Callable[[Desk, Case, WorkflowStep, Batches], tuple[Decided, WorkflowStep]]] = {
    StepName.APPROVE: _approve,
    StepName.BATCH: _batch,
}


def _ask(desk: Desk, number: str, batches: Batches) -> None:
    """Have the batch made, unless that is under way; when it was made without the order, the step has failed."""
    with desk.store.reading() as connection:
        case = acts.load(connection, desk, number)
        step = next_step(case.steps)
        if step is None or step.at is None or case.stored is None:
            return
        (job, *_) = batches.jobs(case.stored.vendor)
        slot = last_slot(connection, job.name)
    if slot is None or slot.due_at < step.at:
        batches.open_now(job)
    elif slot.has_ended:
        _fail(desk, number, (slot.issue or Issue("MAN-15", "a batch was made without the order"),))


def _fail(desk: Desk, number: str, issues: Sequence[Issue]) -> None:
    """The step that is next could not be done; before the first step there is nothing to keep."""

    def judge(tx: Tx, case: Case) -> Decided:
        vendor = case.reference.vendors.get(case.order.form.vendor or "")
        steps = case.steps or steps_of(vendor)
        step = next_step(steps)
        if step is None:
            return Decided(order=case.order)
        if not case.steps:
            byhand.begin_steps(tx, case.order.id, steps)
        failed = step.ended(
            StepState.FAILED, "; ".join(f"{it.where}: {it.text}" if it.line is not None else it.text for it in issues), at=case.at
        )
        byhand.change_step(tx, case.order.id, failed)
        return Decided(order=case.order, events=(_told(desk, HandAct.STEP_FAILED, failed, case),))

    perform(desk.store, lambda tx: acts.act_in(tx, desk, number, judge), Mode.EARNEST)


def _rehearsed(tx: Tx, desk: Desk, number: str, batches: Batches) -> tuple[WorkflowStep, ...]:
    """All steps in one transaction that is taken back."""
    for _ in range(MOST_STEPS):
        step = _next(tx, desk, number, batches)
        if step is None or step.state is not StepState.DONE:
            break
    return acts.load(tx.connection, desk, number).steps


def _steps(desk: Desk, number: str) -> tuple[WorkflowStep, ...]:
    with desk.store.reading() as connection:
        return acts.load(connection, desk, number).steps


def _told(desk: Desk, act: HandAct, step: WorkflowStep, case: Case) -> HandEvent:
    return event(act, origin=desk.origin, at=case.at, step=step.step, words=step.words)
