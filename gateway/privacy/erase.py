"""The erasure of the personal data of some purchase orders: everything in the store in one transaction, with the history that says so.

The bytes in the archive are due in the same transaction and go after it (`scrub`); a crash between the two loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from msgspec import Struct

from gateway.booking import Concern, Known, Master, act_in
from gateway.domain import privacy as rules
from gateway.domain.history import SYSTEM
from gateway.domain.order import KeyState
from gateway.domain.origin import Origin
from gateway.domain.outcome import Outcome
from gateway.domain.reference import Organization
from gateway.intake import Reader
from gateway.kernel.errors import GatewayError, TryLater
from gateway.outgoing import Tools, renew_batch
from gateway.privacy.journal import Erasure, ErasureJournal
from gateway.store import Tx, erasing, installation, later, loads, outbox_acts, privacy_files, privacy_log, slips, vendor_requests, work
from gateway.store.outbox import ItemKind
from gateway.store.privacy_files import UNSENT, Carrier
from gateway.store.privacy_log import Act, Subject
from gateway.store.work import Kind, NewWork

WHY = "the personal data in it was erased"
Then = Callable[[Tx], None]


class Kit(Struct, frozen=True):
    """What an erasure works with."""

    tools: Tools
    master: Master
    reader: Reader

    @property
    def organization(self) -> Organization:
        """The retailer's organization, with what is set of it in the store."""
        return self.master.references.declared.organization

    @property
    def journal(self) -> ErasureJournal:
        """The journal of erasures beside the archive."""
        return ErasureJournal(self.tools.archive.folder, self.tools.workspace.settings.node.name)


class NotNow(TryLater):
    """An order is not closed any more, or a file with its data is just being read."""


def erase(kit: Kit, ids: Collection[int], *, actor: str, reason: str, run_id: int | None = None, then: Then | None = None) -> int:
    """Erase the personal data of these orders, which belong to whole sales orders; answers how many had some.

    `then` is done in the same transaction. It is written down beside the archive first: a store that is restored without this
    knowledge has it erased again.
    """
    store, clock = kit.tools.store, kit.tools.clock
    with store.reading() as connection:
        numbers = sorted(number for _, number in loads.names(connection, ids))
    org = kit.organization.code
    kit.journal.note(Erasure(at=clock.now(), kind=Subject.ORDER.value, org=org, subjects=tuple(numbers)))

    def act(tx: Tx) -> int:
        erased = _erase(kit, tx, ids, at=clock.now())
        note = {"answer": rules.Answer.DONE.value, "actor": actor, "reason": reason, "now": clock.now(), "run_id": run_id}
        privacy_log.note(tx, Act.ERASED, Subject.ORDER, erased, **note)  # type: ignore[arg-type]  # what it takes
        if then is not None:
            then(tx)
        return len(erased)

    return store.attempt(act, at="desk.act")


def _erase(kit: Kit, tx: Tx, ids: Collection[int], *, at: datetime) -> list[str]:
    """Work rows first, then the orders, then everything that hangs on them: the order in which everybody locks."""
    numbers = {number for _, number in loads.names(tx.connection, ids)}
    carriers = privacy_files.carriers(tx.connection, ids, erasing.messages_of(tx.connection, ids, numbers))
    outbox_acts.lock_work(tx, [it.id for it in carriers if it.state in UNSENT])
    slips.interrupt(tx, ids, now=at)
    pepper = installation.pepper(tx)
    erased: list[str] = []

    def rule(known: Known) -> Outcome:
        keys = {key.id: key.identity() for key in known.keys.values()}
        chosen = [order for order in known.orders.values() if keys[order.id].state is not KeyState.ERASED]
        still_open = [order.number for order in chosen if not rules.is_over(order)]
        if still_open:
            raise NotNow(f"order {', '.join(still_open)} is not closed")
        erased.extend(order.number for order in chosen)
        return rules.erase(chosen, keys.values(), pepper=pepper, at=at, keep_messages=kit.organization.keep_messages)

    act_in(tx, Concern(orders=tuple(ids)), rule, origin=Origin(user=SYSTEM), master=kit.master, at=at)
    files = erasing.messages_of(tx.connection, ids, numbers)
    privacy_files.due_of_messages(tx, files, now=at)
    carriers = privacy_files.carriers(tx.connection, ids, files)
    privacy_files.due(tx, [it.key for it in carriers], now=at)
    privacy_files.due(tx, slips.let_go(tx, slips.of_orders(tx.connection, ids)), now=at, whole=True)
    for it in carriers:
        if it.state in UNSENT and not it.is_blessed:
            withdraw(kit.tools, tx, it, now=at)
    return erased


def withdraw(tools: Tools, tx: Tx, it: Carrier, *, now: datetime) -> None:
    """What has not left yet leaves without the data: batches, answers and requests are made anew, refused rows stay here.

    A file of the feed goes when it has left.
    """
    match it.kind:
        case ItemKind.BATCH:
            renew_batch(tools, tx, it.id, actor=SYSTEM, reason=WHY, now=now)
        case ItemKind.ANSWER:
            outbox_acts.cancel(tx, it.id, actor=SYSTEM, now=now, reason=WHY)
            message_id = int(it.idem.split(":")[1])
            connector = privacy_files.connector_of(tx.connection, message_id)
            if connector is not None:
                place = later.PLACE if later.tells(tx.connection, message_id, it.id) else 0
                work.add(tx, NewWork(kind=Kind.ANSWER, subject=message_id, connector=connector, due_at=now, place=place))
        case ItemKind.REQUESTS:
            outbox_acts.cancel(tx, it.id, actor=SYSTEM, now=now, reason=WHY)
            vendor_requests.untell(tx, it.id)
        case ItemKind.REFUSED:
            outbox_acts.cancel(tx, it.id, actor=SYSTEM, now=now, reason=WHY)
        case _:
            pass


def erase_each(kit: Kit, groups: Iterable[Collection[int]], *, actor: str, reason: str, run_id: int | None = None) -> tuple[int, int, str]:
    """Each group in a transaction of its own; answers how many orders were done, how many groups failed, and why the first did."""
    done, failed, why = 0, 0, ""
    for ids in groups:
        try:
            done += erase(kit, ids, actor=actor, reason=reason, run_id=run_id)
        except Exception as error:  # noqa: BLE001 - one group that cannot be erased leaves the others
            failed += 1
            why = why or told(error)
    return done, failed, why


def told(error: Exception) -> str:
    """What may be said of an error: ours in its words, any other by its kind, for it may quote what is to be erased."""
    return str(error) if isinstance(error, GatewayError) else type(error).__name__
