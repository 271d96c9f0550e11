"""A batch that goes to its vendor once more with a new number: what is left of it, as the orders are now (sdf 6.4, H24).

Unlike a cut it is rendered while its orders are locked: a person waits for it, and it is one batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from gateway.config import Gathering
from gateway.documents import Order
from gateway.domain.batch import in_sequence
from gateway.domain.extract import extract
from gateway.domain.outcome import BatchLine, BatchLinesChanged, LinesChanged, Outcome, ShipToChanged
from gateway.outgoing import tools as common
from gateway.outgoing.render import render
from gateway.outgoing.tools import Job, Tools
from gateway.store import Tx, order_rows, outbox


def job_of(tools: Tools, channel: str) -> Job | None:
    """The send channel that made a batch; None for paper, and for a channel that is not configured any more."""
    name, _, send = channel.partition("/")
    connector = tools.workspace.connectors.get(name)
    if connector is None:
        return None
    found = (Job(connector, one) for one in connector.send if one.channel == send and one.gather.what is Gathering.NEW_ORDERS)
    return next(found, None)


def reissue(tools: Tools, job: Job, tx: Tx, outcome: Outcome, *, number: int, replaces: int | None, at: datetime) -> int:
    """The outgoing item of the new batch, in the transaction that holds the orders and writes the outcome; answers its id."""
    numbered = common.expected(tools, job, tx.connection, at=at)
    rendered = render(
        tools.library.get(job.channel.mapping),
        _documents(tools, job, tx, outcome, number=number, at=at),
        values=common.values(tools, job, number=number, at=at, replaces=replaces, numbered=numbered),
        archive=tools.archive,
        numbered=numbered,
    )
    item = common.item(tools, job, rendered, idem=f"batch:{number}", kind="batch", at=at, batch=number, numbered=numbered)
    return outbox.make(tx, item)


def _documents(tools: Tools, job: Job, tx: Tx, outcome: Outcome, *, number: int, at: datetime) -> Iterator[Order]:
    after = {change.order.id: change.order for change in outcome.changes if isinstance(change, LinesChanged)}
    moved = {change.order_id: change.ship_to for change in outcome.changes if isinstance(change, ShipToChanged)}
    lines = [line for line in _lines(outcome) if line.batch == number]
    orders = in_sequence(after[order_id] for order_id in {line.order_id for line in lines})
    reference = tools.reference_in(tx.connection, carriers={line.carrier for order in orders for line in order.lines})
    told = order_rows.documents(tx.connection, [order.id for order in orders])
    header = common.envelope(tools, job, at=at)
    for order in orders:
        document = replace(told[order.id], ship_to=moved.get(order.id, told[order.id].ship_to))
        yield replace(extract(document, order, lines, reference=reference), envelope=header)


def _lines(outcome: Outcome) -> list[BatchLine]:
    return [line for change in outcome.changes if isinstance(change, BatchLinesChanged) for line in change.lines]
