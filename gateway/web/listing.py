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
    """What the address asks for, without the place in the list; nothing where it asks for everything."""
    return urlencode([(name, value) for name, value in visit.query.multi_items() if name not in {BEFORE, "found", "id", "more"} and value])


def before(visit: Visit) -> int | None:
    """Behind which row this page begins."""
    return number(visit, BEFORE)


def number(visit: Visit, name: str) -> int | None:
    """A whole number of the address; None for what is none."""
    text = visit.query.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and int(text) <= HIGHEST else None


def numbers(visit: Visit, name: str, *, most: int = 100) -> tuple[int, ...]:
    """All whole numbers of the address or the form under this name, each once, at most so many."""
    told = [*visit.query.getlist(name), *(it for it in visit.form.getlist(name) if isinstance(it, str))]
    return tuple(dict.fromkeys(int(it) for it in told if it.isascii() and it.isdigit() and len(it) < DIGITS))[:most]


def text(visit: Visit, name: str, *, most: int = 100) -> str | None:
    """A word of the address; None for an empty one."""
    return visit.query.get(name, "").strip()[:most] or None


def vendor(visit: Visit) -> str | None:
    """The vendor of the address, by its code, or by the beginning of a name that no other vendor has (sdf 9.1)."""
    told = text(visit, "vendor")
    references, store = visit.desk.master.references, visit.gateway.store
    if told is None or visit.scope.vendor or told in references.now(store, vendors=[told]).vendors:
        return told
    named = [it.code for it in every_vendor(references, store).vendors.values() if it.name.casefold().startswith(told.casefold())]
    return named[0] if len(named) == 1 else told


def one_of(visit: Visit, name: str, kind: type[E]) -> E | None:
    """A state of the address; None for what is none."""
    found = visit.query.get(name, "")
    return next((state for state in kind if state.value == found), None)


def a_day(visit: Visit, name: str) -> date | None:
    """A day of the address (YYYY-MM-DD, as browsers send it); None for what is none."""
    try:
        found = date.fromisoformat(visit.query.get(name, "").strip())
    except ValueError:
        return None
    return found if is_possible(found) else None


def known(visit: Visit, what: str) -> int:
    """The number that the path of an address names; NotFound for what is no number."""
    found = visit.path["id"]
    if not (found.isascii() and found.isdigit() and len(found) < DIGITS):
        raise NotFound(f"there is no {what} {found}", remedy="Its number has only digits.")
    return int(found)


def connectors(visit: Visit) -> tuple[str, ...]:
    """The connectors that who asks may see, for a filter."""
    return tuple(sorted(name for name in visit.gateway.workspace.connectors if visit.scope.covers_files_of(name)))
