"""Who administers people and master data, for pages and API: as whom, within whose rights, and about what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.desk import people
from gateway.desk.master import Books
from gateway.desk.office import Office, missing
from gateway.domain.access import Staff
from gateway.domain.master import MasterKind
from gateway.kernel.errors import NotFound
from gateway.kernel.yaml_text import unknown

if TYPE_CHECKING:
    from gateway.desk.people import PersonSheet
    from gateway.domain.access import Account
    from gateway.web.visit import Visit

KINDS = tuple(it for it in MasterKind if it is not MasterKind.VENDOR_USER)
"""The tables of master data; users of vendors are people."""


def office_of(visit: Visit) -> Office:
    """Who asks, as one who administers people."""
    clock = visit.gateway.clock
    return Office(store=visit.store, clock=clock, actor=visit.account.id, source=visit.source, giver=giver_of(visit))


def giver_of(visit: Visit) -> Account | None:
    """Whose rights bound those that are given; None for a person who administers everybody."""
    return None if visit.scope.vendor is None and visit.account.key is None else visit.account


def books_of(visit: Visit) -> Books:
    """The master data as who asks works on it."""
    return Books.of(visit.desk, visit.gateway.workspace)


def kind_of(visit: Visit) -> MasterKind:
    """The table of master data that the path names."""
    named = visit.path["kind"]
    found = next((it for it in KINDS if it.value == named), None)
    if found is None:
        raise NotFound(unknown(named, [it.value for it in KINDS], what="table"), remedy="Name one of the tables of master data.")
    return found


def seen(visit: Visit) -> PersonSheet:
    """The person whom the path names; for a user of a vendor only a colleague."""
    sheet = people.show_person(visit.gateway.store, visit.path["user"])
    if visit.scope.vendor is not None and (isinstance(sheet.person, Staff) or sheet.person.vendor != visit.scope.vendor):
        raise missing(visit.path["user"])
    return sheet
