"""Getting what a rule looks at out of the slots; searches only when nothing else gave it. Blank is nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gateway.formats import Plan, Shape
from gateway.mapping.run import Run

Fetch = Callable[[Any, Sequence[Any], Run], Any]


def fetch_for(plan: Plan, slots: Sequence[int], shape: Shape, none: frozenset[str], *, as_parts: bool) -> Fetch:
    """The raw value behind one alternative: a text, parts, texts, a node or nodes; None when there is nothing."""
    gets = [_get(plan, slot, shape, none) for slot in slots]
    if not as_parts:
        return gets[0]

    def parts(node: Any, found: Sequence[Any], run: Run) -> Any:
        values = tuple(get(node, found, run) for get in gets)
        return values if any(value is not None for value in values) else None

    return parts


def _get(plan: Plan, slot: int, shape: Shape, none: frozenset[str]) -> Fetch:
    search = plan.searches.get(slot)
    if shape in {Shape.GROUP, Shape.GROUPS}:
        if search is None:
            return lambda node, slots, run: slots[slot]
        return lambda node, slots, run: search(node, slots)
    if shape is Shape.VALUES:

        def values(node: Any, slots: Sequence[Any], run: Run) -> Any:
            found = search(node, slots) if search is not None else slots[slot]
            return [one for one in found if one is not None and one.strip()] or None if found else None

        return values

    def value(node: Any, slots: Sequence[Any], run: Run) -> Any:
        raw = search(node, slots) if search is not None else slots[slot]
        if raw is None:
            return None
        text = raw.strip()
        return raw if text and text not in none else None

    return value
