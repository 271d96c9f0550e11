"""Answers a received file (store.md 4, T8): what became of each document, by the channel's answer layout.

Booking left only the intention; here the file is made, once a settling, with its bytes fixed. Not for: sending it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from io import BytesIO
from itertools import islice

import structlog
from msgspec.structs import replace
from sqlalchemy import select

from gateway.archive import Archive, BlobLost
from gateway.config import Answer, Connector, NameValues, Receive, Workspace
from gateway.documents import ChangeRequest, Envelope, Order, OrderAnswer, Result, ResultEntry
from gateway.domain import answer as rules
from gateway.domain.change_answer import Judged, decided
from gateway.domain.change_answer import answers as answers_to
from gateway.domain.order import KeyState
from gateway.domain.order_refusal import Unbooked, refusals
from gateway.domain.outcome import Verdict
from gateway.domain.request import Request
from gateway.intake.acknowledging import Acknowledger
from gateway.intake.cell import Cell
from gateway.intake.entries import Receipt, entries_of
from gateway.intake.reading import Reader
from gateway.intake.suspect import documents_apart, is_suspect
from gateway.kernel import Clock, Issue
from gateway.kernel.errors import LeaseLost, Refused, StoreBusy, TryLater
from gateway.kernel.issues import gravest_first
from gateway.kernel.typed import convert
from gateway.mapping import Library, Mapping, Reading
from gateway.outgoing.numbered import Numbered, expect
from gateway.outgoing.render import give_up, refuse, render, written
from gateway.outgoing.tools import TRIES, free_name
from gateway.store import Store, answers, events, later, messages, outbox, privacy_files, requests, tables, work
from gateway.store.counters import Outdated
from gateway.store.messages import Message, MessageState
from gateway.store.outbox import AlreadyMade, NewItem
from gateway.store.work import Work
from gateway.transports import shown

log = structlog.get_logger()

KIND = "answer"
REFUSED = "refused"
CHANGE = "change"
ORDER = "order"
ANSWER = "order_answer"
"""Layouts of these answer changes set by set, as vendors do."""
PEEK = 20
Since = dict[int, list[Request]]
"""Of documents that waited and are decided, by their places, what they had asked for."""
WHOLE_FILE = frozenset({MessageState.DUPLICATE, MessageState.PARKED, MessageState.REFUSED})


class Answerer:
    """Makes the answer files of one workspace."""

    def __init__(self, workspace: Workspace, reader: Reader, library: Library, *, store: Store, archive: Archive, clock: Clock) -> None:
        self._acknowledger = Acknowledger(workspace, reader, library, store=store, archive=archive, clock=clock)
        self._workspace = workspace
        self._reader = reader
        self._library = library
        self._store = store
        self._archive = archive
        self._clock = clock

    def answer(self, it: Work) -> int | None:
        """Make the answer of one message; the id of its item, or None when its channel answers nothing or it cannot be made.

        TryLater when it cannot be made now: our disk, our memory, or the bytes of the file are not there.
        """
        with self._store.reading() as connection:
            message = messages.some(connection, [it.subject])[it.subject]
        spot = self._spot(message)
        if spot is None:
            self._finish(it)
            return None
        connector, channel, wanted = spot[0], spot[1], spot[1].answer
        try:
            if is_suspect(it) and connector.partner.edi is not None:
                for _ in self._documents(it, self._first(message), connector, channel):
                    pass  # by a child: only what it survives is looked at here
            is_later = it.place == later.PLACE
            acknowledged = () if is_later else self._acknowledger.answer(it, message, connector, channel)
            if wanted is None or (is_later and self._library.get(wanted.mapping).document != ANSWER):
                self._finish(it, message, acknowledged)
                return next(iter(acknowledged), None)
            made = self._made(it, message, connector, channel, wanted)
            if made is None:
                self._finish(it, message, acknowledged)
            return next(iter(acknowledged), None) if made is None else made[0]
        except Refused as error:
            self._set_aside(it, message, error)
            return None
        except BlobLost as error:
            log.exception("answer_without_bytes", reason=str(error), **_told(message))  # a person must act: this is an alarm
            raise TryLater(f"{error}: bring it back from the backup of the archive") from error
        except (LeaseLost, StoreBusy):
            raise
        except (OSError, MemoryError, TryLater) as error:
            reason = str(error) if isinstance(error, TryLater) else f"{type(error).__name__}: {getattr(error, 'strerror', None) or error}"
            log.warning("answer_put_off", attempt=it.attempts, reason=reason, **_told(message))
            raise TryLater(f"making the answer is tried again: {reason}") from error

    def is_long(self, message_id: int, *, most: int) -> bool:
        """Whether a message that came just now holds more documents than that, and so has a long answer."""
        with self._store.reading() as connection:
            message = messages.some(connection, [message_id])[message_id]
        spot = self._spot(message)
        return spot is not None and self._reader.holds_more(message, *spot, than=most)

    def said(self, message_id: int, mapping_name: str) -> bytes:
        """The answer to a message in the request that brought it; nothing is kept or sent. Refused where the layout cannot carry it."""
        with self._store.reading() as connection:
            message = messages.some(connection, [message_id])[message_id]
        spot = self._spot(message)
        if spot is None:
            raise TryLater(f"the channel of message {message_id} is not configured any more")
        mapping = self._library.get(mapping_name)
        readings = self._reader.documents(self._first(message), *spot)
        documents = [self._as_result(message, readings, self._clock.now(), {})]
        target = BytesIO()
        refuse(mapping.write(documents, target, self._reader.values(message, *spot)))
        return target.getvalue()

    def _made(self, it: Work, message: Message, connector: Connector, channel: Receive, wanted: Answer) -> list[int | None] | None:
        """Render and store; once more where somebody else has taken the control numbers meanwhile. None where nothing is to be said."""
        for _ in range(TRIES):
            since = self._since(it, message)
            items = self._items(it, message, connector, channel, wanted, since)
            if not items:
                return None
            try:
                return self._store_items(it, message, items, sorted(since))
            except Outdated:
                continue
        raise Outdated(f"the numbers of the answer to message {message.id} are taken by others; it is made again")

    def _since(self, it: Work, message: Message) -> Since:
        """What was decided since the file was answered, where that is what is to be told."""
        if it.place != later.PLACE:
            return {}
        with self._store.reading() as connection:
            return later.untold(connection, message.id)

    def _items(self, it: Work, message: Message, connector: Connector, channel: Receive, wanted: Answer, since: Since) -> list[NewItem]:
        """The answer, and the file with the rows that were not taken where the channel wants one; nothing while nothing is decided."""
        now = self._clock.now()
        mapping = self._library.get(wanted.mapping)
        names = NameValues(made_at=now, message=message.id, file=message.file_name, partner=self._workspace.partner_values(connector))
        left: dict[str, str] = {}
        documents: list[Result] | list[OrderAnswer]
        if mapping.document == ANSWER:
            documents = self._as_answers(it, message, connector, channel, since, now, mapping.answers)
        else:
            documents = [self._result(it, message, connector, channel, now, left)]
        if not documents:
            return []
        with self._store.reading() as connection:
            numbered = Numbered(edi=expect(connector, mapping, connection, at=now))
        values = replace(self._reader.values(message, connector, channel), envelope=numbered.envelope)
        rendered = render(mapping, documents, values=values, archive=self._archive, numbered=numbered)
        found = [(KIND, wanted.file, rendered.stored)]
        if wanted.refused is not None and left and message.mapping is not None and not self._is_erased(message):
            rows, opener = self._library.of(message.mapping), self._reader.opener(message)
            found.append((REFUSED, wanted.refused, written(lambda target: rows.sift(opener, left, target), self._archive)))
        return [
            NewItem(
                idem=f"{kind}:{message.id}",
                connector=connector.connector,
                channel=channel.channel,
                kind=kind,
                file_name=template.render(names),
                sha256=stored.sha256,
                size=stored.size,
                archive_key=stored.key,
                made_at=now,
                give_up_at=give_up(now),
                numbers=numbered.numbers if kind == KIND else (),
                sets=numbered.edi.sets if numbered.edi is not None and kind == KIND else (),
                warnings=rendered.warned if kind == KIND else (),
            )
            for kind, template, stored in found
        ]

    def _is_erased(self, message: Message) -> bool:
        """Whether the rows of the file must not be given out any more."""
        with self._store.reading() as connection:
            return privacy_files.is_due(connection, message.archive_key)

    def _result(self, it: Work, message: Message, connector: Connector, channel: Receive, at: datetime, left: dict[str, str]) -> Result:
        return self._as_result(message, self._documents(it, self._first(message), connector, channel), at, left)

    def _as_result(self, message: Message, readings: Iterator[Reading], at: datetime, left: dict[str, str]) -> Result:
        """The documents' verdicts in the order of the file, or the one verdict about the file; `left` takes the places not taken."""
        account = self._workspace.reference.organization.account
        file = shown(message.file_name)
        if message.state in WHOLE_FILE and message.total is None:
            header = _envelope(islice(readings, PEEK))
            return rules.refused_file(file, message.issues, envelope=header, at=at, account=account, name_of=self._name_of(message))
        receipts, name_of = self._receipts(message), self._name_of(message)
        entries: list[ResultEntry] = []
        again: set[int] = set()
        envelope: Envelope | None = None
        for reading in readings:
            envelope = envelope or reading.envelope
            if reading.place in receipts:
                receipt = receipts[reading.place]
                known = len(entries)
                entries += entries_of(reading, receipt, name_of)
                if receipt.verdict is Verdict.DUPLICATE:
                    again.update(range(known, len(entries)))
                if receipt.verdict in rules.REJECTING:
                    left[reading.where] = " | ".join(f"{issue.code} {issue.text}" for issue in receipt.issues if issue.is_error)
        return rules.result(file, entries, envelope=envelope or Envelope(), at=at, account=account, again=again)

    def _name_of(self, message: Message) -> rules.NameOf:
        """The sender's own names of our fields, where its file was read by one layout."""
        found = self._library.of(message.mapping) if message.mapping is not None else None
        return found.names.of if isinstance(found, Mapping) else rules.our_name

    def _as_answers(  # noqa: PLR0917 - the file, where it came, and what is to be told
        self, it: Work, message: Message, connector: Connector, channel: Receive, since: Since, at: datetime, answered: Collection[str]
    ) -> list[OrderAnswer]:
        """What became of each set of changes, and which orders were refused, as far as the layout answers them.

        A file that comes again is answered as it was; later, what was decided `since` is told.
        """
        first = self._first(message)
        receipts = self._receipts(first)
        if it.place == later.PLACE:
            receipts = {place: receipt for place, receipt in receipts.items() if place in since}
        judged: list[Judged] = []
        refused: list[Unbooked] = []
        for reading in self._documents(it, first, connector, channel) if receipts else ():
            receipt = receipts.get(reading.place)
            if receipt is None:
                continue
            if receipt.kind != ORDER:
                one = _judged(reading, receipt)
                judged += decided(one, since[reading.place]) if reading.place in since else [one]
            elif receipt.verdict is Verdict.REFUSED:
                refused.append(_unbooked(reading, receipt))
        told = answers_to(judged, on=at.date()) if CHANGE in (answered or {CHANGE}) else []
        return [*told, *refusals(refused, known=self._known(refused), on=at.date())] if ORDER in answered else told

    def _known(self, orders: Sequence[Unbooked]) -> set[str]:
        """Which of these numbers are those of orders that were taken."""
        if not orders:
            return set()
        key = tables.order_key.c
        with self._store.reading() as connection:
            found = select(key.po_no).where(key.po_no.in_({it.number for it in orders}), key.state != KeyState.EXPECTED)
            return set(connection.execute(found).scalars())

    def _documents(self, it: Work, message: Message, connector: Connector, channel: Receive) -> Iterator[Reading]:
        """The documents of the file once more; by a limited child where somebody died making this answer."""
        if message.mapping is None or not is_suspect(it):
            yield from self._reader.documents(message, connector, channel)
            return
        with Cell(self._workspace, self._library) as cell:
            yield from documents_apart(cell, it, message, most=self._workspace.settings.work.attempts)

    def _first(self, message: Message) -> Message:
        """The message that knows how these bytes are read: the first one, for a duplicate."""
        if message.first_message_id is None:
            return message
        with self._store.reading() as connection:
            return messages.some(connection, [message.first_message_id])[message.first_message_id]

    def _receipts(self, message: Message) -> dict[int, Receipt]:
        receipt = tables.receipt.c
        chosen = select(receipt.place, receipt.kind, receipt.verdict, receipt.key, receipt.issue, receipt.result)
        with self._store.reading() as connection:
            rows = connection.execute(chosen.where(receipt.message_id == message.id)).all()
            named = requests.names(connection, message.id) if any(row.kind == CHANGE for row in rows) else {}
        return {
            row.place: Receipt(
                row.kind,
                Verdict(row.verdict),
                row.key or "",
                gravest_first(convert(row.issue or [], tuple[Issue, ...])),
                row.result or "",
                named.get(row.place, ""),
            )
            for row in rows
        }

    def _store_items(self, it: Work, message: Message, items: Sequence[NewItem], places: Sequence[int]) -> list[int | None]:
        """Under names that are free: a later answer to the same file, or to another file of that name, gets a number.

        `places` are those of which it tells what was decided later.
        """
        made: list[int | None] = []
        with self._store.transaction("in.answer") as tx:
            work.require(tx, it.lease)
            nth = events.how_often(tx.connection, message.id, answers.ANSWERED) + 1
            gone = privacy_files.is_due(tx.connection, message.archive_key)
            for item in items:
                if gone and item.kind == REFUSED:
                    continue
                try:
                    made.append(outbox.make(tx, replace(item, file_name=free_name(tx, item), idem=f"{item.idem}:{nth}")))
                except AlreadyMade:
                    made.append(None)
            at = items[0].made_at
            told = {"item": made[0], **({later.TOLD: list(places)} if places else {})}
            events.of_message(tx, message.id, answers.ANSWERED, actor=messages.SYSTEM, at=at, detail=told)
            work.finish(tx, it.lease)
        return made

    def _set_aside(self, it: Work, message: Message, error: Refused) -> None:
        """The layout cannot carry this answer, or the file is not read again: told at the message, until a person replays it."""
        with self._store.transaction("in.answer") as tx:
            work.require(tx, it.lease)
            events.of_message(tx, message.id, answers.UNANSWERED, actor=messages.SYSTEM, at=self._clock.now(), detail=list(error.issues))
            work.finish(tx, it.lease)
        log.error("answer_set_aside", code=error.issues[0].code if error.issues else "", **_told(message))

    def _finish(self, it: Work, message: Message | None = None, made: Sequence[int] = ()) -> None:
        """Nothing (more) is to be made; of acknowledgements the message knows."""
        with self._store.transaction("in.answer") as tx:
            if message is not None and made:
                at = self._clock.now()
                events.of_message(tx, message.id, answers.ANSWERED, actor=messages.SYSTEM, at=at, detail={"item": made[0]})
            work.finish(tx, it.lease)

    def _spot(self, message: Message) -> tuple[Connector, Receive] | None:
        connector = self._workspace.connectors.get(message.connector)
        channel = connector.taking(message.channel) if connector else None
        return None if connector is None or channel is None else (connector, channel)


def _told(message: Message) -> dict[str, object]:
    return {
        "message": message.id,
        "connector": message.connector,
        "channel": message.channel,
        "file_name": shown(message.file_name),
        "sha256": message.sha256,
    }


def _unbooked(reading: Reading, receipt: Receipt) -> Unbooked:
    said = reading.said if isinstance(reading.said, Order) else None
    return Unbooked(
        number="" if "number" in reading.holes else (receipt.key or reading.key).upper(),
        entered_on=said.entered_on if said is not None and "entered_on" not in reading.holes else None,
        issues=receipt.issues,
    )


def _judged(reading: Reading, receipt: Receipt) -> Judged:
    said = reading.said if isinstance(reading.said, ChangeRequest) else None
    return Judged(
        where=reading.where,
        key="" if "order_number" in reading.holes else (receipt.key or reading.key).upper(),
        verdict=receipt.verdict,
        result=receipt.result,
        said=said,
        request_id=(said.request_id if said is not None else None) or receipt.request,
        issues=receipt.issues,
        holes=reading.holes,
    )


def _envelope(readings: Iterable[Reading]) -> Envelope:
    """The header of the first document that has one."""
    return next((reading.envelope for reading in readings if reading.envelope is not None), Envelope())
