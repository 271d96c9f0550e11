"""Master data: organization, systems, locations, brands, carriers and vendors; and what a vendor sets by itself (sdf 8.1, 8.2).

What organization.yaml states is changed there: here it is refused, with the line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct

from gateway.desk import master as desk
from gateway.desk.master import Edited, EntryRow, EntrySheet
from gateway.desk.preferences import PreferenceSheet, set_preferences, show_preferences
from gateway.desk.slips import vendor_of
from gateway.domain.access import Authority
from gateway.kernel.errors import NotFound
from gateway.web.api.operations import Api, Nothing, Rows, mode_of
from gateway.web.office import books_of, kind_of

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()
Reason = Annotated[str, Meta(max_length=255)]
Words = dict[str, Any]
"""Words of organization.yaml with their values, as the entry shows them: each is given whole, an address too."""


class NewEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code that nobody knows yet, and what is said of it; all else has its default."""

    code: str
    words: Words = {}
    reason: Reason = ""
    dry_run: bool = False


class NewValues(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """New values; the words under `reset` are again what they are without the store."""

    words: Words = {}
    reset: tuple[str, ...] = ()
    reason: Reason = ""
    dry_run: bool = False


class NewPreferences(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """New values of preferences."""

    words: Words
    reason: Reason = ""
    dry_run: bool = False


@API.get("/master/{kind}", may=Authority.PARTNERS, answer=Rows[EntryRow])
def list_master_data(visit: Visit, _: Nothing) -> Rows[EntryRow]:
    """Every code of a table: organization, system, location, brand, carrier or vendor."""
    return Rows(rows=desk.list_entries(books_of(visit), kind_of(visit)))


@API.get("/master/{kind}/{code}", may=Authority.PARTNERS, answer=EntrySheet)
def get_master_data(visit: Visit, _: Nothing) -> EntrySheet:
    """One code: each word with its value and where that comes from, and who changed what when."""
    return desk.show_entry(books_of(visit), kind_of(visit), visit.path["code"])


@API.post("/master/{kind}", may=Authority.MASTER_DATA, body=NewEntry, answer=Edited)
def add_master_data(visit: Visit, said: NewEntry) -> Edited:
    """Add a code to a table."""
    return desk.add_entry(books_of(visit), kind_of(visit), said.code, said.words, reason=said.reason, mode=mode_of(said))


@API.post("/master/{kind}/{code}/set", may=Authority.MASTER_DATA, body=NewValues, answer=Edited)
def set_master_data(visit: Visit, said: NewValues) -> Edited:
    """Change values of a code, or set them back; a carrier that becomes active is assigned to all vendors."""
    kind, code = kind_of(visit), visit.path["code"]
    return desk.set_words(books_of(visit), kind, code, said.words, reset=said.reset, reason=said.reason, mode=mode_of(said))


@API.get("/preferences/{vendor}", may=Authority.CONFIGURATION, answer=PreferenceSheet)
def get_preferences(visit: Visit, _: Nothing) -> PreferenceSheet:
    """What a vendor sets by itself: pack slips, e-mail, and how both are written."""
    return show_preferences(books_of(visit), _vendor(visit))


@API.post("/preferences/{vendor}/set", may=Authority.CONFIGURATION, body=NewPreferences, answer=Edited)
def change_preferences(visit: Visit, said: NewPreferences) -> Edited:
    """Change what a vendor sets by itself."""
    return set_preferences(books_of(visit), _vendor(visit), said.words, reason=said.reason, mode=mode_of(said))


def _vendor(visit: Visit) -> str:
    """The vendor that the path names; who belongs to a vendor finds no other."""
    named: str = visit.path["vendor"]
    if not visit.scope.covers(named):
        raise NotFound(f"there is no vendor {named}", remedy="Name your own.")
    return vendor_of(visit.desk, named).code
