"""JSON Schema of the mapping file, for editors: the same words as the checks, with what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.documents import DOCUMENTS
from gateway.formats import formats
from gateway.mapping.words import CHOICES, ISSUE, RULE, SPLIT, TEST, TOP

_TEXT: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_TEXTS: dict[str, Any] = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_RULES: dict[str, Any] = {"$ref": "#/$defs/rules"}
_SET: dict[str, Any] = {"type": "object", "additionalProperties": {"anyOf": [_TEXT, {"$ref": "#/$defs/compute"}]}}


def mapping_schema() -> dict[str, Any]:
    """The schema of a file in mappings/."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Mapping",
        "description": "One layout of a partner: theirs on the left, ours on the right.",
        "type": "object",
        "required": ["mapping", "version"],
        "additionalProperties": False,
        "properties": _described(TOP, _top_types()),
        "$defs": {
            "rules": {"type": "object", "additionalProperties": {"anyOf": [_RULE, {"type": "array", "items": _RULE, "minItems": 1}]}},
            "rule": {"anyOf": [_TEXT, {"type": "object", "additionalProperties": False, "properties": _described(RULE, _rule_types())}]},
            "condition": {"type": "object", "minProperties": 1},
            "compute": {"type": "object", "minProperties": 1},
        },
    }


_RULE: dict[str, Any] = {"$ref": "#/$defs/rule"}


def _top_types() -> dict[str, Any]:
    return {
        "document": {"enum": sorted(DOCUMENTS)},
        "format": {"enum": sorted(one.name for one in formats())},
        "options": _options(),
        "only": _choice("only"),
        "unread": _choice("unread"),
        "answers": {"anyOf": [{"enum": sorted(DOCUMENTS)}, {"type": "array", "items": {"enum": sorted(DOCUMENTS)}}]},
        "accepts": {"type": "object", "additionalProperties": _TEXTS},
        "without": _TEXTS,
        "shared": {"type": "object", "additionalProperties": _RULES},
        "lookups": {"type": "object", "additionalProperties": {"anyOf": [_TEXT, {"type": "object", "additionalProperties": _TEXTS}]}},
        "split": {
            "type": "object",
            "additionalProperties": False,
            "required": ["by"],
            "properties": _described(SPLIT, {"by": _TEXTS, "apart": _choice("apart")}),
        },
        "set": _SET,
        "fields": _RULES,
        "head": _RULES,
        "tail": _RULES,
        "tests": {
            "type": "array",
            "items": {"type": "object", "additionalProperties": False, "properties": _described(TEST, _test_types())},
        },
    }


def _rule_types() -> dict[str, Any]:
    return {
        "field": _TEXTS,
        "const": _TEXTS,
        "count": _TEXTS,
        "total": _TEXTS,
        "none": _TEXTS,
        "required": _choice("required"),
        "fields": _RULES,
        "set": _SET,
        "when": {"$ref": "#/$defs/condition"},
        "compute": {"$ref": "#/$defs/compute"},
        "on_error": _choice("on_error"),
        "only": _choice("only"),
    }


def _test_types() -> dict[str, Any]:
    table = {"type": "object"}
    issue = {"type": "object", "additionalProperties": False, "properties": _described(ISSUE, {})}
    return {
        "with": table,
        "gives": {"anyOf": [table, {"type": "array", "items": table}]},
        "issues": {"type": "array", "items": issue},
        "refused": _choice("refused"),
        "back": {"anyOf": [{"enum": ["bytes", "values"]}, {"type": "object", "required": ["no"], "properties": {"no": _TEXT}}]},
        "document": {"anyOf": [table, {"type": "array", "items": table}]},
    }


def _options() -> dict[str, Any]:
    """The options of all formats; which belong to which is checked by the product."""
    words: dict[str, str] = {}
    for one in formats():
        for option, meaning in one.options.items():
            words[option] = f"{words[option]}; {one.name}: {meaning}" if option in words else f"{one.name}: {meaning}"
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {word: {"description": meaning} for word, meaning in sorted(words.items())},
    }


def _choice(word: str) -> dict[str, Any]:
    words: list[Any] = list(CHOICES[word])
    return {"enum": [*words, *([True] if words == ["true"] else [])]}


def _described(words: Mapping[str, str], types: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    return {word: {"description": meaning, **types.get(word, _TEXT)} for word, meaning in words.items()}
