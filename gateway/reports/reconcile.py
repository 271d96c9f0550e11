"""A partner's file against the store, line by line: what only they have, what only we have, and every field that differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gateway.reports.placing import sorted_out
from gateway.reports.theirs import BY_ITEM, KEYS, QUANTITIES, Theirs, Unread

if TYPE_CHECKING:
    import pandas as pd

HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        "finding": "Finding",
        "order_number": "PO",
        "line": "Line",
        "item": "Item",
        "field": "Field",
        "theirs": "Theirs",
        "ours": "Ours",
        "row": "Row of the file",
    }
)


class Finding(StrEnum):
    """What is not the same."""

    ONLY_THEIRS = "only theirs"
    ONLY_OURS = "only ours"
    DIFFERS = "differs"
    TWICE = "twice in the file"
    UNREAD = "cannot be read"


def compare(theirs: Theirs, ours: pd.DataFrame) -> pd.DataFrame:
    """Every difference, a row each, by order and line. `ours` is the frame of the item status report.

    Lines are told apart by their number, else by their item; a file with neither is compared order by order, quantities summed.
    A row without what tells its line is placed by its item where that leaves one line, and else told and left out by itself.
    """
    import pandas as pd

    keys = key_of(theirs)
    rows = sorted_out(theirs.frame, ours, keys)
    told, again = _once(rows.told, keys)
    known = _grouped(ours.astype(object), keys)
    fields = [name for name in theirs.fields if name not in keys and name in known.columns]
    both = told.merge(known, how="outer", on=list(keys), suffixes=("", "__ours"), indicator=True)
    found = [
        _missing(both[both["_merge"] == "left_only"], Finding.ONLY_THEIRS),
        _missing(rows.strange, Finding.ONLY_THEIRS),
        _missing(rows.surely(both[both["_merge"] == "right_only"]), Finding.ONLY_OURS),
        _missing(again, Finding.TWICE),
        _unread(theirs, [*rows.worth_telling(theirs.unread), *rows.untold(theirs.unread)]),
    ]
    matched = both[both["_merge"] == "both"]
    found += [_differing(matched, name) for name in fields]
    frames = [frame.reindex(columns=list(HEADINGS)).astype(object) for frame in found if len(frame)]
    if not frames:
        return pd.DataFrame(columns=list(HEADINGS), dtype=object)
    all_of = pd.concat(frames, ignore_index=True)
    all_of = all_of.where(all_of.notna(), None)
    order = all_of["line"].map(lambda line: -1 if line is None else int(line))
    placed = all_of.assign(_line=order, _number=all_of["order_number"].map(str)).sort_values(["_number", "_line", "field"], kind="stable")
    return placed[list(HEADINGS)].reset_index(drop=True)


def counts(found: pd.DataFrame) -> dict[str, int]:
    """How many of each finding."""
    told: dict[str, int] = {finding.value: 0 for finding in Finding}
    for finding, count in found["finding"].value_counts().items():
        told[str(finding)] = int(count)
    return told


def key_of(theirs: Theirs) -> tuple[str, ...]:
    """What tells a line from another in this file."""
    for keys in (KEYS, BY_ITEM):
        if keys[1] in theirs.fields and theirs.frame[keys[1]].notna().any():
            return keys
    return KEYS[:1]


def _once(frame: pd.DataFrame, keys: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The first row of each key, and those that tell it again; without line and item quantities are summed instead."""
    if len(keys) == 1:
        return _grouped(frame, keys), frame.iloc[:0]
    double = frame.duplicated(list(keys))
    return frame[~double], frame[double]


def _grouped(frame: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """One row a key: by number each line is one; by item or order quantities are summed and nothing else is compared."""
    if tuple(keys) == KEYS:
        return frame
    summed = [name for name in QUANTITIES if name in frame.columns]
    rows: dict[str, Any] = {name: (name, _sum) for name in summed}
    if "row" in frame.columns:
        rows["row"] = ("row", "min")
    if not rows:
        return frame[list(keys)].drop_duplicates()
    found: pd.DataFrame = frame.groupby(list(keys), sort=False, as_index=False).agg(**rows).astype(object)
    return found


def _sum(values: Iterable[Any]) -> int | None:
    """The sum of what is told; None when nothing is."""
    told = [int(value) for value in values if value is not None]
    return sum(told) if told else None


def _missing(frame: pd.DataFrame, finding: Finding) -> pd.DataFrame:
    """Lines that one side has alone."""
    kept = frame.reindex(columns=["order_number", "line", "item", "row"]).copy()
    if "item__ours" in frame.columns and finding is Finding.ONLY_OURS:
        kept["item"] = frame["item__ours"]
    kept["finding"] = finding.value
    return kept


def _unread(theirs: Theirs, unread: Sequence[Unread]) -> pd.DataFrame:
    import pandas as pd

    wanted = {it.row for it in unread}
    told = theirs.frame[theirs.frame["row"].isin(wanted)] if wanted else theirs.frame.iloc[:0]
    of_row = {int(row["row"]): row for row in told.to_dict("records")}
    rows = [
        {
            "finding": Finding.UNREAD.value,
            **{name: of_row.get(it.row, {}).get(name) for name in ("order_number", "line", "item")},
            "field": it.field,
            "theirs": it.value,
            "row": it.row,
        }
        for it in unread
    ]
    return pd.DataFrame(rows, dtype=object)


def _differing(both: pd.DataFrame, name: str) -> pd.DataFrame:
    """The lines of which this field is not the same on both sides; what they leave empty says nothing."""
    mine = f"{name}__ours" if f"{name}__ours" in both.columns else name
    theirs, ours = both[name], both[mine]
    differs = theirs.notna() & (theirs != ours)
    kept = both.loc[differs].reindex(columns=["order_number", "line", "item", "row"]).copy()
    kept["finding"], kept["field"] = Finding.DIFFERS.value, name
    kept["theirs"], kept["ours"] = theirs[differs], ours[differs]
    return kept
