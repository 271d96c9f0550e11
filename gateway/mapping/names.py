"""What a partner calls our fields: the name at the end of the address of each rule that reads one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from gateway.mapping.resolved import rules_of
from gateway.mapping.spec import Block

_NAME = re.compile(r"@?([A-Za-z_][\w .-]*)\Z")


def names_of(fields: Block) -> Mapping[str, str]:
    """Our paths with the partner's names; what stands in an entry of a list is named without the list, as issues do."""
    found: dict[str, str] = {}
    for ours, theirs in _named(fields, "", ""):
        found.setdefault(ours, theirs)
    return MappingProxyType(found)


def _named(block: Block, ours: str, theirs: str) -> Iterator[tuple[str, str]]:
    for rule in rules_of(block, "read"):
        name = _last(rule.address)
        if rule.fields and name:
            yield from ((f"{ours}{field}".lstrip("/"), f"{theirs}{name}") for field in rule.fields)
        if rule.rules is None:
            continue
        if rule.each is not None:
            yield from _named(rule.rules, "", "")
        elif rule.into is not None:
            yield rule.into, name
            yield from _named(rule.rules, f"{ours}{rule.into}.", f"{theirs}{name}/" if name else theirs)
        else:
            yield from _named(rule.rules, ours, theirs)


def _last(address: str) -> str:
    """The name at the end of the first way to a value; nothing where there is none."""
    found = _NAME.match(address.partition(" | ")[0].partition(" + ")[0].rpartition("/")[2].strip())
    return found[1] if found is not None else ""
