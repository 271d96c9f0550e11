"""From a received file to its documents: which mapping reads it, what refuses it whole, who speaks.

Whole-file rules come first (decision 0018): a file that breaks one gives no document. Not for: deciding about documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Mapping_
from contextlib import contextmanager
from io import BytesIO
from itertools import islice
from typing import BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from gateway.archive import Archive
from gateway.config import Connector, Receive, Workspace
from gateway.domain.header import file_rules
from gateway.domain.origin import Origin
from gateway.domain.reference import Reference
from gateway.intake import rest
from gateway.intake.blanked import blanked
from gateway.intake.choosing import Opener, Parked, RefusedWhole, chosen, mappings_for
from gateway.intake.habits import habits_of
from gateway.intake.kept import InHand, Kept, Spooled
from gateway.kernel import Issue, meter
from gateway.kernel.errors import UnreadableFile
from gateway.mapping import WHOLE_FILE, Library, Mapping, OneOrSeveral, Reading, Values
from gateway.store.messages import SMALL, Message
from gateway.transports import shown

ADMIN = "Admin"
PEEK = 20
IN_HAND = 32 * 1024
"""The documents of files up to this size are kept as they are until they are booked."""


class Legible(Struct, frozen=True):
    """The file can be read: by this mapping, from its first document on, as often as asked."""

    mapping: OneOrSeveral
    origin: Origin
    readings: Callable[[], Iterator[Reading]]


class Rows:
    """Counts the rows of a file against its channel's limit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows = 0

    def count(self, reading: Reading) -> None:
        """One more document; UnreadableFile when the file holds too much."""
        self._rows += reading.rows
        if self._rows > self._most:
            text = f"the file has more than {self._most} rows, which is all this channel takes (limits.rows)"
            raise UnreadableFile([Issue("MAP-01", text, where=reading.where, kind="unreadable")])


class Reader:
    """Reads received files of one workspace out of the archive."""

    def __init__(self, workspace: Workspace, library: Library, archive: Archive) -> None:
        self._workspace = workspace
        self._library = library
        self._archive = archive

    def examine(self, message: Message, connector: Connector, channel: Receive, reference: Reference) -> Parked | RefusedWhole | Legible:
        """Find the mapping and ask the whole-file rules. Of erased bytes what is left of them is read."""
        if self._archive.is_erased(message.archive_key):
            return self._examine_rest(message, connector, channel, reference)
        if message.size == 0:
            return Parked((Issue("MAP-34", "the file is empty", kind="empty"),))
        if message.size > channel.limits.size:
            text = f"the file has {message.size} bytes; this channel takes at most {channel.limits.size} (limits.size)"
            return Parked((Issue("MAP-01", text, kind="unreadable", value=str(message.size)),))
        opened = self.opener(message)
        values = self.values(message, connector, channel)
        mappings = mappings_for(message, channel, self._library)
        mapping = chosen(opened, shown(message.file_name), mappings, values)
        if isinstance(mapping, Parked | RefusedWhole):
            return mapping
        origin = origin_of(connector, channel, reference)
        try:
            with meter.timed(meter.MAPPING_DURATION, mapping=mapping.name):
                kept = self._read_once(opened, mapping, message, Rows(channel.limits.rows), values)
        except UnreadableFile as error:
            return Parked(error.issues)
        if kept is not None:
            return _legible(mapping, kept.__iter__, reference, origin)
        with opened() as source:
            preflight = mapping.preflight(source, values)
        if not preflight.is_legible:
            return RefusedWhole(mapping, preflight.issues)

        def readings() -> Iterator[Reading]:
            rows = Rows(channel.limits.rows)
            with opened() as source:
                for reading in mapping.read(source, values):
                    rows.count(reading)
                    yield reading

        return _legible(mapping, readings, reference, origin)

    def documents(self, message: Message, connector: Connector, channel: Receive) -> Iterator[Reading]:
        """The documents of a file whose mapping is known; nothing for one that none reads."""
        if self._archive.is_erased(message.archive_key):
            yield from rest.read(self._archive, message.archive_key)
            return
        if message.mapping is None:
            return
        mapping = self._library.of(message.mapping)
        with self.opener(message)() as source:
            yield from mapping.read(source, self.values(message, connector, channel))

    def holds_more(self, message: Message, connector: Connector, channel: Receive, *, than: int) -> bool:
        """Whether a file that nobody has read yet holds more documents than that; one that no mapping reads does not."""
        opened, values = self.opener(message), self.values(message, connector, channel)
        mapping = chosen(opened, shown(message.file_name), mappings_for(message, channel, self._library), values)
        if isinstance(mapping, Parked | RefusedWhole):
            return False
        with opened() as source:
            return sum(1 for _ in islice(mapping.read(source, values), than + 1)) > than

    def can_give_back(self, message: Message) -> bool:
        """Whether single documents of the file can be given back as they came: rows can, sets and trees cannot (decision 0067)."""
        found = self._library.of(message.mapping) if message.mapping is not None else None
        return isinstance(found, Mapping) and found.can_sift and not self._archive.is_erased(message.archive_key)

    def give_back(self, message: Message, connector: Connector, channel: Receive, *, why: Mapping_[int, str], target: BinaryIO) -> None:
        """Write the documents at these places as they stand in the file, each with what is wrong with it."""
        if message.mapping is None:
            return
        places = {it.where: why[it.place] for it in self.documents(message, connector, channel) if it.place in why}
        self._library.of(message.mapping).sift(self.opener(message), places, target)

    def _examine_rest(self, message: Message, connector: Connector, channel: Receive, reference: Reference) -> Parked | Legible:
        head = rest.head_of(self._archive, message.archive_key)
        if head is None:
            return Parked((Issue("GWY-20", "the bytes were erased with the personal data in them; nothing is left to be read"),))
        mapping, key = self._library.of(head.mapping), message.archive_key
        return Legible(mapping, origin_of(connector, channel, reference), lambda: rest.read(self._archive, key))

    def values(self, message: Message, connector: Connector, channel: Receive) -> Values:
        """What `$partner.x`, `$file.x` and `$message.x` stand for in this file."""
        parts = next((found for pattern in channel.files if (found := pattern.match(message.file_name)) is not None), {})
        return Values(
            partner=self._workspace.partner_values(connector),
            file={"name": shown(message.file_name), **parts},
            message={"received_at": message.received_at, "id": message.id},
            habits=habits_of(connector),
        )

    def _read_once(self, opened: Opener, mapping: OneOrSeveral, message: Message, rows: Rows, values: Values) -> Kept | None:
        """The documents of a file that is in order as a whole, by one pass; None when it takes a pass of its own to tell."""
        kept: Kept = InHand() if message.size <= IN_HAND else Spooled(mapping.document, self._archive.folder)

        def keep(reading: Reading) -> None:
            rows.count(reading)
            kept.add(reading)

        try:
            with opened() as source:
                return kept if mapping.read_once(source, values, keep) else None
        except (OSError, OverflowError, UnicodeError):  # no room to keep them, or a value that no line can hold
            return None

    def opener(self, message: Message) -> Opener:
        """A way to open the bytes again and again; a small file is read from the archive once."""
        if message.size > SMALL:
            return lambda: self._open(message)
        with self._open(message) as source:
            content = source.read()
        return lambda: BytesIO(content)

    @contextmanager
    def _open(self, message: Message) -> Iterator[BinaryIO]:
        """The bytes, without interchanges that hold nothing for us."""
        with self._archive.open(message.archive_key) as source:
            yield blanked(source, message.barred)


def origin_of(connector: Connector, channel: Receive, reference: Reference) -> Origin:
    """Who speaks by this channel: the connector decides the partner, never the file."""
    vendor = reference.vendors.get(connector.partner.vendor or "")
    return Origin(
        user=channel.user or (vendor.integration_user if vendor else ADMIN),
        via=channel.via,
        vendor=connector.partner.vendor,
        system=connector.partner.system,
        connector=connector.connector,
        channel=channel.channel,
    )


def _legible(
    mapping: OneOrSeveral, readings: Callable[[], Iterator[Reading]], reference: Reference, origin: Origin
) -> RefusedWhole | Legible:
    """The file, unless the business refuses it whole for its header; an invoice with a unit cost that is none bars all its invoices.

    Sets of interchanges stand for themselves.
    """
    if mapping.is_by_set:
        return Legible(mapping, origin, readings)
    issues = _of_header(list(islice(readings(), PEEK)), reference, origin)
    if issues:
        return RefusedWhole(mapping, issues)
    spoilt = next(_spoilt(readings()), None) if mapping.document == "invoice" else None
    return Legible(mapping, origin, readings if spoilt is None else lambda: barred(readings(), spoilt))


def _of_header(first: Sequence[Reading], reference: Reference, origin: Origin) -> tuple[Issue, ...]:
    """What the header breaks: of the first document, or of the first that cannot be read whole, as far as its header could."""
    one = next((it for it in first if it.document is not None), next((it for it in first if it.envelope is not None), None))
    if one is None or one.envelope is None:
        return ()
    found = file_rules(one.envelope, reference=reference, origin=origin)
    unread = {issue.field for issue in one.issues} if one.document is None else frozenset()
    return tuple(issue for issue in found if issue.field not in unread and issue.field not in one.holes)


def _spoilt(readings: Iterator[Reading]) -> Iterator[Issue]:
    return (issue for reading in readings for issue in reading.issues if issue.is_error and issue.code in WHOLE_FILE)


def barred(readings: Iterator[Reading], why: Issue) -> Iterator[Reading]:
    """The documents of a file that is refused whole: each is judged, so that all that is wrong is told at once, and none is booked."""
    for reading in readings:
        if reading.document is None:
            yield reading
            continue
        issue = Issue(why.code, f"nothing of this file is taken, because of {why.sentence}", where=reading.where, key=reading.key)
        told = reading.document.envelope
        yield replace(reading, document=None, draft=reading.document, told=told, issues=(*reading.issues, issue))
