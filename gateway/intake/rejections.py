"""Alarms for what partners refuse of the files that we sent: one for each file, with the documents and the partner's codes (edi 3.3).

Ends by itself when the partner says otherwise of the same file. Not for: what the business says of documents, which comes as documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import structlog
from msgspec import Struct

from gateway.config import Connector
from gateway.kernel import Clock, Issue
from gateway.store import Tx, alarms, edi, events, outbox
from gateway.store.alarms import About, NewAlarm
from gateway.store.edi import Confirmed
from gateway.store.messages import SYSTEM, Message
from gateway.transports import shown

log = structlog.get_logger()

MOST = 5
"""So many documents are named; `gateway outbox show` has them all."""


class Refusal(Struct, frozen=True):
    """What of a file was refused, and why: all of it where `documents` is empty."""

    item_id: int
    codes: Sequence[str] = ()
    documents: Mapping[str, Sequence[str]] = {}
    sets: int = 0
    batch: int | None = None


def refusal_of(tx: Tx, it: Confirmed) -> Refusal:
    """What the verdicts on the sets of a file come to."""
    return Refusal(it.item_id, documents=it.rejected, sets=len(edi.sets_of(tx.connection, it.item_id)), batch=it.batch)


def ring(tx: Tx, refusals: Iterable[Refusal], *, connector: Connector, message_id: int, clock: Clock) -> None:
    """Raise an alarm for each file that was refused, or has documents that were."""
    for it in refusals:
        item = outbox.get(tx.connection, it.item_id)
        if item is None:
            continue
        batch = f", batch {it.batch}" if it.batch is not None else ""
        text = f"{connector.partner.name} has refused {_what(it)} of file {item.id} ({shown(item.file_name)}{batch}){_why(it)}"
        new = NewAlarm(
            about=About.REJECTION,
            subject=str(item.id),
            issue=Issue("GWY-42", text),
            connector=item.connector,
            channel=item.channel,
            vendor=connector.partner.vendor,
            detail={"item": item.id, "message": message_id, "batch": it.batch, "documents": list(it.documents)},
        )
        if alarms.ring(tx, new, now=clock.now()) is not None:
            log.error(
                "alarm_raised", reason=text, connector=item.connector, channel=item.channel, about=About.REJECTION.value, code="GWY-42"
            )


def ring_broken(tx: Tx, message: Message, faults: Sequence[str], *, connector: Connector, clock: Clock) -> None:
    """An answer of the partner is broken itself: it settles nothing, its story says so, and somebody must hear of it."""
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    text = f"an answer of {connector.partner.name} is broken and settles nothing: {faults[0]}{more} (message {message.id})"
    detail = {"message": message.id, "faults": list(faults[:MOST])}
    events.of_message(tx, message.id, "answer_broken", actor=SYSTEM, at=clock.now(), detail={"faults": list(faults[:MOST])})
    new = NewAlarm(
        about=About.REJECTION,
        subject=f"message {message.id}",
        issue=Issue("GWY-44", text),
        connector=message.connector,
        channel=message.channel,
        vendor=connector.partner.vendor,
        detail=detail,
    )
    if alarms.ring(tx, new, now=clock.now()) is not None:
        about = {"about": About.REJECTION.value, "code": "GWY-44"}
        log.error("alarm_raised", reason=text, connector=message.connector, channel=message.channel, **about)


def quiet(tx: Tx, item_ids: Iterable[int], *, clock: Clock) -> None:
    """The partner takes these files after all."""
    subjects = {str(it) for it in item_ids}
    known = [it.id for it in alarms.standing(tx.connection, About.REJECTION) if it.subject in subjects] if subjects else []
    alarms.clear(tx, known, now=clock.now(), reason="the partner has accepted it since")


def _what(it: Refusal) -> str:
    if not it.documents or len(it.documents) == it.sets:
        return "everything"
    return f"{len(it.documents)} of {it.sets} documents"


def _why(it: Refusal) -> str:
    named = [f"{document} ({', '.join(codes)})" if codes else document for document, codes in list(it.documents.items())[:MOST]]
    more = len(it.documents) - len(named)
    named += [f"{more} more"] if more else []
    told = "; ".join(named) or ", ".join(it.codes)
    return f": {told}" if told else ""
