"""Whether an order says all it must, and names only what exists (DSO-101 to 106, 120 to 130). All faults are told together."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from operator import attrgetter

from gateway.documents import Order, OrderLine, Party
from gateway.domain.digest import ship_to_of
from gateway.domain.origin import Origin
from gateway.domain.reference import Reference
from gateway.kernel.issues import Issue

MOST = 2**31 - 1
"""The largest whole number a quantity or line number may be."""

_REQUIRED = ("number", "entered_on", "sales_order", "brand", "system", "location", "vendor")
_TELL_REQUIRED = attrgetter(*_REQUIRED)
_HUNDRED = Decimal(100)
_PARTS = {"address1": "first address line", "city": "city", "postal_code": "postal code", "country": "country"}
_CURRENCY = re.compile("[A-Z]{3}")


def faults(document: Order, reference: Reference, origin: Origin) -> list[Issue]:
    """Everything wrong with the order, header first, then its lines in their order."""
    issues: list[Issue] = []
    if not all(_TELL_REQUIRED(document)):
        issues += [Issue("DSO-101", f"{name} is missing", field=name, kind="missing") for name in _REQUIRED if not getattr(document, name)]
    issues += _unknown(document, reference, origin)
    percent = document.discount_percent
    if percent is not None and not 0 <= percent <= _HUNDRED:
        issues.append(
            Issue("DSO-102", f"the discount is {percent} percent; 0 to 100 are possible", field="discount_percent", value=str(percent))
        )
    if document.currency and not _CURRENCY.fullmatch(document.currency):
        text = f"'{document.currency}' is no currency; three letters are needed, such as USD"
        issues.append(Issue("DSO-102", text, field="currency", value=document.currency))
    issues += incomplete("ship_to", ship_to_of(document))
    if document.sold_to is not None:
        issues += incomplete("sold_to", document.sold_to)
    if not document.lines:
        issues.append(Issue("DSO-130", "the order has no lines", field="lines"))
    return issues + _lines(document)


def incomplete(name: str, party: Party) -> list[Issue]:
    """What a sold-to or ship-to lacks: a name or company, and the four parts of an address (rule C1 of sdf 2.2.3)."""
    is_named = party.company or (party.first_name and party.last_name)
    if is_named and party.address1 and party.city and party.postal_code and party.country:
        return []
    who = name.replace("_", "-")
    lacks = [(word, what) for word, what in _PARTS.items() if not getattr(party, word)]
    issues = [Issue("DSO-106", f"the {who} address has no {what}", field=f"{name}.{word}", kind="missing") for word, what in lacks]
    if not is_named:
        text = f"the {who} address needs first and last name, or a company"
        issues.append(Issue("DSO-106", text, field=f"{name}.last_name", kind="missing"))
    return issues


def _unknown(document: Order, reference: Reference, origin: Origin) -> list[Issue]:
    issues = []
    system, location = document.system, reference.locations.get(document.location)
    if origin.system is not None and system and system != origin.system:
        text = f"the connector speaks for system {origin.system}, not for {system}"
        issues.append(Issue("DSO-004", text, field="system", value=system))
    elif system and system not in reference.systems:
        issues.append(Issue("DSO-104", f"system {system} is not known", field="system", value=system))
    if document.location and (location is None or (location.system and location.system != system)):
        issues.append(
            Issue("DSO-104", f"location {document.location} of system {system} is not known", field="location", value=document.location)
        )
    if document.brand and document.brand not in reference.brands:
        issues.append(Issue("DSO-103", f"brand {document.brand} is not known", field="brand", value=document.brand))
    vendor = reference.vendors.get(document.vendor)
    if vendor is not None and not vendor.active:
        issues.append(Issue("DSO-105", f"vendor {document.vendor} is inactive", field="vendor", value=document.vendor))
    return issues


def _lines(document: Order) -> list[Issue]:
    issues: list[Issue] = []
    numbers = [line.number for line in document.lines]
    if len(set(numbers)) != len(numbers):
        issues += [
            _issue("DSO-120", number, f"line number {number} stands {count} times", "number", number)
            for number, count in Counter(numbers).items()
            if count > 1
        ]
    for line in document.lines:
        if line.number < 1 or line.number > MOST:
            issues.append(_issue("DSO-120", line.number, f"{line.number} is no line number", "number", line.number))
        if line.quantity < 1 or line.quantity > MOST or not line.item or line.unit_cost < 0 or line.serial or not line.carrier:
            issues += _line(line, document.carrier)
    return issues


def _line(line: OrderLine, carrier: str | None) -> list[Issue]:
    issues = []
    if line.quantity < 1:
        issues.append(_issue("DSO-121", line.number, "quantity must be a whole number of at least 1", "quantity", line.quantity))
    elif line.quantity > MOST:
        issues.append(_issue("DSO-102", line.number, f"quantity may be at most {MOST}", "quantity", line.quantity))
    elif line.serial and line.quantity != 1:
        issues.append(_issue("DSO-121", line.number, "a line with a serial number has a quantity of 1", "quantity", line.quantity))
    if not line.item:
        issues.append(_issue("DSO-122", line.number, "the item is missing", "item", ""))
    if line.unit_cost < 0:
        issues.append(_issue("DSO-102", line.number, "the unit cost is negative", "unit_cost", line.unit_cost))
    if not (line.carrier or carrier):
        issues.append(_issue("DSO-123", line.number, "the carrier is missing", "carrier", ""))
    return issues


def _issue(code: str, line: int, text: str, field: str, value: object) -> Issue:
    return Issue(code, text, where=f"line {line}", field=field, value=str(value), line=line)
