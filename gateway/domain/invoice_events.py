"""The history of an invoice: its action words in one place, and how a step of its life is told (sdf 4.5)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from gateway.domain.origin import Origin
from gateway.domain.outcome import InvoiceDocument, InvoiceEvent, InvoiceState


class InvoiceAction(StrEnum):
    """What was done to an invoice, by file, at a shipment or by a person: the same words whichever way it came."""

    CREATED = "Created"
    LINES_ADDED = "Lines added"
    EDITED = "Edited"
    SUBMITTED = "Submitted"
    RESUBMITTED = "Resubmitted"
    APPROVED = "Approved"
    REJECTED = "Rejected"
    DELETED = "Deleted"
    POSTED = "Posted"
    DATE_CLEARED = "Posted date cleared"


def told(
    action: InvoiceAction, before: InvoiceDocument | None, after: InvoiceDocument | None, *, origin: Origin, at: datetime, reason: str = ""
) -> InvoiceEvent:
    """The entry of one step; `before` is None when the invoice begins with it, `after` when it ends."""
    return InvoiceEvent(
        at=at,
        actor=origin.user,
        action=action,
        from_state=before.state if before else None,
        to_state=after.state if after else None,
        reason=reason,
    )


def handing_in(invoice: InvoiceDocument) -> InvoiceAction:
    """The word for handing in an invoice in this state."""
    return InvoiceAction.RESUBMITTED if invoice.state is InvoiceState.REJECTED else InvoiceAction.SUBMITTED
