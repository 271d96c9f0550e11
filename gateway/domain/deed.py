"""What a partner does by a row of a file or a person by a command: one form for answers, notes and wishes (sdf 4.8).

Each action is carried out by the rule that screens use too; here stands who may do what, and what a row must tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct, field

from gateway.documents import ChangeAnswer, LineUpdate, VendorAction
from gateway.domain import invoicing
from gateway.domain.batch import nothing_new
from gateway.domain.line_answer import LineAnswer, Word, answer_line
from gateway.domain.maintain import Note, Upkeep, maintain, untold
from gateway.domain.order import PurchaseOrder, Stage, no_order_of
from gateway.domain.origin import Origin
from gateway.domain.outcome import Batch, BatchState, InvoiceDocument, InvoiceState, Missing, Outcome, Verdict, Wanted, Wish, refused
from gateway.domain.partner import speaker
from gateway.domain.reference import Reference, Vendor
from gateway.domain.reply import Reply, reply
from gateway.domain.request import Request, RequestKind
from gateway.domain.slip_row import Slip, take_back
from gateway.kernel.calendar import POSSIBLE, is_possible
from gateway.kernel.issues import Issue, Severity


class Action(StrEnum):
    """The words of the column *action*."""

    ACCEPT_CANCEL = "accept_cancel"
    DECLINE_CANCEL = "decline_cancel"
    ACCEPT_ADDRESS = "accept_address"
    DECLINE_ADDRESS = "decline_address"
    HOLD = "hold"
    RELEASE = "release"
    DUE_DATE = "due_date"
    REASON = "reason"
    ACCEPT_LINE = "accept_line"
    REJECT_LINE = "reject_line"
    BACKORDER_LINE = "backorder_line"
    VOID = "void"
    REPRINT = "reprint"
    REQUEST_BATCH = "request_batch"
    APPROVE_INVOICE = "approve_invoice"
    REJECT_INVOICE = "reject_invoice"
    SUBMIT_INVOICE = "submit_invoice"
    DELETE_INVOICE = "delete_invoice"


OF_RETAILERS = frozenset({Action.APPROVE_INVOICE, Action.REJECT_INVOICE})
"""What only the retailer's own file may do; everything else is the vendor's."""
OF_ONE_LINE = frozenset({Action.ACCEPT_LINE, Action.REJECT_LINE, Action.BACKORDER_LINE})
"""What must name its line."""
OF_WHOLE_LINES = frozenset(
    {
        Action.ACCEPT_CANCEL,
        Action.DECLINE_CANCEL,
        Action.ACCEPT_ADDRESS,
        Action.DECLINE_ADDRESS,
        Action.HOLD,
        Action.RELEASE,
        Action.DUE_DATE,
        Action.REASON,
        *OF_ONE_LINE,
    }
)
"""What a quantity would seem to limit, and does not."""
OF_SLIPS = frozenset({Action.VOID, Action.REPRINT})
"""What is about a batch that the vendor has on paper or as a file."""
OF_INVOICES = frozenset({Action.SUBMIT_INVOICE, Action.DELETE_INVOICE})
"""What a vendor does with an invoice of its own."""


class Circumstances(Struct, frozen=True, kw_only=True):
    """What is known of what the row names: its order with the requests, its batch, the invoices of its number."""

    reference: Reference
    origin: Origin
    at: datetime
    order: PurchaseOrder | None = None
    requests: Sequence[Request] = ()
    batch: Batch | None = None
    invoices: Sequence[InvoiceDocument] = ()
    orders: Mapping[int, PurchaseOrder] = {}
    """Those that the invoices bill, by id."""
    slip: Slip = Slip()
    """What is known of the batch that is to be taken back."""
    has_unsent: bool = False
    """Whether the vendor has new orders in no batch."""


class _Row(Struct, frozen=True):
    """A row whose action is known, with the vendor it speaks for."""

    said: VendorAction
    action: Action
    around: Circumstances
    vendor: Vendor | None = None
    issues: list[Issue] = field(default_factory=list)

    @property
    def reason(self) -> str:
        return (self.said.reason or "").strip()


def as_action(document: VendorAction | LineUpdate | ChangeAnswer) -> VendorAction:
    """Layouts of other standards tell the same in documents of their own."""
    match document:
        case LineUpdate():
            action = "reason" if document.action == "note" else document.action
            return VendorAction(
                action=action,
                order_number=document.order_number,
                line=document.line,
                on=document.due_on,
                reason=document.reason,
                envelope=document.envelope,
            )
        case ChangeAnswer():
            return VendorAction(
                action=f"{'accept' if document.accepted else 'decline'}_{document.kind}",
                request_id=document.request_id,
                order_number=document.order_number,
                line=document.line,
                reason=document.reason,
                envelope=document.envelope,
            )
        case _:
            return document


def key_of(said: VendorAction) -> str:
    """What the row is about, as answers and receipts name it; empty for one that names nothing."""
    if said.order_number:
        return said.order_number.upper()
    return said.invoice or (str(said.batch) if said.batch is not None else "")


def carry_out(said: VendorAction, around: Circumstances) -> Outcome:
    """Book one row, or say everything that is wrong with it: codes ACT-301 to ACT-309, and those of what it names.

    Refused with `missing` (kind `order`) when nothing is wrong but that nobody knows the order yet.
    """
    try:
        action = Action(said.action.strip().lower())
    except ValueError:
        return _unknown_action(said, around)
    if (action in OF_RETAILERS) is not (around.origin.vendor is None):
        whose = "the retailer's" if action in OF_RETAILERS else "the vendor's"
        return refused(Issue("ACT-306", f"{action} is {whose} to do", field="action", value=action), key=key_of(said))
    if action in OF_RETAILERS:
        return _judge(_Row(said, action, around))
    spoken = speaker(said.vendor, None, envelope=_PLAIN, reference=around.reference, origin=around.origin)
    row = _Row(said, action, around, spoken.judge, list(spoken.issues))
    if action in OF_INVOICES:
        return _of_invoice(row)
    if action in OF_SLIPS:
        return take_back(row.said, row.vendor, row.around.slip, issues=row.issues, origin=row.around.origin, at=row.around.at)
    return _request_batch(row) if action is Action.REQUEST_BATCH else _of_order(row)


def offered(origin: Origin) -> list[Action]:
    """The actions that are this partner's to do."""
    return [action for action in Action if (action in OF_RETAILERS) is (origin.vendor is None)]


def _unknown_action(said: VendorAction, around: Circumstances) -> Outcome:
    """Nobody knows what is meant; what is wrong whatever it is, is told besides."""
    word = said.action if len(said.action) <= _SHOWN else f"{said.action[: _SHOWN - 1]}…"
    issues = [Issue("ACT-301", f"'{word}' is no action; use {' '.join(offered(around.origin))}", field="action", value=said.action)]
    if around.origin.vendor is not None:
        spoken = speaker(said.vendor, None, envelope=_PLAIN, reference=around.reference, origin=around.origin)
        issues += [*spoken.issues, *_day_faults(said)]
        if said.order_number and said.batch is None:
            issues += _order_faults(said, around.order, spoken.judge)
    return refused(*issues, key=key_of(said))


def _order_faults(said: VendorAction, order: PurchaseOrder | None, vendor: Vendor | None) -> list[Issue]:
    """Whether the order is one of the vendor's, and has the line."""
    if vendor is None or not said.order_number:
        return []
    if order is None or not _is_of(order, vendor):
        number = said.order_number.upper()
        return [Issue("3031", no_order_of(number, vendor.code), field="order_number", value=number)]
    if said.line is None or order.line(said.line) is not None:
        return []
    text = f"order {order.number} has no line {said.line}"
    return [Issue("3042", text, where=f"line {said.line}", field="line", value=str(said.line), line=said.line)]


def _is_of(order: PurchaseOrder, vendor: Vendor | None) -> bool:
    return vendor is not None and order.vendor == vendor.code and order.stage is Stage.RELEASED


def _of_order(row: _Row) -> Outcome:
    """An action about an order of the vendor, or a line of it.

    Faults of the row are told although the order is not known, and what the order does not allow although the row has faults.
    """
    said, order = row.said, row.around.order
    issues = [*row.issues, *_faults(row)]
    missing = None
    if not said.order_number:
        issues.append(Issue("3031", "the order number is missing", field="order_number", kind="missing"))
    elif row.vendor is not None and (order is None or not _is_of(order, row.vendor)) and not issues:
        missing = Missing(kind="order", org=row.around.reference.organization.code, order_number=said.order_number.upper())
    issues += _order_faults(said, order, row.vendor)
    if order is None or not _is_of(order, row.vendor):
        return refused(*issues, key=key_of(said), missing=missing)
    issues += _batch_faults(said, order)
    if any(issue.field == "line" for issue in issues):
        return refused(*issues, key=key_of(said), order_id=order.id)
    return _besides(issues, _RULES[row.action](row, order), key=key_of(said))


def _batch_faults(said: VendorAction, order: PurchaseOrder) -> list[Issue]:
    """Whether what the row is about is in the batch that it names."""
    outside = [line for line in order.lines if said.line in {None, line.number} and line.batch != said.batch]
    if said.batch is None or not outside:
        return []
    number, more = outside[0].number, "" if said.line is not None else "; name the line that is meant"
    text = f"line {number} of order {order.number} is not in batch {said.batch}: leave the batch empty, or give the right one{more}"
    return [Issue("3042", text, where=f"line {number}", field="batch", value=str(said.batch), line=said.line)]


def _besides(issues: Sequence[Issue], outcome: Outcome, *, key: str) -> Outcome:
    """The outcome; where something is wrong with the row, a refusal with all that is wrong."""
    if not issues:
        return outcome
    told = {(issue.code, issue.field) for issue in issues}
    more = [issue for issue in outcome.issues if issue.is_error and (issue.code, issue.field) not in told]
    return refused(*issues, *more, key=key, order_id=outcome.order_id)


def _faults(row: _Row) -> list[Issue]:
    """What is wrong whatever the order is like."""
    said, action = row.said, row.action
    where = "" if said.line is None else f"line {said.line}"
    issues: list[Issue] = []
    if action in OF_ONE_LINE and said.line is None:
        issues.append(Issue("3042", f"{action} needs the number of the line", field="line", kind="missing"))
    if action is Action.REJECT_LINE and not row.reason:
        issues.append(Issue("ACT-302", f"{action} needs a reason", where=where, field="reason", kind="missing", line=said.line))
    if action in OF_WHOLE_LINES and said.quantity is not None:
        text = f"{action} is about whole lines; leave the quantity empty"
        issues.append(Issue("3043", text, where=where, field="quantity", value=str(said.quantity), line=said.line))
    issues += _day_faults(said)
    if action in _NOTES:
        issues += untold(_note(row))
    return issues


def _day_faults(said: VendorAction) -> list[Issue]:
    if said.on is None or is_possible(said.on):
        return []
    where = "" if said.line is None else f"line {said.line}"
    text = f"the date {said.on} is not possible: {POSSIBLE}"
    return [Issue("ACT-304", text, where=where, field="date", value=str(said.on), line=said.line)]


def _note(row: _Row) -> Note:
    return Note(act=_NOTES[row.action], line=row.said.line, due_on=row.said.on, reason=row.reason)


def _reply(row: _Row, order: PurchaseOrder) -> Outcome:
    kind, is_accepted = _REPLIES[row.action]
    said = Reply(kind=kind, is_accepted=is_accepted, line=row.said.line, request_id=row.said.request_id or "")
    return reply(said, order, requests=row.around.requests, origin=row.around.origin, at=row.around.at)


def _maintain(row: _Row, order: PurchaseOrder) -> Outcome:
    return maintain(_note(row), order, requests=row.around.requests, origin=row.around.origin, at=row.around.at)


def _answer_line(row: _Row, order: PurchaseOrder) -> Outcome:
    said = LineAnswer(word=_WORDS[row.action], line=row.said.line or 0, reason=row.reason, due_on=row.said.on)
    return answer_line(said, order, requests=row.around.requests, origin=row.around.origin, at=row.around.at)


def _request_batch(row: _Row) -> Outcome:
    """A batch that the vendor has had comes again as it is now; without one, what is new is sent now."""
    said, batch, vendor = row.said, row.around.batch, row.vendor
    key = key_of(said)
    if said.quantity is not None and said.quantity < 1:
        row.issues.append(Issue("3043", "a batch holds at least one order", field="quantity", value=str(said.quantity)))
    if vendor is None:
        return refused(*row.issues, key=key)
    return _besides(row.issues, _wanted(said, batch, vendor, has_unsent=row.around.has_unsent), key=key)


def _wanted(said: VendorAction, batch: Batch | None, vendor: Vendor, *, has_unsent: bool) -> Outcome:
    key = key_of(said)
    if said.batch is None:
        if not has_unsent:
            return refused(nothing_new(vendor), key=key)
        wanted = Wanted(kind=Wish.BATCH, partner=vendor.code, most=said.quantity)
        return Outcome(verdict=Verdict.BOOKED, key=key, changes=(wanted,))
    if batch is None or batch.vendor != vendor.code or batch.state is BatchState.CUTTING:
        text = f"batch {said.batch} does not belong to vendor {vendor.code}"
        return refused(Issue("3020", text, field="batch", value=str(said.batch)), key=key)
    if batch.state is BatchState.VOID:
        text = f"batch {said.batch} was voided"
        return refused(Issue("ACT-303", text, field="batch", value=str(said.batch)), key=key)
    return Outcome(verdict=Verdict.BOOKED, key=key, changes=(Wanted(kind=Wish.BATCH, partner=vendor.code, number=batch.number),))


def _judge(row: _Row) -> Outcome:
    """The retailer approves or rejects a Held invoice; a duplicate for one that is so already, whoever made it so."""
    said, action = row.said, row.action
    number = said.invoice or ""
    system = row.around.origin.system
    found = [it for it in row.around.invoices if said.vendor in {None, it.vendor} and system in {None, it.system}]
    issues: list[Issue] = []
    if not row.reason:
        issues.append(Issue("ACT-302", f"{action} needs a reason", field="reason", kind="missing"))
    if not number:
        issues.append(Issue("ACT-309", f"{action} needs the number of the invoice", field="invoice", kind="missing"))
    elif not found:
        issues.append(Issue("ACT-309", f"there is no invoice {number}", field="invoice", value=number))
    elif len(found) > 1:
        vendors = ", ".join(sorted(it.vendor for it in found))
        issues.append(Issue("ACT-309", f"invoice {number} stands for several vendors ({vendors}): name one", field="vendor"))
    if len(found) != 1:
        return refused(*issues, key=number)
    (invoice,) = found
    is_so, rule = _JUDGEMENTS[action]
    if invoice.state in is_so:
        return _is_so(invoice)
    if invoice.state is not InvoiceState.HELD:
        text = f"{action} is not possible: the invoice is {invoice.state}"
        issues.append(Issue("ACT-303", text, field="action", value=action))
    if issues:
        return refused(*issues, key=number)
    return rule(invoice, reason=row.reason, origin=row.around.origin, at=row.around.at)


def _is_so(invoice: InvoiceDocument) -> Outcome:
    """Nothing is to be done, nor any reason needed; who has made it so is not said."""
    told = Issue("ACT-310", f"invoice {invoice.number} is {invoice.state} already", field="action", severity=Severity.WARNING)
    return Outcome(verdict=Verdict.DUPLICATE, key=invoice.number, issues=(told,))


def _of_invoice(row: _Row) -> Outcome:
    """A vendor hands in or deletes an invoice that is New or Rejected; one that is handed in already is a duplicate."""
    around, vendor, number = row.around, row.vendor, row.said.invoice or ""
    invoice = next((it for it in around.invoices if vendor is not None and it.vendor == vendor.code), None)
    issues = row.issues
    if not number:
        issues.append(Issue("ACT-309", f"{row.action} needs the number of the invoice", field="invoice", kind="missing"))
    elif vendor is not None and invoice is None:
        issues.append(Issue("ACT-309", f"there is no invoice {number}", field="invoice", value=number))
    if vendor is None or invoice is None:
        return refused(*issues, key=number)
    return _besides(issues, _handed(row, vendor, invoice), key=number)


def _handed(row: _Row, vendor: Vendor, invoice: InvoiceDocument) -> Outcome:
    around, number = row.around, invoice.number
    if row.action is Action.SUBMIT_INVOICE and invoice.state in {InvoiceState.HELD, InvoiceState.APPROVED}:
        return _is_so(invoice)
    if row.action is Action.SUBMIT_INVOICE:
        outcome = invoicing.submit(invoice, vendor=vendor, orders=around.orders, origin=around.origin, at=around.at)
    else:
        outcome = invoicing.delete(invoice, orders=around.orders, origin=around.origin, at=around.at)
    if outcome.verdict is not Verdict.REFUSED:
        return outcome
    return refused(Issue("ACT-303", outcome.issues[0].text, field="action", value=row.action), key=number)


_PLAIN = VendorAction(action="").envelope
_SHOWN = 16
"""So much is shown of a word that is no action: the list of all actions fits into an answer whole."""
_REPLIES: Mapping[Action, tuple[RequestKind, bool]] = MappingProxyType(
    {
        Action.ACCEPT_CANCEL: (RequestKind.CANCEL, True),
        Action.DECLINE_CANCEL: (RequestKind.CANCEL, False),
        Action.ACCEPT_ADDRESS: (RequestKind.ADDRESS, True),
        Action.DECLINE_ADDRESS: (RequestKind.ADDRESS, False),
    }
)
_NOTES: Mapping[Action, Upkeep] = MappingProxyType(
    {Action.HOLD: Upkeep.HOLD, Action.RELEASE: Upkeep.RELEASE, Action.DUE_DATE: Upkeep.DUE_DATE, Action.REASON: Upkeep.REASON}
)
_WORDS: Mapping[Action, Word] = MappingProxyType(
    {Action.ACCEPT_LINE: Word.ACCEPTED, Action.REJECT_LINE: Word.REJECTED, Action.BACKORDER_LINE: Word.BACKORDERED}
)
_RULES: Mapping[Action, Callable[[_Row, PurchaseOrder], Outcome]] = MappingProxyType(
    {**dict.fromkeys(_REPLIES, _reply), **dict.fromkeys(_NOTES, _maintain), **dict.fromkeys(_WORDS, _answer_line)}
)
_JUDGEMENTS: Mapping[Action, tuple[frozenset[InvoiceState], Callable[..., Outcome]]] = MappingProxyType(
    {
        Action.APPROVE_INVOICE: (frozenset({InvoiceState.APPROVED, InvoiceState.POSTED}), invoicing.approve),
        Action.REJECT_INVOICE: (frozenset({InvoiceState.REJECTED}), invoicing.reject),
    }
)
