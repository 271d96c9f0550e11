"""The door for interchanges: who sends them to whom, under which numbers, as tests or not, and what partners answer to ours (edi 2.3, 3.3).

Comes before any mapping reads the file, notes what it finds with the message, and finds it again when the file is read once more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import structlog
from msgspec import Struct, field
from msgspec.structs import replace

from gateway.archive import Archive
from gateway.config import Connector
from gateway.config.edi import EdifactProfile, X12Profile
from gateway.documents import BatchAcknowledgement
from gateway.formats.edi import Finding, Group, Interchange, Level, Spot, Standard
from gateway.formats.edi.answer_faults import faults
from gateway.formats.edi.envelope import Closed, GroupClosed, Set, Stray
from gateway.formats.edi.foreign import sniff
from gateway.formats.edi.reading import read
from gateway.formats.edi.told import Said, Told, told_by, told_by_services
from gateway.formats.edi.verdict import ANSWERS
from gateway.formats.edi.writer import Address
from gateway.intake.habits import habits_of
from gateway.intake.rejections import Refusal, quiet, refusal_of, ring, ring_broken
from gateway.kernel import Clock, Issue, Severity
from gateway.mapping import Reading
from gateway.outgoing.numbered import all_partners
from gateway.outgoing.settling import settles
from gateway.store import Store, Tx, edi, events, gaps, interchanges, work
from gateway.store.edi import Came, Control, Fate, Verdict
from gateway.store.interchanges import Seen
from gateway.store.messages import SYSTEM, Message
from gateway.store.outbox import Ack
from gateway.store.work import Work

log = structlog.get_logger()

HEAD = 4096
BLOCK = 256 * 1024
MOST = 20
"""So many remarks about a file are kept in its story; all are counted."""
NUMBERED = 100_000
"""By so many numbers of its sets an interchange is found; they are held in memory while it is looked at."""
ACKS = {Said.ACCEPTED: Ack.ACCEPTED, Said.WITH_ERRORS: Ack.ACCEPTED_WITH_ERRORS, Said.REJECTED: Ack.REJECTED, Said.PARTLY: Ack.ACCEPTED}
Profile = X12Profile | EdifactProfile


class Facts(Struct):
    """One interchange as the first look finds it."""

    interchange: Interchange
    has_documents: bool = False
    told: list[Told] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    """What is wrong with answers that therefore settle nothing."""
    numbers: set[Control] = field(default_factory=set)
    """Of its groups and sets."""
    ends: int = 0

    def carries(self, one: Set) -> None:
        """One more set, found by its number and that of its group."""
        if len(self.numbers) < NUMBERED:
            self.numbers.update((("group", one.group.control), ("set", one.control)))


class Admission(Struct, frozen=True):
    """What becomes of the interchanges of a file; `readings` are what our own partners' answers and refused interchanges come to."""

    came: tuple[Came, ...]
    readings: tuple[Reading, ...] = ()

    @property
    def barred(self) -> tuple[tuple[int, int], ...]:
        """Where nothing is to be read."""
        return tuple((it.begins, it.ends) for it in self.came if it.is_barred)

    @property
    def has_documents(self) -> bool:
        """Whether anything is left for the mappings."""
        return any(not it.is_barred for it in self.came)

    @property
    def is_known(self) -> int | None:
        """The message that held everything of this one before; None where anything is new."""
        firsts = [it.first_message_id for it in self.came if it.verdict is Fate.RESENT]
        return firsts[0] if len(firsts) == len(self.came) else None


class Door:
    """Judges the interchanges of received files."""

    def __init__(self, store: Store, archive: Archive, clock: Clock) -> None:
        self._store, self._archive, self._clock = store, archive, clock

    @staticmethod
    def is_for(connector: Connector) -> bool:
        """Whether files of this partner pass here."""
        return connector.partner.edi is not None

    def admit(self, it: Work, message: Message, connector: Connector) -> Admission | None:
        """What becomes of the file's interchanges; None for other files, and where nothing is agreed with the partner."""
        profiles = connector.partner.edi
        if profiles is None or self._archive.is_erased(message.archive_key):
            return None
        with self._store.reading() as connection:
            known = edi.came(connection, message.id)
        if not known:
            with self._archive.open(message.archive_key) as source:
                if sniff(source.read(HEAD)) is None:
                    return None
            facts, stray = self._facts(message, connector)
            with self._store.transaction("in.identify") as tx:
                work.require(tx, it.lease)
                known = self._note(tx, message, connector, facts)
                self._remark(tx, message, [*stray, *(it for one in facts for it in one.interchange.findings)])
        return Admission(known, tuple(self._readings(message, connector, known)))

    def _remark(self, tx: Tx, message: Message, findings: Sequence[Finding]) -> None:
        """What is odd about the file or its interchanges and refuses nothing, into the story; without values, which may be anybody's."""
        told = [f"{it.spot}: {it.text.partition(': ')[0]}" for it in findings if not it.is_error]
        if told:
            detail = {"count": len(told), "remarks": told[:MOST]}
            events.of_message(tx, message.id, "interchange_remarks", actor=SYSTEM, at=self._clock.now(), detail=detail)

    def _facts(self, message: Message, connector: Connector) -> tuple[list[Facts], list[Finding]]:
        """One pass over the file, of sets only answers are looked into; and what stands outside of interchanges."""
        found: list[Facts] = []
        stray: list[Finding] = []
        habits = habits_of(connector)
        with self._archive.open(message.archive_key) as source:
            current: Facts | None = None
            answers: list[Told] = []
            for event in read(source, habits):
                match event:
                    case Set():
                        if current is None or current.interchange is not event.group.interchange:
                            current = Facts(event.group.interchange)
                        current.carries(event)
                        if event.type in ANSWERS:
                            wrong = list(faults(event))
                            answers += told_by(event) if not wrong else ()
                            current.broken += wrong
                        else:
                            current.has_documents = True
                    case GroupClosed():
                        stray += strangers(event.group, _profile(connector, event.group.interchange.standard))
                        if current is not None and event.group.is_refused and answers:
                            current.broken += [f"{it.spot}: {it.text}" for it in event.group.findings if it.is_error]
                        elif current is not None:
                            current.told += answers
                        answers = []
                    case Stray():
                        stray.append(event.finding)
                    case Closed():
                        if current is None or current.interchange is not event.interchange:
                            current = Facts(event.interchange)
                        current.told += told_by_services(event.interchange.services, event.interchange.delimiters)
                        found.append(current)
                        current = None
        for facts, following in zip(found, [*found[1:], None], strict=True):
            facts.ends = message.size if following is None else following.interchange.offset
        return found, stray

    def _note(self, tx: Tx, message: Message, connector: Connector, facts: Sequence[Facts]) -> tuple[Came, ...]:
        """Judge each interchange; take up the numbers of those that are taken, and what answers say."""
        now = self._clock.now()
        owner = message.reprocess_of or message.id
        found: list[Came] = []
        with self._archive.open(message.archive_key) as source:
            for place, one in enumerate(facts, 1):
                profile = _profile(connector, one.interchange.standard)
                came = _came(message, place, one, _hash(source, one))
                came = self._judged(tx, came, one, profile, owner=owner)
                if profile is not None:
                    self._count(tx, came, profile)
                found.append(came)
        edi.keep(tx, found, now=now)
        edi.keep_numbers(tx, message.id, (control for one in facts for control in one.numbers))
        for came, one in zip(found, facts, strict=True):
            profile = _profile(connector, one.interchange.standard)
            if came.verdict in {Fate.TAKEN, Fate.ANSWERS} and profile is not None:
                self._take_up(tx, message, connector, one, profile)
                if one.broken:
                    ring_broken(tx, message, one.broken, connector=connector, clock=self._clock)
        return tuple(found)

    def _count(self, tx: Tx, came: Came, profile: Profile) -> None:
        """End what is told as missing; what is missing before this one is judged once all files that are here were read."""
        gaps.filled(tx, came, within=profile.gaps_within, now=self._clock.now())
        if came.verdict in {Fate.TAKEN, Fate.ANSWERS}:
            gaps.seen(tx, came)

    def _judged(self, tx: Tx, came: Came, one: Facts, profile: Profile | None, *, owner: int) -> Came:
        refused = _refusal(one.interchange, profile)
        if refused is not None or profile is None:
            code, reason = refused or ("", "")
            return replace(came, verdict=Fate.REFUSED, code=code, reason=reason)
        number = interchanges.Interchange(pair=came.pair, level=edi.LEVEL, number=came.number, sha256=came.sha256, message_id=owner)
        window, most = profile.duplicates_within, profile.duplicates_among
        told = interchanges.note(tx, number, now=self._clock.now(), window=window, most=most)
        if told.seen is Seen.NEW:
            return came
        is_x12 = one.interchange.standard is Standard.X12
        before = f"interchange {came.number} came before, as message {told.message_id},"
        if told.seen is Seen.DUPLICATE:
            reason = f"{before} with the same content; it is answered as it was then"
            return replace(came, verdict=Fate.RESENT, reason=reason, first_message_id=told.message_id)
        reason = f"{before} with other content; give a corrected one a new number"
        return replace(came, verdict=Fate.REFUSED, code="025" if is_x12 else "26", reason=reason, first_message_id=told.message_id)

    def _take_up(self, tx: Tx, message: Message, connector: Connector, one: Facts, profile: Profile) -> None:
        """What the partner says about what we sent; about what we never sent is an event, nothing else."""
        now = self._clock.now()
        names = list(all_partners(profile))
        touched: set[int] = set()
        refused: dict[int, Refusal] = {}
        for told in one.told:
            counters = [it.groups(told.kind) if told.kind else it.interchanges for it in names]
            item_id = edi.item_of(tx.connection, counters, told.number)
            if item_id is None:
                detail = {"by": told.by, "kind": told.kind, "number": told.number, "said": told.said.value}
                events.of_message(tx, message.id, "answer_to_nothing", actor=SYSTEM, at=now, detail=detail)
                log.warning("answer_to_nothing", message=message.id, connector=message.connector, **detail)
                continue
            said = {"item": item_id, "by": told.by, "said": told.said.value}
            events.of_message(tx, message.id, "answer_taken_up", actor=SYSTEM, at=now, detail=said)
            if told.is_receipt:
                receipt = {"message": message.id, "by": told.by}
                events.of_item(tx, item_id, "received_by_partner", actor=SYSTEM, at=now, detail=receipt)
                continue
            edi.tell(tx, item_id, _verdict_of(told), group=told.kind, by=message.id, now=now)
            touched.add(item_id)
            if told.said is Said.REJECTED:
                refused[item_id] = Refusal(item_id, told.codes)
        for it in edi.sums(tx.connection, touched):
            edi.confirm(tx, it, now=now, by=message.id, settles=settles(connector, it))
            refused.pop(it.item_id, None)
            if it.rejected:
                refused[it.item_id] = refusal_of(tx, it)
                log.error(
                    "sets_rejected_by_partner", item=it.item_id, message=message.id, connector=message.connector, count=len(it.rejected)
                )

        ring(tx, refused.values(), connector=connector, message_id=message.id, clock=self._clock)
        quiet(tx, touched - refused.keys(), clock=self._clock)

    def _readings(self, message: Message, connector: Connector, came: Sequence[Came]) -> Iterator[Reading]:
        """Batches that answers acknowledge, as documents; interchanges that are refused, as refused ones."""
        for one in came:
            if one.verdict is Fate.REFUSED:
                where = f"interchange {one.number}".rstrip()
                text = one.reason.removeprefix(where).lstrip(", ")  # the place stands before it already
                issue = Issue("GWY-41", text, where, value=one.number, kind=CAUSES.get(one.code, "damaged"))
                yield Reading(0, None, (issue,), where=where, key=one.number, kind="interchange")
        vendor = connector.partner.vendor
        if vendor is None:
            return
        with self._store.reading() as connection:
            answered = edi.sums(connection, edi.told_by(connection, message.id))
        for it in answered:
            if it.batch is not None and it.ack is not Ack.REJECTED and settles(connector, it):
                document = BatchAcknowledgement(vendor=vendor, batch=it.batch)
                yield Reading(0, document, key=str(it.batch), where="acknowledgement", kind="batch_acknowledgement")


def strangers(group: Group, profile: Profile | None) -> Iterator[Finding]:
    """GS02 that is none of those agreed for the id in ISA, which several partners may share (edi 9)."""
    if not isinstance(profile, X12Profile):
        return
    it = group.interchange
    everybody = (*profile.sides(is_test=False)[1], *profile.sides(is_test=True)[1])
    agreed = [one.group for one in everybody if _is_one_of([one.address], it.sender, it.sender_qualifier)]
    if agreed and all(agreed) and group.sender not in agreed:
        text = (
            "GS02 is none that is agreed (partner > edi > x12 > theirs > group), so this may be meant for the connector of another partner"
        )
        spot = Spot(interchange=it.control, group=group.control, tag="GS", element=2)
        yield Finding(Level.GROUP, "stranger", text, spot, severity=Severity.WARNING)


CAUSES = {
    "": "not_agreed",
    **dict.fromkeys(("006", "23"), "sender"),
    **dict.fromkeys(("009", "7"), "receiver"),
    **dict.fromkeys(("020", "25"), "use"),
    **dict.fromkeys(("025", "26"), "number"),
}
"""Why an interchange is refused, by the code of its answer; any other code is damage."""


def _verdict_of(told: Told) -> Any:
    def verdict(type_: str, number: str) -> Verdict:
        one = told.of(type_, number)
        return Verdict(ACKS[one.said], (*one.codes, *told.codes) if one.said is Said.REJECTED else one.codes)

    return verdict


def _profile(connector: Connector, standard: Standard) -> Profile | None:
    return connector.partner.edi.of(standard) if connector.partner.edi is not None else None


_ILLEGIBLE = frozenset({"delimiters", "service_characters"})
"""Kinds of findings behind which a header tells nothing that can be relied on."""


def _refusal(interchange: Interchange, profile: Profile | None) -> tuple[str, str] | None:
    """Code and reason why the interchange is not taken; of a header that is cut off or illegible that, not whom it seems to be for."""
    found = _not_agreed(interchange, profile)
    illegible = next((it for it in interchange.findings if it.is_error and it.kind in _ILLEGIBLE), None)
    return found if found is None or illegible is None else (found[0], _sentence(illegible))


def _not_agreed(interchange: Interchange, profile: Profile | None) -> tuple[str, str] | None:
    """Code and reason by what the interchange shows and what is agreed."""
    is_x12 = interchange.standard is Standard.X12
    told = f"interchange {interchange.control} from {interchange.sender} to {interchange.receiver}"
    if profile is None:
        return "", f"{told} is {interchange.standard}, and nothing is agreed about that: give partner > edi > {interchange.standard}"
    sides = (("ours", interchange.receiver, interchange.receiver_qualifier), ("theirs", interchange.sender, interchange.sender_qualifier))
    ours, theirs = profile.all_addresses
    if not _is_one_of(theirs, interchange.sender, interchange.sender_qualifier):
        return ("006" if is_x12 else "23"), f"{told} is from somebody else than this connector's partner (partner > edi > theirs)"
    if not _is_one_of(ours, interchange.receiver, interchange.receiver_qualifier):
        return ("009" if is_x12 else "7"), f"{told} is not for us (partner > edi > ours)"
    use = "a test" if interchange.is_test else "no test"
    if interchange.is_test is not profile.test:
        wanted = "tests only" if profile.test else "no tests; set test: true while the partner is being set up"
        return ("020" if is_x12 else "25"), f"{told} is {use}: this connector takes {wanted}"
    for (side, id_, qualifier), agreed in zip(sides, (profile.our_addresses, profile.their_addresses), strict=True):
        if not _is_one_of(agreed, id_, qualifier):
            known = " or ".join(dict.fromkeys(it.id for it in agreed))
            where = f"partner > edi > {interchange.standard} > {'tests > ' if profile.test else ''}{side}"
            return (
                "020" if is_x12 else "25"
            ), f"{told} is {use} under an id of {'production' if profile.test else 'tests'}: agreed is {known} ({where})"
    fault = next((it for it in interchange.findings if it.is_error), None)
    return None if fault is None else (fault.code, _sentence(fault))


def _sentence(fault: Finding) -> str:
    return f"{fault.spot}: {fault.text}" if fault.level is Level.INTERCHANGE else fault.text


def _is_one_of(addresses: Sequence[Address], id_: str, qualifier: str) -> bool:
    """Whether somebody is meant; where nothing is agreed about the kind of the id, any will do."""
    return any(it.id == id_ and it.qualifier in {"", _plain(qualifier)} for it in addresses)


def _plain(qualifier: str) -> str:
    return qualifier.strip()


def _came(message: Message, place: int, one: Facts, sha256: str) -> Came:
    it = one.interchange
    is_answer = bool(one.told or one.broken) and not one.has_documents
    use = "T" if it.is_test else "P"
    sender = "/".join(part for part in (_plain(it.sender_qualifier), it.sender) if part)
    receiver = "/".join(part for part in (_plain(it.receiver_qualifier), it.receiver) if part)
    return Came(
        message_id=message.id,
        place=place,
        pair=f"edi:{it.standard}:{sender}>{receiver}:{use}",
        number=it.control,
        sha256=sha256,
        begins=it.offset,
        ends=one.ends,
        is_test=it.is_test,
        verdict=Fate.ANSWERS if is_answer else Fate.TAKEN,
    )


def _hash(source: BinaryIO, one: Facts) -> str:
    """Of the bytes of the interchange, without the filler behind it."""
    digest, left = hashlib.sha256(), one.ends - one.interchange.offset
    source.seek(one.interchange.offset)
    held = b""
    while left > 0 and (block := source.read(min(left, BLOCK))):
        left -= len(block)
        whole = held + block
        bare = whole.rstrip(b" \t\r\n\x00\x1a")
        digest.update(bare)
        held = whole[len(bare) :]
    return digest.hexdigest()
