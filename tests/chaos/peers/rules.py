"""What a misbehaving peer does, as a list of rules: on which operation, to which file, what, and how often.

A rule that is used up gives way to its `then`, so that a peer can fail twice, then lie, then behave.
"""

from __future__ import annotations

import threading
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable
    from pathlib import Path


class On(StrEnum):
    """The operation a rule waits for; `any` is every file operation, neither `connect` nor `auth`."""

    CONNECT = "connect"
    AUTH = "auth"
    OPEN_READ = "open_read"
    OPEN_WRITE = "open_write"
    READ = "read"
    WRITE = "write"
    CLOSE = "close"
    STAT = "stat"
    READDIR = "readdir"
    RENAME = "rename"
    POSIX_RENAME = "posix_rename"
    REMOVE = "remove"
    MKDIR = "mkdir"
    FSYNC = "fsync"
    ANY = "any"


class Do(StrEnum):
    """What happens then. Where a word says nothing else, the operation is carried out."""

    DROP = "drop"
    """The connection breaks off; not carried out."""
    DO_THEN_DROP = "do_then_drop"
    """Carried out, the answer is lost."""
    HANG = "hang"
    """No answer, ever; not carried out."""
    FAILURE = "failure"
    """Answered with the status `what`; not carried out."""
    DO_THEN_FAILURE = "do_then_failure"
    """Carried out, and answered with the status `what` all the same."""
    POISON = "poison"
    """As failure, and so is everything after it on this session."""
    SLOW = "slow"
    """After `number` seconds."""
    LIE = "lie"
    """About `what`: size (by `number` bytes), time, type; or nothing is told at all."""
    TRUNCATE = "truncate"
    """Cut after `number` bytes or entries: reads end there, writes beyond are swallowed, listings end there."""
    STOP = "stop"
    """A listing or a read fails after `number` entries or bytes."""
    VARY = "vary"
    """Other bytes, sizes and times at each look."""
    ENDLESS = "endless"
    """A file or listing without an end."""
    NAMES = "names"
    """A listing with hostile names besides; with `number` that many plain ones of the server's own making."""
    REPLACE = "replace"
    """Just before, the file is replaced by the content `what`."""
    GROW = "grow"
    """Just before, the file grows by the content `what`."""
    COLLECT = "collect"
    """Right after, the file is taken away into the folder of what was collected."""
    GARBAGE = "garbage"
    """Bytes that belong to no protocol; not carried out."""
    WEAK = "weak"
    """On connect: old algorithms only, of the kind `what`: key exchange, ciphers or digests."""
    OTHER_KEY = "other_key"
    """On connect: another host key."""


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """One rule. `path` is a pattern for the last component, or for the whole path where it holds a slash."""

    on: On
    do: Do
    path: str = "*"
    at: int = 1
    """The first match that it strikes at."""
    times: int | None = 1
    """So often; None is for ever."""
    then: Rule | None = None
    """What takes its place afterwards."""
    what: str = ""
    number: float = 0

    def fits(self, on: On, *paths: bytes) -> bool:
        """Whether it is about this operation."""
        if self.on is not on and not (self.on is On.ANY and on not in {On.CONNECT, On.AUTH}):
            return False
        whole = "/" in self.path
        return not paths or any(fnmatchcase(_text(path if whole else path.rpartition(b"/")[2]), self.path) for path in paths)


class Rules:
    """The rules in force; asked by the server's thread, changed by the test's."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._lock = threading.Lock()
        self._live: list[list[int | Rule]] = []
        self.struck: list[Rule] = []
        self.add(*rules)

    def add(self, *rules: Rule) -> None:
        """More rules, behind those there are."""
        with self._lock:
            self._live += [[rule, 0] for rule in rules]

    def clear(self) -> None:
        """The peer behaves from now on."""
        with self._lock:
            self._live.clear()

    def strike(self, on: On, *paths: bytes) -> Rule | None:
        """The first rule about this operation whose turn it is."""
        with self._lock:
            for place, (rule, seen) in enumerate(self._live):
                if not isinstance(rule, Rule) or not isinstance(seen, int) or not rule.fits(on, *paths):
                    continue
                seen += 1  # noqa: PLW2901 - written back at once
                self._live[place][1] = seen
                if seen < rule.at:
                    continue
                if rule.times is not None and seen >= rule.at + rule.times - 1:
                    self._live[place : place + 1] = [[rule.then, 0]] if rule.then else []
                self.struck.append(rule)
                return rule
        return None


def read_rules(file: Path) -> list[Rule]:
    """The rules of a JSON file: a list of objects."""
    return msgspec.json.decode(file.read_bytes(), type=list[Rule])


HEALING: tuple[Rule, ...] = (
    *(Rule(on, do) for on in (On.CONNECT, On.AUTH) for do in (Do.DROP,)),
    *(
        Rule(on, do)
        for on in (On.OPEN_READ, On.OPEN_WRITE, On.READ, On.WRITE, On.CLOSE, On.STAT, On.READDIR, On.POSIX_RENAME, On.REMOVE, On.FSYNC)
        for do in (Do.DROP, Do.DO_THEN_DROP, Do.FAILURE, Do.POISON)
    ),
    *(Rule(on, Do.DO_THEN_FAILURE) for on in (On.OPEN_WRITE, On.WRITE, On.CLOSE, On.POSIX_RENAME, On.REMOVE)),
    Rule(On.CONNECT, Do.GARBAGE),
    Rule(On.ANY, Do.GARBAGE),
    Rule(On.READDIR, Do.STOP),
    Rule(On.READDIR, Do.NAMES),
    Rule(On.READ, Do.STOP, number=7),
    Rule(On.READ, Do.TRUNCATE, number=7),
    Rule(On.STAT, Do.LIE, what="size", number=1),
    Rule(On.ANY, Do.SLOW, number=0.05, times=5),
)
"""Faults that a partner's server has for a while and that pass; none of them may cost or double a file."""


def some_rules(chance: random.Random, *, most: int = 3) -> tuple[Rule, ...]:
    """One to `most` passing faults, each at a chosen match and a chosen number of times."""
    chosen = chance.sample(HEALING, chance.randint(1, most))
    return tuple(
        msgspec.structs.replace(rule, at=chance.choice((1, 1, 2, 3, 5)), times=max(rule.times or 1, chance.choice((1, 1, 2))))
        for rule in chosen
    )


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")
