"""Files that a vendor hands in: for one of its channels, decided like any other, with what is wrong listed by row (sdf 3.6, 9.4)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response, StreamingResponse

from gateway.desk import uploads as desk
from gateway.desk.messages import MessageSearch, search_messages, show_message
from gateway.domain.access import Authority
from gateway.domain.answer import REJECTING
from gateway.domain.outcome import Verdict
from gateway.kernel.errors import ConfigError
from gateway.store.messages import MessageState
from gateway.web import listing
from gateway.web.handing_in import LARGEST, inlets, take
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.web.visit import Visit

ROUTES = Routes()
NOT_TAKEN = (MessageState.PARKED, MessageState.REFUSED, MessageState.PARTLY_BOOKED)
PORTION = 1 << 16


@ROUTES.get("/uploads", may=Authority.SHIPPING_UPLOAD)
def uploads(visit: Visit) -> Response:
    """The form, and the files that came before, those too that were fetched."""
    return _page(visit)


@ROUTES.post("/uploads", may=Authority.SHIPPING_UPLOAD)
def hand_in(visit: Visit) -> Response:
    """Take a file; what becomes of it stands on its own page."""
    try:
        made = take(visit)
    except ConfigError as error:
        return _page(visit, told=error.problems)
    return visit.go(f"/uploads/{made.message_id}")


@ROUTES.get("/uploads/{id}", may=Authority.SHIPPING_UPLOAD)
def upload(visit: Visit) -> Response:
    """What became of a file: how many were taken, and row by row what was not."""
    number = listing.known(visit, "file")
    everything = visit.query.get("all") == "1"
    verdicts = tuple(Verdict) if everything else (*REJECTING, Verdict.EARLY)
    store = visit.gateway.store
    sheet = show_message(store, number, scope=visit.scope, verdicts=verdicts)
    can_mend = (sheet.refused + sheet.conflict) > 0 and desk.can_give_back(store, visit.gateway.reader, number)
    return visit.show("upload.html", sheet=sheet, everything=everything, can_mend=can_mend)


@ROUTES.get("/uploads/{id}/rows", may=Authority.SHIPPING_UPLOAD)
def rows(visit: Visit) -> Response:
    """The rows that were not taken, as they came, to be mended and handed in again."""
    number, gateway = listing.known(visit, "file"), visit.gateway
    source = desk.not_taken(gateway.store, gateway.archive, gateway.workspace, gateway.reader, number, scope=visit.scope)
    ending = show_message(gateway.store, number, scope=visit.scope, most=0).file.rpartition(".")[2]

    def body() -> Iterator[bytes]:
        with source:
            while piece := source.read(PORTION):
                yield piece

    name = f"file-{number}-to-mend.{ending if ending.isascii() and ending.isalnum() else 'txt'}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(body(), media_type="application/octet-stream", headers=headers)


def _page(visit: Visit, *, told: tuple[str, ...] = ()) -> Response:
    only = visit.query.get("taken") == "no"
    search = MessageSearch(connector=None, name=listing.text(visit, "name"), states=NOT_TAKEN if only else tuple(MessageState))
    page = search_messages(visit.gateway.store, search, scope=visit.scope, before=listing.before(visit), most=listing.MOST)
    return visit.show(
        "uploads.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if told else HTTPStatus.OK,
        told=told,
        channels=inlets(visit),
        channel=visit.field("channel"),
        only=only,
        search=search,
        most=LARGEST,
        page=page,
        paging=listing.paging(visit, page, lambda row: row.id),
    )
