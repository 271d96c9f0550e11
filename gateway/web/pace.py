"""How often a program may ask: so many calls a minute for each key, told with every answer; who asks faster waits a moment.

Counted by the node that answers, in memory: it keeps a program that runs wild from taking the node from others, and is no account book.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from math import ceil

from msgspec import Struct

from gateway.kernel.clock import Clock

WINDOW = 60
REMEMBERED = 10_000
"""So many keys are counted at once; one that was forgotten begins anew."""


class Standing(Struct, frozen=True):
    """Whether the call may go on, how many are left, and the seconds after which another one may."""

    is_free: bool
    most: int
    left: int
    wait: int

    @property
    def headers(self) -> dict[str, str]:
        """What the answer says of it."""
        return {"RateLimit-Policy": f'"key";q={self.most};w={WINDOW}', "RateLimit": f'"key";r={self.left};t={self.wait}'}


class _Bucket(Struct):
    left: float
    at: float


class Pace:
    """The calls of every key: a full minute's worth at once, then as fast as they come back."""

    def __init__(self, clock: Clock, *, most: int) -> None:
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def count(self, account: str) -> Standing:
        """One more call."""
        now, back = self._clock.monotonic(), self._most / WINDOW
        with self._lock:
            bucket = self._buckets.pop(account, None) or _Bucket(self._most, now)
            bucket.left = min(self._most, bucket.left + (now - bucket.at) * back)
            bucket.at = now
            is_free = bucket.left >= 1
            bucket.left -= 1 if is_free else 0
            self._buckets[account] = bucket
            while len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
            wait = 0 if bucket.left >= 1 else ceil((1 - bucket.left) / back)
            return Standing(is_free, self._most, int(bucket.left), wait)
