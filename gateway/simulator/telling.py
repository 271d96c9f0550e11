"""What is said of one received file or one delivered item: a sentence or two, with the numbers people know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, func, select

from gateway.domain.outcome import Verdict
from gateway.kernel import Issue
from gateway.store import Store, messages, tables
from gateway.store.messages import Message, MessageState
from gateway.store.outbox import Ack, Item
from gateway.store.queries import ReceiptRow, receipts_of

FEW = 4
LONGEST = 160
ONE_AND_MANY = {"order": "orders", "shipment": "shipments", "invoice": "invoices", "batch_acknowledgement": "acknowledgements"}


def told_of_message(store: Store, message_id: int, event: str) -> tuple[Message, str]:
    """The message, and what became of its documents by this event."""
    with store.reading() as connection:
        message = messages.some(connection, [message_id])[message_id]
        receipts = receipts_of(connection, message_id)
        if event == MessageState.DUPLICATE:
            return message, "a duplicate, nothing changed"
        parts = [*_verdicts(connection, message, receipts), *_refusals(message, receipts)]
    whole = {MessageState.PARKED: ["parked for a person"], MessageState.REFUSED: [] if receipts else ["refused whole"]}
    return message, "; ".join([*whole.get(MessageState(event), []), *parts]) or "nothing in it"


def told_of_item(store: Store, item: Item, event: str) -> str:
    """What an item holds, and how it fares."""
    with store.reading() as connection:
        content = _content(connection, item)
    if event != "sent":
        reason = f": {item.issue.text}" if item.issue else ""
        return f"{content} {event}{reason}"
    if item.ack is not Ack.NONE and item.ack_due_at is not None:
        return f"{content} sent; acknowledgement due by {item.ack_due_at.astimezone():%d %b %H:%M}"
    return f"{content} sent"


def _verdicts(connection: Connection, message: Message, receipts: Sequence[ReceiptRow]) -> Iterable[str]:
    for verdict, word in ((Verdict.BOOKED, "booked"), (Verdict.DUPLICATE, "known already"), (Verdict.EARLY, "waiting")):
        found = [one for one in receipts if one.verdict is verdict]
        if not found:
            continue
        if found[0].kind == "batch_acknowledgement" and verdict is Verdict.BOOKED:
            yield f"batch {found[0].key} acknowledged"
        elif found[0].kind == "invoice" and verdict is Verdict.BOOKED:
            yield from _invoices(connection, message, [one.key for one in found])
        else:
            names = dict.fromkeys(one.order_number or one.key for one in found)
            yield f"{_counted(len(found), found[0].kind)} {word} ({_few(names)})"


def _invoices(connection: Connection, message: Message, numbers: Sequence[str]) -> Iterable[str]:
    """Each with the state in which it entered."""
    history = tables.invoice_history.c
    chosen = select(history.number, history.to_state).where(history.number.in_(numbers), history.at >= message.received_at)
    states = {row.number: row.to_state for row in connection.execute(chosen.order_by(history.seq.desc()))}
    for number in numbers:
        state = states.get(number, "booked")
        yield f"invoice {number} {state}" + (", a unit cost is out of balance" if state == "Held" else "")


def _refusals(message: Message, receipts: Sequence[ReceiptRow]) -> Iterable[str]:
    wrong = [*message.issues, *(issue for one in receipts if one.verdict in {Verdict.REFUSED, Verdict.CONFLICT} for issue in one.issues)]
    yield from (_sentence(issue) for issue in wrong[:FEW])
    if len(wrong) > FEW:
        yield f"and {len(wrong) - FEW} more issues"


def _sentence(issue: Issue) -> str:
    place = f"{issue.where}: " if issue.where else ""
    text = f"{place}{issue.code} {issue.text}"
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _content(connection: Connection, item: Item) -> str:
    match item.kind:
        case "batch":
            line, batch = tables.batch_line.c, tables.batch.c
            chosen = (
                select(batch.number, func.count(func.distinct(line.order_id)), func.count())
                .join_from(tables.batch, tables.batch_line, line.batch_number == batch.number)
                .where(batch.item_id == item.id)
                .group_by(batch.number)
            )
            found = connection.execute(chosen).first()
            return f"batch {found[0]} with {_counted(found[1], 'order')}, {_counted(found[2], 'line')}" if found else "batch"
        case "feed":
            first, _, last = item.idem.rpartition(":")[2].partition("-")
            return f"changes {first} to {last}" if first != last else f"change {first}"
        case "posting":
            line, run = tables.posting_line.c, tables.posting_run.c
            chosen_numbers = (
                select(tables.invoice.c.number)
                .join(tables.posting_line, line.invoice_id == tables.invoice.c.id)
                .join(tables.posting_run, run.run == line.run)
                .where(run.item_id == item.id)
                .order_by(tables.invoice.c.number)
            )
            return f"posting of {_few(connection.execute(chosen_numbers).scalars())}"
        case _:
            return item.kind


def _counted(count: int, kind: str) -> str:
    return f"{count} {kind if count == 1 else ONE_AND_MANY.get(kind, kind + 's')}"


def _few(names: Iterable[str]) -> str:
    found = list(names)
    return ", ".join(found[:FEW]) + (f" and {len(found) - FEW} more" if len(found) > FEW else "")
