"""Alarms raised and cleared in one transaction, told in the log once it is committed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import structlog

from gateway.store import Tx, alarms
from gateway.store.alarms import Alarm, NewAlarm

log = structlog.get_logger()


class Bell:
    """Rings for what is new, and goes quiet for what is mended."""

    def __init__(self, tx: Tx, *, now: datetime) -> None:
        self.tx = tx
        self._now = now
        self._raised: list[NewAlarm] = []
        self._cleared: list[Alarm] = []

    def ring(self, new: NewAlarm) -> bool:
        """Raise an alarm, unless its cause was told before."""
        is_new = alarms.ring(self.tx, new, now=self._now) is not None
        if is_new:
            self._raised.append(new)
        return is_new

    def clear(self, mended: Iterable[Alarm]) -> None:
        """These have mended themselves."""
        known = {one.id: one for one in mended}
        self._cleared += [known[alarm_id] for alarm_id in alarms.clear(self.tx, known, now=self._now)]

    @property
    def raised(self) -> tuple[NewAlarm, ...]:
        """What is new."""
        return tuple(self._raised)

    @property
    def plan(self) -> tuple[str, ...]:
        """The same as a rehearsal tells it."""
        rung = (f"would ring: {new.issue.text}" for new in self._raised)
        return (*rung, *(f"would go quiet: {one.issue.text}" for one in self._cleared))

    @property
    def changes(self) -> int:
        """How many alarms were raised or cleared."""
        return len(self._raised) + len(self._cleared)

    def tell(self) -> None:
        """After the commit: one line an alarm."""
        for new in self._raised:
            names = {"connector": new.connector, "channel": new.channel} if new.connector else {}
            log.error("alarm_raised", about=new.about.value, code=new.issue.code, reason=new.issue.text, **names)
        for one in self._cleared:
            names = {"connector": one.connector, "channel": one.channel} if one.connector else {}
            log.info("alarm_cleared", about=one.about.value, reason=one.issue.text, **names)
