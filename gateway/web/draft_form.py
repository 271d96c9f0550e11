"""The page of an order made by hand as a form: rows that may grow, read into what the desk takes; what is wrong is told at its field.

Source: sdf 10.7.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from gateway.documents.form import FormLine, OrderForm
from gateway.domain.form import REMOVE
from gateway.web.forms import Filled

if TYPE_CHECKING:
    from gateway.kernel.issues import Issue
    from gateway.web.visit import Visit

VERSION = "version"
"""The field that nobody sees."""
BLANK = 3
"""Empty rows behind the last."""
MOST_ROWS = 120
"""Rows that one form may have; a longer order is told by file."""
PLAIN = (
    *("number", "entered_on", "vendor", "warehouse", "brand", "system", "source", "reference", "purchase_order", "sales_order"),
    *("requested_ship_on", "cancel_after", "carrier", "currency", "buyer", "shipping_instructions"),
)
"""The single-valued fields."""
CELLS = tuple(name for name in FormLine.__struct_fields__ if name != "number")
PARTIES = ("ship_to", "sold_to")
_ROW = re.compile(r"(lines|references)\.(\d{1,4})\.[a-z_]+", re.ASCII)
_LINE = re.compile(r"line (\S+)")
_ENTRY = re.compile(r"entry (\d+) of references")


class LineRow(Struct, frozen=True):
    """One row of the table of lines: its place in the form, and the line it was; an empty one is new."""

    place: int
    line: FormLine


class Rows(Struct, frozen=True):
    """The rows of a form as it is shown."""

    lines: tuple[LineRow, ...]
    references: tuple[tuple[int, str, str], ...]


def rows_of(visit: Visit, form: OrderForm, *, more: int = 0) -> Rows:
    """The rows that were filled in, else those there are; with empty ones behind them."""
    lines = {place: FormLine() for place in _places(visit, "lines")} or dict(enumerate(form.lines))
    named = dict.fromkeys(_places(visit, "references"), ("", "")) or {
        place: (it.name, it.value) for place, it in enumerate(form.references)
    }
    is_first = not visit.form
    for _ in range(BLANK if is_first else more):
        lines[max(lines, default=-1) + 1] = FormLine()
    for _ in range(2 if is_first else 0):
        named[max(named, default=-1) + 1] = ("", "")
    return Rows(
        lines=tuple(LineRow(place, lines[place]) for place in sorted(lines)),
        references=tuple((place, *named[place]) for place in sorted(named)),
    )


class Written:
    """What somebody has written into the form: `told` as the desk takes it, and where each part of it stands."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._places: dict[str, int] = {}
        self._references: list[int] = []
        self.told: dict[str, Any] = {name: visit.field(name) for name in PLAIN if name in visit.form}
        if not self.told.get("number"):
            self.told.pop("number", None)
        if "messages" in visit.form:
            self.told["messages"] = [it.strip() for it in visit.field("messages").splitlines() if it.strip()]
        for party in PARTIES:
            parts = {key.partition(".")[2]: visit.field(key) for key in visit.form if key.startswith(f"{party}.")}
            if parts:
                self.told[party] = parts
        if places := _places(visit, "references"):
            self.told["references"] = self._named(places)
        if places := _places(visit, "lines"):
            self.told["lines"] = self._lines(places)

    def blame(self, filled: Filled, issues: Iterable[Issue]) -> None:
        """Tell each issue at its field, else above the form."""
        for issue in issues:
            name = self._name(issue)
            if name in self._visit.form and name not in {VERSION, *filled.faults}:
                filled.faults[name] = f"{issue.code} {issue.text}"
            else:
                filled.general.append(str(issue))

    def _name(self, issue: Issue) -> str:
        """The field of the form that an issue is about."""
        line, entry = _LINE.fullmatch(issue.where), _ENTRY.fullmatch(issue.where)
        if line and line[1] in self._places:
            return f"lines.{self._places[line[1]]}.{issue.field}"
        if entry and int(entry[1]) <= len(self._references):
            return f"references.{self._references[int(entry[1]) - 1]}.{issue.field if issue.field in {'name', 'value'} else 'name'}"
        return f"{issue.where}.{issue.field}" if issue.where in PARTIES else issue.field

    def _named(self, places: Sequence[int]) -> list[dict[str, str]]:
        found = []
        for place in places:
            entry = {word: text for word in ("name", "value") if (text := self._visit.field(f"references.{place}.{word}"))}
            if entry:
                self._references.append(place)
                found.append(entry)
        return found

    def _lines(self, places: Sequence[int]) -> list[dict[str, str]]:
        """Rows with their numbers, a new one behind the highest; a row that is ticked off, or emptied, takes its line out."""
        told: dict[str, dict[str, str]] = {}
        gone: list[str] = []
        loose: list[tuple[int, dict[str, str]]] = []
        doubled: list[dict[str, str]] = []
        for place in places:
            number, was = self._visit.field(f"lines.{place}.number"), self._visit.field(f"lines.{place}.was")
            cells = {name: self._visit.field(f"lines.{place}.{name}") for name in CELLS if f"lines.{place}.{name}" in self._visit.form}
            is_gone = bool(self._visit.field(f"lines.{place}.{REMOVE}")) or not any(cells.values())
            if was and (is_gone or number != was):
                gone.append(was)
            if is_gone:
                continue
            if not number:
                loose.append((place, cells))
            elif number in told:
                doubled.append({"number": number, **cells})
            else:
                told[number] = {"number": number, **cells}
                self._places[number] = place
        highest = max((int(it) for it in (*told, *gone) if it.isascii() and it.isdigit() and len(it) < 10), default=0)
        for new, (place, cells) in enumerate(loose, start=highest + 1):
            told[str(new)] = {"number": str(new), **cells}
            self._places[str(new)] = place
        removed = [{"number": it, REMOVE: "true"} for it in gone if it not in told]
        return [*told.values(), *doubled, *removed]


def _places(visit: Visit, what: str) -> list[int]:
    """The rows of the form that somebody has sent."""
    found = {int(it[2]) for key in visit.form if (it := _ROW.fullmatch(key)) and it[1] == what}
    return sorted(found)[:MOST_ROWS]
