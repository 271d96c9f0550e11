"""Checks that need the whole mapping: what gives mandatory fields, rules that cannot be told apart, samples of every direction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.mapping.fields import FROM_HEADER, STANDS_IN, PartType, part_type
from gateway.mapping.readings import Problem
from gateway.mapping.resolved import Resolved, given_names, rules_of
from gateway.mapping.spec import Block, RuleSpec, SetSpec


def check(resolved: Resolved) -> list[Problem]:
    """The problems of a mapping whose rules are right one by one."""
    found: list[Problem] = []
    spec = resolved.spec
    if resolved.promises("read"):
        given = set(given_names([spec.head, spec.fields], "read")) | {one.field for one in spec.sets}
        found += _lacking(resolved, resolved.document, given, spec.fields, spec.file.name, spec.line)
        found += _parts(resolved, spec.fields, resolved.document)
    for direction in ("read", "write"):
        if resolved.promises(direction):
            found += _same_lists(resolved, spec.fields, direction)
    return list(dict.fromkeys(found))


def _lacking(resolved: Resolved, part: PartType, given: set[str], block: Block, file: str, line: int) -> Iterator[Problem]:
    """Mandatory fields that nothing gives."""
    plain = {name.removeprefix("/").partition(".")[0].partition("#")[0] for name in given}
    plain |= _from_lists(block)
    for name in part.required:
        elsewhere = STANDS_IN.get((part.name, name))
        if name in plain or elsewhere in plain:
            continue
        if name in FROM_HEADER.get((resolved.document.name, part.name), ()) and _header_gives(resolved, name):
            continue
        yield Problem(file, line, name, f"{name} is mandatory in {part.name} and nothing gives it; add a rule or set it")


def _header_gives(resolved: Resolved, name: str) -> bool:
    spec = resolved.spec
    return name in given_names([spec.head, spec.fields], "read") or any(one.field == name for one in spec.sets)


def _from_lists(block: Block) -> set[str]:
    """Fields of the document that rules inside lists give."""
    found: set[str] = set()
    for rule in rules_of(block, "read"):
        found |= {name[1:] for name in rule.fields or () if name.startswith("/")}
        if rule.rules is not None:
            found |= _from_lists(rule.rules)
    return found


def _parts(resolved: Resolved, block: Block, here: PartType) -> Iterator[Problem]:
    """The same for entries of lists."""
    for rule in rules_of(block, "read"):
        if rule.each is not None:
            field = here.fields.get(rule.each)
            if field is None or field.part is None:
                continue
            entry = part_type(field.part)
            inner = rule.rules or Block()
            given = {*given_names([inner], "read"), *(one.field for one in rule.sets or ()), *(rule.fields or ())}
            if any("pairs" in (one.codecs or "") for one in (rule,)):
                continue
            yield from _lacking(resolved, entry, given, inner, rule.file, rule.line)
            yield from _parts(resolved, inner, entry)
        elif rule.rules is not None and rule.into is None:
            yield from _parts(resolved, rule.rules, here)


def _same_lists(resolved: Resolved, block: Block, direction: str) -> Iterator[Problem]:
    """Two rules for one list must differ by what they set."""
    by_list: dict[str, list[RuleSpec]] = {}
    for rule in rules_of(block, direction):
        if rule.each is not None and (rule.is_group or rule.fields):
            by_list.setdefault(rule.each, []).append(rule)
        if rule.rules is not None:
            yield from _same_lists(resolved, rule.rules, direction)
    if direction != "write":
        return
    for name, rules in by_list.items():
        for number, rule in enumerate(rules):
            for other in rules[:number]:
                if not _told_apart(rule.sets or (), other.sets or ()):
                    text = f"two rules write the list {name} (line {other.line}); let them differ by a value in set"
                    yield Problem(rule.file, rule.line, rule.address, text)


def _told_apart(first: Sequence[SetSpec], second: Sequence[SetSpec]) -> bool:
    known = {one.field: one.value for one in first if one.compute is None}
    return any(one.field in known and known[one.field] != one.value for one in second if one.compute is None)
