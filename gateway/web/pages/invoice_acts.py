"""What people do about an invoice: the retailer approves, rejects, posts again; the vendor hands in and deletes (sdf 4.5, 9.3)."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from gateway.desk import invoice_acts
from gateway.desk.acting import Mode
from gateway.desk.invoice_acts import InvoiceStep
from gateway.desk.invoices import chosen_invoices, search_invoices, show_invoice
from gateway.domain.access import Authority
from gateway.domain.outcome import InvoiceState
from gateway.web import listing, searches
from gateway.web.acts import Act, Effect, Run, declare
from gateway.web.routes import Routes, segment
from gateway.web.several import Found, Several, declare_several, tried

if TYPE_CHECKING:
    from gateway.desk.acting import Desk
    from gateway.store.queries import InvoiceRow
    from gateway.web.visit import Visit

ROUTES = Routes()
Step = Callable[["Desk", str, str, str, Mode], InvoiceStep]
"""Desk, number, vendor, reason, mode."""
PREVIEW = "preview"
"""The reason of a rehearsal."""
AT_ONCE = 50
"""Invoices of a filter that are acted on together; the rest is asked for again."""
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
    return act, lambda mode, reason: (_one(visit, spec, sheet.number, sheet.vendor, mode, reason),)


def _find(visit: Visit, name: str) -> Found:
    """The newest invoices that the filter finds in a state that allows the act."""
    wanted = searches.invoices(visit)
    search = replace(wanted, states=tuple(it for it in ACTS[name].states if it in wanted.states))
    page = search_invoices(visit.gateway.store, search, scope=visit.scope, most=AT_ONCE)
    return Found(tuple(it.id for it in page.rows), page.more)


def _about(visit: Visit, name: str, ids: tuple[int, ...], told: str) -> tuple[Act, Run]:
    spec, rows = ACTS[name], chosen_invoices(visit.gateway.store, ids, scope=visit.scope)

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        return tuple(effect for it in rows for effect in _tried(visit, spec, it, mode, reason))

    what = f"invoice {rows[0].number}" if len(rows) == 1 else told
    return Act(title=f"{spec.word}: {what}", verb=spec.word, needs_reason=spec.needs_reason, grave=spec.grave), run


def _tried(visit: Visit, spec: Spec, it: InvoiceRow, mode: Mode, reason: str) -> tuple[Effect, ...]:
    path = _path(it.number, it.vendor)
    return tried(f"invoice {it.number}", path, lambda: (_one(visit, spec, it.number, it.vendor, mode, reason),))


def _one(visit: Visit, spec: Spec, number: str, vendor: str, mode: Mode, reason: str) -> Effect:
    # A rehearsal has no reason yet; it is told when the act is carried out.
    done = spec.step(visit.desk, number, vendor, reason or PREVIEW, mode)
    after = done.after.value if done.after else "deleted"
    before = done.before.value if done.before else "new"
    total = visit.reading.money(done.total, done.currency)
    why = f"; {done.why}" if done.why and done.why != PREVIEW else ""
    path = _path(number, vendor) if done.after else "/invoices"
    return Effect(name=f"invoice {done.number}", path=path, told=f"{before} → {after}, {total}{why}")


def _path(number: str, vendor: str) -> str:
    return f"/invoices/{segment(number)}?vendor={quote(vendor)}"


declare(ROUTES, "/invoices/{number}/acts", ACTS, _act)
declare_several(ROUTES, "/invoices/acts", ACTS, Several(one="invoice", many="invoices", which="the newest", find=_find, about=_about))
