"""A mapping with everything in place: inherited rules, blocks, tables and the layout of its format; ready to be compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from gateway.formats import Layout, Unread
from gateway.mapping.fields import PartType
from gateway.mapping.lookups import Lookup
from gateway.mapping.spec import Block, MappingSpec, RuleSpec

Complain = Callable[[RuleSpec, str], None]


class Resolved(Struct, frozen=True):
    """What compilers start from."""

    spec: MappingSpec
    label: str
    document: PartType
    layout: Layout
    lookups: Mapping[str, Lookup]
    unread: Unread
    weight_unit: str

    @property
    def kind(self) -> str:
        """The kind of document."""
        return self.spec.document

    def promises(self, direction: str) -> bool:
        """Whether this mapping works in a direction."""
        return self.spec.works(direction)


def rules_of(block: Block, direction: str) -> Iterator[RuleSpec]:
    """The rules that work in a direction, in order."""
    for rules in block.rules.values():
        for rule in rules:
            if rule.only in {None, direction}:
                yield rule


def given_names(blocks: Sequence[Block], direction: str) -> list[str]:
    """The plain fields that rules of one part give, also in groups that go inside; a name stands as often as it is given."""
    names: list[str] = []
    for block in blocks:
        for rule in rules_of(block, direction):
            if rule.is_group and rule.each is None and rule.into is None:
                names += given_names([rule.rules or Block()], direction)
            elif rule.into is not None:
                names.append(rule.into)
            elif rule.each is not None:
                names.append(rule.each)
            else:
                names += rule.fields or ()
    return names


def entry_names(block: Block, name: str, direction: str) -> frozenset[str]:
    """The fields that rules give to the entries of a list, wherever in the file it stands."""
    found: set[str] = set()
    for rule in rules_of(block, direction):
        if rule.each == name:
            found |= {*given_names([rule.rules or Block()], direction), *(rule.fields or ())}
        elif rule.rules is not None:
            found |= entry_names(rule.rules, name, direction)
    return frozenset(found)
