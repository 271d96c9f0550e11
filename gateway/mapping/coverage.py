"""What a right mapping leaves out: fields of its document that a direction cannot carry, and rules that no test touches.

Nothing of it is a mistake; people look at it when they wonder why a value does not arrive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from gateway.kernel.yaml_text import Node, Scalar, Series, Table
from gateway.mapping.fields import FieldType, PartType, part_type
from gateway.mapping.library import Library
from gateway.mapping.resolved import Resolved, rules_of
from gateway.mapping.spec import Block, RuleSpec, SetSpec
from gateway.mapping.trial import touched

SILENT = frozenset({"envelope", "extra"})
"""The surroundings of a document and its free texts, which few layouts have."""


class Coverage(Struct, frozen=True):
    """What is left out; fields as paths from the document, rules by line and address."""

    unread: tuple[str, ...]
    unwritten: tuple[str, ...]
    untested: tuple[str, ...]


class Level(Struct, frozen=True):
    """The rules for one part, from however many groups."""

    blocks: tuple[Block, ...]
    sets: tuple[SetSpec, ...]
    named: frozenset[str] = frozenset()
    """Fields that rules elsewhere give by a path."""


def coverage(library: Library, name: str) -> Coverage:
    """The coverage of a mapping; empty for one that is not right."""
    resolved = library.assembled(name).resolved
    if resolved is None or library.problems(name):
        return Coverage((), (), ())
    return Coverage(_left_out(resolved, "read"), _left_out(resolved, "write"), _untested(library, name, resolved))


def _left_out(resolved: Resolved, direction: str) -> tuple[str, ...]:
    if not resolved.promises(direction):
        return ()
    spec = resolved.spec
    level = Level((spec.head, spec.fields, spec.tail), spec.sets if direction == "read" else ())
    return tuple(_missing(resolved.document, level, direction, ""))


def _missing(part: PartType, level: Level, direction: str, prefix: str) -> Iterator[str]:
    names = {*level.named, *(one.field for one in level.sets)}
    groups: dict[str, list[RuleSpec]] = {}
    for block in level.blocks:
        _gather(block, direction, names, groups)
    given = {_first(name) for name in names}
    for field in part.fields.values():
        if field.name in SILENT or field.derived:
            continue
        if field.name not in given and field.name not in groups:
            yield prefix + field.name
        elif field.part is not None:
            yield from _missing(
                part_type(field.part), _inside(field, names, groups.get(field.name, ())), direction, f"{prefix}{field.name}."
            )


def _inside(field: FieldType, names: set[str], rules: Sequence[RuleSpec]) -> Level:
    """The level of a part: its groups, and what paths from outside say about it."""
    paths = (name.partition(".") for name in names if "." in name)
    named = frozenset(rest for first, _, rest in paths if _first(first) == field.name)
    return Level(tuple(rule.rules or Block() for rule in rules), tuple(one for rule in rules for one in rule.sets or ()), named)


def _gather(block: Block, direction: str, names: set[str], groups: dict[str, list[RuleSpec]]) -> None:
    for rule in rules_of(block, direction):
        target = rule.each or rule.into
        if target is not None:
            groups.setdefault(target, []).append(rule)
        elif rule.is_group:
            _gather(rule.rules or Block(), direction, names, groups)
        names.update(rule.fields or ())
        if rule.compute is not None:
            names.update(_texts(rule.compute))


def _texts(node: Node) -> Iterator[str]:
    """The arguments of a computed value; those that are no fields match nothing."""
    match node:
        case Scalar():
            yield node.value
        case Series():
            for item in node:
                yield from _texts(item)
        case Table():
            for entry in node:
                yield from _texts(entry.value)


def _first(name: str) -> str:
    return name.removeprefix("/").partition(".")[0].partition("#")[0]


def _untested(library: Library, name: str, resolved: Resolved) -> tuple[str, ...]:
    if not resolved.promises("read"):
        return ()
    reached = touched(library, name)
    spec = resolved.spec
    rules = (rule for block in (spec.head, spec.fields, spec.tail) for rule in _all(block))
    asked = ((f"{resolved.label} line {rule.line}", rule) for rule in rules if rule.file == spec.file.name and (rule.fields or rule.const))
    return tuple(dict.fromkeys(f"line {rule.line}, {rule.address}" for label, rule in asked if label not in reached))


def _all(block: Block) -> Iterator[RuleSpec]:
    for rule in rules_of(block, "read"):
        yield rule
        if rule.rules is not None:
            yield from _all(rule.rules)
