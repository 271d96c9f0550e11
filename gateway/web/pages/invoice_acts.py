"""What people do about an invoice: the retailer approves, rejects, posts again; the vendor hands in and deletes (sdf 4.5, 9.3)."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct

from gateway.desk import invoice_acts
from gateway.desk.acting import Mode
from gateway.desk.invoice_acts import InvoiceStep
from gateway.desk.invoices import show_invoice
from gateway.domain.access import Authority
from gateway.domain.outcome import InvoiceState
from gateway.web import listing
from gateway.web.acts import Act, Effect, Run, declare
from gateway.web.routes import Routes, segment

if TYPE_CHECKING:
    from gateway.desk.acting import Desk
    from gateway.web.visit import Visit

ROUTES = Routes()
Step = Callable[["Desk", str, str, str, Mode], InvoiceStep]
"""Desk, number, vendor, reason, mode."""
PREVIEW = "preview"
"""The reason of a rehearsal."""
OPEN = (InvoiceState.NEW, InvoiceState.REJECTED)


class Spec(Struct, frozen=True, kw_only=True):
    """One act: who may, its word, in which states, and how."""

    may: Authority
    word: str
    states: tuple[InvoiceState, ...]
    step: Step
    needs_reason: bool = True
    grave: bool = False


ACTS = MappingProxyType(
    {
        "approve": Spec(
            may=Authority.INVOICE_REVIEW,
            word="Approve",
            states=(InvoiceState.HELD,),
            step=lambda desk, number, vendor, reason, mode: invoice_acts.approve(desk, number, reason=reason, vendor=vendor, mode=mode),
        ),
        "reject": Spec(
            may=Authority.INVOICE_REVIEW,
            word="Reject",
            states=(InvoiceState.HELD,),
            step=lambda desk, number, vendor, reason, mode: invoice_acts.reject(desk, number, reason=reason, vendor=vendor, mode=mode),
        ),
        "repost": Spec(
            may=Authority.INVOICE_REVIEW,
            word="Post again",
            states=(InvoiceState.POSTED,),
            step=lambda desk, number, vendor, reason, mode: invoice_acts.repost(desk, number, reason=reason, vendor=vendor, mode=mode),
        ),
        "submit": Spec(
            may=Authority.INVOICE_MAINTENANCE,
            word="Submit",
            states=OPEN,
            step=lambda desk, number, vendor, _, mode: invoice_acts.submit(desk, number, vendor=vendor, mode=mode),
            needs_reason=False,
        ),
        "delete": Spec(
            may=Authority.INVOICE_MAINTENANCE,
            word="Delete",
            states=OPEN,
            step=lambda desk, number, vendor, _, mode: invoice_acts.delete(desk, number, vendor=vendor, mode=mode),
            needs_reason=False,
            grave=True,
        ),
    }
)


def offered(visit: Visit, state: InvoiceState) -> tuple[tuple[str, str], ...]:
    """The acts that who looks may do about an invoice in this state: path and word."""
    return tuple((name, spec.word) for name, spec in ACTS.items() if visit.may(spec.may) and state in spec.states)


def _act(visit: Visit, name: str) -> tuple[Act, Run]:
    spec = ACTS[name]
    sheet = show_invoice(visit.desk, visit.path["number"], scope=visit.scope, vendor=listing.text(visit, "vendor"))
    act = Act(title=f"{spec.word}: invoice {sheet.number}", verb=spec.word, needs_reason=spec.needs_reason, grave=spec.grave)

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        # A rehearsal has no reason yet; it is told when the act is carried out.
        done = spec.step(visit.desk, sheet.number, sheet.vendor, reason or PREVIEW, mode)
        path = f"/invoices/{segment(sheet.number)}?vendor={quote(sheet.vendor)}" if done.after else "/invoices"
        after = done.after.value if done.after else "deleted"
        before = done.before.value if done.before else "new"
        total = visit.reading.money(done.total, done.currency)
        why = f"; {done.why}" if done.why and done.why != PREVIEW else ""
        return (Effect(name=f"invoice {done.number}", path=path, told=f"{before} → {after}, {total}{why}"),)

    return act, run


declare(ROUTES, "/invoices/{number}/acts", ACTS, _act)
