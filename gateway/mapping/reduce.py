"""A mapping reduced to the rules that counts and totals need, so that a file can be counted before it is read."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import msgspec

from gateway.mapping.counts import TallyPath
from gateway.mapping.spec import Block, MappingSpec, RuleSpec


def reduced(spec: MappingSpec, paths: Sequence[TallyPath]) -> MappingSpec:
    """The same mapping with only the lists and numbers that are counted."""
    lists: dict[str, set[str]] = {}
    for path in paths:
        if path.list_name:
            lists.setdefault(path.list_name, set()).update({path.field} - {""})
    singles = {path.field for path in paths if path.field and not path.list_name}
    return msgspec.structs.replace(spec, fields=_block(spec.fields, lists, singles), sets=(), head=Block(), tail=Block(), unread="ignore")


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
