"""Alarms: what rings, and what was seen to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from gateway.desk.alarms import AlarmSheet, clear_alarm, one_alarm, search_alarms
from gateway.domain.access import Authority
from gateway.store.alarms import About, AlarmSearch
from gateway.web import listing
from gateway.web.api.operations import Api, Nothing, Rows, behind, mode_of, rows_of
from gateway.web.api.paging import Limit

if TYPE_CHECKING:
    from gateway.web.visit import Visit
from gateway.web.ways import for_programs

API = Api()


class AlarmQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What alarms are asked for."""

    about: tuple[About, ...] = ()
    connector: str | None = None
    vendor: str | None = None
    ended: bool = False
    """Those too that have ended."""
    cursor: str | None = None
    limit: Limit = 50


class SeenTo(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was done about it."""

    reason: Annotated[str, Meta(min_length=1, max_length=255)]
    dry_run: bool = False


class Cleared(Struct, frozen=True, kw_only=True):
    """Whether the alarm rings no more by this; else it had ended before."""

    cleared: bool


@API.get("/alarms", may=Authority.OPERATIONS, query=AlarmQuery, answer=Rows[AlarmSheet])
def list_alarms(visit: Visit, asked: AlarmQuery) -> Rows[AlarmSheet]:
    """Alarms, the newest first."""
    wanted = AlarmSearch(about=asked.about or tuple(About), connector=asked.connector, vendor=asked.vendor, only_open=not asked.ended)
    found = search_alarms(visit.gateway.store, wanted, before=behind(asked.cursor), most=asked.limit)
    return rows_of(replace(found, rows=tuple(map(_told, found.rows))), lambda row: row.id)


@API.get("/alarms/{id}", may=Authority.OPERATIONS, answer=AlarmSheet)
def get_alarm(visit: Visit, _: Nothing) -> AlarmSheet:
    """One alarm with its cause."""
    return _told(one_alarm(visit.gateway.store, listing.known(visit, "alarm")))


@API.post("/alarms/{id}/clear", may=Authority.OPERATIONS, body=SeenTo, answer=Cleared)
def end_alarm(visit: Visit, said: SeenTo) -> Cleared:
    """Say that somebody has seen to it."""
    alarm = one_alarm(visit.gateway.store, listing.known(visit, "alarm"))
    return Cleared(cleared=clear_alarm(visit.desk, alarm.id, reason=said.reason, mode=mode_of(said)))


def _told(sheet: AlarmSheet) -> AlarmSheet:
    return replace(sheet, act=for_programs(sheet.act))
