"""What a right mapping leaves out: fields of its document that a direction cannot carry, and rules that no test touches.

Nothing of it is a mistake; people look at it when they wonder why a value does not arrive.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from gateway.mapping.library import Library
from gateway.mapping.omitted import left_out
from gateway.mapping.resolved import Resolved, rules_of
from gateway.mapping.spec import Block, RuleSpec
from gateway.mapping.trial import touched


class Coverage(Struct, frozen=True):
    """What is left out; fields as paths from the document, rules by line and address."""

    unread: tuple[str, ...]
    unwritten: tuple[str, ...]
    untested: tuple[str, ...]


def coverage(library: Library, name: str) -> Coverage:
    """The coverage of a mapping; empty for one that is not right."""
    resolved = library.assembled(name).resolved
    if resolved is None or library.problems(name):
        return Coverage((), (), ())
    return Coverage(left_out(resolved, "read"), left_out(resolved, "write"), _untested(library, name, resolved))


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
