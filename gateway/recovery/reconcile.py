"""Lets a restored store catch up with what happened since its backup, so that releasing it repeats nothing.

What was taken is read again; what left is entered as sent, with the bytes that left. What cannot be told for certain is left to a person.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from gateway.delivery import Departure
from gateway.domain import batch as rules
from gateway.domain.outcome import BatchChanged, BatchLine, BatchLinesChanged, Outcome
from gateway.kernel import Issue
from gateway.kernel.errors import GatewayError
from gateway.kernel.instants import in_utc
from gateway.outgoing import Job, Tools, vendor_of
from gateway.outgoing.tools import origin
from gateway.recovery.forgotten import ANSWER, BATCH, POSTING, Forgotten, Left, Search, TakenFile
from gateway.store import Tx, departed, feed, loads, pauses
from gateway.store.departed import Bytes
from gateway.store.effects import Effects
from gateway.store.outbox import Ack, Item, Known, NewItem
from gateway.transports import shown
from gateway.transports.endpoints import Endpoints

Effect = Callable[[Tx, Item], None]
Work = Callable[[], object]
"""Books everything that was recorded, and whatever follows from it."""


class Step(Struct, frozen=True, kw_only=True):
    """One thing that was found, and what was done about it, or has to be."""

    kind: str
    connector: str
    name: str
    outcome: str
    needs_a_person: bool = False
    remedy: str = ""


class Reconciler:
    """One reconciliation of one store; everything outgoing is on hold meanwhile."""

    def __init__(self, tools: Tools, endpoints: Endpoints, search: Search, *, effect: Effect, actor: str) -> None:
        self._tools = tools
        self._endpoints = endpoints
        self._search = search
        self._effect = effect
        self._actor = actor

    def catch_up(self, found: Forgotten, work: Work) -> list[Step]:
        """In the order in which it happened: files up to a batch, the batch, the files behind it; then all other departures."""
        steps: list[Step] = []
        waiting = list(found.taken)
        pending = [it for it in found.left if it.departure.kind == BATCH]
        for it in pending:
            steps += self._take(waiting, it.departure.at, work, surely=True)
            done = self._enter(it)
            if done is None:
                steps += self._take(waiting, it.departure.at, work, surely=False)
                done = self._enter(it) or self._enter_bare(it)
            steps.append(done)
        steps += self._take(waiting, None, work, surely=False)
        for it in found.left:
            if it.departure.kind != BATCH:
                steps.append(self._enter(it) or self._enter_bare(it))
                work()
        swept = self._search.sweep(found)
        if swept:
            steps.append(Step(kind="temporary files", connector="", name=str(swept), outcome="removed: they never got their final names"))
        return steps + self._remarks(found)

    def rehearse(self, found: Forgotten) -> list[Step]:
        """What would be done; nothing is changed."""
        taken = [_step_of(it, "would be read again") for it in found.taken]
        left = [
            _step("outgoing", it.departure, "would be entered as sent" + ("" if it.stands else ", and the partner has it"))
            for it in found.left
        ]
        parts = [Step(kind="temporary file", connector=name, name=str(path), outcome="would be removed") for name, path in found.parts]
        return [*taken, *left, *parts, *self._remarks(found)]

    def _remarks(self, found: Forgotten) -> list[Step]:
        deleting = [
            Step(
                kind="channel",
                connector=name,
                name=name,
                outcome="removes what it reads: what came since the backup is gone",
                needs_a_person=True,
                remedy="ask the partner to send again everything since the backup; what is known already changes nothing",
            )
            for name in found.removed_when_read
        ]
        away = [
            Step(
                kind="partner",
                connector=name,
                name=name,
                outcome=f"could not be looked at: {why}",
                needs_a_person=True,
                remedy="gateway connector test, then gateway reconcile again",
            )
            for name, why in found.unreachable.items()
        ]
        return [*deleting, *away]

    def _take(self, waiting: list[TakenFile], until: datetime | None, work: Work, *, surely: bool) -> list[Step]:
        """Read again what was there by then, and book it."""
        now = [it for it in waiting if until is None or it.was_there(until, surely=surely)]
        for it in sorted(now, key=lambda one: one.file.modified or 0.0):
            waiting.remove(it)
            with self._endpoints.lend(it.spot.connector) as transport:
                self._search.collector(it.spot).take_again(transport, [it.file])
        if now:
            work()
        return [_step_of(it, "read again") for it in now]

    def _enter(self, it: Left) -> Step | None:
        """Enter it as sent; None when the store lacks what was in it."""
        departure = it.departure
        with self._tools.store.reading() as connection:
            item = departed.named(connection, departure.connector, departure.channel, [departure.file_name]).get(departure.file_name)
        if item is not None:
            with self._tools.store.transaction() as tx:
                self._mark(tx, item, it)
            return _step("outgoing", departure, "entered as sent")
        match departure.kind:
            case "batch":
                return self._enter_batch(it)
            case "feed":
                return self._enter_feed(it)
            case "notice":
                return self._enter_notice(it)
            case _:
                return None

    def _enter_notice(self, it: Left) -> Step:
        """A mail that was sent; nothing else belongs to it."""
        with self._tools.store.transaction() as tx:
            item = departed.made_again(tx, self._new(it.departure, None), it.departure.numbers)
            self._mark(tx, item, it)
        return _step("outgoing", it.departure, "entered as sent; what it told is told once more if it is found again")

    def _enter_batch(self, it: Left) -> Step | None:
        """The same lines under the same number, with the file that left."""
        departure, job = it.departure, self._job(it.departure)
        number = _number_of(departure)
        if job is None or number is None or not departure.contents:
            return None
        vendor = vendor_of(self._tools, job)
        with self._tools.store.reading() as connection:
            ids = departed.order_ids(connection, [content.order for content in departure.contents])
        with self._tools.store.transaction() as tx:
            keys = loads.lock_orders(tx, ids.values())
            orders = loads.orders(tx.connection, keys)
            chosen = rules.select(orders.values(), vendor=vendor)
            outcome = rules.cut(chosen, number=number, channel=job.name, vendor=vendor, origin=origin(self._tools, job), at=departure.at)
            names = {order.id: order.number for order in chosen}
            same = {(names[line.order_id], line.line_no, line.quantity) for line in _lines(outcome)}
            if same != {(content.order, content.line, content.quantity) for content in departure.contents}:
                return None
            if not departed.reserve(tx, number, channel=job.name, vendor=vendor.code, at=departure.at):
                return None
            item = departed.made_again(tx, self._new(departure, job), departure.numbers)
            effects = Effects(tx, keys, at=departure.at)
            effects.add(_with_item(outcome, item.id), origin(self._tools, job))
            effects.write()
            self._mark(tx, item, it)
        return _step("outgoing", departure, f"entered as batch {number} with {len(departure.contents)} lines, sent")

    def _enter_feed(self, it: Left) -> Step | None:
        """The same numbers of the feed, for as many changes."""
        departure, job = it.departure, self._job(it.departure)
        parts = departure.idem.rpartition(":")
        first, dash, last = parts[2].partition("-")
        if job is None or not dash or job.connector.partner.system is None:
            return None
        system = job.connector.partner.system
        with self._tools.store.transaction() as tx:
            reached = feed.number(tx, system)
            if reached.exported != int(first) - 1 or reached.last < int(last):
                return None
            item = departed.made_again(tx, self._new(departure, job), departure.numbers)
            feed.exported(tx, system, first=int(first), last=int(last))
            self._mark(tx, item, it)
        return _step("outgoing", departure, f"entered with the changes {first} to {last}, sent")

    def _enter_bare(self, it: Left) -> Step:
        """Its name and numbers count as used; what was in it the store does not know."""
        departure, job = it.departure, self._job(it.departure)
        issue = Issue("GWY-25", f"{shown(departure.file_name)} left on {in_utc(departure.at)}, before the store was restored")
        try:
            with self._tools.store.transaction() as tx:
                item = departed.made_again(tx, self._new(departure, job), departure.numbers)
                number = _number_of(departure)
                if departure.kind == BATCH and number is not None and job is not None:
                    vendor = vendor_of(self._tools, job).code
                    departed.block_batch(tx, number, channel=job.name, vendor=vendor, item_id=item.id, at=departure.at)
                if departure.kind == POSTING and number is not None and job is not None:
                    system = job.connector.partner.system or ""
                    departed.block_posting(tx, number, system=system, item_id=item.id, at=departure.at)
                self._mark(tx, item, it)
                departed.remark(tx, item.id, issue)
        except GatewayError as error:
            return _step("outgoing", departure, f"could not be entered: {error}", remedy="look at it with the partner")
        held = ", ".join(dict.fromkeys(content.order for content in departure.contents))
        what = f" (orders {held})" if held else ""
        return _step(
            "outgoing",
            departure,
            f"the partner has it{what} and the store does not know what belongs to it: entered as item {item.id}, its numbers are used",
            remedy=f"look at its bytes (gateway outbox show {item.id} --raw), and agree with the partner what counts",
        )

    def _mark(self, tx: Tx, item: Item, it: Left) -> None:
        departure, now = it.departure, self._tools.clock.now()
        within = self._within(departure)
        departed.left(
            tx,
            item,
            Bytes(departure.sha256, departure.size),
            known=Known.SEEN if it.stands else Known.INFERRED,
            at=departure.at,
            ack_due_at=departure.at + within if within is not None and item.ack is Ack.DUE else None,
            now=now,
            actor=self._actor,
        )
        self._effect(tx, item)

    def _new(self, departure: Departure, job: Job | None) -> NewItem:
        awaited = job is not None and job.channel.acknowledge.required
        return NewItem(
            idem=departure.idem if departure.kind != ANSWER else f"departed:{departure.idem}:{departure.file_name.hex()}",
            connector=departure.connector,
            channel=departure.channel,
            kind=departure.kind,
            file_name=departure.file_name,
            sha256=departure.sha256,
            size=departure.size,
            archive_key=departure.sha256,
            made_at=departure.at,
            ack=Ack.DUE if awaited else Ack.NONE,
        )

    def _within(self, departure: Departure) -> timedelta | None:
        job = self._job(departure)
        return job.channel.acknowledge.within if job is not None and job.channel.acknowledge.required else None

    def _job(self, departure: Departure) -> Job | None:
        """The send channel it left by; None for answers, and for channels that are not configured any more."""
        connector = self._tools.workspace.connectors.get(departure.connector)
        if connector is None:
            return None
        return next((Job(connector, it) for it in connector.send if it.channel == departure.channel), None)


def let_make(tx: Tx, *, actor: str, now: datetime) -> bool:
    """Files may be put together again; what goes out still waits for a person."""
    return pauses.go_on(tx, pauses.GATHERING, actor=actor, now=now, reason="reconciled")


def _number_of(departure: Departure) -> int | None:
    """The number of a batch or a posting run."""
    word, _, number = departure.idem.partition(":")
    return int(number) if word in {"batch", "post"} and number.isdigit() else None


def _lines(outcome: Outcome) -> list[BatchLine]:
    return [line for change in outcome.changes if isinstance(change, BatchLinesChanged) for line in change.lines]


def _with_item(outcome: Outcome, item_id: int) -> Outcome:
    changes = tuple(
        BatchChanged(replace(change.batch, item_id=item_id)) if isinstance(change, BatchChanged) else change for change in outcome.changes
    )
    return replace(outcome, changes=changes)


def _step(kind: str, departure: Departure, outcome: str, *, remedy: str = "") -> Step:
    return Step(
        kind=kind,
        connector=departure.connector,
        name=shown(departure.file_name),
        outcome=outcome,
        needs_a_person=bool(remedy),
        remedy=remedy,
    )


def _step_of(it: TakenFile, outcome: str) -> Step:
    return Step(kind="incoming", connector=it.spot.names[0], name=shown(it.file.name), outcome=outcome)
