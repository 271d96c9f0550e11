"""What needs a person, what is late, what moves: the first page and the calendar, for programs."""

from __future__ import annotations

from datetime import date, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gateway.desk.calendar import ChannelDays, calendar_of
from gateway.desk.expectations import ExpectationSheet, all_expectations
from gateway.desk.flow import FlowSheet, flow
from gateway.desk.needs import Need, needs
from gateway.domain.access import Authority
from gateway.web.api.days import require_possible
from gateway.web.api.misfits import misfit
from gateway.web.api.operations import Api, Nothing, Rows
from gateway.web.problems import Fault, denied
from gateway.web.ways import for_programs

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()
BACK, AHEAD = 6, 7
"""Days before and after today where none are named."""
MOST_DAYS = 92


class DaysQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From the first to the last day, at most 92; two weeks around today where none are named."""

    first: date | None = None
    last: date | None = None


@API.get("/needs", may=Authority.FILES, answer=Rows[Need])
def list_needs(visit: Visit, _: Nothing) -> Rows[Need]:
    """What needs a person who may do what this key may, the oldest first; up to a hundred of each kind."""
    found = needs(visit.gateway.store, visit.account.authorities, scope=visit.scope)
    return Rows(rows=tuple(replace(it, remedy=for_programs(it.remedy)) for it in found))


@API.get("/expectations", may=Authority.FILES, answer=Rows[ExpectationSheet])
def list_expectations(visit: Visit, _: Nothing) -> Rows[ExpectationSheet]:
    """Every channel that files are expected from: what is here for the day, when that is judged, what is missing."""
    gateway = visit.gateway
    found = all_expectations(gateway.store, gateway.workspace, now=gateway.clock.now())
    return Rows(rows=tuple(it for it in found if visit.scope.covers_files_of(it.connector)))


@API.get("/calendar", may=Authority.FILES, query=DaysQuery, answer=Rows[ChannelDays])
def get_calendar(visit: Visit, asked: DaysQuery) -> Rows[ChannelDays]:
    """Per channel and day what files were expected, what came, what is late."""
    gateway = visit.gateway
    first, last = _span(visit, asked)
    return Rows(rows=calendar_of(gateway.store, gateway.workspace, first, last, now=gateway.clock.now(), scope=visit.scope))


@API.get("/flow", may=Authority.FILES, answer=FlowSheet)
def get_flow(visit: Visit, _: Nothing) -> FlowSheet:
    """What moved in the last 24 hours, hour by hour, how old what waits is, and which lines are due; for keys without a vendor."""
    require_everything(visit)
    return flow(visit.gateway.store, now=visit.gateway.clock.now(), today=visit.today)


def require_everything(visit: Visit) -> None:
    """Denied for a key of one vendor, where numbers of all vendors are told together."""
    if not visit.wants_everything:
        remedy = "A key of a vendor sees its own files: GET /messages, GET /outbox."
        raise denied(HTTPStatus.FORBIDDEN, "This tells of all vendors together", remedy=remedy)


def _span(visit: Visit, asked: DaysQuery) -> tuple[date, date]:
    """The days that are asked for; what is not named lies around what is."""
    require_possible(asked.first, "first")
    require_possible(asked.last, "last")
    if asked.first is not None:
        first, last = asked.first, asked.last or asked.first + timedelta(days=BACK + AHEAD)
    else:
        last = asked.last or visit.today + timedelta(days=AHEAD)
        first = last - timedelta(days=BACK + AHEAD)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise misfit(Fault(text=f"from {first} to {last} are not 1 to {MOST_DAYS} days", where="last"))
    return first, last
