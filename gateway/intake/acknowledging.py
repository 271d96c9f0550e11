"""Answers interchanges by TA1, 997, 999 and CONTRL as agreed with the partner, from what was found in the file alone (edi 3, 4).

One outgoing item for each received interchange, its bytes fixed once. What came before is answered with the very bytes of that time.
Not for: what the business says about documents, which the channel's own answer tells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, select

from gateway.archive import Archive
from gateway.config import Connector, NameValues, Receive, Workspace
from gateway.config.edi import Asked, EdifactProfile, X12Answer, X12Profile
from gateway.domain.outcome import Verdict
from gateway.formats.edi import Finding, Level, Spot, Standard
from gateway.formats.edi.answer_edifact import contrl, missing, version_of
from gateway.formats.edi.answer_x12 import AK403, Answer, ElementNumber, acknowledgement, ta1
from gateway.formats.edi.envelope import Set
from gateway.formats.edi.guide_shelf import Shelf
from gateway.formats.edi.layout import EdiLayout
from gateway.formats.edi.reading import read
from gateway.formats.edi.tree import loop_of
from gateway.formats.edi.verdict import ANSWERS, GroupReport, Judged, Manner, Report, refuse_all, reports
from gateway.formats.edi.writer import Address, Body, Outgoing, SetOut, write
from gateway.intake.choosing import mappings_for
from gateway.intake.habits import habits_of
from gateway.intake.reading import Reader
from gateway.kernel import Clock, Issue, Severity
from gateway.kernel.typed import convert
from gateway.mapping import Library, set_readers
from gateway.outgoing.numbered import Expected, Partners, envelope_of, expect_between
from gateway.outgoing.render import give_up, written
from gateway.outgoing.tools import TRIES, free_name
from gateway.store import Store, answers, edi, events, outbox, tables, work
from gateway.store.counters import Outdated
from gateway.store.edi import Came, Fate
from gateway.store.messages import SYSTEM, Message, MessageState
from gateway.store.outbox import ItemKind, NewItem
from gateway.store.work import Work

UNKNOWN_SENDER = frozenset({"006", "23"})
"""Nobody answers a stranger."""
_SEGMENT = re.compile(r"segment (\d+) (\w+)")
_ELEMENT = re.compile(r"element (\d+)(?: component (\d+))?(?: repetition (\d+))?")
_BYTE = re.compile(r"byte (\d+)")
Profile = X12Profile | EdifactProfile


class Prepared(Struct, frozen=True):
    """What answers one interchange: segments before the groups, and the sets."""

    kind: str
    type: str
    sets: tuple[SetOut, ...]
    service: tuple[Body, ...] = ()


class Acknowledger:
    """Makes the technical answers of one workspace."""

    def __init__(self, workspace: Workspace, reader: Reader, library: Library, *, store: Store, archive: Archive, clock: Clock) -> None:
        self._workspace, self._reader, self._library = workspace, reader, library
        self._store, self._archive, self._clock = store, archive, clock

    def answer(self, it: Work, message: Message, connector: Connector, channel: Receive) -> list[int]:
        """Make what is still to be made; the ids of the items. Each interchange has a transaction of its own, so nothing is made twice."""
        profiles = connector.partner.edi
        if profiles is None or profiles.answers is None or self._archive.is_erased(message.archive_key):
            return []
        with self._store.reading() as connection:
            came = edi.came(connection, message.id)
            nth = answers.before_reading(connection, message.id) + 1
        if message.state is MessageState.DUPLICATE and message.first_message_id is not None and not came:
            return self._once_more(it, message, connector, channel, message.first_message_id, nth=nth)
        made: list[int] = []
        found = self._reports(message, connector, channel, came) if any(one.verdict is not Fate.ANSWERS for one in came) else []
        for one, report in zip(came, found, strict=False):
            profile = profiles.of(report.interchange.standard)
            if profile is None or report.is_answer or one.code in UNKNOWN_SENDER:
                continue
            if one.verdict is Fate.RESENT and one.first_message_id is not None:
                made += self._once_more(it, message, connector, channel, one.first_message_id, nth=nth, same=one)
                continue
            if isinstance(profile, EdifactProfile) and missing(report):
                self._tell_silence(it, message, one, missing(report))
            prepared = _prepared(report, profile)
            if prepared is not None:
                made += self._store_one(it, message, connector, channel, report, profile, prepared, cause=f"{one.place}:{nth}")
        return made

    def _tell_silence(self, it: Work, message: Message, one: Came, lacking: str) -> None:
        """No CONTRL can be made without these; the story of the file says so."""
        with self._store.transaction("in.answer") as tx:
            work.require(tx, it.lease)
            detail = {"interchange": one.number, "missing": lacking}
            events.of_message(tx, message.id, "contrl_impossible", actor=SYSTEM, at=self._clock.now(), detail=detail)

    def _reports(self, message: Message, connector: Connector, channel: Receive, came: Sequence[Came]) -> list[Report]:
        """The verdicts on everything in the file, with what mappings could not read and what the door has refused."""
        habits = habits_of(connector)
        readers = set_readers(mappings_for(message, channel, self._library))
        layouts = [layout for mapping in readers if isinstance(layout := mapping.layout, EdiLayout)]
        issues = self._issues(message)
        partly = self._partly(message, connector, channel) if issues and any(mapping.cuts_sets for mapping in readers) else set()
        unread = _unread(message)
        edi_ = connector.partner.edi
        alien: set[int] = set()

        def manner(standard: Standard) -> Manner:
            return _manner(edi_.of(standard) if edi_ is not None else None)

        def look(one: Set) -> Iterator[Finding]:
            if one.type in ANSWERS:
                return
            unagreed = habits.of(one.standard).unagreed(one)
            takers = [] if unagreed else [layout for layout in layouts if layout.takes(one) is None]
            if not takers:
                if unagreed or any((it.standard, it.type) == (one.standard, one.type) for it in layouts):
                    alien.add(one.offset)
                yield _not_for_us(one, unagreed or f"no layout of the channel is for {one.type} {one.version}")
                return
            node = takers[0].grown(one, habits.of(one.standard).tolerance)
            begins, ends = one.offset, one.offset + len(one.places.text)
            about = [issue for at, issue in issues if begins <= at < ends]
            loops = loop_of(node).names() if about else {}
            found = [finding for issue in about if (finding := _finding(one, issue, loops)) is not None]
            if begins in partly:
                found = [replace(finding, severity=Severity.WARNING) for finding in found]
            yield from found
            if not unread or any(it.is_error for it in (*one.findings, *found)):
                return
            if not manner(one.standard).whole_file or not issues:
                yield _not_for_us(one, f"nothing of the file was read: {unread}")
            elif about:  # what is missing refuses no set, but here every set of the file
                yield _lacking(one, about[0].text)

        refused = {one.begins: [_refusal(one)] for one in came if one.verdict is Fate.REFUSED and one.code}
        with self._archive.open(message.archive_key) as source:
            found = list(reports(read(source, habits), look, besides=refused, manner=manner))
        for group in (group for report in found if report.interchange.standard is Standard.X12 for group in report.groups):
            if group.sets and all(one.offset in alien for one in group.sets):
                group.findings = (*group.findings, _alien(group))
        refuse_all(found, manner)
        return found

    def _partly(self, message: Message, connector: Connector, channel: Receive) -> set[int]:
        """Where the sets begin of which something is used: what was refused of such a set does not refuse it."""
        receipt = tables.receipt.c
        chosen = select(receipt.place).where(receipt.message_id == message.id, receipt.verdict != Verdict.REFUSED)
        with self._store.reading() as connection:
            taken = set(connection.execute(chosen).scalars())
        if not taken:
            return set()
        readings = self._reader.documents(message, connector, channel)
        return {at for it in readings if it.place in taken and (at := _byte(Issue("", where=it.where, text=""))) is not None}

    def _issues(self, message: Message) -> list[tuple[int, Issue]]:
        """What is wrong with documents that were refused, or with the file, by the byte where each stands."""
        receipt = tables.receipt.c
        chosen = select(receipt.issue).where(receipt.message_id == message.id, receipt.verdict == Verdict.REFUSED)
        with self._store.reading() as connection:
            told = [issue for row in connection.execute(chosen) for issue in convert(row.issue or [], tuple[Issue, ...])]
        return [(at, issue) for issue in (*told, *message.issues) if issue.is_error and (at := _byte(issue)) is not None]

    def _store_one(  # noqa: PLR0917 - what an answer is made of
        self,
        it: Work,
        message: Message,
        connector: Connector,
        channel: Receive,
        report: Report,
        profile: Profile,
        prepared: Prepared,
        *,
        cause: str,
    ) -> list[int]:
        """The item of one answer; nothing where there is one already. Who comes second with a number renders again."""
        interchange = report.interchange
        ours = Address(interchange.receiver, interchange.receiver_qualifier)
        theirs = Address(interchange.sender, interchange.sender_qualifier)
        partners = Partners(interchange.standard, ours, theirs, interchange.is_test)
        idem = f"{ItemKind.ACKNOWLEDGEMENT.value}:{message.id}:{cause}"

        def made(numbers: tuple[int, int, int]) -> Outgoing:
            return _addressed(envelope_of(profile, numbers, at=self._clock.now()), report, profile, partners)

        for attempt in range(TRIES):
            with self._store.reading() as connection:
                if _is_made(connection, idem):
                    return []
                expected = expect_between(partners, prepared.kind, prepared.type, connection, made, profile)
            stored = written(_writing(expected, prepared), self._archive)
            new = self._item(message, connector, channel, idem=idem, sha256=stored.sha256, size=stored.size, key=stored.key)
            try:
                with self._store.transaction("in.answer") as tx:
                    work.require(tx, it.lease)
                    named = replace(new, file_name=free_name(tx, new), numbers=expected.numbers)
                    return [outbox.make(tx, named)]
            except Outdated:
                if attempt + 1 == TRIES:
                    raise
        return []

    def _once_more(
        self, it: Work, message: Message, connector: Connector, channel: Receive, first: int, *, nth: int, same: Came | None = None
    ) -> list[int]:
        """The answers of an earlier message, or of one of its interchanges, with the bytes they had."""
        made = []
        with self._store.reading() as connection:
            was = _answers_of(connection, first, same)
        for number, item in enumerate(was, 1):
            idem = f"{ItemKind.ACKNOWLEDGEMENT.value}:{message.id}:{same.place if same is not None else 'all'}-{number}:{nth}"
            new = self._item(message, connector, channel, idem=idem, sha256=item.sha256, size=item.size, key=item.archive_key)
            with self._store.transaction("in.answer") as tx:
                work.require(tx, it.lease)
                if not _is_made(tx.connection, idem):
                    made.append(outbox.make(tx, replace(new, file_name=free_name(tx, new))))
        return made

    def _item(self, message: Message, connector: Connector, channel: Receive, *, idem: str, sha256: str, size: int, key: str) -> NewItem:
        now = self._clock.now()
        edi_ = connector.partner.edi
        template = edi_.answers.file if edi_ is not None and edi_.answers is not None else None
        if template is None:
            raise LookupError("nothing says where acknowledgements go")
        names = NameValues(made_at=now, message=message.id, file=message.file_name, partner=self._workspace.partner_values(connector))
        return NewItem(
            idem=idem,
            connector=connector.connector,
            channel=channel.channel,
            kind=ItemKind.ACKNOWLEDGEMENT.value,
            file_name=template.render(names),
            sha256=sha256,
            size=size,
            archive_key=key,
            made_at=now,
            give_up_at=give_up(now),
        )


def _prepared(report: Report, profile: Profile) -> Prepared | None:
    """What answers the interchange; nothing where nothing is agreed or asked for, or no answer can be made."""
    wants = report.interchange.wants_answer
    if isinstance(profile, EdifactProfile):
        is_wanted = profile.contrl is Asked.ALWAYS or (profile.contrl is Asked.ASKED and wants)
        return Prepared("", "CONTRL", (contrl(report),)) if is_wanted and not missing(report) else None
    with_ta1 = profile.ta1 is Asked.ALWAYS or (profile.ta1 is Asked.ASKED and wants)
    service = (ta1(report),) if with_ta1 else ()
    sets: tuple[SetOut, ...] = ()
    answer = Answer.F999 if profile.answer is X12Answer.F999 else Answer.F997
    if profile.answer is not X12Answer.NONE and report.judged is not Judged.REFUSED:
        version, marks = profile.answer_version or profile.version, profile.marks
        sets = tuple(
            acknowledgement(group, answer, version=version, delimiters=marks, number=numbers_of(group), accepted_sets=profile.name_accepted)
            for group in report.groups
            if not group.is_answer
        )
    return Prepared("FA", answer.value, sets, service) if sets or service else None


def numbers_of(group: GroupReport) -> ElementNumber:
    """The numbers of data elements by the guide of the group's sets."""
    guide = Shelf().find(Standard.X12, group.sets[0].type, group.version[:6]) if group.sets else None

    def number(tag: str, element: int, component: int) -> str:
        rule = guide.segments.get(tag) if guide is not None else None
        if rule is None or not 0 < element <= len(rule.positions):
            return ""
        found = rule.positions[element - 1].element
        if 0 < component <= len(found.parts):
            found = found.parts[component - 1].element
        return found.number if found.number.isdigit() else ""

    return number


def _writing(expected: Expected, prepared: Prepared) -> Callable[[BinaryIO], None]:
    def put(target: BinaryIO) -> None:
        groups = [(expected.kind, prepared.sets)] if prepared.sets else []
        write(expected.envelope, groups, target, service=prepared.service)

    return put


def _addressed(envelope: Outgoing, report: Report, profile: Profile, partners: Partners) -> Outgoing:
    """The envelope of an answer: both sides exchanged as they wrote themselves, nothing asked for in return."""
    interchange = report.interchange
    common: dict[str, Any] = {"sender": partners.ours, "receiver": partners.theirs, "is_test": interchange.is_test, "wants_answer": False}
    if isinstance(profile, EdifactProfile):
        version = version_of(interchange.version)
        return replace(envelope, **common, version=version, label="", syntax=interchange.version or "3", application="", written=[])
    group = next((it for it in report.groups if it.segment), None)
    names = [str(part) for part in group.segment[2:4]] if group is not None else ["", ""]
    version = profile.answer_version or profile.version
    return replace(envelope, **common, version=version, label="", group_sender=names[1], group_receiver=names[0], written=[])


def _answers_of(connection: Connection, first: int, same: Came | None) -> list[outbox.Item]:
    """The acknowledgements of a message that were made when it was answered first."""
    place = "%"
    if same is not None:
        place = next((str(it.place) for it in edi.came(connection, first) if it.pair == same.pair and it.number == same.number), "none")
    like = f"{ItemKind.ACKNOWLEDGEMENT.value}:{first}:{place}:1"
    chosen = select(tables.outbox).where(tables.outbox.c.idem.like(like)).order_by(tables.outbox.c.id)
    return [outbox.of_row(row) for row in connection.execute(chosen)]


def _is_made(connection: Connection, idem: str) -> bool:
    return connection.execute(select(tables.outbox.c.id).where(tables.outbox.c.idem == idem)).first() is not None


def _refusal(one: Came) -> Finding:
    spot = Spot(interchange=one.number, tag="UNB" if ":edifact:" in one.pair else "ISA", offset=one.begins)
    return Finding(Level.INTERCHANGE, "refused", one.reason, spot, code=one.code)


def _manner(profile: Profile | None) -> Manner:
    if profile is None:
        return Manner()
    as_ = Judged(profile.warnings_as.value) if isinstance(profile, X12Profile) else Judged.WITH_ERRORS
    return Manner(with_errors=as_, whole_file=profile.whole_file)


def _byte(issue: Issue) -> int | None:
    found = _BYTE.search(issue.where)
    return int(found[1]) if found is not None else None


def _unread(message: Message) -> str:
    """Why nothing of a file was read, where it was parked or refused whole: then none of its sets may be told as accepted."""
    if message.state not in {MessageState.PARKED, MessageState.REFUSED} or message.total:
        return ""
    return next((issue.text for issue in message.issues if issue.is_error), "")


def _not_for_us(one: Set, text: str) -> Finding:
    code = "1" if one.standard is Standard.X12 else "17"
    return Finding(Level.SET, "unknown_document", text, replace(one.spot(), tag=one.segments[0][0], element=1), code=code)


def _alien(group: GroupReport) -> Finding:
    """A group in a version that none of its sets is read in."""
    text = f"no layout of the channel reads its sets in version {group.version[:6]}"
    return Finding(Level.GROUP, "version_unknown", text, Spot(group=group.control, tag="GS", element=8), code="2")


def _lacking(one: Set, text: str) -> Finding:
    """A set without a value that our layout needs."""
    return Finding(Level.SET, "missing", text, one.spot(), code="5" if one.standard is Standard.X12 else "13")


def _finding(one: Set, issue: Issue, loops: Mapping[int, str]) -> Finding | None:
    """What reading said of a set: that no layout is for it, or what is wrong with a value."""
    return _not_for_us(one, issue.text) if issue.kind == "unknown_document" else _of(issue, loops)


def _of(issue: Issue, loops: Mapping[int, str]) -> Finding | None:
    """An issue of a mapping as a finding, in its loop; nothing for what the codes of answers do not know."""
    segment, element = _SEGMENT.search(issue.where), _ELEMENT.search(issue.where)
    if issue.kind not in AK403 or segment is None:
        return None
    spot = Spot(
        position=int(segment[1]),
        tag=segment[2],
        element=int(element[1]) if element is not None else 0,
        component=int(element[2] or 0) if element is not None else 0,
        loop=loops.get(int(segment[1]), ""),
    )
    level = Level.ELEMENT if element is not None else Level.SEGMENT
    code = "" if element is not None else "8"
    return Finding(level, issue.kind, issue.text, spot, code=code, value=issue.value, severity=Severity.ERROR)
