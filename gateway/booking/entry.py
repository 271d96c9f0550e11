"""What comes to be booked: received files, their documents one by one, and the chunks that share a commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import timedelta
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from gateway.domain.origin import Origin
from gateway.kernel.failpoints import failpoint
from gateway.mapping import Reading
from gateway.store.work import Lease, Work

MOST = 200
NO_WAIT: Mapping[str, timedelta] = MappingProxyType({})


class Incoming(Struct, frozen=True, kw_only=True):
    """A claimed file: its work row (whose subject is the message), who speaks, and its documents as they are read.

    `readings` starts at the file's first document every time; those below the work row's `next_place` are passed over.
    `wait` names what documents of this channel may wait for, and how long (`order`, `batch`, `shipment`).
    """

    work: Work
    kind: str
    origin: Origin
    readings: Iterable[Reading]
    wait: Mapping[str, timedelta] = NO_WAIT


class Entry(Struct, frozen=True, kw_only=True, gc=False):
    """One document of one file, as it goes into a decision."""

    message_id: int
    place: int
    kind: str
    reading: Reading
    origin: Origin
    wait: Mapping[str, timedelta] = NO_WAIT


class Slice(Struct, frozen=True, kw_only=True):
    """The documents of one file that go into one chunk; `total` is known when the file ends here."""

    work: Work
    entries: tuple[Entry, ...]
    total: int | None = None

    @property
    def message_id(self) -> int:
        """The file."""
        return self.work.subject

    @property
    def next_place(self) -> int:
        """Where the file goes on after this slice."""
        return self.entries[-1].place + 1 if self.entries else self.work.next_place


class Chunk(Struct, frozen=True):
    """What one transaction decides: slices of one or several files."""

    slices: tuple[Slice, ...]

    @property
    def entries(self) -> list[Entry]:
        """All documents, in the order of the files."""
        return [entry for part in self.slices for entry in part.entries]

    @property
    def size(self) -> int:
        """How many documents it holds."""
        return sum(len(part.entries) for part in self.slices)

    def of(self, leases: AbstractSet[Lease]) -> Chunk:
        """What is left when only these leases are still ours."""
        return Chunk(tuple(part for part in self.slices if part.work.lease in leases))

    def halves(self) -> tuple[Chunk, Chunk]:
        """Two chunks of half the documents each; a file that is cut ends in the second."""
        left = self.size // 2
        first: list[Slice] = []
        second: list[Slice] = []
        for part in self.slices:
            if left >= len(part.entries) and not second:
                first.append(part)
            elif left <= 0 or second:
                second.append(part)
            else:
                first.append(replace(part, entries=part.entries[:left], total=None))
                second.append(replace(part, entries=part.entries[left:]))
            left -= len(part.entries)
        return Chunk(tuple(first)), Chunk(tuple(second))


class Broken(Struct, frozen=True):
    """A file whose reading broke off: it leaves the chunk, its neighbours go on."""

    message_id: int
    error: Exception


def chunks(files: Iterable[Incoming], *, most: int = MOST) -> Iterator[Chunk | Broken]:
    """The documents of the files in chunks of at most `most`; small files share one, nobody waits for more."""
    collected: list[Slice] = []
    room = most
    for file in files:
        for part in _slices(file, room, most):
            if isinstance(part, Broken):
                yield part
                continue
            collected.append(part)
            room -= len(part.entries)
            if room <= 0:
                yield Chunk(tuple(collected))
                collected, room = [], most
    if collected:
        yield Chunk(tuple(collected))


def _slices(file: Incoming, room: int, most: int) -> Iterator[Slice | Broken]:
    """The file in slices: the first of at most `room` documents, the others of at most `most`; the last one knows the total."""
    it, message_id, wait = file.work, file.work.subject, file.wait
    taken: list[Entry] = []
    place = 0
    try:
        for reading in file.readings:
            place = reading.place
            failpoint("in.parse.record")
            if place < it.next_place:
                continue
            if len(taken) == room:
                yield Slice(work=it, entries=tuple(taken))
                taken, room = [], most
            origin = replace(file.origin, message_id=message_id, place=place)
            taken.append(
                Entry(message_id=message_id, place=place, kind=reading.kind or file.kind, reading=reading, origin=origin, wait=wait)
            )
    except Exception as error:  # noqa: BLE001 - whatever reading a file may raise concerns that file alone
        yield Broken(message_id, error)
        return
    yield Slice(work=it, entries=tuple(taken), total=place)
