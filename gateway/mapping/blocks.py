"""What compiling a group for reading asks of its rules, and steps for rules with alternatives or without effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from gateway.formats import Plan
from gateway.mapping.reading import Step
from gateway.mapping.resolved import rules_of
from gateway.mapping.run import Run
from gateway.mapping.spec import Block, RuleSpec, SetSpec

INNER_WORDS = ("fields", "codecs", "lookup", "default", "none", "required", "on_error", "note")
"""The words of a list that hold for each of its entries."""


def with_field(rule: RuleSpec, name: str) -> RuleSpec:
    """The rule as one that gives this field."""
    words = {word: getattr(rule, word) for word in RuleSpec.__struct_fields__}
    return RuleSpec(**{**words, "fields": (name,), "each": None})


def values_of(block: Block, sets: Sequence[SetSpec]) -> list[str | None]:
    """Everything that may name a value of the surroundings."""
    rules = list(rules_of(block, "read"))
    return [*(one.value for one in sets), *(rule.default for rule in rules), *(text for rule in rules for text in rule.const or ())]


def repeated(names: Sequence[str]) -> frozenset[str]:
    """Names that stand more than once."""
    return frozenset(name for name, count in Counter(names).items() if count > 1)


def nothing(node: Any, slots: Any, out: Any, run: Run) -> None:
    """A step in place of one that cannot be compiled or does nothing here."""


def in_turn(slots: Sequence[int], steps: Sequence[Step], plan: Plan) -> Step:
    """Groups with alternatives: the first that stands."""

    def step(node: Any, slots_: Any, out: Any, run: Run) -> None:
        for slot, one in zip(slots, steps, strict=True):
            search = plan.searches.get(slot)
            if (search(node, slots_) if search else slots_[slot]) is not None:
                one(node, slots_, out, run)
                return

    return step
