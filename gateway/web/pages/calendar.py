"""The calendar: per partner, channel and day what files were expected, what came, what is late."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk.calendar import calendar_of
from gateway.desk.expectations import all_expectations
from gateway.domain.access import Authority
from gateway.web import listing
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
BACK, AHEAD = 6, 7
"""Days before and after the one that is shown."""
EARLIEST, LATEST = date(2000, 1, 1), date(2200, 1, 1)


@ROUTES.get("/calendar", may=Authority.FILES)
def calendar(visit: Visit) -> Response:
    """Two weeks around a day; today when none is named."""
    reading, gateway = visit.reading, visit.gateway
    today = reading.now.astimezone(reading.zone).date()
    middle = min(max(listing.a_day(visit, "day") or today, EARLIEST), LATEST)
    first, last = middle - timedelta(days=BACK), middle + timedelta(days=AHEAD)
    sheets = all_expectations(gateway.store, gateway.workspace, now=reading.now)
    return visit.show(
        "calendar.html",
        days=[first + timedelta(days=number) for number in range((last - first).days + 1)],
        today=today,
        channels=calendar_of(gateway.store, gateway.workspace, first, last, now=reading.now, scope=visit.scope),
        sheets=[it for it in sheets if visit.scope.covers_files_of(it.connector)],
        before=middle - timedelta(days=BACK + AHEAD + 1),
        after=middle + timedelta(days=BACK + AHEAD + 1),
    )
