"""What a document is told when the database refuses it: the code of the business behind the constraint, never the database's words."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from gateway.kernel.codes import CODES
from gateway.kernel.issues import Issue
from gateway.store import BadData

MACHINE = (OSError, MemoryError)
"""What this machine cannot do now (no room, no memory, no descriptor): never the fault of a document."""


class Blame(Struct, frozen=True):
    """Why a document is refused without being tried again: the issue to tell, and a traceback if the fault is ours."""

    issue: Issue
    trace: str = ""


_CODES: Mapping[str, str] = MappingProxyType(
    {
        "ck_order_line_quantities": "3044",
        "ck_order_line_invoiced": "INV-13",
        "ck_order_line_serial": "DSO-121",
        "ck_shipment_quantity": "3043",
        "pk_document_key": "SHP-01",
        "uq_invoice_vendor_number": "INV-08",
        "uq_invoice_line_shipment_id": "INV-13",
    }
)


def blame(error: Exception) -> Blame:
    """A constraint with a business meaning speaks for itself; anything else is a failure of ours and keeps its traceback."""
    code = _CODES.get(error.constraint) if isinstance(error, BadData) else None
    if code is not None:
        return Blame(Issue(code, CODES[code].meaning))
    trace = "".join(traceback.format_exception(error))
    if isinstance(error, BadData):
        where = " ".join(word for word in (error.table, error.constraint) if word)
        return Blame(Issue("GWY-03", f"a rule of the store refuses the document ({error.rule}{': ' if where else ''}{where})"), trace)
    return Blame(Issue("GWY-01", f"the gateway failed on this document ({type(error).__name__}); it was kept and the operator told"), trace)
