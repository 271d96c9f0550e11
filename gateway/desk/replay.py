"""Reading a received file again: first what would become of it, then in earnest.

*Replay* decides the open documents of the same message: what is booked stays, what was refused, in conflict or never read is decided
again; a file that only lacks its answer gets it. *Reprocess* makes a new message of the same bytes, booked or not; all its documents
are judged by their keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from gateway.booking import trial
from gateway.config import Connector, Receive, Workspace
from gateway.desk.acting import Desk, Mode, rehearse
from gateway.desk.messages import find_message
from gateway.desk.partners import library_of
from gateway.domain.outcome import Verdict
from gateway.intake import Reader
from gateway.intake.reading import Legible
from gateway.kernel import Issue
from gateway.kernel.errors import ConfigError, RuleBroken
from gateway.mapping import Reading
from gateway.store import Tx, again, answers
from gateway.store.messages import KILLER, Message, MessageState
from gateway.store.queries import receipts_of
from gateway.transports import shown

MOST = 1000
FINAL = frozenset({MessageState.BOOKED, MessageState.DUPLICATE})
WAITS = ("order", "batch", "shipment")
OPEN = frozenset({Verdict.REFUSED, Verdict.CONFLICT})
"""Verdicts after which a document is not taken."""


class Verb(StrEnum):
    """How a file is read again."""

    REPLAY = "replay"
    REPROCESS = "reprocess"


class Redecided(Struct, frozen=True, kw_only=True):
    """What became of one document before, and what would become of it now; None where there was or is nothing."""

    place: int
    key: str
    before: Verdict | None
    after: Verdict | None
    issues: tuple[Issue, ...]


class Replay(Struct, frozen=True, kw_only=True):
    """A replay or reprocessing, asked for or rehearsed. A rehearsal tells the documents that would be decided, at most so many."""

    verb: Verb
    message: int
    file: str
    mode: Mode
    made: int | None = None
    """The new message that a reprocessing has made."""
    mapping: str | None = None
    issues: tuple[Issue, ...] = ()
    """Why the file would be parked or refused whole again."""
    documents: tuple[Redecided, ...] = ()
    more: bool = False
    answer_only: bool = False
    """Nothing is left to decide; only the answer, which could not be made, is made again."""

    @property
    def is_refused(self) -> bool:
        """Whether the file, or a document of it, would not be taken."""
        return bool(self.issues) or any(it.after in OPEN for it in self.documents)


def ask(desk: Desk, workspace: Workspace, message_id: int, *, reason: str, verb: Verb = Verb.REPLAY, picked: str | None = None) -> Replay:
    """The file is read again by whoever works next; who asked and why stands in its events."""
    message = find_message(desk.store, message_id)
    _check(workspace, picked)
    made = desk.store.attempt(lambda tx: _open(tx, desk, workspace, message, verb=verb, reason=reason, picked=picked), at="desk.again")
    return Replay(
        verb=verb, message=message_id, file=shown(message.file_name), mode=Mode.EARNEST, made=made if verb is Verb.REPROCESS else None
    )


def preview(
    desk: Desk,
    workspace: Workspace,
    reader: Reader,
    message_id: int,
    *,
    verb: Verb = Verb.REPLAY,
    picked: str | None = None,
    most: int = MOST,
) -> Replay:
    """What it would do now: the file is read and its first documents are decided, then everything is taken back."""
    message = find_message(desk.store, message_id)
    _check(workspace, picked)
    rehearse(desk.store, lambda tx: _open(tx, desk, workspace, message, verb=verb, reason="", picked=picked))
    told = Replay(verb=verb, message=message_id, file=shown(message.file_name), mode=Mode.REHEARSAL)
    if verb is Verb.REPLAY and message.state in FINAL:
        return replace(told, answer_only=True)
    killers = tuple(issue for issue in message.issues if issue.code == KILLER)
    if killers:  # it would kill this process too; in earnest a limited one reads it
        return replace(told, issues=killers)
    spot = spot_of(workspace, message)
    if spot is None:
        gone = Issue("GWY-04", f"channel {message.connector}/{message.channel} is not configured any more; put it back first")
        return replace(told, issues=(gone,))
    found = reader.examine(replace(message, picked_mapping=picked), *spot, workspace.reference)
    if not isinstance(found, Legible):
        return replace(told, issues=found.issues)
    readings = list(islice(found.readings(), most + 1))

    def decide(tx: Tx) -> tuple[Redecided, ...]:
        before = {row.place: row.verdict for row in receipts_of(tx.connection, message.id, most=most)}
        opened = _open(tx, desk, workspace, message, verb=verb, reason="", picked=picked)
        return _decide(tx, desk, opened, found, readings[:most], spot[1], before)

    return replace(
        told,
        mapping=f"{found.mapping.name} v{found.mapping.version}",
        documents=rehearse(desk.store, decide),
        more=len(readings) > most,
    )


def spot_of(workspace: Workspace, message: Message) -> tuple[Connector, Receive] | None:
    """Where the file came from, if that is still configured."""
    connector = workspace.connectors.get(message.connector)
    if connector is None:
        return None
    channel = connector.taking(message.channel)
    return None if channel is None else (connector, channel)


def _check(workspace: Workspace, picked: str | None) -> None:
    """A layout that a person picks must be one that reads."""
    if picked is not None and not library_of(workspace).get(picked).reads:
        raise ConfigError(f"mapping {picked} only writes; name one that reads")


def _open(tx: Tx, desk: Desk, workspace: Workspace, message: Message, *, verb: Verb, reason: str, picked: str | None) -> int:
    """The message whose documents are to be decided: the same, or a new one; or say why it is not the time."""
    common = {"actor": desk.user, "now": desk.clock.now(), "reason": reason, "picked": picked}
    if verb is Verb.REPLAY:
        if again.replay(tx, message.id, **common):  # type: ignore[arg-type]  # what both take
            return message.id
        if picked is None and answers.ask_again(tx, message.id, actor=desk.user, now=desk.clock.now(), reason=reason):
            return message.id
    else:
        spot = spot_of(workspace, message)
        lane = f"{message.connector}/{message.channel}" if spot and spot[1].in_order else None
        made = again.reprocess(tx, message.id, **common, lane=lane)  # type: ignore[arg-type]  # the same
        if made is not None:
            return made
    raise RuleBroken([Issue("GWY-20", _why_not(message, verb))])


def _why_not(message: Message, verb: Verb) -> str:
    if verb is Verb.REPLAY and message.state is MessageState.DUPLICATE:
        return f"message {message.id} has the same bytes as message {message.first_message_id}; replay that one"
    if verb is Verb.REPLAY and message.state in FINAL:
        return f"message {message.id} is {message.state}; there is nothing left to decide"
    return f"message {message.id} is still being worked on; wait for its end"


def _decide(  # noqa: PLR0917 (what a trial needs)
    tx: Tx,
    desk: Desk,
    message_id: int,
    found: Legible,
    readings: list[Reading],
    channel: Receive,
    before: Mapping[int, Verdict],
) -> tuple[Redecided, ...]:
    """Decide the documents in a transaction that is taken back."""
    trial(
        tx,
        message_id,
        readings,
        kind=found.mapping.document,
        origin=found.origin,
        master=desk.master,
        at=desk.clock.now(),
        wait=_waits(channel),
    )
    after = {row.place: row for row in receipts_of(tx.connection, message_id, most=len(readings))}
    return tuple(
        Redecided(
            place=place,
            key=after[place].key if place in after else "",
            before=before.get(place),
            after=after[place].verdict if place in after else None,
            issues=after[place].issues if place in after else (),
        )
        for place in sorted({*before, *after})
    )


def _waits(channel: Receive) -> Mapping[str, timedelta]:
    return {kind: limit for kind in WAITS if (limit := getattr(channel.wait, kind)) is not None}
