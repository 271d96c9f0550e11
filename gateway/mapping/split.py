"""`split` for formats whose scans give one node: rows with equal values make one document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from gateway.formats import Fault, Found, Plan, Scan, SetScan
from gateway.kernel import Severity
from gateway.mapping.run import Run


class Splitter(Struct, frozen=True):
    """Cuts a node into documents by the values of its rows."""

    rows_plan: Plan
    by_plan: Plan
    by: tuple[tuple[int, ...], ...]

    def split(self, found: Found, scan: Scan, run: Run) -> Iterator[Found]:
        """One document for each different value, in order of first appearance."""
        rows = self._rows(found.node, scan)
        walk = self.by_plan.bind(scan)
        groups: dict[tuple[str, ...], list[Any]] = {}
        for row in rows:
            slots = walk(row)
            groups.setdefault(tuple(self._value(row, slots, alternatives) for alternatives in self.by), []).append(row)
        scan.odd.clear()
        if not groups and isinstance(scan, SetScan):
            yield Found(None, found.where, 1, (*found.faults, Fault("empty", "the set holds nothing to take", found.where)))
        faults = found.faults
        for members in groups.values():
            run.rows = scan.rows = members
            yield Found(found.node, found.where, len(members), faults)
            faults = tuple(fault for fault in found.faults if fault.severity is Severity.ERROR)  # remarks are told once

    def _rows(self, node: Any, scan: Scan) -> list[Any]:
        slots = self.rows_plan.bind(scan)(node)
        scan.odd.clear()
        search = self.rows_plan.searches.get(0)
        return list((search(node, slots) if search else slots[0]) or ())

    def _value(self, row: Any, slots: Any, alternatives: tuple[int, ...]) -> str:
        for slot in alternatives:
            search = self.by_plan.searches.get(slot)
            raw = search(row, slots) if search else slots[slot]
            if raw and raw.strip():
                return str(raw.strip())
        return ""
