"""`*/A`: what the rows of a split document must say alike; shared by formats whose rows are nodes inside a document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gateway.formats.base import Collect, Oddity, Raw, Scan

Pick = Callable[[Any], str | None]


def with_rows(collect: Collect, picks: Sequence[tuple[int, Pick]], scan: Scan) -> Collect:
    """The walk of a document that also looks into its rows; the first row tells, another value is an oddity."""
    if not picks:
        return collect

    def both(node: Any) -> Sequence[Raw]:
        slots = list(collect(node))
        for index, pick in picks:
            told = None
            for row in scan.rows:
                text = (pick(row) or "").strip()
                if told is None:
                    told = text
                elif text != told:
                    scan.odd.append(Oddity("differs", index, value=text[:80]))
            slots[index] = told
        return slots

    return both
