"""Kinds of issues to MAP codes, and fields to the codes of the business: the one place where both stand (mapping-language.md 9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

MAP_CODES: Mapping[str, str] = MappingProxyType(
    {
        "unreadable": "MAP-01",
        "unknown_document": "MAP-02",
        "missing": "MAP-10",
        "too_long": "MAP-11",
        "too_short": "MAP-12",
        "bad_character": "MAP-13",
        "bad_form": "MAP-14",
        "not_number": "MAP-15",
        "not_date": "MAP-16",
        "not_in_table": "MAP-17",
        "not_const": "MAP-18",
        "differs": "MAP-19",
        "apart": "MAP-20",
        "count_differs": "MAP-21",
        "total_differs": "MAP-22",
        "repeated": "MAP-30",
        "unread": "MAP-31",
        "cut": "MAP-32",
        "too_many": "MAP-33",
        "empty": "MAP-34",
        "unwritten": "MAP-35",
        "expression": "MAP-40",
    }
)
"""Every kind of issue with its code."""

_LINE_CODES = {"number": "DSO-120", "quantity": "DSO-121", "item": "DSO-122", "carrier": "DSO-123"}
_SHIPMENT_CODES = {"carrier": "3038", "tracking": "3033", "weight": "3034", "freight": "3035", "shipped_on": "3036"}
_CHARGES = {"freight": "INV-04", "handling": "INV-05", "other": "INV-06"}

_BY_FIELD: Mapping[tuple[str, str], Mapping[str, str]] = MappingProxyType(
    {
        ("order", "OrderLine"): _LINE_CODES,
        ("order", "Order"): {"lines": "DSO-130", "ship_to": "DSO-106", "sold_to": "DSO-106"},
        ("batch_acknowledgement", "BatchAcknowledgement"): {"vendor": "3002", "vendor_system": "3003", "batch": "3020"},
        ("shipment", "Shipment"): {**_SHIPMENT_CODES, "order_number": "3031", "vendor": "3002", "vendor_system": "3003", "lines": "3043"},
        ("shipment", "ShipmentLine"): {**_SHIPMENT_CODES, "number": "3042", "quantity": "3043"},
        ("invoice", "Invoice"): {
            **_CHARGES,
            "discount_days": "INV-01",
            "gross_days": "INV-02",
            "discount_percent": "INV-03",
            "date": "INV-07",
            "number": "INV-08",
            "type": "INV-09",
            "columns": "INV-11",
            "lines": "INV-14",
            "vendor": "3002",
        },
        ("invoice", "InvoiceLine"): {
            **_CHARGES,
            "unit_cost": "INV-10",
            "columns": "INV-11",
            "order_number": "INV-12",
            "number": "INV-12",
            "quantity": "INV-12",
        },
        ("vendor_action", "VendorAction"): {
            "action": "ACT-301",
            "on": "ACT-304",
            "reason": "ACT-302",
            "order_number": "3031",
            "line": "3042",
            "quantity": "3043",
            "batch": "3020",
            "vendor": "3002",
        },
        ("order_answer", "OrderAnswer"): {"order_number": "3031"},
        ("order_answer", "AnswerLine"): {"number": "3042", "quantity": "ANS-03"},
        ("order_answer", "Answer"): {"quantity": "ANS-03", "on": "ACT-304"},
        ("inventory", "Inventory"): {"vendor": "3002", "as_of": "STK-04", "items": "STK-01"},
        ("inventory", "InventoryItem"): {"item": "STK-01", "available": "STK-02"},
        ("order_request", "OrderRequest"): {
            "vendor": "3002",
            "vendor_system": "3003",
            "criteria": "3007",
            "value": "3008",
            "batch_size": "3008",
        },
        ("changes_request", "ChangesRequest"): {"after": "3008", "most": "3008"},
        ("change", "ChangeRequest"): {
            "order_number": "DSC-201",
            "line": "DSC-202",
            "quantity": "DSC-204",
            "ship_to": "DSC-205",
            "unit_cost": "DSC-206",
        },
    }
)
_BY_PART: Mapping[tuple[str, str], str] = MappingProxyType({("order", "Party"): "DSO-106", ("change", "Party"): "DSC-205"})
_OF_FILE: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("order", "count_differs"): "DSO-005",
        ("order", "total_differs"): "DSO-005",
        ("order", "bad_character"): "DSO-001",
        ("order", "too_long"): "DSO-001",
        ("order", "unknown_document"): "DSO-001",
        ("order", "unreadable"): "DSO-001",
    }
)
_SPECIAL: Mapping[tuple[str, str, str], str] = MappingProxyType({("shipment", "carrier", "not_in_table"): "3032"})
WHOLE_FILE = frozenset({"INV-10"})
"""Codes of single values that refuse the whole file (sdf 4.6)."""

_WITH_FILE_CODES = frozenset({"invoice"})

_VALUE_KINDS = frozenset(
    {"missing", "too_long", "too_short", "bad_character", "bad_form", "not_number", "not_date", "not_in_table", "not_const"}
)


_EDI_KINDS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "EDI-01": ("bad_control", "control_differs", "repeated_number"),
        "EDI-03": (
            "missing_loop",
            "missing_segment",
            "not_in_set",
            "not_used",
            "out_of_sequence",
            "too_many_loops",
            "too_many_segments",
            "unknown_segment",
        ),
        "EDI-04": (
            "excluded",
            "missing_with",
            "no_digit",
            "not_time",
            "shifted",
            "too_many_components",
            "too_many_elements",
            "too_many_repetitions",
            "wrong_characters",
        ),
        "EDI-05": ("hierarchy",),
        "EDI-06": (
            "bad_date",
            "bad_request",
            "bad_time",
            "bad_usage",
            "bad_version",
            "charset",
            "empty_segments",
            "filler",
            "functional_id",
            "last_terminator",
            "padding",
            "repetition",
            "trailing_separators",
            "unended",
            "wrapping",
        ),
    }
)
_EDI_CODES = MappingProxyType({kind: code for code, kinds in _EDI_KINDS.items() for kind in kinds})
DAMAGED = "EDI-02"
"""The code of everything else that is wrong with an envelope."""


def set_code(kind: str) -> str:
    """The code of what is wrong with a set, a group or an interchange: none of them refuses the file."""
    return _EDI_CODES.get(kind) or MAP_CODES.get(kind, DAMAGED)


def may_refuse_file(document: str) -> bool:
    """Whether a single value of such a document can refuse the file it stands in."""
    return document in _WITH_FILE_CODES


def code_for(document: str, kind: str, *, part: str = "", field: str = "") -> str:
    """The business code of a field, else the MAP code of the kind."""
    if kind in _VALUE_KINDS and field:
        found = _SPECIAL.get((document, field, kind)) or _BY_FIELD.get((document, part), {}).get(field) or _BY_PART.get((document, part))
        if found:
            return found
        if document == "order":
            return "DSO-101" if kind == "missing" else "DSO-102"
        if document == "vendor":
            return "DSV-101" if kind == "missing" else "DSV-102"
    return _OF_FILE.get((document, kind)) or MAP_CODES[kind]
