"""A file that the partner sent another way, or that was mended here: handed in for its channel.

From then on it is like one that lay in the folder.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk.messages import MessageSheet, show_message
from gateway.domain.access import Authority
from gateway.kernel.errors import ConfigError
from gateway.web import listing
from gateway.web.acts import LONGEST_REASON
from gateway.web.handing_in import LARGEST, inlets, take
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()


@ROUTES.get("/take", may=Authority.OPERATIONS)
def form(visit: Visit) -> Response:
    """For any channel; with `message=N` for the one from which that file came, in its place."""
    return _page(visit)


@ROUTES.post("/take", may=Authority.OPERATIONS)
def hand_in(visit: Visit) -> Response:
    """Take the file; what becomes of it stands on its own page, with who brought it and why."""
    sheet, reason = _in_place_of(visit), visit.field("reason")[:LONGEST_REASON]
    try:
        if not reason:
            raise ConfigError("say why: it stands in the story of the file")
        made = take(visit, reason=reason, in_place_of=sheet.id if sheet else None)
    except ConfigError as error:
        return _page(visit, told=error.problems)
    return visit.go(f"/messages/{made.message_id}")


def _in_place_of(visit: Visit) -> MessageSheet | None:
    """The file that was wrong."""
    number = listing.number(visit, "message")
    return None if number is None else show_message(visit.gateway.store, number, scope=visit.scope, most=0)


def _page(visit: Visit, *, told: tuple[str, ...] = ()) -> Response:
    sheet = _in_place_of(visit)
    came_from = f"{sheet.connector}/{sheet.channel}" if sheet else ""
    return visit.show(
        "take.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if told else HTTPStatus.OK,
        told=told,
        sheet=sheet,
        channels=inlets(visit),
        channel=visit.field("channel") or came_from,
        reason=visit.field("reason"),
        longest=LONGEST_REASON,
        most=LARGEST,
    )
