"""A simulated partner: it hears what the gateway tells it and hands files over, each once, killed or not.

What it thinks is its mind's business (retailer, vendor), which is a function of what it has heard: after a restart it hears
everything again from its diary and the files it kept, and only what was not handed over then is handed over now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Protocol

from gateway.simulator.diary import Deed, Diary
from gateway.simulator.mail import Letter, Mail


class Mind(Protocol):
    """What a partner knows and wants. Every answer follows from what it has heard, in order; no clock, no chance but the seed."""

    faults: list[str]
    """What the gateway has told it that cannot be."""

    def wants(self, box: str, name: str) -> bool:
        """Whether this file is its business; what others have asked for is left to them."""
        ...

    def begin(self, what: str, *, on: date) -> Sequence[Letter]:
        """Act on its own."""
        ...

    def hear(self, box: str, name: str, body: bytes, *, on: date) -> Sequence[Letter]:
        """Understand a file, and reply. Raises Garbled for one that it cannot read."""
        ...

    def open_matters(self) -> Sequence[str]:
        """What it still waits for, in words."""
        ...


class Garbled(Exception):
    """A file of the gateway's that its receiver cannot read."""


class Partner:
    """A mind with its folders and its diary. `complaints` are things that should not have happened.

    `found` are the files it got, `given` those it handed over.
    """

    def __init__(self, name: str, mind: Mind, mail: Mail, diary: Diary, *, today: Callable[[], date]) -> None:
        self.name = name
        self.mind = mind
        self.mail = mail
        self.complaints: list[str] = []
        self.found: list[tuple[str, str]] = []
        self.given: list[Letter] = []
        self._diary = diary
        self._today = today
        self._heard: set[tuple[str, str]] = set()
        self._remember()

    def step(self) -> bool:
        """Look into the boxes once; whether there was anything."""
        news = [(box, name) for box, name in self.mail.waiting() if self.mind.wants(box, name)]
        for box, name in news:
            self._take(box, name)
        return bool(news)

    def begin(self, what: str) -> None:
        """Do something on its own."""
        on = self._today()
        self._diary.write(Deed.BEGAN, "", what, on=on)
        self._hand_over(self.mind.begin(what, on=on))

    def _take(self, box: str, name: str) -> None:
        if (box, name) in self._heard:
            self.complaints.append(f"{self.name} got {name} twice")
            self.mail.pick(box, name)
            return
        on = self._today()
        body = self.mail.read(box, name)
        self._diary.write(Deed.GOT, box, name, on=on)
        self.mail.pick(box, name)
        self._hand_over(self._understood(box, name, body, on))

    def _understood(self, box: str, name: str, body: bytes, on: date) -> Sequence[Letter]:
        self._heard.add((box, name))
        self.found.append((box, name))
        try:
            return self.mind.hear(box, name, body, on=on)
        except Garbled as error:
            self.complaints.append(f"{self.name} cannot read {name}: {error}")
            return ()

    def _hand_over(self, letters: Sequence[Letter]) -> None:
        for letter in letters:
            self.given.append(letter)
            self.mail.put(letter)
            self._diary.write(Deed.PUT, letter.box, letter.name, on=self._today())

    def _remember(self) -> None:
        """Go through the diary again; hand over what was meant to be and was not."""
        letters: list[Letter] = []
        done: set[tuple[str, str]] = set()
        for entry in self._diary.entries:
            match entry.deed:
                case Deed.BEGAN:
                    letters += self.mind.begin(entry.name, on=entry.on)
                case Deed.GOT:
                    body = self.mail.read(entry.box, entry.name)
                    if not self.mail.is_picked(entry.box, entry.name):
                        self.mail.pick(entry.box, entry.name)
                    letters += self._understood(entry.box, entry.name, body, entry.on)
                case Deed.PUT:
                    done.add((entry.box, entry.name))
        self.given += letters
        for letter in letters:
            if (letter.box, letter.name) in done:
                continue
            if not self.mail.is_there(letter):
                self.mail.put(letter)
            self._diary.write(Deed.PUT, letter.box, letter.name, on=self._today())
