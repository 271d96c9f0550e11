"""Which line of ours each row of a partner's file is about. Not for: comparing them.

A row whose line cannot be told is left out alone, so that it hides nothing of the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from gateway.reports.theirs import KEYS, Unread

if TYPE_CHECKING:
    import pandas as pd

ORDER = "order_number"


class Rows(Struct, frozen=True):
    """The rows that can be compared, those of orders that are not ours, and those whose line, or order, nobody can tell."""

    told: pd.DataFrame
    strange: pd.DataFrame
    homeless: pd.DataFrame
    key: str
    """The field that tells the lines of an order apart."""

    def worth_telling(self, unread: Iterable[Unread]) -> list[Unread]:
        """Of what could not be read, all but the line of an order that is not ours: such a row is told once, as theirs alone."""
        strange = {int(row) for row in self.strange["row"]} if len(self.strange) else set()
        return [it for it in unread if it.field != self.key or it.row not in strange]

    def untold(self, unread: Iterable[Unread]) -> list[Unread]:
        """What the rows that were left out lack, where nothing was told of it yet."""
        known = {(it.row, it.field) for it in unread}
        lacks = [Unread(int(row["row"]), ORDER if row[ORDER] is None else self.key, "") for row in self.homeless.to_dict("records")]
        return [it for it in lacks if (it.row, it.field) not in known]

    def surely(self, missing: pd.DataFrame) -> pd.DataFrame:
        """Of our lines that no row tells, those that the rows which were left out cannot be."""
        left = self.homeless[ORDER].value_counts()
        lacking = missing[ORDER].value_counts()
        unsure = [number for number, count in lacking.items() if count <= left.get(number, 0)]
        return missing[~missing[ORDER].isin(unsure)]


def sorted_out(frame: pd.DataFrame, ours: pd.DataFrame, keys: Sequence[str]) -> Rows:
    """The rows of the file by what is known of their lines."""
    if len(keys) == 1:
        is_told = frame[ORDER].notna()
        return Rows(frame[is_told], frame.iloc[:0], frame[~is_told], ORDER)
    key = keys[1]
    found = _with_lines(frame, ours) if tuple(keys) == KEYS and "item" in frame.columns else frame
    has_order, has_key = found[ORDER].notna(), found[key].notna()
    is_ours = found[ORDER].isin(set(ours[ORDER]))
    is_strange = has_order & ~has_key & ~is_ours
    is_told = has_order & has_key
    return Rows(found[is_told], found[is_strange], found[~is_told & ~is_strange], key)


def _with_lines(frame: pd.DataFrame, ours: pd.DataFrame) -> pd.DataFrame:
    """Rows without a line number get it where one line of the order has their item and no other row names it."""
    import pandas as pd

    lacking = frame["line"].isna() & frame["item"].notna() & frame[ORDER].notna()
    if not lacking.any():
        return frame
    numbers = set(frame.loc[lacking, ORDER])
    of_item: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for line in ours[ours[ORDER].isin(numbers)].to_dict("records"):
        of_item[line[ORDER], line["item"]].add(int(line["line"]))
    rows = frame[[ORDER, "line", "item"]].to_dict("records")
    named = {(row[ORDER], row["line"]) for row in rows}

    def line_of(row: dict[Any, Any]) -> int | None:
        free = [line for line in of_item[row[ORDER], row["item"]] if (row[ORDER], line) not in named]
        return free[0] if len(free) == 1 else None

    lines = [line_of(row) if lacks else row["line"] for row, lacks in zip(rows, lacking, strict=True)]
    return frame.assign(line=pd.Series(lines, dtype=object, index=frame.index))
