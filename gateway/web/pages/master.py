"""Master data: the tables, one code with where every value of it comes from, and its history (sdf 8.1, 8.2).

A vendor's own users see and change its pack slip and e-mail settings alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from gateway.desk import master as desk
from gateway.desk.preferences import is_free, show_preferences
from gateway.desk.slips import vendor_of
from gateway.domain.access import Authority
from gateway.domain.master import MasterKind
from gateway.web import listing
from gateway.web.office import KINDS, books_of, kind_of
from gateway.web.pages.administration import tabs
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()


@ROUTES.get("/administration/master", may=Authority.PARTNERS)
def table(visit: Visit) -> Response:
    """The codes of a table, vendors unless the address names another."""
    kind = listing.one_of(visit, "kind", MasterKind)
    kind = kind if kind in KINDS else MasterKind.VENDOR
    rows = desk.list_entries(books_of(visit), kind)
    may_add = visit.may(Authority.MASTER_DATA) and kind is not MasterKind.ORGANIZATION
    return visit.show("master.html", tabs=tabs(visit), kind=kind, kinds=KINDS, rows=rows, may_add=may_add)


@ROUTES.get("/administration/master/{kind}/{code}", may=Authority.PARTNERS)
def entry(visit: Visit) -> Response:
    """One code."""
    kind = kind_of(visit)
    sheet = desk.show_entry(books_of(visit), kind, visit.path["code"])
    free = {it.word for it in sheet.words if is_free(it)} if visit.may(Authority.MASTER_DATA) else set()
    return visit.show("entry.html", tabs=tabs(visit), kind=kind, kinds=KINDS, sheet=sheet, free=free, shown=shown)


@ROUTES.get("/preferences", may=Authority.CONFIGURATION)
def preferences(visit: Visit) -> Response:
    """What a vendor may set by itself."""
    code = vendor_of(visit.desk, visit.scope.vendor or listing.text(visit, "vendor", most=10) or "").code
    return visit.show("preferences.html", sheet=show_preferences(books_of(visit), code), shown=shown)


def shown(value: Any) -> str:
    """A value as people read it."""
    match value:
        case None | "" | []:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(str, value))
        case dict():
            return ", ".join(f"{word.replace('_', ' ')} {inner}" for word, inner in value.items() if inner)
        case _:
            return str(value)
