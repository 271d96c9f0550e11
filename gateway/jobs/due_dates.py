"""Lines that are past their due date, or due within so many days: told once for each line and date."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Select, select, text

from gateway.desk.acting import rehearse
from gateway.jobs.place import Place
from gateway.jobs.ringing import Bell
from gateway.kernel import Issue
from gateway.runtime import Ran
from gateway.store import Tx, alarms
from gateway.store.alarms import About, NewAlarm
from gateway.store.tables import order_key, order_line
from gateway.store.tables.orders import OPEN_LINE

log = structlog.get_logger()


def watch_due_dates(place: Place) -> Ran:
    """Tell of what is late or due soon; go quiet for lines that are done or have another date. One log line a vendor, not a line."""
    with place.store.transaction("alarm.judge") as tx:
        bell = _judged(place, tx)
    for vendor, lines in sorted(Counter(new.vendor or "" for new in bell.raised).items()):
        log.error("lines_due", vendor=vendor, lines=lines)
    return Ran(done=bell.changes)


def plan_due_dates(place: Place) -> tuple[str, ...]:
    """What a run would tell."""
    return rehearse(place.store, lambda tx: _judged(place, tx)).plan


def _judged(place: Place, tx: Tx) -> Bell:
    now = place.clock.now()
    today = now.astimezone(ZoneInfo(place.workspace.reference.organization.zone)).date()
    bell = Bell(tx, now=now)
    late = {_subject(row.order_id, row.line_no, row.due_on): row for row in tx.connection.execute(_late(_last_day(place, today)))}
    known = {one.subject: one for one in alarms.standing(tx.connection, About.DUE_DATE)}
    bell.clear(one for subject, one in known.items() if subject not in late)
    for subject, row in late.items():
        if subject not in known:
            when = f"was due on {row.due_on}" if row.due_on < today else f"is due on {row.due_on}"
            told = f"line {row.line_no} of {row.po_no} {when} and is {row.status}"
            bell.ring(NewAlarm(about=About.DUE_DATE, subject=subject, issue=Issue("GWY-37", told), vendor=row.vendor))
    return bell


def _last_day(place: Place, today: date) -> date:
    """Up to which due date a line is told of."""
    ahead: timedelta = place.workspace.settings.jobs.due_dates.ahead
    return today + ahead if ahead else today - timedelta(days=1)


def _late(until: date) -> Select[tuple[int, int, date, str, str, str]]:
    columns = (
        order_line.c.order_id,
        order_line.c.line_no,
        order_line.c.due_on,
        order_line.c.status,
        order_line.c.vendor,
        order_key.c.po_no,
    )
    lines = order_line.join(order_key, order_key.c.id == order_line.c.order_id)
    return select(*columns).select_from(lines).where(text(f"order_line.{OPEN_LINE}"), order_line.c.due_on <= until)


def _subject(order_id: int, line: int, due_on: date) -> str:
    return f"{order_id}/{line} {due_on}"
