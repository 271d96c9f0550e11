"""Reading a received file again after something was mended: first what would become of it, then in earnest.

What was booked stays booked; only documents that were refused, in conflict or never read are decided again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import islice

from msgspec import Struct

from gateway.booking import trial
from gateway.config import Connector, Receive, Workspace
from gateway.desk.acting import Desk, Mode, rehearse
from gateway.desk.messages import find_message
from gateway.domain.outcome import Verdict
from gateway.intake import Reader
from gateway.intake.reading import Legible
from gateway.kernel import Issue
from gateway.kernel.errors import RuleBroken
from gateway.mapping import Reading
from gateway.store import Tx, messages
from gateway.store.messages import Message, MessageState
from gateway.store.queries import receipts_of
from gateway.transports import shown

MOST = 1000
FINAL = frozenset({MessageState.BOOKED, MessageState.DUPLICATE})
WAITS = ("order", "batch", "shipment")


class Redecided(Struct, frozen=True, kw_only=True):
    """What became of one document before, and what would become of it now; None where there was or is nothing."""

    place: int
    key: str
    before: Verdict | None
    after: Verdict | None
    issues: tuple[Issue, ...]


class Replay(Struct, frozen=True, kw_only=True):
    """A replay, asked for or rehearsed. A rehearsal tells the documents that would be decided again, at most so many."""

    message: int
    file: str
    mode: Mode
    mapping: str | None = None
    issues: tuple[Issue, ...] = ()
    """Why the file would be parked or refused whole again."""
    documents: tuple[Redecided, ...] = ()
    more: bool = False


def ask(desk: Desk, message_id: int, *, reason: str) -> Replay:
    """The file is read again by whoever works next; who asked and why stands in its events."""
    message = find_message(desk.store, message_id)
    desk.store.attempt(lambda tx: _reopen(tx, desk, message, reason))
    return Replay(message=message_id, file=shown(message.file_name), mode=Mode.EARNEST)


def preview(desk: Desk, workspace: Workspace, reader: Reader, message_id: int, *, most: int = MOST) -> Replay:
    """What a replay would do now: the file is read and its first documents are decided, then everything is taken back."""
    message = find_message(desk.store, message_id)
    rehearse(desk.store, lambda tx: _reopen(tx, desk, message, ""))
    file = shown(message.file_name)
    spot = _spot(workspace, message)
    if spot is None:
        gone = Issue("GWY-04", f"channel {message.connector}/{message.channel} is not configured any more; put it back first")
        return Replay(message=message_id, file=file, mode=Mode.REHEARSAL, issues=(gone,))
    found = reader.examine(message, *spot, workspace.reference)
    if not isinstance(found, Legible):
        return Replay(message=message_id, file=file, mode=Mode.REHEARSAL, issues=found.issues)
    readings = list(islice(found.readings(), most + 1))
    documents = rehearse(desk.store, lambda tx: _decide(tx, desk, message, found, readings[:most], spot[1]))
    return Replay(
        message=message_id,
        file=file,
        mode=Mode.REHEARSAL,
        mapping=f"{found.mapping.name} v{found.mapping.version}",
        documents=documents,
        more=len(readings) > most,
    )


def _reopen(tx: Tx, desk: Desk, message: Message, reason: str) -> None:
    """Back to received, or say why not."""
    if messages.replay(tx, message.id, actor=desk.user, now=desk.clock.now(), reason=reason):
        return
    if message.state is MessageState.DUPLICATE:
        text = f"message {message.id} has the same bytes as message {message.first_message_id}; replay that one"
    elif message.state in FINAL:
        text = f"message {message.id} is {message.state}; there is nothing left to decide"
    else:
        text = f"message {message.id} is still being worked on; wait for its end"
    raise RuleBroken([Issue("GWY-20", text)])


def _decide(tx: Tx, desk: Desk, message: Message, found: Legible, readings: list[Reading], channel: Receive) -> tuple[Redecided, ...]:
    """Decide the documents in a transaction that is taken back."""
    before = {row.place: row.verdict for row in receipts_of(tx.connection, message.id, most=len(readings))}
    _reopen(tx, desk, message, "")
    trial(
        tx,
        message.id,
        readings,
        kind=found.mapping.document,
        origin=found.origin,
        master=desk.master,
        at=desk.clock.now(),
        wait=_waits(channel),
    )
    after = {row.place: row for row in receipts_of(tx.connection, message.id, most=len(readings))}
    told = []
    for place in sorted({*before, *after}):
        row = after.get(place)
        told.append(
            Redecided(
                place=place,
                key=row.key if row else "",
                before=before.get(place),
                after=row.verdict if row else None,
                issues=row.issues if row else (),
            )
        )
    return tuple(told)


def _waits(channel: Receive) -> Mapping[str, timedelta]:
    return {kind: limit for kind in WAITS if (limit := getattr(channel.wait, kind)) is not None}


def _spot(workspace: Workspace, message: Message) -> tuple[Connector, Receive] | None:
    """Where the file came from, if that is still configured."""
    connector = workspace.connectors.get(message.connector)
    if connector is None:
        return None
    channel = next((channel for channel in connector.receive if channel.channel == message.channel), None)
    return None if channel is None else (connector, channel)
