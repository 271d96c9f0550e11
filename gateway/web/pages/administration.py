"""The room of who administers: its words, as far as somebody may open them, and the way to the first of them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from msgspec import Struct
from starlette.responses import Response

from gateway.domain.access import Authority
from gateway.web.problems import denied
from gateway.web.routes import Door, Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()


class Tab(Struct, frozen=True):
    """One word, and where it leads."""

    word: str
    path: str
    may: Authority


TABS = (
    Tab("People", "/administration/people", Authority.USERS),
    Tab("Users of vendors", "/administration/vendor-users", Authority.USERS),
    Tab("Roles", "/administration/roles", Authority.USERS),
    Tab("Keys", "/administration/keys", Authority.USERS),
    Tab("Jobs", "/administration/jobs", Authority.OPERATIONS),
    Tab("Personal data", "/administration/privacy", Authority.ERASING),
    Tab("Record", "/administration/record", Authority.AUDIT),
    Tab("Master data", "/administration/master", Authority.PARTNERS),
)


@ROUTES.get("/administration", may=Door.SIGNED_IN)
def administration(visit: Visit) -> Response:
    """The first of its words that somebody may open."""
    open_to = tabs(visit)
    if not open_to:
        raise denied(HTTPStatus.FORBIDDEN, "This is not yours to see", remedy="Ask who administers people if it should be.")
    return visit.go(open_to[0].path)


def tabs(visit: Visit) -> tuple[Tab, ...]:
    """The words for who asks."""
    return tuple(it for it in TABS if visit.may(it.may))
