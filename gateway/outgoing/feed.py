"""Files of the change feed (sdf 4.3): what was booked meanwhile is numbered and sent, each number in one file, without gap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from gateway.domain.feed import status_change
from gateway.domain.outcome import FeedEntry, Wish
from gateway.kernel.errors import ConfigError
from gateway.kernel.failpoints import failpoint
from gateway.outgoing import tools as common
from gateway.outgoing.errand import Errand
from gateway.outgoing.numbered import Numbered
from gateway.outgoing.render import render
from gateway.outgoing.tools import TRIES, Job, Tools
from gateway.store import feed, outbox, wishes
from gateway.store.counters import Outdated
from gateway.store.outbox import NewItem

MOST = 1000


class Export(Struct, frozen=True):
    """A feed file that was made: its item and its numbers."""

    item_id: int
    first: int
    last: int


def system_of(job: Job) -> str:
    """The originating system that a feed or posting channel sends to."""
    if job.connector.partner.system is None:
        raise ConfigError(f"connector {job.connector.connector}: only a system gets changes and invoice postings")
    return job.connector.partner.system


def export_all(tools: Tools, job: Job, errand: Errand) -> list[Export]:
    """Make file after file until everything booked by now is in one."""
    system = system_of(job)
    failpoint("feed.number")
    with tools.store.transaction("feed.number") as tx:
        errand.require(tx)
        feed.number(tx, system)
    made: list[Export] = []
    while (export := _export(tools, job, errand, system)) is not None:
        made.append(export)
    errand.end(tools.store, done=len(made), now=tools.clock.now())
    return made


def answer_requests(tools: Tools, job: Job, errand: Errand) -> list[Export]:
    """Changes that the system asked for again, from a number on, with the numbers they have had from the beginning (sdf 4.3)."""
    system = system_of(job)
    made: list[Export] = []
    with tools.store.reading() as connection:
        asked = wishes.waiting(connection, Wish.CHANGES, system)
    for it in asked:
        made += _once_more(tools, job, errand, system, it)
    errand.end(tools.store, done=len(made), now=tools.clock.now())
    return made


def _once_more(tools: Tools, job: Job, errand: Errand, system: str, asked: wishes.Asked) -> list[Export]:
    """File after file, all in one transaction; what was never exported comes by the timetable."""
    since, most = asked.wanted.number or 0, asked.wanted.most
    with tools.store.reading() as connection:
        reached = feed.of(connection, system).exported
        entries: list[feed.Entry] = []
        while (most is None or len(entries) < most) and since < reached:
            left = reached - since if most is None else min(reached - since, most - len(entries))
            found = [it for it in feed.entries(connection, system, after=since, most=min(left, MOST)) if it.seq <= reached]
            if not found:
                break
            entries += found
            since = found[-1].seq
    each = job.channel.gather.most or MOST
    made: list[Export] = []
    with tools.store.transaction("out.create") as tx:
        errand.require(tx)
        now = tools.clock.now()
        for start in range(0, len(entries), each):
            part = entries[start : start + each]
            numbered = common.expected(tools, job, tx.connection, at=now)
            item = written_changes(tools, job, part, numbered, idem=f"feed:{system}:{part[0].seq}-{part[-1].seq}:{asked.id}", at=now)
            made.append(Export(outbox.make(tx, replace(item, file_name=common.free_name(tx, item))), part[0].seq, part[-1].seq))
        wishes.done(tx, asked.id, item=made[0].item_id if made else None, now=now)
    return made


def written_changes(tools: Tools, job: Job, entries: Sequence[feed.Entry], numbered: Numbered, *, idem: str, at: datetime) -> NewItem:
    """A feed file with these entries, its bytes in the archive."""
    header = common.envelope(tools, job, at=at)
    documents = [replace(status_change(_entry(entry), entry.seq), envelope=header) for entry in entries]
    mapping = tools.library.get(job.channel.mapping)
    values = common.values(tools, job, number=None, at=at, numbered=numbered)
    rendered = render(mapping, documents, values=values, archive=tools.archive, numbered=numbered)
    return common.item(tools, job, rendered, idem=idem, kind="feed", at=at, numbered=numbered)


def _export(tools: Tools, job: Job, errand: Errand, system: str) -> Export | None:
    for _ in range(TRIES):
        try:
            return _make(tools, job, errand, system)
        except Outdated:
            continue
    raise Outdated(f"the feed of {system} is exported by somebody else; it is looked at again")


def _make(tools: Tools, job: Job, errand: Errand, system: str) -> Export | None:
    now = tools.clock.now()
    with tools.store.reading() as connection:
        reached = feed.of(connection, system).exported
        entries = feed.entries(connection, system, after=reached, most=job.channel.gather.most or MOST)
        if not entries:
            return None
        numbered = common.expected(tools, job, connection, at=now)
    first, last = entries[0].seq, entries[-1].seq
    item = written_changes(tools, job, entries, numbered, idem=f"feed:{system}:{first}-{last}", at=now)
    with tools.store.transaction("out.create") as tx:
        errand.require(tx)
        item_id = outbox.make(tx, item)
        feed.exported(tx, system, first=first, last=last)
    return Export(item_id, first, last)


def _entry(stored: feed.Entry) -> FeedEntry:
    return FeedEntry(
        system=stored.system, order_id=stored.order_id, line_no=stored.line_no or 0, type=stored.type, at=stored.at, body=stored.body
    )
