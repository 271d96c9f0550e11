"""Named places where a test kills, stops or fails this process (`docs/decisions`: fault injection). Free when nothing is armed.

Armed by the environment of one process, `GATEWAY_FAILPOINT=name:when:action`, several parted by commas:

- `when` is a number (only the third hit: `3`) or a number and a plus (from the third hit on: `3+`);
- `action` is `kill` (SIGKILL to ourselves), `exit` (end at once with 70), `stop` (SIGSTOP: somebody else continues us later),
  `raise:OSError:28` (an error of the system by its number), `sleep:0.5` (seconds), or `drop` (every network connection is cut).

    GATEWAY_FAILPOINT=out.rename.before:1:kill gateway serve --once

Not for: switching behaviour. A point does nothing, or what a failing world would do at that place.
"""

from __future__ import annotations

import os
import signal
import socket
import stat
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct

from gateway.kernel.errors import ConfigError

VARIABLE = "GATEWAY_FAILPOINT"
EXIT_CODE = 70


def _commits(*names: str) -> dict[str, str]:
    """Both sides of a commit: what it decides has not happened yet, or has happened and nobody knows."""
    return {f"{name}.{side}_commit": f"{side} the commit of {name}" for name in names for side in ("before", "after")}


POINTS: Mapping[str, str] = MappingProxyType(
    {
        "in.list.entry": "an entry of a polled folder was seen",
        "in.rest.decide": "it is decided which files are complete",
        "in.take.before_rename": "a complete file is about to be renamed into the private folder",
        "in.take.after_rename": "the file is ours and nobody knows it yet: an orphan if we die",
        "in.fetch.open": "a taken file is opened",
        "in.fetch.block": "a piece of a file was written to the archive's temporary file",
        "in.fetch.before_fsync": "all pieces are written, none is forced to disk",
        "in.fetch.after_fsync": "the temporary file is on disk",
        "in.publish.before": "the temporary file is about to get its name in the archive",
        "in.publish.after_rename": "it has its name, which may not be on disk yet",
        "in.publish.after_dirsync": "name and bytes are on disk",
        **_commits("in.record"),
        "work.claim.before": "work is about to be leased",
        "work.claim.after_commit": "work is leased, nobody is at it yet",
        "work.renew": "leases are about to be renewed",
        "in.parse.start": "a claimed file is about to be read",
        "in.parse.record": "a document was read out of a file",
        "in.map.record": "a document is about to be decided",
        "in.identify.before_commit": "before the mapping of a file is noted",
        "in.identify.after_commit": "after the mapping of a file is noted",
        "in.apply.begin": "a chunk's transaction has begun",
        "in.apply.each_stmt": "a bulk statement is about to be run",
        **_commits("in.apply", "in.refuse", "in.answer"),
        "in.settle.before_rename": "a decided file is about to be filed away",
        "in.settle.after_rename": "a decided file is filed away",
        "park.wake": "documents that wait for an order are woken",
        **_commits("park.redo"),
        "schedule.fire": "a due time has come",
        **_commits("schedule.slot", "schedule.start", "schedule.end", "alarm.judge"),
        "batch.extract": "a batch is about to be put together",
        **_commits("batch.number", "out.create"),
        "out.number.taken": "a control number is taken in an open transaction",
        "feed.number": "changes get their numbers",
        **_commits("feed.number"),
        "invoice.post": "invoices are about to be posted",
        **_commits("invoice.run", "out.attempt"),
        "out.connect": "a partner is about to be reached",
        "out.exists": "it was looked whether the final name is free",
        "out.cleanup.each": "a dead temporary file of ours is about to be removed",
        "out.upload.open": "the temporary file at the partner is about to be made",
        "out.upload.block": "a piece of the upload is under way",
        "out.upload.fsync": "the server is asked to force the upload to disk",
        "out.upload.close": "the upload is about to be closed",
        "out.upload.stat": "the finished upload is looked at",
        **_commits("out.bless"),
        "out.journal": "it is about to be written down that a file may leave",
        "out.rename.before": "the blessed file is about to get its final name",
        "out.rename.after": "it has its final name and nobody has noted it",
        **_commits("out.done", "out.later"),
        **_commits("desk.act", "desk.again"),
        **_commits("out.spent", "breaker.failed", "breaker.reached"),
        "archive.gc.each": "a temporary file of a dead process is about to be removed from the archive",
        "retention.each": "a filed away file is about to be removed",
        "migrate.step": "a step of a migration was made and is not committed",
        "start.recover": "a starting process takes back what dead ones held",
        "upkeep.begin": "housekeeping begins",
    }
)


class Trigger(Struct, frozen=True):
    """One armed point: strikes at the nth hit, or from there on."""

    name: str
    nth: int
    lasting: bool
    action: str

    def strikes(self, hits: int) -> bool:
        """Whether this hit is meant."""
        return hits >= self.nth if self.lasting else hits == self.nth


class _Armed:
    """What is armed in this process, and how often each point was reached."""

    def __init__(self, triggers: Iterable[Trigger]) -> None:
        self.hits: Counter[str] = Counter()
        self._triggers: dict[str, list[Trigger]] = {}
        for trigger in triggers:
            self._triggers.setdefault(trigger.name, []).append(trigger)
        self._lock = threading.Lock()

    def hit(self, name: str) -> None:
        """Count, and strike where it is time."""
        if name not in POINTS:
            raise ConfigError(f"'{name}' is not a failpoint; it is missing in POINTS of gateway/kernel/failpoints.py")
        with self._lock:
            self.hits[name] += 1
            hits = self.hits[name]
        for trigger in self._triggers.get(name, ()):
            if trigger.strikes(hits):
                _strike(trigger.action)


_armed: _Armed | None = None


def failpoint(name: str) -> None:
    """This place was reached. Nothing happens unless a test has armed it."""
    if _armed is not None:
        _armed.hit(name)


def arm(text: str) -> None:
    """Arm these points in this process and count from zero; ConfigError names what cannot be armed. An empty text only counts."""
    global _armed  # noqa: PLW0603 - one process has one set of failpoints, as it has one environment
    _armed = _Armed([_read(part) for part in text.split(",") if part.strip()])


def disarm() -> None:
    """Nothing strikes or counts any more."""
    global _armed  # noqa: PLW0603 - as above
    _armed = None


def is_armed() -> bool:
    """Whether this process runs under a test's failpoints; whoever serves says so in the log."""
    return _armed is not None


def tally() -> Mapping[str, int]:
    """How often each point was reached since `arm`."""
    return MappingProxyType({} if _armed is None else dict(_armed.hits))


def _read(text: str) -> Trigger:
    name, _, rest = text.strip().partition(":")
    when, _, action = rest.partition(":")
    if name not in POINTS:
        raise ConfigError(f"{VARIABLE}: '{name}' is not a failpoint")
    if not when.removesuffix("+").isdecimal() or when == "0":
        raise ConfigError(f"{VARIABLE}: '{text}' needs a number of a hit: {name}:1:kill, or {name}:1+:raise:OSError:28")
    verb, _, more = action.partition(":")
    if verb not in _VERBS or bool(more) != (verb in {"raise", "sleep"}):
        raise ConfigError(f"{VARIABLE}: '{action}' is none of kill, exit, stop, drop, raise:OSError:NUMBER, sleep:SECONDS")
    return Trigger(name, int(when.removesuffix("+")), when.endswith("+"), action)


_VERBS = frozenset({"kill", "exit", "stop", "drop", "raise", "sleep"})


def _strike(action: str) -> None:
    verb, _, more = action.partition(":")
    match verb:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "exit":
            os._exit(EXIT_CODE)
        case "sleep":
            time.sleep(float(more))
        case "drop":
            _cut_connections()
        case _:
            number = int(more.rpartition(":")[2])
            raise OSError(number, os.strerror(number))


def _cut_connections() -> None:
    """Shut down every connected network socket of this process, as a cable that is pulled."""
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            number = int(entry.name)
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                with socket.socket(fileno=os.dup(number)) as found:
                    if found.family in {socket.AF_INET, socket.AF_INET6}:
                        found.getpeername()  # who only listens is connected to nobody: an error, and it goes on listening
                        found.shutdown(socket.SHUT_RDWR)


if os.environ.get(VARIABLE):
    arm(os.environ[VARIABLE])
