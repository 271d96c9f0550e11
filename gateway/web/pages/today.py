"""The first page: what needs a person, what is late, how the partners fare. Who has no queues to watch begins with the orders."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct
from starlette.responses import Response

from gateway.desk.expectations import all_expectations
from gateway.desk.flow import flow
from gateway.desk.needs import Matter, Need, needs
from gateway.domain.access import Authority
from gateway.web.pages.vendor_home import Bar, due_bars, home
from gateway.web.partners import partners
from gateway.web.routes import Door, Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
SHOWN = 10
PATHS: Mapping[Matter, str] = MappingProxyType(
    {
        Matter.MESSAGE: "/messages/{}",
        Matter.UNANSWERED: "/messages/{}",
        Matter.ITEM: "/outbox/{}",
        Matter.PARTNER: "/outbox?connector={}",
        Matter.OUTBOUND: "/outbox",
        Matter.ALARM: "/alarms/{}",
        Matter.INVOICES: "/invoices?state={}",
    }
)


WAITING = "/outbox?state=waiting"
AGES = ("up to 15 min", "up to 1 h", "up to 4 h", "up to a day", "longer")
OLD = (False, False, False, True, True)


class Column(Struct, frozen=True):
    """One hour of a chart: word, number and tone of each series."""

    word: str
    series: tuple[tuple[str, int, str], ...]


class Row(Struct, frozen=True):
    """A need, and where it leads."""

    need: Need
    path: str


@ROUTES.get("/", may=Door.SIGNED_IN)
def today(visit: Visit) -> Response:
    """The first page of who watches queues; others go to where their work is."""
    if not visit.wants_everything and visit.may(Authority.ORDERS):
        return home(visit)
    if not visit.may(Authority.FILES) or not visit.wants_everything:
        return visit.go("/orders" if visit.may(Authority.ORDERS) else "/administration")
    rows = _rows(visit)
    late = [it for it in all_expectations(visit.gateway.store, visit.gateway.workspace, now=visit.reading.now) if it.missing]
    moving = flow(visit.gateway.store, now=visit.reading.now, today=visit.today)
    return visit.show(
        "today.html",
        rows=rows[:SHOWN],
        more=len(rows) - SHOWN,
        late=late,
        partners=partners(visit.works.node),
        flow=moving,
        hours=[
            Column(
                f"{it.at.astimezone(visit.reading.zone):%H:%M}",
                (("in", it.came, ""), ("booked", it.booked, "soft"), ("out", it.left, "quiet")),
            )
            for it in moving.hours
        ],
        waiting=[Bar(word, number, WAITING, "bad" if old else "") for word, number, old in zip(AGES, moving.waiting, OLD, strict=True)],
        due=due_bars(visit.today, moving.due),
        again=visit.house.landing_refresh_minutes * 60,
    )


@ROUTES.watch("/landing", may=Door.SIGNED_IN)
def landing(visit: Visit) -> Response:
    """The same, asked by a first page itself once it is old."""
    return today(visit)


@ROUTES.get("/needs", may=Authority.FILES)
def all_needs(visit: Visit) -> Response:
    """Everything that needs a person."""
    return visit.show("needs.html", rows=_rows(visit))


def _rows(visit: Visit) -> list[Row]:
    found = needs(visit.gateway.store, visit.account.authorities, scope=visit.scope)
    return [Row(it, PATHS[it.matter].format(it.id)) for it in found]
