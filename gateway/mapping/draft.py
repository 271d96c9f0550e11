"""A group while its rules are collected: slots, steps and the order in which they will run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum
from itertools import combinations
from typing import Any

from msgspec import Struct, field

from gateway.formats import Plan, Shape, Want
from gateway.mapping.reading import Step
from gateway.mapping.run import RuleAt
from gateway.mapping.values import Scope, ValueRule

Make = Callable[[Plan], Step]


class Phase(IntEnum):
    """The order inside a group: what looks at the document comes after what fills it."""

    NUMBER = 0
    VALUES = 1
    FIXED = 2
    LATE = 3
    LISTS = 4
    AFTER_LISTS = 5
    CHECKS = 6


class Draft(Struct):
    """A group while its rules are collected."""

    scope: Scope
    wants: list[Want] = field(default_factory=list)
    simple: list[tuple[int, ValueRule, Callable[[str], Any]]] = field(default_factory=list)
    steps: list[tuple[Phase, Make]] = field(default_factory=list)
    rules: dict[int, RuleAt] = field(default_factory=dict)
    by_name: dict[str, RuleAt] = field(default_factory=dict)
    numbered: list[str] = field(default_factory=list)
    judged: set[int] = field(default_factory=set)
    givers: list[tuple[Sequence[str], frozenset[int]]] = field(default_factory=list)
    fixed: list[tuple[str, Any]] = field(default_factory=list)
    shared: frozenset[str] = frozenset()

    def slot(self, address: str, shape: Shape, rule: RuleAt) -> int:
        """The slot of an address; the same address is walked once."""
        want = Want(address, shape)
        if want in self.wants:
            return self.wants.index(want)
        self.wants.append(want)
        self.rules[len(self.wants) - 1] = rule
        return len(self.wants) - 1

    def rivals(self) -> tuple[tuple[frozenset[int], frozenset[int]], ...]:
        """The slots of each two rules that give the same field, where one of them gives several: each of those may stay empty."""
        return tuple(
            (slots, others)
            for (names, slots), (other_names, others) in combinations(self.givers, 2)
            if max(len(names), len(other_names)) > 1 and not set(names).isdisjoint(other_names)
        )
