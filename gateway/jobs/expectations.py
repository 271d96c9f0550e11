"""Judges what connectors say under `expect`: the files of a day by their time, running numbers without gap, volumes in range.

Besides, the control numbers of partners.

A day is judged once, when its time has come and the channel was looked through since: whatever that look found was there in time, as
far as anybody can know. A channel that cannot be looked through is judged an hour later all the same. Days that had begun before a
channel was watched are not judged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

from gateway.config import Connector, Expect
from gateway.config.channel import Receive
from gateway.desk.acting import rehearse
from gateway.domain.expected import Calendar, Gap, Window, follow, received, window_of, windows
from gateway.jobs.gaps import judge_gaps
from gateway.jobs.place import Place
from gateway.jobs.ringing import Bell
from gateway.jobs.volumes import judge_volume, mend_volumes
from gateway.kernel import Issue
from gateway.kernel.instants import in_utc
from gateway.runtime import Ran
from gateway.store import Tx, alarms, arrivals, leases
from gateway.store.alarms import EXPECTED, About, Alarm, NewAlarm
from gateway.store.arrivals import Judged

UNREACHED = timedelta(hours=1)
"""A channel that nobody could look through is judged so long after its time."""
FILES = 5_000
"""Names followed in one run; the rest comes with the next."""
NEIGHBOURS = 100
"""Names looked back at when a row of numbers is first followed."""
LISTED = 1_000
"""Numbers left out at once that are followed one by one; what is longer is for a person to clear."""


class Watched:
    """One channel with what is expected of it."""

    def __init__(self, place: Place, connector: Connector, channel: Receive, expect: Expect) -> None:
        self.place = place
        self.names = (connector.connector, channel.channel)
        self.vendor = connector.partner.vendor
        self.channel = channel
        self.expect = expect
        zone = place.workspace.reference.organization.zone
        self.calendar: Calendar | None = expect.calendar(zone=zone, calendars=place.workspace.calendars)

    @property
    def name(self) -> str:
        """CONNECTOR/CHANNEL."""
        return "/".join(self.names)

    def alarm(self, about: About, subject: str, issue: Issue, *, missing: int | None = None, detail: object = None) -> NewAlarm:
        """An alarm of this channel."""
        connector, channel = self.names
        return NewAlarm(
            about=about,
            subject=f"{self.name} {subject}",
            issue=issue,
            connector=connector,
            channel=channel,
            vendor=self.vendor,
            missing=missing,
            detail=detail,
        )


def watched_channels(place: Place) -> Iterator[Watched]:
    """The channels at work that something is expected from."""
    for connector in place.workspace.enabled:
        for channel in connector.receive:
            if channel.enabled and channel.expect is not None:
                yield Watched(place, connector, channel, channel.expect)


def judge_expectations(place: Place) -> Ran:
    """Judge every channel, each in a transaction of its own; answers how many alarms were raised or cleared."""
    now = place.clock.now()
    with place.store.reading() as connection:
        looked = leases.last_fine(connection)
    found = list(watched_channels(place))
    with place.store.transaction("alarm.judge") as tx:
        bell = Bell(tx, now=now)
        _forget_unwatched(bell, {watched.names for watched in found}, but=place.workspace.absent)
        judge_gaps(bell, place, now=now)
    bell.tell()
    changed = bell.changes
    for watched in found:
        with place.store.transaction("alarm.judge") as tx:
            bell = Bell(tx, now=now)
            _judge(bell, watched, looked.get(f"poll:{watched.name}"), now)
        bell.tell()
        changed += bell.changes
    return Ran(done=changed)


def plan_expectations(place: Place) -> tuple[str, ...]:
    """What a run would tell now."""
    now = place.clock.now()
    with place.store.reading() as connection:
        looked = leases.last_fine(connection)
    found = list(watched_channels(place))

    def planned(tx: Tx) -> tuple[str, ...]:
        bell = Bell(tx, now=now)
        _forget_unwatched(bell, {watched.names for watched in found}, but=place.workspace.absent)
        judge_gaps(bell, place, now=now)
        fresh = [watched for watched in found if arrivals.judged(tx.connection, *watched.names) is None]
        for watched in found:
            _judge(bell, watched, looked.get(f"poll:{watched.name}"), now)
        return (*bell.plan, *(f"would begin to watch {watched.name}" for watched in fresh))

    return rehearse(place.store, planned)


def _forget_unwatched(bell: Bell, names: Collection[tuple[str, str]], *, but: Collection[str]) -> None:
    """Nothing is expected any more where `expect` was taken away, or the channel switched off; not known of connectors that are wrong."""
    standing = alarms.standing(bell.tx.connection, *sorted(EXPECTED))
    bell.clear(one for one in standing if (one.connector, one.channel) not in names and one.connector not in but)


def _judge(bell: Bell, watched: Watched, looked_at: datetime | None, now: datetime) -> None:
    found = arrivals.judged(bell.tx.connection, *watched.names)
    if found is None:
        arrivals.watch(bell.tx, *watched.names, now=now)
        return
    reached = found.judged_at
    if watched.calendar is not None:
        for window in windows(watched.calendar, after=found.judged_at, until=now):
            is_known = looked_at is not None and looked_at >= window.due
            if not is_known and now < window.due + UNREACHED:
                break
            if window.start >= found.since:
                _judge_files(bell, watched, watched.calendar, window, looked_at=None if is_known else looked_at or found.since, now=now)
                if not judge_volume(bell, watched, watched.calendar, window, now=now):
                    break
            reached = window.due
        _mend_files(bell, watched, watched.calendar, now)
        mend_volumes(bell, watched, watched.calendar)
    message_id, highest = _follow(bell, watched, found)
    arrivals.judge(bell.tx, *watched.names, Judged(since=found.since, judged_at=reached, message_id=message_id, highest=highest))


def _judge_files(bell: Bell, watched: Watched, calendar: Calendar, window: Window, *, looked_at: datetime | None, now: datetime) -> None:
    """Ring for a day whose files are not here; `looked_at` is given where the channel could not be looked through since its time."""
    open_days = [window_of(calendar, day) for day in _days(_open(bell, watched, About.FILE)) if day != window.day]
    counted = _counted(bell, watched, sorted([*open_days, window]), now)
    lacking = watched.expect.at_least - counted[window.day]
    if lacking > 0:
        came = f", {counted[window.day]} came" if watched.expect.at_least > 1 else ", none came"
        files = f"{watched.expect.at_least} files were" if watched.expect.at_least > 1 else "a file was"
        why = f"; the channel could not be looked through since {in_utc(looked_at)}" if looked_at is not None else ""
        text = f"{files} expected from {watched.name} by {calendar.by:%H:%M} on {window.day} ({calendar.zone}){came}{why}"
        bell.ring(watched.alarm(About.FILE, f"{window.day}", Issue("GWY-33", text), missing=lacking, detail={"day": f"{window.day}"}))


def _mend_files(bell: Bell, watched: Watched, calendar: Calendar, now: datetime) -> None:
    """What has come late ends its day's alarm, or makes it less."""
    found = _open(bell, watched, About.FILE)
    if not found:
        return
    open_days = sorted({window_of(calendar, day) for day in _days(found)})
    later = windows(calendar, after=open_days[0].due, until=now + timedelta(days=1))
    counted = _counted(bell, watched, sorted({*open_days, *later}), now)
    for one in found:
        lacking = watched.expect.at_least - counted.get(window_of(calendar, _day(one)).day, 0)
        if lacking <= 0:
            bell.clear([one])
        elif lacking != one.missing:
            alarms.lessen(bell.tx, one.id, missing=lacking, detail=one.detail)


def _counted(bell: Bell, watched: Watched, found: list[Window], now: datetime) -> dict[date, int]:
    came = arrivals.came_since(bell.tx.connection, *watched.names, found[0].start)
    return received(found, [one.received_at for one in came if one.received_at <= now], at_least=watched.expect.at_least)


def _follow(bell: Bell, watched: Watched, found: Judged) -> tuple[int, int | None]:
    """Follow the running number through what came since; answers how far."""
    behind = arrivals.names_behind(bell.tx.connection, *watched.names, message_id=found.message_id, most=FILES)
    if not behind or watched.expect.sequence is None:
        return (behind[-1][0] if behind else found.message_id), found.highest
    numbers = {number for _, name in behind if (number := _number(watched, name)) is not None}
    so_far = _reached(bell, watched, found.message_id) if found.highest is None else found.highest
    highest, gaps = follow(so_far, numbers, wraps_at=_wraps_at(so_far))
    for gap in gaps:
        bell.ring(_gap(watched, gap, behind[-1][0]))
    for one in _open(bell, watched, About.SEQUENCE):
        left = [number for number in (one.detail or {}).get("numbers", ()) if number not in numbers]
        if one.detail and one.detail["numbers"] and not left:
            bell.clear([one])
        elif one.detail and left != one.detail["numbers"]:
            alarms.lessen(bell.tx, one.id, missing=len(left), detail={"numbers": left})
    return behind[-1][0], highest


def _reached(bell: Bell, watched: Watched, message_id: int) -> int | None:
    """Where the row stood when it was first watched: at the newest file up to then, or behind it where its neighbours came before it."""
    names = arrivals.names_up_to(bell.tx.connection, *watched.names, message_id=message_id, most=NEIGHBOURS)
    numbers = [number for name in names if (number := _number(watched, name)) is not None]
    reached = next(iter(numbers), None)
    while reached is not None and reached + 1 in numbers:
        reached += 1
    return reached


def _gap(watched: Watched, gap: Gap, message_id: int) -> NewAlarm:
    if gap.is_restart:
        text = f"the numbers of {watched.name} went back from {gap.first} to {gap.last}: the sender has begun again, or files are lost"
        return watched.alarm(About.SEQUENCE, f"restart {message_id}", Issue("GWY-34", text), missing=gap.missing, detail={"numbers": []})
    which = f"number {gap.first}" if gap.missing == 1 else f"numbers {gap.first} to {gap.last}"
    text = f"{which} of {watched.name} {'has' if gap.missing == 1 else 'have'} not come, though later ones have"
    numbers = list(range(gap.first, gap.last + 1)) if gap.missing <= LISTED else []
    subject = f"{gap.first}-{gap.last} before {message_id}"
    return watched.alarm(About.SEQUENCE, subject, Issue("GWY-34", text), missing=gap.missing, detail={"numbers": numbers})


def _number(watched: Watched, name: bytes) -> int | None:
    """The running number in the name of a file; None where there is none."""
    for pattern in watched.channel.files:
        caught = pattern.match(name)
        if caught is not None:
            text = caught.get(watched.expect.sequence or "", "")
            return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
    return None


def _wraps_at(highest: int | None) -> int | None:
    """All nines: a number of fixed width begins again behind it."""
    return highest if highest is not None and highest >= 999 and set(str(highest)) == {"9"} else None


def _open(bell: Bell, watched: Watched, about: About) -> list[Alarm]:
    connector, channel = watched.names
    return alarms.standing(bell.tx.connection, about, connector=connector, channel=channel)


def _days(found: list[Alarm]) -> list[date]:
    return [_day(one) for one in found]


def _day(one: Alarm) -> date:
    return date.fromisoformat(one.detail["day"])
