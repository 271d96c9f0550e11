"""Levels that name their parent: HL of the 856 and 870, CPS of DESADV (edi 10.4).

The tree follows the numbers; where none are given, order and rank (shipment, order, tare, pack, item). Numbers may start again with
each order; otherwise a number that stands twice, and a parent that is not there, are errors.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.formats.edi.envelope import Set
from gateway.formats.edi.findings import Finding, Level, Tolerance, Treat
from gateway.formats.edi.guide import Hierarchy
from gateway.formats.edi.loops import Loop
from gateway.formats.edi.segments import Standard, text_of

ORDER, ITEM = "O", "I"
BETWEEN = frozenset("PT")
DEEPEST = 32
"""More levels than any goods are packed in."""
ORDERS = frozenset({"PO", "ON"})
"""Kinds of references and product ids that name a purchase order."""


def arrange(root: Loop, rule: Hierarchy, set_: Set, tolerance: Tolerance) -> None:
    """Hang the levels of a set below the ones they name; what is wrong is added to the findings of the set."""
    levels = [loop for loop in root.loops if loop.name == rule.loop]
    if levels:
        _Ranks(root, rule, set_, tolerance).hang(levels)


class _Ranks:
    def __init__(self, root: Loop, rule: Hierarchy, set_: Set, tolerance: Tolerance) -> None:
        self._root = root
        self._rule = rule
        self._set = set_
        self._tolerance = tolerance

    def hang(self, levels: list[Loop]) -> None:
        ranks = self._ranks(levels)
        by_number = any(self._text(loop, self._rule.parent) for loop in levels)
        numbered: dict[str, Loop] = {}
        earlier: dict[str, Loop] = {}
        open_: list[Loop] = []
        self._root.loops = [loop for loop in self._root.loops if loop.name != self._rule.loop]
        for loop in levels:
            loop.level = self._text(loop, self._rule.level) if self._rule.level else ""
            number, parent = self._text(loop, self._rule.id), self._text(loop, self._rule.parent)
            if number in numbered and self._starts_again(number, loop, levels[0]):
                earlier |= numbered
                numbered = {}
                self._tell("numbers_restart", loop, self._rule.id, f"{self._rule.loop} numbers start again with {number}", Treat.WARN)
            elif number in numbered:
                self._tell("repeated_number", loop, self._rule.id, f"{self._rule.loop} {number} stands twice", self._tolerance.hierarchy)
            above = self._above(loop, parent, numbered, earlier, open_, ranks, by_number=by_number)
            if number:
                numbered[number] = loop
            line = _line(above)
            if len(line) >= DEEPEST:
                text = f"{self._rule.loop} {number} stands more than {DEEPEST} levels deep"
                self._tell("too_deep", loop, self._rule.parent, text, Treat.REJECT)
                above, line = None, []
            open_ = [*reversed(line), loop]
            loop.parent = above or self._root
            loop.parent.loops.append(loop)
        if self._set.type == "856":
            self._items_without_order(levels)

    def _above(
        self,
        loop: Loop,
        parent: str,
        numbered: Mapping[str, Loop],
        earlier: Mapping[str, Loop],
        open_: list[Loop],
        ranks: Mapping[str, int],
        *,
        by_number: bool,
    ) -> Loop | None:
        if parent:
            found = numbered.get(parent) or earlier.get(parent)
            if found is not None:
                return found
            text = f"{self._rule.loop} {self._text(loop, self._rule.id)} names the parent {parent}, which is not there"
            self._tell("unknown_parent", loop, self._rule.parent, text, self._tolerance.hierarchy)
        elif not ranks or (by_number and ranks.get(loop.level, 0) == 0):
            return None
        rank = ranks.get(loop.level, len(ranks))
        return next((one for one in reversed(open_) if ranks.get(one.level, len(ranks)) < rank), None)

    def _ranks(self, levels: list[Loop]) -> Mapping[str, int]:
        """The rank of each level; packs before orders where the file has them so."""
        ranks = list(self._rule.ranks)
        seen = [self._text(loop, self._rule.level) for loop in levels] if self._rule.level else []
        first = next((code for code in seen if code == ORDER or code in BETWEEN), "")
        if first in BETWEEN and ORDER in ranks and ORDER in seen:
            ranks.remove(ORDER)
            ranks.insert(max(ranks.index(code) for code in BETWEEN if code in ranks) + 1, ORDER)
        return {code: rank for rank, code in enumerate(ranks)}

    def _starts_again(self, number: str, loop: Loop, first: Loop) -> bool:
        """Whether this begins a new count: the number of the first level, at a shipment or an order."""
        return number == self._text(first, self._rule.id) and loop.level in {"", "S", ORDER} and bool(self._rule.level)

    def _items_without_order(self, levels: list[Loop]) -> None:
        for loop in levels:
            if loop.level == ITEM and not any(self._names_order(one) for one in _line(loop)):
                self._tell(
                    "item_without_order", loop, 0, f"item {self._text(loop, self._rule.id)} belongs to no order", self._tolerance.hierarchy
                )

    def _names_order(self, loop: Loop) -> bool:
        """Whether a level is an order or names one: PRF, REF*PO or a purchase order beside the item."""
        if loop.level == ORDER or loop.first("PRF") is not None:
            return True
        named = [segment for _, segment in loop.segments if segment[0] in {"REF", "LIN"}]
        return any(ORDERS & set(segment[1:2] if segment[0] == "REF" else segment[2::2]) for segment in named)

    def _text(self, loop: Loop, element: int) -> str:
        return text_of(loop.segments[0][1], element, self._set.delimiters) if element else ""

    def _tell(self, kind: str, loop: Loop, element: int, text: str, treat: Treat) -> None:
        if treat is Treat.ACCEPT:
            return
        spot = self._set.spot(loop.position, element, loop=loop.name)
        level = Level.ELEMENT if element else Level.SEGMENT
        code = ("7" if element else "2") if self._set.standard is Standard.X12 else "12"
        value = self._text(loop, element)
        self._set.findings.append(Finding(level, kind, text, spot, code, value, treat.severity))


def _line(loop: Loop | None) -> list[Loop]:
    """A level and those above it, without the set."""
    found: list[Loop] = []
    while loop is not None and loop.parent is not None:
        found.append(loop)
        loop = loop.parent
    return found
