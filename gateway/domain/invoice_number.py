"""Whether a vendor may use this number for an invoice (sdf 4.4; INV-08, INV-15)."""

from __future__ import annotations

from gateway.domain.outcome import InvoiceDocument
from gateway.domain.reference import Vendor
from gateway.kernel.issues import Issue

LONGEST = 22
USED = "used"
"""The kind of INV-08 for a number that an invoice has already."""


def may_bill(vendor: Vendor) -> list[Issue]:
    """INV-15 for a vendor that does not use invoicing."""
    if vendor.uses_invoicing:
        return []
    return [Issue("INV-15", f"vendor {vendor.code} does not use invoicing", field="vendor", value=vendor.code)]


def number_issues(number: str, vendor: Vendor, *, field: str = "number") -> list[Issue]:
    """INV-08 for a number that is missing, longer than the retailer's limit, or of characters that nobody sees."""
    if not number:
        return [Issue("INV-08", "the invoice number is missing", field=field, kind="missing")]
    if not number.isprintable():
        return [Issue("INV-08", "the invoice number holds a character that no number has", field=field, value=repr(number[:80]))]
    most = min(LONGEST, vendor.invoice_number_length or LONGEST)
    if len(number) > most:
        return [Issue("INV-08", f"the invoice number is longer than {most}", field=field, value=number[:80])]
    return []


def used(existing: InvoiceDocument, *, field: str = "number") -> Issue:
    """INV-08 for a number that an invoice has already."""
    text = f"number {existing.number} is used by an invoice that is {existing.state}"
    return Issue("INV-08", text, field=field, value=existing.number, key=existing.number, kind=USED)
