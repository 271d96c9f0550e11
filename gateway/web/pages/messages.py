"""Received files: a list by what people search for, and one file with its documents, issues, answers and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk.messages import NOT_TAKEN, MessageRow, MessageSheet, search_messages, show_message
from gateway.desk.pages import UNCOUNTED, Page
from gateway.domain.access import Authority
from gateway.domain.outcome import Verdict
from gateway.store.messages import MessageState
from gateway.store.queries.counting import ENOUGH
from gateway.store.queries.lineage import Part
from gateway.web import listing, searches
from gateway.web.chain import chain_of
from gateway.web.pages.message_acts import ACTS
from gateway.web.routes import Routes
from gateway.web.watching import declare_watch, watched

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
DOCUMENTS = 200
"""Documents of a file on its page."""
WRONG = frozenset({MessageState.PARKED, MessageState.REFUSED, MessageState.PARTLY_BOOKED})
"""States of a file in whose place a corrected one can be handed in."""


@ROUTES.get("/messages", may=Authority.FILES)
def messages(visit: Visit) -> Response:
    """The newest files, or those that are asked for."""
    page = _listed(visit)
    return visit.show(
        "messages.html",
        search=searches.messages(visit),
        state=listing.one_of(visit, "state", MessageState),
        states=MessageState,
        connectors=listing.connectors(visit),
        page=page,
        filtered=listing.filtered(visit),
        paging=listing.paging(visit, page, lambda row: row.id),
        acts=[(name, spec.word, False) for name, spec in ACTS.items() if visit.may(spec.may)],
        **watched(visit, page.rows),
    )


@ROUTES.get("/messages/{id}", may=Authority.FILES)
def message(visit: Visit) -> Response:
    """One file: all its documents, or only those that were not taken."""
    sheet, chain = _one(visit), chain_of(visit, Part.MESSAGE, str(listing.known(visit, "message")))
    return visit.show(
        "message.html", sheet=sheet, only=_only(visit), can_correct=sheet.state in WRONG, chain=chain, **watched(visit, sheet)
    )


def _listed(visit: Visit, *, upto: int = ENOUGH) -> Page[MessageRow]:
    before = listing.before(visit)
    return search_messages(visit.gateway.store, searches.messages(visit), scope=visit.scope, before=before, most=listing.MOST, upto=upto)


def _one(visit: Visit) -> MessageSheet:
    verdicts = NOT_TAKEN if _only(visit) else tuple(Verdict)
    number = listing.known(visit, "message")
    return show_message(visit.gateway.store, number, scope=visit.scope, most=DOCUMENTS, verdicts=verdicts)


def _only(visit: Visit) -> bool:
    """Whether only the documents that were not taken are to be shown."""
    return visit.query.get("documents") == "not-taken"


declare_watch(ROUTES, "/messages", may=Authority.FILES, shown=lambda visit: _listed(visit, upto=UNCOUNTED).rows)
declare_watch(ROUTES, "/messages/{id}", may=Authority.FILES, shown=_one)
