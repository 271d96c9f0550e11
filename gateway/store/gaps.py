"""Numbers that a partner has left out: one alarm for each gap, which lessens as what is missing comes and then ends (edi 9).

A number that came and was refused is not missing: its refusal is told by itself. Gaps block nothing, and are judged only once all files
of a partner that are here were read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, select, update

from gateway.kernel.issues import Issue
from gateway.store import alarms, counters
from gateway.store.alarms import About, Alarm, NewAlarm
from gateway.store.edi import LEVEL, SEEN, Came, Fate
from gateway.store.session import Tx
from gateway.store.tables import counter, edi_interchange, interchange, message, work
from gateway.store.work import Kind

MOST = 20
"""So many runs of missing numbers are named; of more it is told how many there are."""
LONGEST = 9
"""Digits of a control number that is taken for a running number."""
JUDGED = "judged:"
"""Before the name of the counter that keeps up to where the numbers of a pair were judged."""
Run = tuple[int, int]
"""The first and the last of numbers that follow each other."""


class Unjudged(Struct, frozen=True):
    """A pair of partners and the numbers that came since the last judgement; by which file and when the last of them came."""

    pair: str
    judged: int
    highest: int
    message_id: int
    connector: str
    seen_at: datetime


def filled(tx: Tx, one: Came, *, within: timedelta, now: datetime) -> None:
    """What was missing and came is not missed any more, nor what nobody waits for."""
    number = _running(one.number)
    for it in alarms.standing(tx.connection, About.INTERCHANGE):
        pair, _, subject = it.subject.rpartition("#")
        if it.raised_at + within <= now and pair == one.pair:
            alarms.clear(tx, [it.id], now=now, reason="nobody waits for it any more")
        elif number is not None and (pair == one.pair or (one.verdict is Fate.REFUSED and _sender(pair) == _sender(one.pair))):
            _lessened(tx, it, _runs_of(it, subject), number, now)


def seen(tx: Tx, one: Came) -> None:
    """Move on the highest number of the pair. What was left out before it is judged later: the next file may bring it."""
    number = _running(one.number)
    if number is None:
        return
    c = counter.c
    name, judged = f"{SEEN}{one.pair}", f"{JUDGED}{one.pair}"
    last = tx.connection.execute(select(c.last).where(c.name == name).with_for_update()).scalar_one_or_none()
    counters.ensure(tx, name, last=number)
    counters.ensure(tx, judged, last=number if last is None else int(last))
    tx.connection.execute(update(counter).where(c.name == name, (c.last < number) | (number == 1)).values(last=number))
    if number == 1:  # some partners begin again
        tx.connection.execute(update(counter).where(c.name == judged).values(last=number))


def unjudged(connection: Connection) -> tuple[Unjudged, ...]:
    """The pairs with numbers that nobody has judged yet, with the file that brought the highest of them."""
    c, m = counter.c, message.c
    marks = {row.name: int(row.last) for row in connection.execute(select(c.name, c.last).where(c.name.like(f"{JUDGED}%")))}
    found = []
    for row in connection.execute(select(c.name, c.last).where(c.name.like(f"{SEEN}%")).order_by(c.name)):
        pair = row.name.removeprefix(SEEN)
        judged = marks.get(f"{JUDGED}{pair}", int(row.last))
        if judged >= row.last:
            continue
        e = edi_interchange.c
        chosen = select(m.id, m.connector, e.seen_at).join(message, m.id == e.message_id).where(e.pair == pair)
        newest = connection.execute(chosen.order_by(e.seen_at.desc(), m.id.desc()).limit(1)).one_or_none()
        if newest is not None:
            found.append(Unjudged(pair, judged, int(row.last), newest.id, newest.connector, newest.seen_at))
    return tuple(found)


def are_read(connection: Connection, connector: str, *, now: datetime) -> bool:
    """Whether no file of a partner waits to be read; one that is put off to be tried again is not waited for."""
    waits = (work.c.kind.in_([Kind.BOOK, Kind.BULK])) & (work.c.connector == connector)
    waiting = select(work.c.id).where(waits, (work.c.due_at <= now) | (work.c.until >= now))
    return connection.execute(waiting.limit(1)).first() is None


def judge(tx: Tx, it: Unjudged, *, within: timedelta, now: datetime) -> NewAlarm | None:
    """What is missing among the numbers that came since the last judgement; nothing where all of them came."""
    c = counter.c
    moved = update(counter).where(c.name == f"{JUDGED}{it.pair}", c.last == it.judged).values(last=it.highest)
    if tx.connection.execute(moved).rowcount != 1:
        return None
    there = _there(tx, it.pair, since=now - within)
    runs = list(_between(it.judged, it.highest, sorted(one for one in there if it.judged < one < it.highest)))
    if not runs:
        return None
    text = f"{_words(runs)} from {_sender(it.pair).rpartition(':')[2]} {_are(runs)} missing: {it.highest} came after {it.judged}"
    return NewAlarm(
        about=About.INTERCHANGE,
        subject=f"{it.pair}#{runs[0][0]}" + (f"-{runs[-1][1]}" if runs[-1][1] > runs[0][0] else ""),
        issue=Issue("GWY-34", text),
        connector=it.connector,
        missing=_count(runs),
        detail={"message": it.message_id, "runs": runs},
    )


def _lessened(tx: Tx, it: Alarm, runs: list[Run], number: int, now: datetime) -> None:
    left = [part for run in runs for part in _without(run, number)]
    if left == runs:
        return
    if not left:
        alarms.clear(tx, [it.id], now=now, reason=f"interchange {number} has come")
        return
    _, _, rest = it.issue.text.partition(" from ")
    sender, _, came = rest.partition(" missing: ")
    text = f"{_words(left)} from {sender.rpartition(' ')[0]} {_are(left)} missing: {came}"
    alarms.lessen(tx, it.id, missing=_count(left), detail={**(it.detail or {}), "runs": left}, issue=Issue("GWY-34", text))


def _runs_of(it: Alarm, subject: str) -> list[Run]:
    """What an alarm is about; one that was raised by an older release says it in its subject alone."""
    told_ = it.detail.get("runs") if isinstance(it.detail, dict) else None
    if told_ is not None:
        return [(int(first), int(last)) for first, last in told_]
    first, _, last = subject.partition("-")
    return [(int(first), int(last or first))] if first.isdigit() and (last or first).isdigit() else []


def _without(run: Run, number: int) -> Iterator[Run]:
    first, last = run
    if not first <= number <= last:
        yield run
        return
    if first < number:
        yield first, number - 1
    if number < last:
        yield number + 1, last


def _between(highest: int, number: int, there: Sequence[int]) -> Iterator[Run]:
    """The runs between two numbers that hold none of those that are there."""
    first = highest + 1
    for it in (*there, number):
        if it > first:
            yield first, it - 1
        first = it + 1


def _there(tx: Tx, pair: str, *, since: datetime) -> set[int]:
    """The numbers that came lately, also those that were refused: files of one moment are read in any order."""
    c, e = interchange.c, edi_interchange.c
    taken = select(c.number).where(c.pair == pair, c.level == LEVEL, c.seen_at > since)
    mine = e.pair.startswith(f"{_sender(pair)}>", autoescape=True)
    barred = select(e.number).where(mine, e.verdict == Fate.REFUSED.value, e.seen_at > since)
    numbers = (_running(it) for chosen in (taken, barred) for it in tx.connection.execute(chosen).scalars())
    return {it for it in numbers if it is not None}


def _running(number: str) -> int | None:
    return int(number) if number.isdigit() and len(number) <= LONGEST else None


def _sender(pair: str) -> str:
    return pair.partition(">")[0]


def _count(runs: Sequence[Run]) -> int:
    return sum(last - first + 1 for first, last in runs)


def _are(runs: Sequence[Run]) -> str:
    return "is" if _count(runs) == 1 else "are"


def _words(runs: Sequence[Run]) -> str:
    """`interchange 6`, `interchanges 6 to 9, 12 (5)`."""
    named = [_named(*run) for run in runs[:MOST]]
    count = _count(runs)
    more = f" and {len(runs) - MOST} more runs" if len(runs) > MOST else ""
    return f"interchange {named[0]}" if count == 1 else f"interchanges {', '.join(named)}{more} ({count})"


def _named(first: int, last: int) -> str:
    if first == last:
        return str(first)
    return f"{first} to {last}" if last > first + 1 else f"{first}, {last}"
