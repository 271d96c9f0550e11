"""A mapping reduced to the rules that counts and totals need, so that a file can be counted before it is read."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import msgspec

from gateway.mapping.counts import TallyPath
from gateway.mapping.fields import FROM_HEADER, STANDS_IN, PartType, part_type
from gateway.mapping.spec import Block, MappingSpec, RuleSpec


def reduced(spec: MappingSpec, paths: Sequence[TallyPath]) -> MappingSpec:
    """The same mapping with only the lists and numbers that are counted."""
    lists: dict[str, set[str]] = {}
    for path in paths:
        if path.list_name:
            lists.setdefault(path.list_name, set()).update({path.field} - {""})
    singles = {path.field for path in paths if path.field and not path.list_name}
    return msgspec.structs.replace(spec, fields=_block(spec.fields, lists, singles), sets=(), head=Block(), tail=Block(), unread="ignore")


def is_told_by_documents(spec: MappingSpec, document: PartType, paths: Sequence[TallyPath]) -> bool:
    """Whether a document that was read without error says the same about counts and totals as a look for them alone.

    It does when each number is mandatory and given by the file only, never by a default: then every entry has been met by both.
    """
    lists = {path.list_name for path in paths if path.list_name}
    numbered = {path.list_name for path in paths if path.list_name and path.field}
    if lists != numbered or any(path.field and not path.list_name for path in paths) or spec.sets:
        return False
    return all(
        _is_mandatory(document, path) and not _is_given_otherwise(spec.fields, path.list_name, path.field) for path in paths if path.field
    )


def _is_mandatory(document: PartType, path: TallyPath) -> bool:
    field = document.fields[path.list_name].part
    if field is None:
        return False
    part = part_type(field)
    stands_in = (part.name, path.field) in STANDS_IN or path.field in FROM_HEADER.get((document.name, part.name), ())
    return path.field in part.required and not stands_in


def _is_given_otherwise(block: Block, list_name: str, name: str) -> bool:
    """Whether a default, a fixed or a computed value may stand in for what the file does not say."""
    for found in block.rules.values():
        for rule in found:
            named = name in (rule.fields or ())
            if (named and (rule.default is not None or rule.compute is not None)) or (rule.each == list_name and rule.sets):
                return True
            if rule.rules is not None and _is_given_otherwise(rule.rules, list_name, name):
                return True
    return False


def _block(block: Block, lists: dict[str, set[str]], singles: set[str]) -> Block:
    rules = {
        address: tuple(one for rule in found if (one := _rule(rule, lists, singles)) is not None) for address, found in block.rules.items()
    }
    return Block(MappingProxyType({address: found for address, found in rules.items() if found}))


def _rule(rule: RuleSpec, lists: dict[str, set[str]], singles: set[str]) -> RuleSpec | None:
    if rule.into is not None or rule.const is not None or rule.count is not None or rule.total is not None:
        return None
    if rule.each is not None:
        if rule.each not in lists:
            return None
        inner = _block(rule.rules, {}, lists[rule.each]) if rule.rules is not None else None
        return msgspec.structs.replace(rule, rules=inner, sets=None)
    if rule.rules is not None:
        inner = _block(rule.rules, lists, singles)
        return msgspec.structs.replace(rule, rules=inner) if inner.rules else None
    return msgspec.structs.replace(rule, default=None, required=None) if set(rule.fields or ()) & singles else None
