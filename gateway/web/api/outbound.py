"""What goes out, as operations people see it whole: a row a partner, what hangs on one file, and stopping everything at once."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from gateway.desk import dispatch
from gateway.desk.dispatch import Stopped
from gateway.desk.lanes import Hanging, LaneSheet, all_lanes, hanging_on
from gateway.desk.outbox import outbound_pause, show_item
from gateway.domain.access import Authority
from gateway.web import listing
from gateway.web.api.operations import Api, Nothing, Rows, mode_of
from gateway.web.api.today import require_everything

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()


class Outbound(Struct, frozen=True, kw_only=True):
    """Whether everything that goes out stands still, since when, by whom and why."""

    standing: bool
    since: datetime | None = None
    by: str = ""
    reason: str = ""


class Everything(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why everything is stopped, or let go."""

    reason: Annotated[str, Meta(min_length=1, max_length=255, pattern=r"\S")]
    dry_run: bool = False


@API.get("/lanes", may=Authority.FILES, answer=Rows[LaneSheet])
def list_lanes(visit: Visit, _: Nothing) -> Rows[LaneSheet]:
    """The outbox by partner: what waits, why, until when, who delivers it, how many orders hang on it; for keys without a vendor."""
    require_everything(visit)
    return Rows(rows=all_lanes(visit.gateway.store))


@API.get("/outbox/{id}/hanging", may=Authority.FILES, answer=Hanging)
def get_hanging(visit: Visit, _: Nothing) -> Hanging:
    """Who delivers an outgoing file just now, and how many orders it tells of."""
    sheet = show_item(visit.gateway.store, listing.known(visit, "outgoing file"), scope=visit.scope)
    return hanging_on(visit.gateway.store, sheet.id, sheet.cause)


@API.get("/outbound", may=Authority.FILES, answer=Outbound)
def get_outbound(visit: Visit, _: Nothing) -> Outbound:
    """Whether everything that goes out stands still; for keys without a vendor."""
    require_everything(visit)
    found = outbound_pause(visit.gateway.store)
    if found is None:
        return Outbound(standing=False)
    return Outbound(standing=True, since=found.at, by=found.actor, reason=found.issue.text if found.issue else "")


@API.post("/outbound/hold", may=Authority.OPERATIONS, body=Everything, answer=Stopped)
def hold_outbound(visit: Visit, said: Everything) -> Stopped:
    """Let nothing go out to anybody; what is made meanwhile waits."""
    return dispatch.hold_all(visit.desk, reason=said.reason.strip(), mode=mode_of(said))


@API.post("/outbound/release", may=Authority.OPERATIONS, body=Everything, answer=Stopped)
def release_outbound(visit: Visit, said: Everything) -> Stopped:
    """Let everything go out again; what is held file by file stays held."""
    return dispatch.release_all(visit.desk, reason=said.reason.strip(), mode=mode_of(said))
