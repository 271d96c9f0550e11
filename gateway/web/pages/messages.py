"""Received files: a list by what people search for, and one file with its documents, issues, answers and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk.messages import MessageSearch, search_messages, show_message
from gateway.domain.access import Authority
from gateway.domain.outcome import Verdict
from gateway.store.messages import MessageState
from gateway.store.queries.lineage import Part
from gateway.web import listing
from gateway.web.chain import chain_of
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
DOCUMENTS = 200
"""Documents of a file on its page."""
NOT_TAKEN = (Verdict.REFUSED, Verdict.CONFLICT, Verdict.EARLY)


@ROUTES.get("/messages", may=Authority.FILES)
def messages(visit: Visit) -> Response:
    """The newest files, or those that are asked for."""
    state, search = listing.one_of(visit, "state", MessageState), searched(visit)
    page = search_messages(visit.gateway.store, search, scope=visit.scope, before=listing.before(visit), most=listing.MOST)
    return visit.show(
        "messages.html",
        search=search,
        state=state,
        states=MessageState,
        connectors=listing.connectors(visit),
        page=page,
        filtered=listing.filtered(visit),
        paging=listing.paging(visit, page, lambda row: row.id),
    )


def searched(visit: Visit) -> MessageSearch:
    """The files that the address asks for."""
    state = listing.one_of(visit, "state", MessageState)
    return MessageSearch(
        connector=listing.text(visit, "connector"),
        channel=listing.text(visit, "channel"),
        states=(state,) if state else tuple(MessageState),
        name=listing.text(visit, "name"),
        unanswered=visit.query.get("unanswered") == "1",
    )


@ROUTES.get("/messages/{id}", may=Authority.FILES)
def message(visit: Visit) -> Response:
    """One file: all its documents, or only those that were not taken."""
    only = visit.query.get("documents") == "not-taken"
    sheet = show_message(
        visit.gateway.store,
        listing.known(visit, "message"),
        scope=visit.scope,
        most=DOCUMENTS,
        verdicts=NOT_TAKEN if only else tuple(Verdict),
    )
    return visit.show("message.html", sheet=sheet, only=only, chain=chain_of(visit, Part.MESSAGE, str(sheet.id)))
