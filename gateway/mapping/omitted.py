"""Fields of a document that no rule of a direction touches: what a layout cannot carry, found from its rules alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from gateway.kernel.yaml_text import leaves
from gateway.mapping.fields import FieldType, PartType, part_type
from gateway.mapping.resolved import Resolved, rules_of
from gateway.mapping.spec import Block, RuleSpec, SetSpec

SILENT = frozenset({"envelope", "extra"})
"""The surroundings of a document and its free texts, which few layouts have."""


class Level(Struct, frozen=True):
    """The rules for one part, from however many groups."""

    blocks: tuple[Block, ...]
    sets: tuple[SetSpec, ...]
    named: frozenset[str] = frozenset()
    """Fields that rules elsewhere give by a path."""


def left_out(resolved: Resolved, direction: str) -> tuple[str, ...]:
    """Fields of the document that no rule of this direction touches, as paths."""
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
    whole = {name.removeprefix("/").partition("#")[0] for name in names}  # a codec has all of it
    for field in part.fields.values():
        if field.name in SILENT or field.derived:
            continue
        if field.name not in given and field.name not in groups:
            yield prefix + field.name
        elif field.part is not None and (field.name not in whole or field.name in groups):
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
            names.update(text for _, text in leaves(rule.compute))  # those that are no fields match nothing


def _first(name: str) -> str:
    return name.removeprefix("/").partition(".")[0].partition("#")[0]
