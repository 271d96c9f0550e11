"""When send channels make their files: by timetable, by number, at once; each due time once, whoever's clock struck first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

import structlog

from gateway.config import MAIL, Gathering, Timed
from gateway.config.schedule import read_timetable
from gateway.domain.outcome import Wish
from gateway.kernel import Issue
from gateway.kernel.failpoints import failpoint
from gateway.kernel.schedule import Every, Schedule, latest
from gateway.notices import JOB as MAIL_JOB
from gateway.notices import Mailroom, has_work, make_all
from gateway.outgoing import Errand, Job, Tools, cut, cut_all, export_all, post_all, system_of, tell_all
from gateway.outgoing import feed as feeds
from gateway.outgoing.cut import waiting
from gateway.outgoing.requests import begin, untold
from gateway.store import feed, pauses, postings, slots, wishes
from gateway.store.work import Kind, Work

log = structlog.get_logger()

MAKING: Mapping[Gathering, Kind] = MappingProxyType(
    {Gathering.NEW_ORDERS: Kind.CUT, Gathering.CHANGES: Kind.FEED, Gathering.REQUESTS: Kind.FEED, Gathering.APPROVED_INVOICES: Kind.POST}
)
TITLES: Mapping[Gathering, str] = MappingProxyType(
    {
        Gathering.NEW_ORDERS: "Batches for",
        Gathering.CHANGES: "Change feed for",
        Gathering.REQUESTS: "Changes of orders for",
        Gathering.APPROVED_INVOICES: "Invoice posting to",
    }
)
LOOK_BACK = timedelta(hours=24)
"""A due time that no node was up for is still owed for so long."""
AFTER_FAILURE = timedelta(minutes=5)
"""A file that could not be made is tried again after so long, not at every look."""
ASKED = "#asked"
"""The ending of slots that answer what a partner asked for, beside those of the timetable."""
WISHES: Mapping[Gathering, Wish] = MappingProxyType({Gathering.NEW_ORDERS: Wish.BATCH, Gathering.CHANGES: Wish.CHANGES})


class Gatherer:
    """Opens slots for send channels and does what they ask for."""

    def __init__(self, tools: Tools, mail: Mailroom | None = None) -> None:
        self._tools = tools
        self._mail = mail
        self._opened: dict[str, datetime] = {}
        self._telling: set[str] = set()
        everything = [Job(connector, channel) for connector in tools.workspace.connectors.values() for channel in connector.send]
        self._jobs = {job.name: job for job in everything}
        self.active = tuple(job for job in everything if job.connector.enabled and job.channel.enabled)

    def find(self, name: str) -> Job | None:
        """The send channel of that name, CONNECTOR/CHANNEL."""
        return self._jobs.get(name)

    def open_due(self) -> int:
        """Open a slot for every channel whose time has come, or for which enough waits; answers how many.

        None for a channel that a person has paused.
        """
        with self._tools.store.reading() as connection:
            standing = pauses.standing(connection)
            self._tools.reference_in(connection)
            asked = {(kind, partner) for kind in Wish for partner in wishes.partners(connection, kind)}
        jobs = [job for job in self.active if pauses.JOB + job.name not in standing]
        self._begin_telling(jobs)
        mails = 0 if pauses.JOB + MAIL_JOB in standing else self._open_mail()
        return sum(self._open(job) for job in jobs) + self._open_asked(jobs, asked) + mails

    @property
    def timed(self) -> tuple[Timed, ...]:
        """What each channel makes, and when; those that are switched off too."""
        return (
            tuple(
                Timed(
                    name=name,
                    title=f"{TITLES[job.channel.gather.what]} {job.connector.partner.name}",
                    schedules=tuple(self._schedules(job)),
                    enabled=job in self.active,
                    by_need=job.channel.gather.now or job.channel.gather.count is not None,
                    asked=job.channel.gather.asked,
                )
                for name, job in sorted(self._jobs.items())
            )
            + self._timed_mail
        )

    @property
    def _timed_mail(self) -> tuple[Timed, ...]:
        """The notices, where there is a mail server for them."""
        connector = self._mail.connector if self._mail is not None else None
        if connector is None:
            return ()
        title = "Notices by e-mail"
        return (Timed(name=MAIL_JOB, title=title, schedules=(Every(connector.notices.every),), enabled=connector.enabled, by_need=True),)

    def open_mail_now(self) -> int | None:
        """A person wants the mails now; the slot, None when there is no mail server or they are being made."""
        if not self._timed_mail:
            return None
        with self._tools.store.transaction("schedule.slot") as tx:
            if slots.is_under_way(tx.connection, MAIL_JOB):
                return None
            now = self._tools.clock.now()
            return slots.open_slot(tx, MAIL_JOB, now, connector=MAIL, kind=Kind.FEED, lane=f"{MAIL_JOB}#make", now=now)

    def open_now(self, job: Job) -> bool:
        """A person asks for it now, whatever the timetable says; False when it is being made already."""
        with self._tools.store.reading() as connection:
            under_way = slots.is_under_way(connection, job.name)
        return not under_way and self._open_slot(job, self._tools.clock.now())

    def make(self, it: Work) -> None:
        """Do what one claimed slot asks for."""
        tools, now = self._tools, self._tools.clock.now()
        with tools.store.reading() as connection:
            slot = slots.get(connection, it.subject)
        errand = Errand(it.lease, it.subject)
        if slot.job == MAIL_JOB and self._mail is not None:
            self._make_mail(self._mail, errand)
            return
        job = self._jobs.get(slot.job.removesuffix(ASKED))
        if job is None:
            gone = Issue("GWY-04", f"channel {slot.job} is not configured any more")
            errand.end(tools.store, done=0, now=now, issues=[gone])
            return
        errand.begin(tools.store, now=now)
        names = {"connector": job.connector.connector, "channel": job.channel.channel}
        is_asked = slot.job.endswith(ASKED)
        match job.channel.gather.what:
            case Gathering.NEW_ORDERS:
                for made in (cut.answer_requests if is_asked else cut_all)(tools, job, errand):
                    log.info("batch_cut", batch=made.number, orders=made.orders, lines=made.lines, item=made.item_id, **names)
            case Gathering.CHANGES:
                for export in (feeds.answer_requests if is_asked else export_all)(tools, job, errand):
                    log.info("changes_exported", first=export.first, last=export.last, item=export.item_id, **names)
            case Gathering.REQUESTS:
                for told in tell_all(tools, job, errand):
                    log.info("requests_told", requests=told.requests, documents=told.documents, item=told.item_id, **names)
            case Gathering.APPROVED_INVOICES:
                for posting in post_all(tools, job, errand):
                    log.info("invoices_posted", run=posting.run, invoices=posting.invoices, item=posting.item_id, **names)

    def _open_mail(self) -> bool:
        """A slot for mails, as soon as there is something to tell and the time between two mails has passed."""
        mail, now = self._mail, self._tools.clock.now()
        connector = mail.connector if mail is not None else None
        if mail is None or connector is None:
            return False
        due = latest(Every(connector.notices.every), since=now - connector.notices.every - LOOK_BACK, until=now)
        if due is None or self._opened.get(MAIL_JOB) == due or not has_work(mail):
            return False
        with self._tools.store.transaction("schedule.slot") as tx:
            made = slots.open_slot(tx, MAIL_JOB, due, connector=MAIL, kind=Kind.FEED, lane=f"{MAIL_JOB}#make", now=now)
        self._opened[MAIL_JOB] = due
        return made is not None

    def _make_mail(self, mail: Mailroom, errand: Errand) -> None:
        errand.begin(self._tools.store, now=self._tools.clock.now())
        for mailing in make_all(mail, errand):
            log.info("notices_mailed", kind=mailing.kind.value, told=mailing.count, recipients=len(mailing.items))

    def _open(self, job: Job) -> bool:
        now = self._tools.clock.now()
        for schedule in self._schedules(job):
            due = latest(schedule, since=now - LOOK_BACK, until=now)
            if due is not None and self._opened.get(job.name) != due:
                failpoint("schedule.fire")
                self._opened[job.name] = due
                if self._open_slot(job, due):
                    return True
        return self._has_enough(job) and self._open_slot(job, now)

    def _open_asked(self, jobs: Iterable[Job], asked: set[tuple[Wish, str]]) -> int:
        """Slots for what partners have asked for; a partner is served by the first of its channels."""
        opened, now = 0, self._tools.clock.now()
        for job in jobs if asked else ():
            kind = WISHES.get(job.channel.gather.what)
            partner = job.connector.partner.vendor if kind is Wish.BATCH else job.connector.partner.system
            if kind is not None and (kind, partner or "") in asked:
                asked.discard((kind, partner or ""))
                opened += self._is_free(job.name + ASKED) and self._open_slot(job, now, name=job.name + ASKED)
        return opened

    def _begin_telling(self, jobs: Iterable[Job]) -> None:
        """From the first look of a channel on, its vendor is told what changes by itself."""
        for job in jobs:
            if job.channel.gather.what is Gathering.REQUESTS and job.name not in self._telling:
                begin(self._tools, job)
                self._telling.add(job.name)

    def _is_free(self, name: str) -> bool:
        """Whether nothing of that name is under way, nor has failed lately."""
        since = self._tools.clock.now() - AFTER_FAILURE
        with self._tools.store.reading() as connection:
            return not slots.is_under_way(connection, name) and not slots.has_failed(connection, name, since=since)

    def _schedules(self, job: Job) -> Iterator[Schedule]:
        """The times of the channel, and for new orders those that the vendor's preferences name besides."""
        zone = self._tools.workspace.reference.organization.zone
        yield from job.channel.gather.schedules(zone=zone)
        vendor = self._tools.known.vendors.get(job.connector.partner.vendor or "")
        if job.channel.gather.what is Gathering.NEW_ORDERS and vendor is not None and vendor.order_schedule:
            yield read_timetable(vendor.order_schedule).due(zone=zone)

    def _has_enough(self, job: Job) -> bool:
        """Whether a channel that does not only go by the clock has reason to make a file."""
        gather = job.channel.gather
        if not gather.now and gather.count is None:
            return False
        needed = 1 if gather.now else gather.count or 1
        if self._waiting(job, needed) < needed:
            return False
        return self._is_free(job.name)

    def _waiting(self, job: Job, most: int) -> int:
        """How many documents wait for the channel's next file; counting stops at `most`."""
        if job.channel.gather.what is Gathering.NEW_ORDERS:
            return len(waiting(self._tools, job, most=most))
        if job.channel.gather.what is Gathering.REQUESTS:
            return untold(self._tools, job, most=most)
        with self._tools.store.reading() as connection:
            if job.channel.gather.what is Gathering.CHANGES:
                return feed.waiting(connection, system_of(job), most=most)
            return len(postings.due(connection, system_of(job), most=most))

    def _open_slot(self, job: Job, due: datetime, *, name: str = "") -> bool:
        with self._tools.store.transaction("schedule.slot") as tx:
            made = slots.open_slot(
                tx,
                name or job.name,
                due,
                connector=job.connector.connector,
                kind=MAKING[job.channel.gather.what],
                lane=f"{job.name}#make",
                now=self._tools.clock.now(),
            )
        return made is not None
