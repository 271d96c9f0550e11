"""Alarms: those that ring and those that have ended, and ending one that does not end by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk.acting import Mode
from gateway.desk.alarms import clear_alarm, one_alarm, search_alarms
from gateway.domain.access import Authority
from gateway.kernel.errors import NotFound
from gateway.store.alarms import About, AlarmSearch
from gateway.web import listing
from gateway.web.acts import Act, Effect, Run, carry_out, propose
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
STAYS = "it stands among what needs a person until it mends itself; some never do."


@ROUTES.get("/alarms", may=Authority.OPERATIONS)
def alarms(visit: Visit) -> Response:
    """Those that ring, the newest first; with `all=1` those that have ended too."""
    about = listing.one_of(visit, "about", About)
    search = AlarmSearch(
        about=(about,) if about else tuple(About), connector=listing.text(visit, "connector"), only_open=visit.query.get("all") != "1"
    )
    page = search_alarms(visit.gateway.store, search, before=listing.before(visit), most=listing.MOST)
    return visit.show(
        "alarms.html",
        search=search,
        about=about,
        abouts=About,
        connectors=listing.connectors(visit),
        page=page,
        paging=listing.paging(visit, page, lambda row: row.id),
    )


@ROUTES.get("/alarms/acts/clear", may=Authority.OPERATIONS)
def ask_clear(visit: Visit) -> Response:
    """What would end."""
    return propose(visit, *_clearing(visit))


@ROUTES.post("/alarms/acts/clear", may=Authority.OPERATIONS)
def clear(visit: Visit) -> Response:
    """End them."""
    return carry_out(visit, *_clearing(visit))


@ROUTES.get("/alarms/{id}", may=Authority.OPERATIONS)
def alarm(visit: Visit) -> Response:
    """One alarm: its cause, what to do, and how it ended."""
    return visit.show("alarm.html", sheet=one_alarm(visit.gateway.store, listing.known(visit, "alarm")))


def _clearing(visit: Visit) -> tuple[Act, Run]:
    ids = listing.numbers(visit, "id")
    if not ids:
        raise NotFound("no alarm was chosen", remedy="Choose alarms in the list first.")
    for one in ids:
        one_alarm(visit.gateway.store, one)
    what = f"alarm {ids[0]}" if len(ids) == 1 else f"{len(ids)} alarms"

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        return tuple(_ended(visit, one, mode, reason) for one in ids)

    return Act(title=f"End {what}", verb="End", otherwise=STAYS), run


def _ended(visit: Visit, alarm_id: int, mode: Mode, reason: str) -> Effect:
    sheet = one_alarm(visit.gateway.store, alarm_id)
    ends = clear_alarm(visit.desk, alarm_id, reason=reason, mode=mode)
    told = f"{sheet.why}: ends, and the same cause does not ring again"
    return Effect(name=f"alarm {alarm_id}", path=f"/alarms/{alarm_id}", told=told, why_not="" if ends else "it has ended already")
