"""Books claimed files: reads each by its mapping, refuses or parks what cannot be read, hands the rest to booking as one group.

A bad file concerns itself alone; its neighbours in the group are booked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

import structlog
from msgspec import Struct
from msgspec.structs import replace

from gateway.booking import Incoming, Master, Tally, book
from gateway.config import Connector, Receive, Workspace
from gateway.domain.notice import UPLOADS, Paper, refused_upload
from gateway.domain.origin import Origin
from gateway.formats.edi import Standard
from gateway.intake.cell import Cell
from gateway.intake.choosing import Parked, RefusedWhole
from gateway.intake.interchanges import Admission, Door
from gateway.intake.reading import Legible, Reader, origin_of
from gateway.intake.strangers import strangers
from gateway.intake.suspect import Examined, Failed, PutOff, examine_apart, is_suspect, put_off
from gateway.kernel import Clock, Issue, meter
from gateway.kernel.errors import ConfigError, GatewayError, LeaseLost, Refused, StoreBusy, TryLater
from gateway.kernel.failpoints import failpoint
from gateway.mapping import Library, Reading
from gateway.store import Store, Tx, messages, notices, work
from gateway.store.messages import Identified, Message, MessageState
from gateway.store.work import Lease, Work
from gateway.transports import shown

log = structlog.get_logger()


class Answered(Struct, frozen=True):
    """A file without documents of its own: what partners answer to what we sent, and interchanges that are refused."""

    origin: Origin
    readings: Callable[[], Iterator[Reading]]


Kept = tuple[Work, Receive, Legible | Answered]


class Processor:
    """Brings claimed messages to their verdicts; safe to repeat at any point."""

    def __init__(
        self, workspace: Workspace, reader: Reader, library: Library, *, store: Store, master: Master, clock: Clock, door: Door
    ) -> None:
        self._workspace = workspace
        self._reader = reader
        self._library = library
        self._store = store
        self._master = master
        self._clock = clock
        self._door = door

    def book(self, works: Sequence[Work]) -> Tally:
        """Book the files of these work rows, all of one run. What cannot be read is refused or parked on the way.

        Where the store is away the rows are given back untouched, so that the claim does not count as an attempt.
        """
        try:
            with Cell(self._workspace, self._library) as cell:
                found = self._found(works)
                legible, put_off = self._judge(works, found, cell)
            tally = self._book(works, found, legible)
            tally.put_off += put_off
            return tally
        except StoreBusy:
            with suppress(GatewayError):
                work.give_back(self._store, [it.lease for it in works])
            raise

    def _found(self, works: Sequence[Work]) -> Mapping[int, Message]:
        with self._store.reading() as connection:
            self._master.references.current(connection)
            return messages.some(connection, [it.subject for it in works])

    def _judge(self, works: Sequence[Work], found: Mapping[int, Message], cell: Cell) -> tuple[list[Kept], int]:
        """The files that can be read, and how many are read again later; what becomes of the others is settled here."""
        legible: list[Kept] = []
        put_off = 0
        for it in works:
            message = found[it.subject]
            spot = self._spot(message)
            if spot is None:
                self._park(it, message, (_gone(message),))
                continue
            result = self._let_in(it, message, spot, cell)
            match result:
                case Legible() if _has_changed(it, message, result):
                    self._park(it, message, (_changed(it, message, result),))
                case Legible() | Answered():
                    legible.append((it, spot[1], result))
                case RefusedWhole():
                    self._refuse(it, message, result, spot)
                case Parked():
                    self._park_and_tell(it, message, result.issues, spot)
                case Failed():
                    self._park(it, message, result.issues)
                case PutOff():
                    self._put_off(it, result)
                    put_off += 1
                case None:
                    pass
        return legible, put_off

    def _let_in(self, it: Work, message: Message, spot: tuple[Connector, Receive], cell: Cell) -> Examined | Answered | None:
        """The judgement of the file; of interchanges only what is left for mappings is read. None where nothing is, which is settled."""
        if is_suspect(it) and self._door.is_for(spot[0]):
            first = self._examine(it, message, spot, cell)  # by a child: only what it survives is looked at here
            if isinstance(first, Failed | PutOff):
                return first
        try:
            admission = self._door.admit(it, message, spot[0])
        except LeaseLost:
            return None
        except StoreBusy:
            raise
        except Exception as error:  # noqa: BLE001 - whatever reading a file may raise concerns that file alone
            return put_off(error) if _may_pass(error) else Failed(_why(error))
        if admission is None:
            return _known(self._examine(it, message, spot, cell))
        if admission.has_documents:
            found = self._examine(it, replace(message, barred=admission.barred), spot, cell)
            found = found if admission.readings else _known(found)
            return self._whole(_besides(found, admission), spot[0]) if isinstance(found, Legible) else found
        return self._without_documents(it, message, admission, spot)

    def _whole(self, found: Legible, connector: Connector) -> Legible | RefusedWhole:
        """The file, refused whole where one of its documents cannot be read and the partner wants all or nothing."""
        edi = connector.partner.edi
        profiles = [edi.of(Standard(one)) for one in found.mapping.formats] if edi is not None and found.mapping.is_by_set else []
        if not any(profile is not None and profile.whole_file for profile in profiles):
            return found
        issues = tuple(issue for reading in found.readings() if reading.document is None for issue in reading.issues if issue.is_error)
        return RefusedWhole(found.mapping, issues) if issues else found

    def _without_documents(self, it: Work, message: Message, admission: Admission, spot: tuple[Connector, Receive]) -> Answered | None:
        """A file of answers, of interchanges that came before, or of ones that are refused."""
        if admission.readings:
            origin = origin_of(*spot, self._master.references.known)
            return Answered(origin, lambda: iter(_placed(admission.readings)))
        try:
            with self._store.transaction("in.identify") as tx:
                if admission.is_known is not None:
                    issues = [Issue("DSO-006", one.reason) for one in admission.came]
                    messages.came_again(tx, it.lease, it.subject, admission.is_known, issues, now=self._clock.now())
                else:
                    messages.nothing_inside(tx, it.lease, it.subject, now=self._clock.now())
        except LeaseLost:
            return None
        return None

    def _book(self, works: Sequence[Work], found: Mapping[int, Message], legible: Sequence[Kept]) -> Tally:
        kept = self._identified(legible)
        files = [_incoming(*one) for one in legible if one[0].lease in kept]
        settings = self._workspace.settings.work
        most, hold = settings.chunk_documents, settings.lease
        tally = book(files, store=self._store, master=self._master, clock=self._clock, most=most, hold=hold)
        by_message = {it.subject: it for it in works}
        for message_id, error in tally.broken.items():
            it = by_message[message_id]
            if _may_pass(error):
                self._put_off(it, put_off(error))
                tally.put_off += 1
            else:
                self._park(it, found[it.subject], _why(error))
        return tally

    def _examine(self, it: Work, message: Message, spot: tuple[Connector, Receive], cell: Cell) -> Examined:
        if is_suspect(it):
            return examine_apart(cell, it, message, spot, workspace=self._workspace, library=self._library)
        try:
            failpoint("in.parse.start")
            return self._reader.examine(message, *spot, self._master.references.known)
        except Exception as error:  # noqa: BLE001 - whatever reading a file may raise concerns that file alone
            return put_off(error) if _may_pass(error) else Failed(_why(error))

    def _identified(self, legible: Sequence[Kept]) -> set[Lease]:
        """Note the mappings of a group in one transaction; answers the leases that are still ours."""
        if not legible:
            return set()
        marks = [_identified(it, result) for it, _, result in legible if isinstance(result, Legible)]
        without = {it.lease for it, _, result in legible if isinstance(result, Answered)}
        with self._store.transaction("in.identify") as tx:
            return messages.identified(tx, marks) | without

    def _refuse(self, it: Work, message: Message, result: RefusedWhole, spot: tuple[Connector, Receive]) -> None:
        try:
            with self._store.transaction("in.refuse") as tx:
                messages.identified(tx, [_identified(it, result)])
                messages.refuse(tx, it.lease, it.subject, result.issues, now=self._clock.now())
                self._tell(tx, message, spot, result.mapping.document, result.issues)
        except LeaseLost:
            return
        meter.count(meter.FILES, connector=it.connector, outcome=MessageState.REFUSED.value)
        log.warning("file_refused", **_told(message, result.issues))
        for issue in result.issues:
            meter.count(meter.ROWS_REJECTED, code=issue.code)

    def _tell(self, tx: Tx, message: Message, spot: tuple[Connector, Receive], document: str, issues: Sequence[Issue]) -> None:
        """Who wants to be told of refused uploads is told of a refused file too."""
        vendor = spot[0].partner.vendor
        if document not in UPLOADS or vendor is None:
            return
        origin = Origin(user="", via=spot[1].via, vendor=vendor, connector=message.connector, message_id=message.id)
        reference = self._master.for_chunk(tx.connection, vendors=(vendor,), carriers=()).reference
        paper = Paper(kind=document)
        notices.add(tx, refused_upload(tuple(issues), origin=origin, paper=paper, reference=reference, at=self._clock.now()))

    def _reads(self, channel: Receive) -> str:
        """What the files of a channel are, where one of its layouts tells; a file that none fits was meant to be that."""
        with suppress(ConfigError):
            return self._library.get(channel.mapping[0]).document
        return ""

    def _park_and_tell(self, it: Work, message: Message, issues: Sequence[Issue], spot: tuple[Connector, Receive]) -> None:
        try:
            with self._store.transaction("in.refuse") as tx:
                messages.park_and_answer(tx, it.lease, it.subject, issues, now=self._clock.now())
                self._tell(tx, message, spot, self._reads(spot[1]), issues)
        except LeaseLost:
            return
        meter.count(meter.FILES, connector=it.connector, outcome=MessageState.PARKED.value)
        log.error("file_parked", **_told(message, issues))

    def _park(self, it: Work, message: Message, issues: Sequence[Issue]) -> None:
        try:
            with self._store.transaction("in.refuse") as tx:
                messages.park(tx, it.lease, it.subject, issues, now=self._clock.now())
        except LeaseLost:
            return
        meter.count(meter.FILES, connector=it.connector, outcome=MessageState.PARKED.value)
        log.error("file_parked", **_told(message, issues))

    def _put_off(self, it: Work, result: PutOff) -> None:
        log.warning("reading_put_off", file_id=it.subject, connector=it.connector, attempt=it.attempts, reason=result.issue.text)
        try:
            with self._store.transaction("in.refuse") as tx:
                work.later(tx, it.lease, due_at=self._clock.now() + result.wait, issue=result.issue)
        except LeaseLost:
            return

    def _spot(self, message: Message) -> tuple[Connector, Receive] | None:
        """The connector and channel a message came by, if they are still configured."""
        connector = self._workspace.connectors.get(message.connector)
        if connector is None:
            return None
        channel = connector.taking(message.channel)
        return None if channel is None else (connector, channel)


def _known(found: Examined) -> Examined:
    """The file, parked where no layout of the channel is for any of its sets."""
    strange = strangers(found.mapping, found.readings()) if isinstance(found, Legible) else ()
    return Parked(strange) if strange else found


def _besides(found: Legible, admission: Admission) -> Legible:
    """The documents of the file, and behind them what its other interchanges come to."""
    if not admission.readings:
        return found

    def readings() -> Iterator[Reading]:
        place = 0
        for reading in found.readings():
            place = reading.place
            yield reading
        yield from _placed(admission.readings, place)

    return Legible(found.mapping, found.origin, readings)


def _placed(readings: Sequence[Reading], place: int = 0) -> Iterator[Reading]:
    return (replace(reading, place=place + number) for number, reading in enumerate(readings, 1))


def _told(message: Message, issues: Sequence[Issue]) -> dict[str, object]:
    """A file that was not taken, for the log: the code of its first issue, whose words may hold what the sender wrote."""
    return {
        "message": message.id,
        "connector": message.connector,
        "channel": message.channel,
        "file_name": shown(message.file_name),
        "sha256": message.sha256,
        **({"code": issues[0].code} if issues else {}),
    }


def _identified(it: Work, found: Legible | RefusedWhole) -> Identified:
    return Identified(it.lease, it.subject, found.mapping.name, found.mapping.version, found.mapping.hash)


def _has_changed(it: Work, message: Message, found: Legible) -> bool:
    """Whether documents of the file are booked already as another layout has read them: their places may not be those of this one."""
    return it.next_place > 0 and message.mapping_mark not in {None, found.mapping.hash}


def _changed(it: Work, message: Message, found: Legible) -> Issue:
    before, now = f"{message.mapping} v{message.mapping_version}", f"{found.mapping.name} v{found.mapping.version}"
    text = f"the layout changed while the file was being read: up to document {it.next_place - 1} it was {before}, now it is {now}"
    return Issue("GWY-07", text)


def _incoming(it: Work, channel: Receive, found: Legible | Answered) -> Incoming:
    wait = {kind: limit for kind in ("order", "batch", "shipment") if (limit := getattr(channel.wait, kind)) is not None}
    kind = found.mapping.document if isinstance(found, Legible) else "batch_acknowledgement"
    return Incoming(work=it, kind=kind, origin=found.origin, readings=found.readings(), wait=wait)


def _gone(message: Message) -> Issue:
    text = f"channel {message.connector}/{message.channel} is not configured any more; put it back and replay the message"
    return Issue("GWY-04", text)


def _may_pass(error: Exception) -> bool:
    """Whether it is the machine that is not ready (a disk, memory, too many open files), not the file that is bad."""
    return isinstance(error, OSError | MemoryError | TryLater)


def _why(error: Exception) -> tuple[Issue, ...]:
    """What a person is told about a file whose reading broke off; where it broke stands in the log."""
    if isinstance(error, Refused) and error.issues:
        return error.issues
    log.error("reading_broke_off", reason=type(error).__name__, exc_info=error)
    return (Issue("GWY-05", f"reading the file broke off: {type(error).__name__}: {error}"[:500]),)
