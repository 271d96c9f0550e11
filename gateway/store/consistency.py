"""Does the store agree with itself: the hourly job and `gateway verify` (store.md 7).

Missing work rows are asked for again, since their unique key makes that safe; everything else is told and left to a person.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select, text

from gateway.store import slips, work
from gateway.store.dialects.engine import take_time
from gateway.store.messages import SMALL
from gateway.store.session import Tx
from gateway.store.tables import work as queue
from gateway.store.work import Kind, NewWork

Lanes = Mapping[tuple[Kind, str, str], str]
"""The lanes of channels whose files go one after the other: what is done (`book` or `deliver`), connector, channel."""

NO_LANES: Lanes = MappingProxyType({})
READING = (Kind.BOOK, Kind.BULK)
MOST = 100
"""Findings told of one kind."""
FARTHEST = timedelta(hours=2)


class Finding(Struct, frozen=True, gc=False):
    """One thing that does not agree: the check, what it is about, and what was found."""

    check: str
    subject: str
    text: str


_MESSAGE_WITHOUT_WORK = text("""
    select m.id, m.connector, m.channel, m.size from message m where m.state = 'received'
      and not exists (select 1 from work w where w.subject = m.id and w.kind in ('book', 'bulk')) order by m.id""")
_ITEM_WITHOUT_WORK = text("""
    select o.id, o.connector, o.channel, o.fence from outbox o where o.state in ('waiting', 'blessed')
      and not exists (select 1 from work w where w.subject = o.id and w.kind = 'deliver') order by o.id""")
_EARLY_WITHOUT_WORK = text("""
    select r.message_id, r.place, r.order_id, m.connector from receipt r join message m on m.id = r.message_id where r.verdict = 'early'
      and not exists (select 1 from work w where w.kind = 'redo' and w.subject = r.message_id and w.place = r.place)
    order by r.message_id, r.place""")
_DOCUMENT_WITHOUT_WORK = text("""
    select distinct d.batch_number from slip_document d where d.state = 'waiting'
      and not exists (select 1 from work w where w.kind = 'job' and w.subject = d.batch_number and w.place = 1)
    order by d.batch_number""")

# Each answers rows of (subject, text); none may find anything.
_WAITING = text("""
    select k.po_no, 'the key counts ' || k.waiting || ', waiting are ' || count(w.id)
    from order_key k left join work w on w.waits_for = k.id
    group by k.id, k.po_no, k.waiting having k.waiting <> count(w.id) order by 1""")
_TALLY = text("""
    select cast(m.id as text), 'the tally is ' || m.booked || '/' || m.duplicate || '/' || m.conflict || '/' || m.refused || '/' || m.early
      || ', the receipts are ' || coalesce(t.b, 0) || '/' || coalesce(t.d, 0) || '/' || coalesce(t.c, 0) || '/' || coalesce(t.r, 0)
      || '/' || coalesce(t.e, 0)
    from message m left join (
      select message_id, sum(case when verdict = 'booked' then 1 else 0 end) b, sum(case when verdict = 'duplicate' then 1 else 0 end) d,
        sum(case when verdict = 'conflict' then 1 else 0 end) c, sum(case when verdict = 'refused' then 1 else 0 end) r,
        sum(case when verdict = 'early' then 1 else 0 end) e from receipt group by message_id) t on t.message_id = m.id
    where m.booked <> coalesce(t.b, 0) or m.duplicate <> coalesce(t.d, 0) or m.conflict <> coalesce(t.c, 0)
      or m.refused <> coalesce(t.r, 0) or m.early <> coalesce(t.e, 0) order by m.id""")
# Before its acknowledgement a batch holds quantities that are not printed yet.
_PRINTED = text("""
    select k.po_no || ' line ' || l.line_no, l.printed || ' printed, ' || coalesce(b.quantity, 0) || ' in live batches'
    from order_line l join order_key k on k.id = l.order_id
    left join batch_line b on b.order_id = l.order_id and b.line_no = l.line_no and b.live
    where l.printed <> coalesce(b.quantity, 0)
      and not (l.printed = 0 and l.batch_number is not null and l.status in ('New Order', 'Held')) order by 1""")
_SHIPPED = text("""
    select k.po_no || ' line ' || l.line_no, l.shipped || ' shipped, shipments of ' || coalesce(s.quantity, 0)
    from order_line l join order_key k on k.id = l.order_id
    left join (select order_id, line_no, sum(quantity) quantity from shipment group by order_id, line_no) s
      on s.order_id = l.order_id and s.line_no = l.line_no
    where l.shipped <> coalesce(s.quantity, 0) order by 1""")
_INVOICED = text("""
    select k.po_no || ' line ' || l.line_no, l.invoiced || ' invoiced, invoices of ' || coalesce(i.quantity, 0)
    from order_line l join order_key k on k.id = l.order_id
    left join (select order_id, order_line, sum(quantity) quantity from invoice_line group by order_id, order_line) i
      on i.order_id = l.order_id and i.order_line = l.line_no
    where l.invoiced <> coalesce(i.quantity, 0) order by 1""")
_HISTORY = text("""
    select k.po_no, count(h.seq) || ' entries up to ' || coalesce(max(h.seq), 0) || ', the key counts ' || k.history_seq
    from order_key k left join order_history h on h.order_id = k.id where k.state <> 'erased'
    group by k.id, k.po_no, k.history_seq
    having count(h.seq) <> coalesce(max(h.seq), 0) or k.history_seq <> coalesce(max(h.seq), 0) order by 1""")
# A counter that has started again at 1 holds higher numbers than its last one and is not judged.
_NUMBERS = text("""
    select c.name, count(n.number) || ' numbers from ' || min(n.number) || ' to ' || max(n.number) || ', the counter is at ' || c.last
    from counter c join (
      select counter, number from outbox_number union all select 'batch', number from batch
      union all select 'posting', run from posting_run) n on n.counter = c.name
    group by c.name, c.last
    having max(n.number) < c.last or (max(n.number) = c.last and count(n.number) <> max(n.number) - min(n.number) + 1) order by 1""")
# What has no number yet waits for the next file of the feed, by its timetable: late, but no disagreement.
_FEED = text("""
    select f.system, count(c.seq) || ' numbers up to ' || coalesce(max(c.seq), 0) || ', the feed is at ' || f.last
    from feed f left join change c on c.system = f.system and c.seq is not null
    group by f.system, f.last having count(c.seq) <> f.last or coalesce(max(c.seq), 0) <> f.last order by 1""")

_CHECKS = {
    "waiting documents of an order": _WAITING,
    "tally of a message": _TALLY,
    "printed quantity of a line": _PRINTED,
    "shipped quantity of a line": _SHIPPED,
    "invoiced quantity of a line": _INVOICED,
    "history of an order": _HISTORY,
    "numbers of a counter": _NUMBERS,
    "numbers of a feed": _FEED,
}


def mend(tx: Tx, *, now: datetime, farthest: timedelta = FARTHEST, lanes: Lanes = NO_LANES) -> list[Finding]:
    """Ask again for work that should be there and is not, and for what a wrong clock put off; answers what was mended.

    No retry puts work off by more than `farthest`. In `lanes` what was lost goes before what came later.
    """
    take_time(tx.connection)
    found = [Finding("work beyond every retry", str(row), "due now") for row in work.hasten(tx, now=now, beyond=now + farthest)]
    for row in tx.connection.execute(_MESSAGE_WITHOUT_WORK).all():
        kind = Kind.BOOK if row.size <= SMALL else Kind.BULK
        lane = lanes.get((Kind.BOOK, row.connector, row.channel))
        _restore(tx, NewWork(kind=kind, subject=row.id, connector=row.connector, due_at=now, lane=lane), READING)
        found.append(Finding("message without work", str(row.id), "asked for again"))
    for row in tx.connection.execute(_ITEM_WITHOUT_WORK).all():
        lane = lanes.get((Kind.DELIVER, row.connector, row.channel))
        new = NewWork(kind=Kind.DELIVER, subject=row.id, connector=row.connector, due_at=now, fence=row.fence, lane=lane)
        _restore(tx, new, (Kind.DELIVER,))
        found.append(Finding("outgoing item without work", str(row.id), "asked for again"))
    for row in tx.connection.execute(_EARLY_WITHOUT_WORK).all():
        again = NewWork(
            kind=Kind.REDO, subject=row.message_id, place=row.place, connector=row.connector, due_at=now, waits_for=row.order_id
        )
        work.add(tx, again)
        found.append(Finding("early document without work", f"{row.message_id}/{row.place}", "asked for again"))
    for number in tx.connection.execute(_DOCUMENT_WITHOUT_WORK).scalars().all():
        slips.print_later(tx, number, now=now)
        found.append(Finding("printed document without work", str(number), "asked for again"))
    return found


def differences(connection: Connection) -> list[Finding]:
    """Everything that does not agree, in one consistent picture; changes nothing."""
    take_time(connection)
    missing = (
        ("message without work", _MESSAGE_WITHOUT_WORK),
        ("outgoing item without work", _ITEM_WITHOUT_WORK),
        ("early document without work", _EARLY_WITHOUT_WORK),
        ("printed document without work", _DOCUMENT_WITHOUT_WORK),
    )
    found = [Finding(check, str(row[0]), "nobody is asked to work on it") for check, sql in missing for row in connection.execute(sql)]
    for check, sql in _CHECKS.items():
        rows = connection.execute(sql).fetchmany(MOST)
        found.extend(Finding(check, row[0], row[1]) for row in rows)
    return found


def _restore(tx: Tx, new: NewWork, kinds: Collection[Kind]) -> None:
    """Ask for work that was lost. What came after it in its lane comes after it again, unless somebody is at it already."""
    work.add(tx, new)
    if new.lane is None:
        return
    others = queue.c.kind.in_(kinds) & (queue.c.subject != new.subject)
    chosen = select(queue).where(queue.c.lane == new.lane, others).order_by(queue.c.id).with_for_update()
    rows = tx.connection.execute(chosen).mappings().all()
    first = next((row["id"] for row in rows if row["subject"] > new.subject), None)
    later = [row for row in rows if first is not None and row["id"] >= first and (row["until"] is None or row["until"] < new.due_at)]
    if later:
        tx.connection.execute(delete(queue).where(queue.c.id.in_([row["id"] for row in later])))
        again = [{**{name: row[name] for name in row if name != "id"}, "holder": None, "until": None} for row in later]
        tx.connection.execute(insert(queue), again)
