"""One look into a folder of any size: which entries are looked at closer, at most so many, in turns where there are more.

Memory does not grow with the folder: kept are the names that are looked at, and of the others so many that most need no second thought.
Not for: whether a file is complete.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from msgspec import Struct

from gateway.kernel.failpoints import failpoint
from gateway.transports import NamesFirst, RemoteFile, RemotePath, Transport

PASSED = 200_000
"""Names of other people's files that are remembered; beyond that each is judged anew at every look."""
SPARE = 1000
AGAIN = 50
"""Files that stay after they were read are looked at again within so many looks, and small folders at every look."""


class Looked(Struct, frozen=True):
    """What a look found: files by name, how many entries there are, wanted ones that wait for a later turn, and names beside them."""

    files: tuple[RemoteFile, ...]
    entries: int
    beyond: int
    others: frozenset[bytes]


class Glance:
    """The looks into one channel's folder. `wants` says by the name alone whose a file is; so many at `most` are new at one look."""

    def __init__(self, wants: Callable[[bytes], bool], *, most: int, keeps_others: bool) -> None:
        self._wants = wants
        self._most = most
        self._keeps_others = keeps_others
        self._passed: set[bytes] = set()
        self._after = b""
        self._read: dict[bytes, int] = {}
        self._turn: list[bytes] = []

    def look(self, transport: Transport, folder: RemotePath, *, tracked: Collection[bytes]) -> Looked:
        """Look once. `tracked` files are looked at again each time, those that were read and stay in turns."""
        choice = _Choice(self._after, room=self._most)
        others: set[bytes] = set()
        found: dict[bytes, RemoteFile] = {}
        present: list[bytes] = []
        entries = 0
        for names, files in _batches(transport, folder):
            entries += len(names)
            news = set(names) - self._passed
            for name in news if files else news.difference(self._read):  # one at a time: of several it walks through all of each
                file = files.get(name)
                if file is not None and self._read.get(name) == stamp(file):
                    continue
                if name in tracked:
                    present.append(name)
                    found.update({name: file} if file else {})
                elif self._wants(name):
                    choice.offer(name, file)
                else:
                    self._pass_by(name, others)
        chosen = choice.made(most=2 * self._most - len(present))
        self._after = chosen[-1] if choice.beyond and chosen else b""
        found |= choice.files
        if isinstance(transport, NamesFirst):
            found = self._looked_at(transport.look(folder, [*present, *chosen]))
            found |= self._changed(transport, folder)
        if len(self._passed) > 2 * entries + SPARE:
            self._passed.clear()  # names that are gone are forgotten now and then, all at once
        return Looked(tuple(found.values()), entries, choice.beyond, frozenset(others))

    def was_read(self, file: RemoteFile) -> None:
        """The file was read and stays where it is: it counts again when it has changed."""
        self._read[file.name] = stamp(file)

    def _pass_by(self, name: bytes, others: set[bytes]) -> None:
        if self._keeps_others:
            others.add(name)
        elif len(self._passed) < PASSED:
            self._passed.add(name)

    def _looked_at(self, files: Iterator[RemoteFile]) -> dict[bytes, RemoteFile]:
        found = {}
        for file in files:
            failpoint("in.list.entry")
            if file.is_file:
                found[file.name] = file
        return found

    def _changed(self, transport: NamesFirst, folder: RemotePath) -> dict[bytes, RemoteFile]:
        """Of the read files whose turn it is: those that were replaced. They, and those that are gone, are read no more."""
        self._turn = self._turn or list(self._read)
        many = max(SPARE, len(self._read) // AGAIN)
        again, self._turn = self._turn[-many:], self._turn[:-many]
        looked = self._looked_at(transport.look(folder, again))
        same = {name for name, file in looked.items() if self._read.get(name) == stamp(file)}
        for name in again:
            if name not in same:
                self._read.pop(name, None)
        return {name: file for name, file in looked.items() if name not in same}


class _Choice:
    """The first names in the order of names, from behind the last turn on and then from the beginning; never many more are kept."""

    def __init__(self, after: bytes, *, room: int) -> None:
        self._after = after
        self._room = room
        self._offered = 0
        self._names: list[bytes] = []
        self._last: tuple[bool, bytes] | None = None
        self.files: dict[bytes, RemoteFile] = {}

    def offer(self, name: bytes, file: RemoteFile | None) -> None:
        """One more name."""
        self._offered += 1
        if self._last is not None and self._key(name) > self._last:
            return
        self._names.append(name)
        if file is not None:
            self.files[name] = file
        if len(self._names) >= 2 * self._room + SPARE:
            self._cut()

    def made(self, *, most: int) -> list[bytes]:
        """The chosen names, in order."""
        self._room = max(0, min(self._room, most))
        self._cut()
        return self._names

    @property
    def beyond(self) -> int:
        """How many were offered and not chosen."""
        return self._offered - min(self._offered, self._room)

    def _cut(self) -> None:
        self._names.sort(key=self._key)
        for name in self._names[self._room :]:
            self.files.pop(name, None)
        del self._names[self._room :]
        if len(self._names) == self._room:
            self._last = self._key(self._names[-1]) if self._names else (False, b"")

    def _key(self, name: bytes) -> tuple[bool, bytes]:
        return name <= self._after and self._after != b"", name


def stamp(file: RemoteFile) -> int:
    """What changes when a file is replaced, in few bytes."""
    return hash((file.size, file.modified))


def _batches(transport: Transport, folder: RemotePath) -> Iterator[tuple[list[bytes], Mapping[bytes, RemoteFile]]]:
    """Names a thousand at a time, with what is known of them where a listing tells it for nothing."""
    if isinstance(transport, NamesFirst):
        for names in transport.names(folder):
            yield names, {}
        return
    files: dict[bytes, RemoteFile] = {}
    for file in transport.listing(folder):
        if file.is_file:
            files[file.name] = file
        if len(files) >= SPARE:
            yield list(files), files
            files = {}
    if files:
        yield list(files), files
