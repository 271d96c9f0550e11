"""`extends`, `without` and `use`: from several files one mapping with all its rules in place.

Rules merge by address and group, other words replace; new rules come after the old ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import msgspec

from gateway.kernel.yaml_text import unknown
from gateway.mapping.spec import Block, MappingSpec, RuleSpec
from gateway.mapping.words import DEEPEST

Complain = Callable[[int, str, str], None]
_GROUP_WORDS = tuple(name for name in RuleSpec.__struct_fields__ if name not in {"address", "file", "line", "rules"})
_REPLACED = ("document", "format", "options", "only", "answers", "accepts", "split", "unread")


def extended(parent: MappingSpec, child: MappingSpec, complain: Complain) -> MappingSpec:
    """The child on top of its parent; tests are not inherited."""
    blocks = {"fields": parent.fields, "head": parent.head, "tail": parent.tail}
    shared = dict(parent.shared)
    for path, line in child.without:
        _remove(blocks, shared, path, partial(complain, line, "without"))
    words = {word: getattr(child if _given(child, word) else parent, word) for word in _REPLACED}
    for name, block in child.shared.items():
        shared[name] = merged(shared[name], block) if name in shared else block
    sets = {one.field: one for one in (*parent.sets, *child.sets)}
    return msgspec.structs.replace(
        child,
        **words,
        shared=MappingProxyType(shared),
        lookups=MappingProxyType({**parent.lookups, **child.lookups}),
        sets=tuple(sets.values()),
        **{name: merged(block, getattr(child, name)) for name, block in blocks.items()},
        lines={**parent.lines, **child.lines},
    )


def merged(old: Block, new: Block) -> Block:
    """New rules over old ones: groups merge, others are replaced where they stood; what is new comes last."""
    rules = dict(old.rules)
    for address, given in new.rules.items():
        known = rules.get(address)
        if known is not None and len(known) == len(given) == 1 and known[0].is_group and given[0].is_group:
            rules[address] = (_merged_group(known[0], given[0]),)
        else:
            rules[address] = given
    return Block(MappingProxyType(rules), (old.gone | new.gone) - frozenset(new.rules))


def _merged_group(old: RuleSpec, new: RuleSpec) -> RuleSpec:
    words = {name: getattr(new, name) for name in _GROUP_WORDS if getattr(new, name) is not None}
    return msgspec.structs.replace(old, file=new.file, line=new.line, **words, rules=merged(old.rules or Block(), new.rules or Block()))


def expanded(block: Block, shared: Mapping[str, Block], complain: Callable[[RuleSpec, str], None], depth: int = 1) -> Block:
    """The block with every `use` put in place; own rules win over the block."""
    rules: dict[str, tuple[RuleSpec, ...]] = {}
    for address, given in block.rules.items():
        rules[address] = tuple(_expanded_rule(rule, shared, complain, depth) for rule in given)
    return Block(MappingProxyType(rules))


def _expanded_rule(rule: RuleSpec, shared: Mapping[str, Block], complain: Callable[[RuleSpec, str], None], depth: int) -> RuleSpec:
    if not rule.is_group:
        return rule
    own = rule.rules or Block()
    if rule.use is not None:
        used = shared.get(rule.use)
        if used is None:
            complain(rule, unknown(rule.use, shared, what="shared block"))
        else:
            kept = Block(MappingProxyType({address: one for address, one in used.rules.items() if address not in own.gone}))
            own = merged(kept, own)
    if depth > DEEPEST:
        complain(rule, f"rules stand deeper than {DEEPEST} levels, or a shared block uses itself")
        return msgspec.structs.replace(rule, rules=Block(), use=None)
    return msgspec.structs.replace(rule, rules=expanded(own, shared, complain, depth + 1), use=None)


def _given(spec: MappingSpec, word: str) -> bool:
    return word in spec.given


def _remove(blocks: dict[str, Block], shared: Mapping[str, Block], path: str, complain: Callable[[str], None]) -> None:
    steps = [step.strip() for step in path.split(" > ")]
    for name in ("fields", "head", "tail"):
        smaller = _without(blocks[name], steps, shared)
        if smaller is not None:
            blocks[name] = smaller
            return
    known = [address for block in blocks.values() for address in block.rules]
    complain(f"'{path}' is not a rule of the mapping this one extends" if len(steps) > 1 else unknown(path, known, what="rule"))


def _without(block: Block, steps: list[str], shared: Mapping[str, Block]) -> Block | None:
    """The block without the rule, or nothing when it is not there."""
    first, rest = steps[0], steps[1:]
    if not rest:
        if first not in block.rules:
            return None
        return Block(MappingProxyType({address: one for address, one in block.rules.items() if address != first}), block.gone | {first})
    found = block.rules.get(first)
    if found is None:
        return None
    changed = tuple(_thinner(rule, rest, shared) for rule in found)
    if all(rule is None for rule in changed):
        return None
    rules = tuple(new or old for new, old in zip(changed, found, strict=True))
    return Block(MappingProxyType({address: rules if address == first else one for address, one in block.rules.items()}), block.gone)


def _thinner(rule: RuleSpec, steps: list[str], shared: Mapping[str, Block]) -> RuleSpec | None:
    own = rule.rules or Block()
    used = shared.get(rule.use) if rule.use else None
    smaller = _without(own, steps, shared)
    if smaller is None and used is not None:
        if len(steps) == 1:
            smaller = Block(own.rules, own.gone | {steps[0]}) if steps[0] in used.rules else None
        elif (thin := _without(used, steps, shared)) is not None:
            smaller = merged(Block(MappingProxyType({steps[0]: thin.rules[steps[0]]})), own)
    return msgspec.structs.replace(rule, rules=smaller) if smaller is not None else None
