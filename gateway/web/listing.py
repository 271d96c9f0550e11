"""Lists: filters and place stand in the address, so that a colleague sees the same; pages go on behind the last row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

from msgspec import Struct

from gateway.desk.master import every_vendor
from gateway.desk.pages import Page
from gateway.kernel.calendar import is_possible
from gateway.kernel.errors import NotFound

if TYPE_CHECKING:
    from gateway.web.reading import Reading
    from gateway.web.visit import Visit

R = TypeVar("R")
E = TypeVar("E", bound=StrEnum)
BEFORE = "before"
HIGHEST = 2**63 - 1
DIGITS = 19
MOST = 50
"""Rows of a page."""
CANDIDATES = 8
LONGEST_TOLD = 40
_LEFT_OUT, _PLACE = "it was left out", "the list begins at its first row"


class Paging(Struct, frozen=True):
    """How a list goes on."""

    shown: int
    more: int
    is_more_than: bool
    first: str
    next: str

    def told(self, fmt: Reading) -> str:
        """How many rows there are."""
        if self.next:
            return f"{fmt.count(self.shown)} shown, {'more than ' if self.is_more_than else ''}{fmt.count(self.more)} more"
        return "1 row" if self.shown == 1 else f"{fmt.count(self.shown)} rows"


def paging(visit: Visit, page: Page[R], last: Callable[[R], int]) -> Paging:
    """How this page of a list goes on; `last` gives the number behind which the next page begins."""
    path = visit.url.partition("?")[0]
    asked = [(name, value) for name, value in visit.query.multi_items() if name != BEFORE and value]
    more = page.more > 0 or page.is_more_than
    following = urlencode([*asked, (BEFORE, last(page.rows[-1]))]) if more and page.rows else ""
    return Paging(
        shown=len(page.rows),
        more=page.more,
        is_more_than=page.is_more_than,
        first=f"{path}?{urlencode(asked)}" if asked and BEFORE in visit.query else (path if BEFORE in visit.query else ""),
        next=f"{path}?{following}" if following else "",
    )


def filtered(visit: Visit) -> str:
    """What the address asks for, without the place in the list; nothing where it asks for everything, or for what cannot be read."""
    if visit.doubts:
        return ""
    return urlencode([(name, value) for name, value in visit.query.multi_items() if name not in {BEFORE, "found", "id", "more"} and value])


def before(visit: Visit) -> int | None:
    """Behind which row this page begins."""
    return number(visit, BEFORE)


def number(visit: Visit, name: str) -> int | None:
    """A whole number of the address; None for what is none, which the page says."""
    told = visit.query.get(name, "").strip()
    if told.isascii() and told.isdigit() and len(told) <= DIGITS and int(told) <= HIGHEST:
        return int(told)
    if told:
        visit.doubt(f"{_named(name)}: {_quoted(told)} is no whole number; {_PLACE if name == BEFORE else _LEFT_OUT}.")
    return None


def numbers(visit: Visit, name: str, *, most: int = 100) -> tuple[int, ...]:
    """All whole numbers of the address or the form under this name, each once, at most so many."""
    told = [*visit.query.getlist(name), *(it for it in visit.form.getlist(name) if isinstance(it, str))]
    return tuple(dict.fromkeys(int(it) for it in told if it.isascii() and it.isdigit() and len(it) < DIGITS))[:most]


def text(visit: Visit, name: str, *, most: int = 100) -> str | None:
    """A word of the address; None for an empty one."""
    return visit.query.get(name, "").strip()[:most] or None


def vendor(visit: Visit) -> str | None:
    """The vendor of the address, by its code or the beginning of its name (sdf 9.1); where several are meant the page names them."""
    told = text(visit, "vendor")
    references, store = visit.desk.master.references, visit.gateway.store
    if told is None or visit.scope.vendor or told in references.now(store, vendors=[told]).vendors:
        return told
    named = [it for it in every_vendor(references, store).vendors.values() if it.name.casefold().startswith(told.casefold())]
    if len(named) == 1:
        return named[0].code
    if named:
        some = "; ".join(f"{it.code} {it.name}" for it in named[:CANDIDATES])
        more = f"; and {len(named) - CANDIDATES} more" if len(named) > CANDIDATES else ""
        visit.doubt(f"Vendor: {len(named)} names begin with {_quoted(told)}: {some}{more}. Write the code of one.")
    else:
        visit.doubt(f"Vendor: none has the code {_quoted(told)}, and no name begins so.")
    return told


def one_of(visit: Visit, name: str, kind: type[E]) -> E | None:
    """A word of the address, such as a state; None for what is none, which the page says."""
    told = visit.query.get(name, "").strip()
    found = next((state for state in kind if state.value == told), None)
    if found is None and told:
        visit.doubt(f"{_named(name)}: there is no {_quoted(told)}; {_LEFT_OUT}. There are {', '.join(kind)}.")
    return found


def a_day(visit: Visit, name: str) -> date | None:
    """A day of the address (YYYY-MM-DD, as browsers send it); None for what is none, which the page says."""
    told = visit.query.get(name, "").strip()
    try:
        found = date.fromisoformat(told) if told else None
    except ValueError:
        found = None
    if found is not None and is_possible(found):
        return found
    if told:
        visit.doubt(f"{_named(name)}: {_quoted(told)} is no day such as 2026-11-21; {_LEFT_OUT}.")
    return None


def _named(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _quoted(told: str) -> str:
    return f"\u201c{told[:LONGEST_TOLD]}\u201d"


def known(visit: Visit, what: str) -> int:
    """The number that the path of an address names; NotFound for what is no number."""
    found = visit.path["id"]
    if not (found.isascii() and found.isdigit() and len(found) < DIGITS):
        raise NotFound(f"there is no {what} {found}", remedy="Its number has only digits.")
    return int(found)


def connectors(visit: Visit) -> tuple[str, ...]:
    """The connectors that who asks may see, for a filter."""
    return tuple(sorted(name for name in visit.gateway.workspace.connectors if visit.scope.covers_files_of(name)))
