"""The steps a vendor's workflow takes an order made by hand through: each once, each seen with its result (sdf 10.7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from gateway.domain.order import PurchaseOrder, Stage
from gateway.domain.reference import Vendor
from gateway.kernel.issues import Issue


class StepName(StrEnum):
    """What a workflow may do."""

    APPROVE = "approve"
    BATCH = "batch"


class StepState(StrEnum):
    """How far a step has come."""

    WAITING = "waiting"
    ASKED = "asked"
    """A batch was asked for, and is not there yet."""
    DONE = "done"
    FAILED = "failed"
    """Mend what the words say and run the workflow again: it goes on here."""


class WorkflowStep(Struct, frozen=True, kw_only=True, gc=False):
    """One step of one order; `words` say what came of it."""

    place: int
    step: StepName
    state: StepState = StepState.WAITING
    at: datetime | None = None
    words: str = ""

    def ended(self, state: StepState, words: str, *, at: datetime) -> WorkflowStep:
        """The same with its result."""
        return replace(self, state=state, words=words, at=at)


def steps_of(vendor: Vendor | None) -> tuple[WorkflowStep, ...]:
    """The steps as they are configured under the vendor now; an order keeps those it began with."""
    words = vendor.workflow if vendor is not None else ()
    return tuple(WorkflowStep(place=place, step=StepName(word)) for place, word in enumerate(words, start=1))


def no_workflow(vendor: str | None) -> Issue:
    """There is nothing to run."""
    if not vendor:
        return Issue("MAN-08", "the vendor is missing: its workflow is what would run", field="vendor", kind="missing")
    return Issue("MAN-11", f"vendor {vendor} has no workflow", field="vendor", value=vendor)


def next_step(steps: Sequence[WorkflowStep]) -> WorkflowStep | None:
    """The first that is not done."""
    return next((it for it in steps if it.state is not StepState.DONE), None)


def batches_of(order: PurchaseOrder) -> tuple[int, ...] | None:
    """The batches that hold the order; None while a line of it waits for one."""
    if order.stage is not Stage.RELEASED or any(line.unprinted and line.batch is None for line in order.lines):
        return None
    return tuple(sorted({line.batch for line in order.lines if line.batch is not None}))
