"""What a partner calls our fields: the name at the end of the address of each rule that reads one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from gateway.kernel import Issue
from gateway.mapping.resolved import rules_of
from gateway.mapping.spec import Block, RuleSpec

_NAME = re.compile(r"@?([A-Za-z_][\w .-]*)\Z")
_ENTRY = re.compile(r"(?:line|detail|item|entry) -?\d+\b")


class Names(Struct, frozen=True):
    """The partner's names by our paths, for the document and for the entries of its lists, and by the rule that tells an issue."""

    document: Mapping[str, str]
    entries: Mapping[str, str]
    rules: Mapping[str, str]

    def of(self, issue: Issue) -> str:
        """What the partner calls the field of the issue; ours where no rule reads it."""
        told = self.rules.get(issue.rule) if issue.rule else None
        if told:
            return told
        is_entry = issue.line is not None or _ENTRY.search(issue.where) is not None
        nearer, farther = (self.entries, self.document) if is_entry else (self.document, self.entries)
        return nearer.get(issue.field) or farther.get(issue.field) or issue.field


class _Named(Struct, frozen=True):
    """A rule that reads a field."""

    ours: str
    theirs: str
    is_entry: bool
    line: int


def names_of(blocks: Iterable[Block], label: str) -> Names:
    """The names that the rules in these parts of a mapping give; `label` is how issues name the mapping."""
    found: tuple[dict[str, str], dict[str, str]] = ({}, {})
    rules: dict[str, str] = {}
    for one in (one for block in blocks for one in _named(block, "", "", is_entry=False)):
        found[one.is_entry].setdefault(one.ours, one.theirs)
        place = f"{label} line {one.line}"
        rules[place] = one.theirs if rules.get(place, one.theirs) == one.theirs else ""  # a mapping that extends another has lines of both
    return Names(*found, rules)


def _named(block: Block, ours: str, theirs: str, *, is_entry: bool) -> Iterator[_Named]:
    for rule in rules_of(block, "read"):
        name = _last(rule)
        if rule.fields and name:
            yield from (_Named(f"{ours}{field}".lstrip("/"), f"{theirs}{name}", is_entry, rule.line) for field in rule.fields)
        group = rule.each or rule.into
        if group and name:
            yield _Named(f"{ours}{group}".lstrip("/"), f"{theirs}{name}", is_entry, rule.line)
        if rule.rules is None:
            continue
        if rule.each is not None:
            yield from _named(rule.rules, "", "", is_entry=True)
        elif rule.into is not None:
            inside = f"{theirs}{name}/" if name else theirs
            yield from _named(rule.rules, f"{ours}{rule.into}.", inside, is_entry=is_entry)
        else:
            yield from _named(rule.rules, ours, theirs, is_entry=is_entry)


def _last(rule: RuleSpec) -> str:
    """The name at the end of the first way to a value; nothing where there is none."""
    found = _NAME.match(rule.address.partition(" | ")[0].partition(" + ")[0].rpartition("/")[2].strip())
    return found[1] if found is not None else ""
