"""Posting runs (sdf 4.7): the approved invoices of one originating system in one file, Posted once that file has its name there."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from gateway.domain import invoicing
from gateway.domain.outcome import InvoiceDocument
from gateway.kernel.failpoints import failpoint
from gateway.outgoing import tools as common
from gateway.outgoing.errand import Errand
from gateway.outgoing.feed import system_of
from gateway.outgoing.render import render
from gateway.outgoing.tools import TRIES, Job, Tools
from gateway.store import Tx, loads, outbox, postings
from gateway.store.counters import Outdated
from gateway.store.effects import Effects
from gateway.store.outbox import Item
from gateway.store.postings import Due

MOST = 1000
KIND = "posting"
Besides = Callable[[Tx, int, int], None]
"""What is done with a run and its item in the transaction that makes them."""


class Posting(Struct, frozen=True):
    """A posting run that was made: its number, its item and how many invoices are in it."""

    run: int
    item_id: int
    invoices: int


def plan(tools: Tools, job: Job) -> tuple[InvoiceDocument, ...]:
    """What the next run would hold; nothing is changed."""
    with tools.store.reading() as connection:
        due = postings.due(connection, system_of(job), most=job.channel.gather.most or MOST)
        return tuple(loads.invoices_by_id(connection, [one.invoice_id for one in due]).values())


def post_all(tools: Tools, job: Job, errand: Errand) -> list[Posting]:
    """Make run after run, one a currency, until no invoice is due."""
    made: list[Posting] = []
    while (posting := _tried(tools, job, errand.require, lambda *_: None)) is not None:
        made.append(posting)
    errand.end(tools.store, done=len(made), now=tools.clock.now())
    return made


def sent(tools: Tools, tx: Tx, item: Item) -> None:
    """The file of a run stands under its final name: its invoices are Posted, in the transaction that says so."""
    run = postings.of_item(tx.connection, item.id)
    if item.kind != KIND or run is None:
        return
    job = Job(tools.workspace.connector(item.connector), tools.workspace.connector(item.connector).sending(item.channel))
    _posted(tools, tx, job, run)


def hand_out(tools: Tools, job: Job, hand_over: Callable[[Tx, int], None]) -> Posting | None:
    """A run whose answer is the file: made, handed over and its invoices Posted in one transaction. None when no invoice is due."""

    def given(tx: Tx, run: int, item_id: int) -> None:
        hand_over(tx, item_id)
        _posted(tools, tx, job, run)

    return _tried(tools, job, lambda _: None, given)


def _posted(tools: Tools, tx: Tx, job: Job, run: int) -> None:
    now = tools.clock.now()
    effects = Effects(tx, {}, at=now)
    origin = common.origin(tools, job)
    for invoice in loads.invoices_by_id(tx.connection, postings.settled(tx, run)).values():
        effects.add(invoicing.post(invoice, origin=origin, at=now), origin)
    effects.write()


def _tried(tools: Tools, job: Job, require: Callable[[Tx], None], besides: Besides) -> Posting | None:
    for _ in range(TRIES):
        try:
            return _make(tools, job, require, besides)
        except Outdated:
            continue
    raise Outdated(f"the invoices for {system_of(job)} keep changing; they are looked at again")


def _make(tools: Tools, job: Job, require: Callable[[Tx], None], besides: Besides) -> Posting | None:
    system = system_of(job)
    with tools.store.reading() as connection:
        due = postings.due(connection, system, most=job.channel.gather.most or MOST)
        if not due:
            return None
        invoices = loads.invoices_by_id(connection, [one.invoice_id for one in due])
        now = tools.clock.now()
        numbered = common.expected(tools, job, connection, at=now)
    together = _one_currency(due, invoices)
    failpoint("invoice.post")
    with tools.store.transaction("invoice.run") as tx:
        require(tx)
        run = postings.reserve(tx, system=system, now=now)
    header = common.envelope(tools, job, at=now)
    documents = [
        replace(invoicing.posting(invoices[one.invoice_id], at=now), envelope=header, resend=one.resend or None) for one in together
    ]
    mapping = tools.library.get(job.channel.mapping)
    values = common.values(tools, job, number=run, at=now, numbered=numbered)
    rendered = render(mapping, documents, values=values, archive=tools.archive, numbered=numbered)
    item = common.item(tools, job, rendered, idem=f"post:{run}", kind=KIND, at=now, numbered=numbered)
    with tools.store.transaction("out.create") as tx:
        require(tx)
        item_id = outbox.make(tx, item)
        postings.made(tx, run, together, item_id=item_id, now=now)
        besides(tx, run, item_id)
    return Posting(run, item_id, len(together))


def _one_currency(due: list[Due], invoices: dict[int, InvoiceDocument]) -> list[Due]:
    """A file speaks one currency: the invoices of the first one's."""
    ordered = sorted(due, key=lambda one: (invoices[one.invoice_id].currency, one.invoice_id))
    _, group = next(groupby(ordered, key=lambda one: invoices[one.invoice_id].currency))
    return list(group)
