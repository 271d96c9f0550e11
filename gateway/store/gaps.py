"""Numbers that a partner has left out: one alarm for each gap, which lessens as what is missing comes and then ends (edi 9).

A number that came and was refused is not missing: its refusal is told by itself. Gaps block nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from gateway.kernel.issues import Issue
from gateway.store import alarms, counters
from gateway.store.alarms import About, Alarm, NewAlarm
from gateway.store.edi import LEVEL, SEEN, Came, Fate
from gateway.store.session import Tx
from gateway.store.tables import counter, edi_interchange, interchange

MOST = 20
"""So many runs of missing numbers are named; of more it is told how many there are."""
LONGEST = 9
"""Digits of a control number that is taken for a running number."""
Run = tuple[int, int]
"""The first and the last of numbers that follow each other."""


def filled(tx: Tx, one: Came, *, within: timedelta, now: datetime) -> None:
    """What was missing and came is not missed any more, nor what nobody waits for."""
    number = _running(one.number)
    for it in alarms.standing(tx.connection, About.INTERCHANGE):
        pair, _, subject = it.subject.rpartition("#")
        if it.raised_at + within <= now and pair == one.pair:
            alarms.clear(tx, [it.id], now=now, reason="nobody waits for it any more")
        elif number is not None and (pair == one.pair or (one.verdict is Fate.REFUSED and _sender(pair) == _sender(one.pair))):
            _lessened(tx, it, _runs_of(it, subject), number, now)


def told(tx: Tx, one: Came, *, connector: str, within: timedelta, now: datetime, refused: Sequence[str] = ()) -> str:
    """Compare the number with the highest one before it; answers what is missing between them in words, nothing where all came.

    `refused` are the numbers that were refused in the same file.
    """
    number = _running(one.number)
    highest = _reached(tx, one.pair, number) if number is not None else None
    if number is None or highest is None or number <= highest + 1:
        return ""
    there = _there(tx, one.pair, since=now - within) | {it for it in map(_running, refused) if it is not None}
    runs = list(_between(highest, number, sorted(it for it in there if highest < it < number)))
    if not runs:
        return ""
    text = f"{_words(runs)} from {_sender(one.pair).rpartition(':')[2]} {_are(runs)} missing: {one.number} came after {highest}"
    subject = f"{one.pair}#{runs[0][0]}" + (f"-{runs[-1][1]}" if runs[-1][1] > runs[0][0] else "")
    alarms.ring(
        tx,
        NewAlarm(
            about=About.INTERCHANGE,
            subject=subject,
            issue=Issue("GWY-34", text),
            connector=connector,
            missing=_count(runs),
            detail={"message": one.message_id, "runs": runs},
        ),
        now=now,
    )
    return text


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


def _reached(tx: Tx, pair: str, number: int) -> int | None:
    """The highest number of the pair until now, which is moved on; None for the first one. Some partners begin again at 1."""
    name = f"{SEEN}{pair}"
    last = tx.connection.execute(select(counter.c.last).where(counter.c.name == name).with_for_update()).scalar_one_or_none()
    counters.ensure(tx, name, last=number)
    moved = update(counter).where(counter.c.name == name, (counter.c.last < number) | (number == 1))
    tx.connection.execute(moved.values(last=number))
    return None if last is None else int(last)


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
