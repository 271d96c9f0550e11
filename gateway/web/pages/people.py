"""People of the house and users of vendors: who there is, what they may do, how they log in, where they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk import people as desk
from gateway.desk import vendor_users
from gateway.domain.access import MEANINGS, Authority, Staff
from gateway.web import listing
from gateway.web.office import seen
from gateway.web.pages.administration import tabs
from gateway.web.pages.people_acts import offered, path_of
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()


@ROUTES.get("/administration/people", may=Authority.USERS)
def everybody(visit: Visit) -> Response:
    """The people of the retailer and of whoever runs the gateway."""
    return visit.show("people.html", tabs=tabs(visit), people=desk.list_people(visit.gateway.store))


@ROUTES.get("/administration/vendor-users", may=Authority.USERS)
def of_vendors(visit: Visit) -> Response:
    """The users of vendors, or of one."""
    vendor = listing.text(visit, "vendor", most=10)
    return visit.show(
        "vendor_users.html", tabs=tabs(visit), vendor=vendor, users=vendor_users.list_users(visit.gateway.store, vendor=vendor)
    )


@ROUTES.get("/administration/people/{user}", may=Authority.USERS)
def person(visit: Visit) -> Response:
    """One of them, or a user of a vendor."""
    return _page(visit)


@ROUTES.get("/users", may=Authority.OWN_USERS)
def colleagues(visit: Visit) -> Response:
    """The users of the own vendor, for who administers them."""
    users = vendor_users.list_users(visit.gateway.store, vendor=visit.scope.vendor)
    return visit.show("vendor_users.html", tabs=tabs(visit), vendor=visit.scope.vendor, users=users)


@ROUTES.get("/users/{user}", may=Authority.OWN_USERS)
def colleague(visit: Visit) -> Response:
    """One of them."""
    return _page(visit)


def _page(visit: Visit) -> Response:
    sheet = seen(visit)
    is_own = sheet.person.id == visit.account.id
    acts = () if is_own else offered(sheet)
    is_staff = isinstance(sheet.person, Staff)
    place = path_of(visit, sheet.person.id)
    return visit.show(
        "person.html", tabs=tabs(visit), sheet=sheet, acts=acts, is_own=is_own, is_staff=is_staff, meanings=MEANINGS, place=place
    )
