"""Personal data: all that is kept of somebody, its erasure on demand, the log of both. Names stand in bodies, never in addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from gateway.desk import erasure
from gateway.desk.privacy import PrivateData
from gateway.domain.access import Authority
from gateway.privacy import Told
from gateway.store.privacy_log import Entry, Subject
from gateway.web.api.operations import Api, Rows, behind, mode_of, rows_of
from gateway.web.api.paging import Limit
from gateway.web.office import office_of

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()
Name = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"\S")]


class Listing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of the log."""

    cursor: str | None = None
    limit: Limit = 50


class Whose(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose data, and why: the number of an order, a customer (mail, phone, company, first and last name), a vendor's code, a user id."""

    kind: Subject
    name: Name
    reason: Name


class Forget(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose data goes, and why; a rehearsal says what would go and what would stay, and needs no reason."""

    kind: Subject
    name: Name
    reason: Annotated[str, Meta(max_length=255)] = ""
    dry_run: bool = False


@API.get("/privacy/log", may=Authority.ERASING, query=Listing, answer=Rows[Entry])
def list_privacy_log(visit: Visit, asked: Listing) -> Rows[Entry]:
    """Who looked at or erased whose data and why, the newest first; never the data itself."""
    page = erasure.log(visit.gateway.store, before=behind(asked.cursor), most=asked.limit)
    return rows_of(page, lambda row: row.id)


@API.post("/privacy/get", may=Authority.ERASING, body=Whose, answer=PrivateData, is_kept=False)
def get_private_data(visit: Visit, said: Whose) -> PrivateData:
    """Everything that is kept of somebody; that it was asked for stands in the log and in the record."""
    kit = visit.gateway.privacy
    return erasure.show(office_of(visit), visit.desk, kit, said.kind, said.name.strip(), reason=said.reason)


@API.post("/privacy/forget", may=Authority.ERASING, body=Forget, answer=Rows[Told])
def forget_private_data(visit: Visit, said: Forget) -> Rows[Told]:
    """Erase it for good where nothing stands against it; each object with its answer."""
    kit, name, mode = visit.gateway.privacy, said.name.strip(), mode_of(said)
    return Rows(rows=erasure.forget(office_of(visit), visit.desk, kit, said.kind, name, reason=said.reason, mode=mode))
