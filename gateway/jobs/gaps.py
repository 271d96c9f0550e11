"""Judges the control numbers of partners: what was left out rings once all files of the partner that are here were read (edi 9).

Files of one moment come in any order, so nothing is judged while one of them waits, nor in the minute after the last one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.formats.edi import Standard
from gateway.jobs.place import Place
from gateway.jobs.ringing import Bell
from gateway.store import events, gaps
from gateway.store.gaps import Unjudged
from gateway.store.messages import SYSTEM

SETTLED = timedelta(minutes=1)
"""So long after its last file a partner's numbers are judged."""
UNAGREED = timedelta(days=7)
"""For so long a missing number is waited for where nothing is agreed any more."""


def judge_gaps(bell: Bell, place: Place, *, now: datetime) -> None:
    """Ring for what is missing, and note it in the story of the file that came after it."""
    connection = bell.tx.connection
    for it in gaps.unjudged(connection):
        if it.seen_at + SETTLED > now or it.connector in place.workspace.absent or not gaps.are_read(connection, it.connector, now=now):
            continue
        new = gaps.judge(bell.tx, it, within=_within(place, it), now=now)
        if new is not None and bell.ring(new):
            detail = {"reason": new.issue.text}
            events.of_message(bell.tx, it.message_id, "interchanges_missing", actor=SYSTEM, at=now, detail=detail)


def _within(place: Place, it: Unjudged) -> timedelta:
    """How long a missing number is waited for, as agreed with the partner."""
    connector = place.workspace.connectors.get(it.connector)
    edi = connector.partner.edi if connector is not None else None
    profile = edi.of(Standard(it.pair.split(":")[1])) if edi is not None else None
    return profile.gaps_within if profile is not None else UNAGREED
