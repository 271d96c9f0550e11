"""A batch that has not left is made anew: the old file is withdrawn and one with what the store holds now takes its numbers.

Inside the transaction of whoever changed what the file shows; so nobody ever sees one without the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import func, select, update

from gateway.domain.extract import again, extract
from gateway.domain.order import PurchaseOrder
from gateway.domain.outcome import BatchLine
from gateway.kernel.errors import GatewayError
from gateway.outgoing import tools as common
from gateway.outgoing.numbered import Numbered, again_as
from gateway.outgoing.render import Rendered, render
from gateway.outgoing.tools import Job, Tools
from gateway.store import Tx, loads, order_rows, outbox, outbox_acts, tables
from gateway.store.outbox import ItemState


class CannotRenew(GatewayError):
    """The file cannot be made anew; says why."""


def renew_batch(tools: Tools, tx: Tx, item_id: int, *, actor: str, reason: str, now: datetime) -> int | None:
    """Withdraw the file of a batch and make it again with what the store holds now; answers the new item.

    None where nothing of the batch is to be shown any more, and where the file was only offered again: it counts as sent as before.
    """
    item = outbox.get(tx.connection, item_id)
    number = tx.connection.execute(select(tables.batch.c.number).where(tables.batch.c.item_id == item_id)).scalar_one_or_none()
    if item is None or number is None:
        raise CannotRenew(f"outgoing item {item_id} is the file of no batch")
    job = _job(tools, item.connector, item.channel)
    if outbox_acts.cancel(tx, item_id, actor=actor, now=now, reason=reason) is ItemState.SENT:
        return None
    lines = loads.batch_lines(tx.connection, [number]).get(number, [])
    orders = again(loads.orders(tx.connection, {line.order_id for line in lines}).values(), lines)
    if not orders:
        return None
    cause = item.idem.split(":")
    made = tx.connection.execute(
        select(func.count()).select_from(tables.outbox).where(tables.outbox.c.idem.like(f"{cause[0]}:{cause[1]}:%"))
    ).scalar_one()
    numbered = Numbered(edi=again_as(job.connector, tools.library.get(job.channel.mapping), tx.connection, item_id, at=now))
    rendered = _render(tools, tx, job, number, orders, lines, numbered=numbered, now=now)
    idem = f"{cause[0]}:{cause[1]}:{made + 2}"
    new = common.item(tools, job, rendered, idem=idem, kind=item.kind, at=now, batch=number, numbered=numbered)
    new_id = outbox.make(tx, replace(new, file_name=item.file_name, numbers=()))
    run = tx.connection.execute
    run(update(tables.outbox_number).where(tables.outbox_number.c.item_id == item_id).values(item_id=new_id))
    run(update(tables.batch).where(tables.batch.c.number == number).values(item_id=new_id))
    return new_id


def _render(
    tools: Tools,
    tx: Tx,
    job: Job,
    number: int,
    orders: Sequence[PurchaseOrder],
    lines: Sequence[BatchLine],
    *,
    numbered: Numbered,
    now: datetime,
) -> Rendered:
    told = order_rows.documents(tx.connection, [it.id for it in orders])
    header = common.envelope(tools, job, at=now)
    reference = tools.reference_in(tx.connection, carriers={line.carrier for it in orders for line in it.lines})
    shown = (extract(told[it.id], it, lines, reference=reference) for it in orders)
    documents = (replace(document, envelope=header) for document in shown)
    mapping = tools.library.get(job.channel.mapping)
    values = common.values(tools, job, number=number, at=now, numbered=numbered)
    return render(mapping, documents, values=values, archive=tools.archive, numbered=numbered)


def _job(tools: Tools, connector: str, channel: str) -> Job:
    found = tools.workspace.connectors.get(connector)
    send = next((it for it in found.send if it.channel == channel), None) if found else None
    if found is None or send is None:
        raise CannotRenew(f"channel {connector}/{channel} is not configured any more; put it back, or cancel the file")
    return Job(found, send)
