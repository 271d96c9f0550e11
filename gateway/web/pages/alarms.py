"""Alarms: those that ring and those that have ended, and ending one that does not end by itself."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from gateway.desk.acting import Mode
from gateway.desk.alarms import clear_alarm, one_alarm, search_alarms
from gateway.domain.access import Authority
from gateway.store.alarms import About
from gateway.web import listing, searches
from gateway.web.acts import Act, Effect, Run
from gateway.web.routes import Routes
from gateway.web.several import Found, Several, declare_several

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
AT_ONCE = 100
"""Alarms of a filter that are ended together."""
STAYS = "it stands among what needs a person until it mends itself; some never do."


class Spec(Struct, frozen=True):
    """The act: its word."""

    word: str
    may: Authority = Authority.OPERATIONS


ACTS = MappingProxyType({"clear": Spec("End")})


@ROUTES.get("/alarms", may=Authority.OPERATIONS)
def alarms(visit: Visit) -> Response:
    """Those that ring, the newest first; with `all=1` those that have ended too."""
    about, search = listing.one_of(visit, "about", About), searches.alarms(visit)
    page = search_alarms(visit.gateway.store, search, before=listing.before(visit), most=listing.MOST)
    return visit.show(
        "alarms.html",
        search=search,
        about=about,
        abouts=About,
        connectors=listing.connectors(visit),
        page=page,
        acts=[(name, spec.word, False) for name, spec in ACTS.items()],
        filtered=listing.filtered(visit),
        paging=listing.paging(visit, page, lambda row: row.id),
    )


@ROUTES.get("/alarms/{id}", may=Authority.OPERATIONS)
def alarm(visit: Visit) -> Response:
    """One alarm: its cause, what to do, and how it ended."""
    return visit.show("alarm.html", sheet=one_alarm(visit.gateway.store, listing.known(visit, "alarm")))


def _find(visit: Visit, _: str) -> Found:
    page = search_alarms(visit.gateway.store, replace(searches.alarms(visit), only_open=True), most=AT_ONCE)
    return Found(tuple(it.id for it in page.rows), page.more)


def _about(visit: Visit, name: str, ids: tuple[int, ...], told: str) -> tuple[Act, Run]:
    for one in ids:
        one_alarm(visit.gateway.store, one)

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        return tuple(_ended(visit, one, mode, reason) for one in ids)

    word = ACTS[name].word
    return Act(title=f"{word} {told}", verb=word, otherwise=STAYS), run


def _ended(visit: Visit, alarm_id: int, mode: Mode, reason: str) -> Effect:
    sheet = one_alarm(visit.gateway.store, alarm_id)
    ends = clear_alarm(visit.desk, alarm_id, reason=reason, mode=mode)
    told = f"{sheet.why}: ends, and the same cause does not ring again"
    return Effect(name=f"alarm {alarm_id}", path=f"/alarms/{alarm_id}", told=told, why_not="" if ends else "it has ended already")


declare_several(ROUTES, "/alarms/acts", ACTS, Several(one="alarm", many="alarms", which="the newest", find=_find, about=_about))
