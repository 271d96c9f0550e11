"""Whether the files of a day hold as many documents as usual. A day is judged once all of its files are decided."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.config.expect import ENOUGH
from gateway.domain.expected import Calendar, Window, limits, window_of, windows
from gateway.jobs.ringing import Bell
from gateway.kernel import Issue
from gateway.store import alarms, arrivals
from gateway.store.alarms import About
from gateway.store.arrivals import Arrival

if TYPE_CHECKING:
    from gateway.jobs.expectations import Watched

UNDECIDED = timedelta(hours=1)
"""A file that is not decided so long after the time of its day is left out of the sum."""
FARTHEST = timedelta(days=400)


def judge_volume(bell: Bell, watched: Watched, calendar: Calendar, window: Window, *, now: datetime) -> bool:
    """Ring for a day whose volume is out of range; False while a file of the day is not decided yet."""
    volume = watched.expect.volume
    if volume is None:
        return True
    earlier = windows(calendar, after=window.due - FARTHEST, until=window.due)[-1 - volume.days : -1] if volume.days else []
    came = arrivals.came_since(bell.tx.connection, *watched.names, (earlier or [window])[0].start)
    earlier = [one for one in earlier if came and one.end > came[-1].received_at]  # not the days before anything ever came
    if now < window.due + UNDECIDED and any(one.documents is None for one in _of(came, window)):
        return False
    least, most = limits(volume.range, [_sum(came, one) for one in earlier], enough=ENOUGH)
    found = _sum(came, window)
    wrong = _wrong(found, least, most)
    if wrong:
        text = f"{watched.name} brought {found} documents on {window.day}, {wrong}"
        detail = {"day": f"{window.day}", "least": least, "most": most}
        bell.ring(watched.alarm(About.VOLUME, f"{window.day}", Issue("GWY-35", text), detail=detail))
    return True


def mend_volumes(bell: Bell, watched: Watched, calendar: Calendar) -> None:
    """What came later may bring a day's volume into its range."""
    connector, channel = watched.names
    for one in alarms.standing(bell.tx.connection, About.VOLUME, connector=connector, channel=channel):
        window = window_of(calendar, date.fromisoformat(one.detail["day"]))
        came = arrivals.came_since(bell.tx.connection, *watched.names, window.start)
        if not _wrong(_sum(came, window), one.detail["least"], one.detail["most"]):
            bell.clear([one])


def _wrong(found: int, least: int | None, most: int | None) -> str:
    if least is not None and found < least:
        return f"fewer than {least}"
    if most is not None and found > most:
        return f"more than {most}"
    return ""


def _of(came: list[Arrival], window: Window) -> list[Arrival]:
    return [one for one in came if window.start <= one.received_at < window.end]


def _sum(came: list[Arrival], window: Window) -> int:
    return sum(one.documents or 0 for one in _of(came, window))
