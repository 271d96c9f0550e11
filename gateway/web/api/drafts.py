"""Purchase orders made by hand: the list, one with what it lacks, and what people do about it (sdf 10.7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import replace

from gateway.desk import drafts, handover, workflow
from gateway.desk.acting import Mode
from gateway.desk.drafts import DraftSheet, DraftStep, search_drafts, show_draft
from gateway.domain.access import Authority
from gateway.domain.goods import Arrival
from gateway.domain.order import Stage
from gateway.domain.workflow import WorkflowStep
from gateway.store.queries import HandRow, HandSearch
from gateway.web.api.operations import Api, Nothing, Rows, behind, mode_of, rows_of
from gateway.web.api.paging import Limit
from gateway.web.personal import masked_party

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()


class DraftQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What orders made by hand are asked for; numbers are found by their beginning."""

    stage: tuple[Stage, ...] = ()
    vendor: str | None = None
    number: str | None = None
    cursor: str | None = None
    limit: Limit = 50


class Written(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is written into the form; its words are those of the order form (docs/reference/order-form.md)."""

    form: dict[str, Any]
    version: int | None = None
    """Only if nobody has saved it since this version."""
    dry_run: bool = False


class Onward(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step; with `version` only if nobody has saved the order since."""

    version: int | None = None
    dry_run: bool = False


class Ended(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why."""

    reason: Annotated[str, Meta(min_length=1, max_length=255)]
    version: int | None = None
    dry_run: bool = False


class Receipt(Arrival, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Goods that have come in."""

    dry_run: bool = False


class Withdrawn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which receipt was wrong, and why."""

    receipt: int
    reason: Annotated[str, Meta(min_length=1, max_length=255)]
    dry_run: bool = False


class Again(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing but whether it is meant."""

    dry_run: bool = False


@API.get("/drafts", may=Authority.ORDER_MAKING, query=DraftQuery, answer=Rows[HandRow])
def list_drafts(visit: Visit, asked: DraftQuery) -> Rows[HandRow]:
    """Orders made by hand, the newest first."""
    search = HandSearch(stages=asked.stage, vendor=asked.vendor, number=asked.number)
    return rows_of(search_drafts(visit.desk, search, before=behind(asked.cursor), most=asked.limit), lambda row: row.id)


@API.get("/drafts/{number}", may=Authority.ORDER_MAKING, answer=DraftSheet)
def get_draft(visit: Visit, _: Nothing) -> DraftSheet:
    """One order made by hand: its form, what it lacks, receipts, workflow and history."""
    sheet = show_draft(visit.desk, visit.path["number"])
    if visit.may(Authority.PERSONAL_DATA):
        return sheet
    form = replace(sheet.form, ship_to=masked_party(sheet.form.ship_to), sold_to=masked_party(sheet.form.sold_to))
    return replace(sheet, form=form)


@API.post("/drafts", may=Authority.ORDER_MAKING, body=Written, answer=DraftStep)
def make_draft(visit: Visit, said: Written) -> DraftStep:
    """Begin an order with what is told so far."""
    return drafts.new_draft(visit.desk, said.form, mode=mode_of(said))


@API.post("/drafts/{number}/save", may=Authority.ORDER_MAKING, body=Written, answer=DraftStep)
def save_draft(visit: Visit, said: Written) -> DraftStep:
    """Change what is told, and only that."""
    return drafts.save_draft(visit.desk, _number(visit), said.form, version=said.version, mode=mode_of(said))


@API.post("/drafts/{number}/clone", may=Authority.ORDER_MAKING, body=Again, answer=DraftStep)
def clone_draft(visit: Visit, said: Again) -> DraftStep:
    """Begin another order like this one."""
    return drafts.clone_draft(visit.desk, _number(visit), mode=mode_of(said))


@API.post("/drafts/{number}/cancel", may=Authority.ORDER_MAKING, body=Ended, answer=DraftStep)
def cancel_draft(visit: Visit, said: Ended) -> DraftStep:
    """End an order; the vendor of a released one is asked."""
    return handover.cancel(visit.desk, _number(visit), reason=said.reason, version=said.version, mode=mode_of(said))


@API.post("/drafts/{number}/receive", may=Authority.ORDER_MAKING, body=Receipt, answer=DraftStep)
def receive_draft(visit: Visit, said: Receipt) -> DraftStep:
    """Note goods that have come in."""
    return handover.receive(visit.desk, _number(visit), said, mode=mode_of(said))


@API.post("/drafts/{number}/withdraw", may=Authority.ORDER_MAKING, body=Withdrawn, answer=DraftStep)
def withdraw_draft(visit: Visit, said: Withdrawn) -> DraftStep:
    """Withdraw a receipt that was wrong."""
    return handover.withdraw(visit.desk, _number(visit), said.receipt, reason=said.reason, mode=mode_of(said))


@API.post("/drafts/{number}/workflow", may=Authority.ORDER_MAKING, body=Again, answer=tuple[WorkflowStep, ...])
def run_draft(visit: Visit, said: Again) -> tuple[WorkflowStep, ...]:
    """Take the steps of the vendor's workflow."""
    gateway = visit.gateway
    return workflow.run(visit.desk, _number(visit), workflow.Batches(gateway.workspace, gateway.gatherer.open_now), mode=mode_of(said))


def _onward(name: str, step: Callable[..., DraftStep], summary: str) -> None:
    def act(visit: Visit, said: Onward) -> DraftStep:
        mode: Mode = mode_of(said)
        return step(visit.desk, _number(visit), version=said.version, mode=mode)

    act.__name__, act.__doc__ = f"{name}_draft", summary
    API.post(f"/drafts/{{number}}/{name}", may=Authority.ORDER_MAKING, body=Onward, answer=DraftStep)(act)


_onward("pipeline", handover.pipeline, "One step on: a draft is approved, an approved order released.")
_onward("approve", handover.approve, "Approve and release.")


def _number(visit: Visit) -> str:
    number: str = visit.path["number"]
    return number
