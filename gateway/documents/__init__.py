"""The documents partners tell us or we tell them, with every field they may hold (mapping-language.md 5).

Values only: no rule of the business, no wire format. `DOCUMENTS` names each kind as mappings do.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from gateway.documents.acknowledgement import Answer, AnswerLine, BatchAcknowledgement, OrderAnswer
from gateway.documents.change import ChangeAnswer, ChangeRequest, ChangesRequest, LineUpdate, StatusChange, VendorAction
from gateway.documents.envelope import Envelope, Party
from gateway.documents.invoice import Charge, Invoice, InvoiceLine
from gateway.documents.kinds import Code, Exact, Text
from gateway.documents.master import Inventory, InventoryItem, Vendor
from gateway.documents.order import Customization, Order, OrderLine, OrderRequest
from gateway.documents.result import Result, ResultEntry, ResultError
from gateway.documents.shipment import Shipment, ShipmentLine

__all__ = [
    "DOCUMENTS",
    "Answer",
    "AnswerLine",
    "BatchAcknowledgement",
    "ChangeAnswer",
    "ChangeRequest",
    "ChangesRequest",
    "Charge",
    "Code",
    "Customization",
    "Document",
    "Envelope",
    "Exact",
    "Inventory",
    "InventoryItem",
    "Invoice",
    "InvoiceLine",
    "LineUpdate",
    "Order",
    "OrderAnswer",
    "OrderLine",
    "OrderRequest",
    "Party",
    "Result",
    "ResultEntry",
    "ResultError",
    "Shipment",
    "ShipmentLine",
    "StatusChange",
    "Text",
    "Vendor",
    "VendorAction",
    "kind_of",
]

Document = (
    Order
    | OrderRequest
    | BatchAcknowledgement
    | OrderAnswer
    | Shipment
    | Invoice
    | ChangeRequest
    | ChangesRequest
    | ChangeAnswer
    | LineUpdate
    | VendorAction
    | StatusChange
    | Vendor
    | Inventory
    | Result
)

DOCUMENTS: Mapping[str, type[Struct]] = MappingProxyType(
    {
        "order": Order,
        "order_request": OrderRequest,
        "batch_acknowledgement": BatchAcknowledgement,
        "order_answer": OrderAnswer,
        "shipment": Shipment,
        "invoice": Invoice,
        "change": ChangeRequest,
        "changes_request": ChangesRequest,
        "change_answer": ChangeAnswer,
        "line_update": LineUpdate,
        "vendor_action": VendorAction,
        "status_change": StatusChange,
        "vendor": Vendor,
        "inventory": Inventory,
        "result": Result,
    }
)
_KINDS: Mapping[type[Struct], str] = MappingProxyType({kind: name for name, kind in DOCUMENTS.items()})


def kind_of(document: Document) -> str:
    """The name of the document's kind, as mappings use it."""
    return _KINDS[type(document)]
