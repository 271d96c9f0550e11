"""Pick-up: take first, then read (decision 0004).

A file is renamed into the channel's private folder under a unique name, read there once into the archive, and recorded;
only what is recorded and decided moves on to `done/` below it. Every poll also looks through the private folder, so whoever died in
between left nothing behind that nobody looks for. Not for: reading what is in a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from io import BytesIO
from itertools import islice, repeat

from gateway.archive import Archive, Stored, TooLarge
from gateway.config import Take
from gateway.domain.privacy import copy_may_go
from gateway.intake.glance import Glance
from gateway.intake.names import DONE, is_trial, is_unfinished, original_name, taken_name
from gateway.intake.readiness import Sightings
from gateway.intake.room import Room
from gateway.intake.spot import Collected, Picked, Spot
from gateway.kernel import Clock, meter
from gateway.kernel.errors import GatewayError
from gateway.kernel.failpoints import failpoint
from gateway.store import Store, messages, privacy_files
from gateway.transports import FolderMissing, MakesFolders, NoSuchFile, RemoteFile, Stat, TakesMany, Transport

SOME = 500
"""Entries of the private folder that are in hand at one time."""
GROUP = 50
NAMED = 5
"""So many files that wait for their sender are told by name."""
GROUP_BYTES = 8_000_000
AMPLE = Room()
OVER = 4
"""A file is read up to so many times its limit, so that it can be kept and shown; an endless one stays where it is."""


class Collector:
    """The pick-up of one channel; remembers what rests, nothing that matters."""

    def __init__(self, spot: Spot, *, store: Store, archive: Archive, clock: Clock, room: Room = AMPLE) -> None:
        self._spot = spot
        self._room = room
        self._store = store
        self._archive = archive
        self._clock = clock
        self._sightings = Sightings(spot.channel.ready)
        channel = spot.channel
        self._expressions = [pattern.expression() for pattern in channel.files]
        self._glance = Glance(self._wants, most=channel.limits.files, keeps_others=channel.ready.marker is not None)
        self._has_folders = False
        self._is_crowded = False
        self._unremoved: dict[bytes, tuple[int | None, float | None]] = {}
        """Recorded, and still standing where they should have been removed."""
        self._endless: set[bytes] = set()
        """Files of servers that tell no sizes, found to be too large."""

    def poll(self, transport: Transport, *, require: Callable[[], None] = lambda: None) -> Collected:
        """Look once: orphans first, then what is ready. Raises what the transport raises; what is recorded by then stays.

        `require` raises when we may not take files any more: asked before every group, so that nothing is moved while the store is
        away or after somebody else has taken the channel over.
        """
        try:
            return self._poll(transport, require)
        except FolderMissing:
            self._has_folders = False  # somebody may have removed ours: made again at the next poll
            raise

    def _poll(self, transport: Transport, require: Callable[[], None]) -> Collected:
        self._ensure_folders(transport)
        found = Collected()
        decided = self._tend(transport, found) if self._spot.channel.take is Take.MOVE else []
        ready = self._look(transport, found)
        for group in _groups(self._fitting(ready, found)):
            require()
            self._record_all(self._picked(transport, group), transport, found)
        for file in decided:
            self._file_away(transport, file, found)
        if self._is_crowded:
            self._sightings.let_others_in()
        return found

    def _fitting(self, files: Iterable[RemoteFile], found: Collected) -> Iterator[RemoteFile]:
        """The files that may be read for their size; where their order matters, those before the first that may not."""
        most = self._spot.channel.limits.size * OVER
        for file in files:
            size = file.size or 0
            if size > most or file.path.raw in self._endless:
                found.trouble = f"{file.path} has more than {OVER} times limits.size, {most:,} bytes: raise the limit or take it away"
            elif not self._room.admits(size):
                found.trouble = f"{file.path} waits until there is room for its {size:,} bytes"
            else:
                yield file
                continue
            if self._spot.lane is not None:
                return

    def forgotten(self, transport: Transport) -> list[RemoteFile]:
        """Files in the private folder, decided ones too, of which the store knows nothing: it was restored from a backup."""
        entries: list[RemoteFile] = []
        for folder in (self._spot.taken, self._spot.done):
            with suppress(FolderMissing):  # nothing was ever taken there
                entries += [file for file in transport.listing(folder) if file.is_file]
        known = self._known(file.name for file in entries)
        return [file for file in entries if file.name not in known and not is_trial(file.name)]

    def take_again(self, transport: Transport, files: Iterable[RemoteFile]) -> Collected:
        """Read and record these files of the private folder as if they had just been taken."""
        found = Collected()
        back = [file if file.path.parent == self._spot.taken else self._back(transport, file) for file in files]
        for group in _groups(back):
            read = (self._read_taken(transport, file, original_name(file.name)) for file in group)
            self._record([picked for picked in read if picked is not None], transport, found)
        return found

    def _back(self, transport: Transport, file: RemoteFile) -> RemoteFile:
        path = self._spot.taken.join(file.name)
        with suppress(NoSuchFile):
            transport.rename(file.path, path)
        return RemoteFile(path, file.name, file.size, file.modified, is_file=True)

    def clean(self, transport: Transport, *, before: datetime) -> int:
        """Remove files from `done/` whose message was decided before that instant, and trials as old; answers how many.

        Those that hold the data of erased orders go sooner, where nothing is lost by it.
        """
        gone = self._clean_trials(transport, before)
        files = (file for file in transport.listing(self._spot.done) if file.is_file)
        while some := list(islice(files, SOME)):
            over = self._over(some, before)
            for file in some:
                if file.name in over:
                    failpoint("retention.each")
                    with suppress(NoSuchFile):
                        transport.remove(file.path)
                    gone += 1
        return gone

    def _over(self, files: Iterable[RemoteFile], before: datetime) -> set[bytes]:
        """The names of those that have rested long enough."""
        now = self._clock.now()
        with self._store.reading() as connection:
            known = messages.taken(connection, *self._spot.names, (file.name for file in files))
            kept = privacy_files.kept_of(connection, [it.message_id for it in known.values()])
        return {
            name
            for name, it in known.items()
            if it.decided_at is not None
            and (
                it.decided_at < before
                or (it.message_id in kept and copy_may_go(kept=kept[it.message_id], decided_at=it.decided_at, now=now))
            )
        }

    def _clean_trials(self, transport: Transport, before: datetime) -> int:
        """What cut off trials of the server have left behind, by its own clock: younger ones may be under way at another node."""
        trials = [file for file in transport.listing(self._spot.taken) if is_trial(file.name)]
        old = [file for file in trials if file.modified is not None and file.modified < before.timestamp()]
        for file in old:
            with suppress(NoSuchFile):
                transport.remove(file.path)
        return len(old)

    def _ensure_folders(self, transport: Transport) -> None:
        if self._has_folders or self._spot.channel.take is not Take.MOVE:
            return
        next(transport.listing(self._spot.folder), None)  # a missing folder of the partner's is told, never made
        if isinstance(transport, MakesFolders):
            transport.ensure_folder(self._spot.done)
        self._has_folders = True

    def _tend(self, transport: Transport, found: Collected) -> list[RemoteFile]:
        """Record what somebody took and did not record; answers what is decided, which can wait until the new files are taken."""
        decided: list[RemoteFile] = []
        files = (file for file in transport.listing(self._spot.taken) if file.is_file and file.name != DONE)
        while some := list(islice(files, SOME)):
            known = self._known(file.name for file in some)
            orphans = [file for file in some if file.name not in known and not is_trial(file.name)]
            for file in some:
                message = known.get(file.name)
                if message is None or message.decided_at is None:
                    continue
                if len(decided) < SOME:
                    decided.append(file)
                else:
                    self._file_away(transport, file, found)
            for group in _groups(self._fitting(orphans, found)):
                self._record_all(self._read_all(transport, [(file, original_name(file.name)) for file in group]), transport, found)
        return decided

    def _look(self, transport: Transport, found: Collected) -> list[RemoteFile]:
        """The files to take now: wanted by name, complete by the channel's rule, in the order of their names."""
        looked = self._glance.look(transport, self._spot.folder, tracked=self._sightings.resting.keys())
        failpoint("in.rest.decide")
        judged = self._sightings.look(looked.files, looked.others, self._clock.monotonic())
        found.settling = len(judged.settling)
        found.unripe = len(looked.files) - len(judged.ready)
        found.waiting, found.waits = len(judged.waiting), tuple(self._sightings.why(file) for file in judged.waiting[:NAMED])
        ready = [file for file in sorted(judged.ready, key=lambda file: file.name) if not self._is_read(transport, file)]
        most = self._spot.channel.limits.files
        found.left = max(0, len(ready) - most) + looked.beyond
        self._measure(looked.entries, found.waiting, ready[:most])
        self._is_crowded = looked.beyond > 0
        return ready[:most]

    def _wants(self, name: bytes) -> bool:
        """Whether a file is this channel's, by its name."""
        if not any(expression.fullmatch(name) for expression in self._expressions) or is_unfinished(name):
            return False
        return any(pattern.match(name) is not None for pattern in self._spot.channel.files)

    def _measure(self, entries: int, waiting: int, ready: Iterable[RemoteFile]) -> None:
        connector, channel = self._spot.names
        meter.put(meter.DIRECTORY_ENTRIES, entries, connector=connector, channel=channel)
        meter.put(meter.FILES_INCOMPLETE, waiting, connector=connector, channel=channel)
        now, seen = self._clock.monotonic(), self._sightings.resting
        for file in ready:
            meter.observe(meter.FILE_SETTLE, now - seen[file.name].since, connector=connector)

    def _is_read(self, transport: Transport, file: RemoteFile) -> bool:
        """Whether it was recorded as it stands there and should have been removed since then; it is now."""
        if self._unremoved.get(file.name) != (file.size, file.modified):
            return False
        with suppress(NoSuchFile):
            transport.remove(file.path)
        del self._unremoved[file.name]
        return True

    def _pick(self, transport: Transport, file: RemoteFile) -> Picked | None:
        """Take and read one file; None when it is gone, or still written to and so left for the next poll."""
        if self._spot.channel.take is not Take.MOVE:
            return self._read_in_place(transport, file)
        taken = taken_name(file.name)
        path = self._spot.taken.join(taken)
        failpoint("in.take.before_rename")
        try:
            transport.rename(file.path, path)
        except NoSuchFile:
            return None
        failpoint("in.take.after_rename")
        return self._read_taken(transport, RemoteFile(path, taken, file.size, file.modified, is_file=True), file.name)

    def _picked(self, transport: Transport, group: Sequence[RemoteFile]) -> Iterator[Picked | None]:
        """Take and read the files of a group: together where the transport can, one by one elsewhere."""
        if self._spot.channel.take is not Take.MOVE or not isinstance(transport, TakesMany):
            yield from (self._pick(transport, file) for file in group)
            return
        taken = [(file, taken_name(file.name)) for file in group]
        for _ in taken:
            failpoint("in.take.before_rename")
        moved = transport.rename_all([(file.path, self._spot.taken.join(name)) for file, name in taken])
        for _ in taken:
            failpoint("in.take.after_rename")
        ours = [
            (RemoteFile(self._spot.taken.join(name), name, file.size, file.modified, is_file=True), file.name)
            for (file, name), is_ours in zip(taken, moved, strict=True)
            if is_ours
        ]
        yield from self._read_all(transport, ours)

    def _read_all(self, transport: Transport, files: Sequence[tuple[RemoteFile, bytes]]) -> Iterator[Picked | None]:
        """Taken files with the names their sender gave them, small ones together where the transport can."""
        many = transport.contents(file for file, _ in files) if isinstance(transport, TakesMany) else repeat(None)
        for (file, name), content in zip(files, many, strict=False):
            if content is None:
                yield self._read_taken(transport, file, name)
            else:
                failpoint("in.fetch.open")
                yield Picked(name, file.name, self._archive.put(BytesIO(content)))

    def _read_taken(self, transport: Transport, file: RemoteFile, name: bytes) -> Picked | None:
        """A file nobody else reaches: its size in the listing must be what we read, else its sender still writes to it."""
        stored = self._read_whole(transport, file)
        if stored is None or file.size not in {None, stored.size}:
            return None
        return Picked(name, file.name, stored)

    def _read_in_place(self, transport: Transport, file: RemoteFile) -> Picked | None:
        """A file its sender can still change: it must look the same afterwards."""
        stored = self._read_whole(transport, file)
        if stored is None or stored.size != (file.size if file.size is not None else stored.size) or _has_changed(transport, file):
            return None
        return Picked(file.name, b"", stored)

    def _read_whole(self, transport: Transport, file: RemoteFile) -> Stored | None:
        limit = self._spot.channel.limits.size
        failpoint("in.fetch.open")
        try:
            with transport.open(file.path) as source:
                return self._archive.put(source, most=limit * OVER)
        except NoSuchFile:
            return None
        except TooLarge:
            self._endless.add(file.path.raw)
            return None

    def _record_all(self, reading: Iterator[Picked | None], transport: Transport, found: Collected) -> None:
        """Read a group and record it; where reading breaks off, what was read by then."""
        read: list[Picked] = []
        try:
            self._room.require()
            for one in reading:
                if one is not None:
                    read.append(one)
                self._room.require()
        except GatewayError:
            self._record(read, transport, found)
            raise
        self._record(read, transport, found)

    def _record(self, read: list[Picked], transport: Transport, found: Collected) -> None:
        """All of a group in one transaction, each with its work; what was recorded under the same taken name stays one."""
        if not read:
            return
        picked, known = read, found.duplicates
        connector, channel = self._spot.names
        now = self._clock.now()
        with self._store.transaction("in.record") as tx:
            if self._spot.channel.take is Take.KEEP:
                picked = [one for one in picked if not messages.knows(tx.connection, connector, one.stored.sha256)]
            for one in picked:
                recorded = messages.record(
                    tx,
                    messages.NewMessage(
                        connector=connector,
                        channel=channel,
                        file_name=one.name,
                        taken_name=one.taken or None,
                        sha256=one.stored.sha256,
                        size=one.stored.size,
                        archive_key=one.stored.key,
                        received_at=now,
                        lane=self._spot.lane,
                    ),
                )
                if recorded is not None:
                    found.recorded += 1
                    found.duplicates += recorded.first_message_id is not None
        if found.duplicates > known:
            meter.count(meter.FILES, found.duplicates - known, connector=connector, outcome="duplicate")
            meter.count(meter.DUPLICATES, found.duplicates - known, level="file", policy="answered")
        if self._spot.channel.take is not Take.MOVE:
            self._settle_in_place(read, transport)

    def _settle_in_place(self, picked: Iterable[Picked], transport: Transport) -> None:
        """Weaker modes: remember what was read, or remove it if it still looks the same."""
        resting = self._sightings.resting
        seen = [(one.name, entry) for one in picked if (entry := resting.get(one.name)) is not None]
        files = [RemoteFile(self._spot.folder.join(name), name, it.size, it.modified, is_file=True) for name, it in seen]
        if self._spot.channel.take is Take.KEEP:
            for file in files:
                self._glance.was_read(file)
            return
        self._unremoved |= {file.name: (file.size, file.modified) for file in files}
        for file in files:
            if not _has_changed(transport, file):
                with suppress(NoSuchFile):
                    transport.remove(file.path)
            del self._unremoved[file.name]

    def _file_away(self, transport: Transport, file: RemoteFile, found: Collected) -> None:
        failpoint("in.settle.before_rename")
        with suppress(NoSuchFile):
            transport.rename(file.path, self._spot.done.join(file.name))
        failpoint("in.settle.after_rename")
        found.settled += 1

    def _known(self, names: Iterable[bytes]) -> dict[bytes, messages.Taken]:
        with self._store.reading() as connection:
            return messages.taken(connection, *self._spot.names, names)


def _has_changed(transport: Transport, file: RemoteFile) -> bool:
    """Whether a file looks different from its listing; a server that cannot tell is trusted (its mode says so)."""
    if not isinstance(transport, Stat):
        return False
    now = transport.stat(file.path)
    return now is None or (now.size, now.modified) != (file.size, file.modified)


def _groups(files: Iterable[RemoteFile]) -> Iterator[list[RemoteFile]]:
    """Files that share a transaction: few enough that a crash repeats little."""
    left = iter(files)
    while group := list(islice(left, 1)):
        size = group[0].size or 0
        for file in left:
            group.append(file)
            size += file.size or 0
            if len(group) >= GROUP or size >= GROUP_BYTES:
                break
        yield group
