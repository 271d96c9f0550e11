"""JSON Schema of the guides of partners, for editors: the same words as the reader's, with what they mean."""

from __future__ import annotations

from typing import Any

from gateway.formats.edi.guide_extend import USAGES

_TEXT: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_TEXTS: dict[str, Any] = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_PLACE = r"^[A-Z][A-Z0-9]{1,2}[!?]?( \*\d*)?( @\w+)?( after [A-Z][A-Z0-9]{1,2})?$"
_TYPE: dict[str, Any] = {"type": "string", "pattern": r"^((AN|ID|DT|TM|R|N\d?) \d+/\d+|(an|a|n)(\.\.)?\d+)$"}
_CODES: dict[str, Any] = {
    "description": "The codes that are right, with words or as a list.",
    "anyOf": [{"type": "object", "additionalProperties": _TEXT}, {"type": "array", "items": _TEXT}],
}
_PLACES: dict[str, Any] = {
    "type": "array",
    "items": {
        "anyOf": [
            {"type": "string", "pattern": _PLACE},
            {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": {"$ref": "#/$defs/places"}},
        ]
    },
}


def guide_schema() -> dict[str, Any]:
    """The schema of a file in guides/."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Guide",
        "description": "What a partner has otherwise than the standard: segments, usage, types and codes of one kind of set.",
        "type": "object",
        "required": ["extends"],
        "additionalProperties": False,
        "properties": {
            "guide": {"type": "string", "description": "Its name, that of the file."},
            "extends": {"type": "string", "description": "A guide of ours (x12/850, edifact/orders) or another one of this folder."},
            "name": {"type": "string", "description": "What the set is to this partner."},
            "elements": _table("Elements of the partner's own segments.", _element()),
            "segments": _table("Segments of the partner's own.", _segment()),
            "loops": _table("Segments added to a loop (PO1, PO1/N1), or to the set itself (SET).", {"$ref": "#/$defs/places"}),
            "usage": _table("Usage of a segment or loop by its path, ` *3` behind it for at most three.", _usage()),
            "values": _table("Elements (BEG/2) and components (NAD/2.1) of a segment wherever it stands.", _value()),
        },
        "$defs": {"places": _PLACES},
    }


def _table(description: str, inner: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "type": "object", "additionalProperties": inner}


def _usage() -> dict[str, Any]:
    return {"type": "string", "pattern": rf"^({'|'.join(USAGES)})( \*\d+)?$"}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _element() -> dict[str, Any]:
    at = _table("Its type in one release.", _TYPE)
    only = {"enum": [True, False, "true", "false"], "description": "Whether other codes are wrong."}
    return _object(name=_TEXT, type=_TYPE, at=at, codes=_CODES, only=only, parts=_TEXTS)


def _segment() -> dict[str, Any]:
    return _object(name=_TEXT, pairs=_TEXT, relations=_TEXTS, elements=_TEXTS)


def _value() -> dict[str, Any]:
    return _object(usage={"enum": list(USAGES)}, type=_TYPE, codes=_CODES, name=_TEXT)
