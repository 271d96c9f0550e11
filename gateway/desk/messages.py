"""Received files as people look at them: how each ended, document by document, with every issue and the bytes as they came."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gateway.desk.eye import names_for
from gateway.desk.outbox import EventSheet, events_for
from gateway.desk.pages import Page, page_of
from gateway.domain.access import Scope
from gateway.domain.outcome import Verdict
from gateway.kernel import Issue
from gateway.kernel.codes import CODES
from gateway.kernel.errors import NotFound
from gateway.kernel.issues import gravest_first
from gateway.kernel.remedies import remedy_of
from gateway.store import Store, again, answers, events, messages
from gateway.store.again import Attempt
from gateway.store.messages import Message, MessageState
from gateway.store.queries import ReceiptRow, count_messages, first_refusals, list_messages, message_view, receipts_of
from gateway.store.queries.counting import ENOUGH
from gateway.store.work import Kind
from gateway.transports import shown, unshown

REMARKS = "interchange_remarks"
"""The event that tells what is odd about the interchanges of a file."""
NOT_TAKEN = (Verdict.CONFLICT, Verdict.REFUSED, Verdict.EARLY)
"""Documents that are still somebody's to mend, or to wait for."""


class MessageSearch(Struct, frozen=True, kw_only=True):
    """What people look for; what is None does not matter. A name is found by its beginning."""

    connector: str | None = None
    channel: str | None = None
    states: tuple[MessageState, ...] = tuple(MessageState)
    name: str | None = None
    since: datetime | None = None
    unanswered: bool = False
    """Only files whose answer could not be made and was set aside."""


class MessageRow(Struct, frozen=True, kw_only=True):
    """One received file in a list; the counts are documents."""

    id: int
    connector: str
    channel: str
    file: str
    size: int
    state: MessageState
    mapping: str | None
    documents: int | None
    booked: int
    duplicate: int
    conflict: int
    refused: int
    early: int
    first: str
    """What is gravest: an error about the file itself, else about a document that was not taken, else what is only told of the file."""
    unanswered: str
    """Why the sender has no answer, where it could not be made; else nothing."""
    remarks: int
    """How many things are odd about the interchanges of the file and refuse nothing; its story names them (`interchange_remarks`)."""
    received_at: datetime
    decided_at: datetime | None


class PendingSheet(Struct, frozen=True):
    """What is still to be done with a file."""

    kind: Kind
    due_at: datetime
    attempts: int
    issue: Issue | None


class MessageSheet(Struct, frozen=True, kw_only=True):
    """One received file with what became of each document."""

    id: int
    connector: str
    channel: str
    file: str
    size: int
    sha256: str
    archive_key: str
    state: MessageState
    duplicate_of: int | None
    reprocess_of: int | None
    """The message whose bytes were read once more as this one."""
    reprocessed_as: tuple[int, ...]
    """The messages that were made of the bytes of this one."""
    mapping: str | None
    mapping_version: int | None
    documents: int | None
    booked: int
    duplicate: int
    conflict: int
    refused: int
    early: int
    received_at: datetime
    decided_at: datetime | None
    issues: tuple[Issue, ...]
    receipts: tuple[ReceiptRow, ...]
    more_receipts: int
    events: tuple[EventSheet, ...]
    pending: tuple[PendingSheet, ...]
    attempts: tuple[Attempt, ...]
    """Every reading of these bytes, of this message and those linked with it, oldest first."""
    unanswered: tuple[Issue, ...]
    """Why the sender has no answer: it could not be made and was set aside."""
    remedies: dict[str, str]
    """What to do about each code that stands in the issues."""


def search_messages(
    store: Store, search: MessageSearch, *, scope: Scope, before: int | None = None, most: int = 50, upto: int = ENOUGH
) -> Page[MessageRow]:
    """Received files, newest first."""
    name = None if search.name is None else unshown(search.name)
    common: dict[str, Any] = {
        "connectors": scope.connectors_of(search.connector),
        "channel": search.channel,
        "states": search.states,
        "name": name,
        "since": search.since,
        "among": answers.without() if search.unanswered else None,
    }
    with store.reading() as connection:
        found = list_messages(connection, **common, before=before, most=most)
        ids = [it.id for it in found]
        refusals, lacking = first_refusals(connection, ids), answers.unanswered(connection, ids)
        odd = {number: detail["count"] for number, detail in events.last_details(connection, ids, REMARKS).items()}
        return page_of(
            [_row(it, refusals.get(it.id), lacking.get(it.id), odd.get(it.id, 0)) for it in found],
            most,
            lambda: count_messages(connection, **common, before=before, most=upto),
        )


def find_message(store: Store, message_id: int) -> Message:
    """The received file of that id."""
    with store.reading() as connection:
        found = messages.get(connection, message_id)
    if found is None:
        raise missing(message_id)
    return found


def missing(message_id: int) -> NotFound:
    """There is no such message."""
    return NotFound(f"there is no message {message_id}", remedy="See which there are: gateway message list")


def show_message(
    store: Store, message_id: int, *, scope: Scope, most: int = 1000, verdicts: tuple[Verdict, ...] = tuple(Verdict)
) -> MessageSheet:
    """The received file of that id, with its first `most` documents of these verdicts; NotFound also for one beyond the scope."""
    it = find_message(store, message_id)
    if not scope.covers_files_of(it.connector):
        raise missing(message_id)
    with store.reading() as connection:
        found = message_view(connection, message_id, most=0)
        receipts = receipts_of(connection, message_id, verdicts=verdicts, most=most)
        linked = again.chain(connection, message_id)
        attempts = again.attempts(connection, linked)
        lacking = answers.unanswered(connection, [message_id]).get(message_id, ())
        name = names_for(connection, scope) if scope.vendor is not None else None
    if name is not None:
        attempts = [replace(one, actor=name(one.actor), reason="") for one in attempts]
    asked = sum(getattr(it, verdict.value) for verdict in verdicts)
    return MessageSheet(
        id=it.id,
        connector=it.connector,
        channel=it.channel,
        file=shown(it.file_name),
        size=it.size,
        sha256=it.sha256,
        archive_key=it.archive_key,
        state=it.state,
        duplicate_of=it.first_message_id,
        reprocess_of=it.reprocess_of,
        reprocessed_as=tuple(one.id for one in linked if one.reprocess_of == message_id),
        mapping=it.mapping,
        mapping_version=it.mapping_version,
        documents=it.total,
        booked=it.booked,
        duplicate=it.duplicate,
        conflict=it.conflict,
        refused=it.refused,
        early=it.early,
        received_at=it.received_at,
        decided_at=it.decided_at,
        issues=gravest_first(it.issues),
        receipts=tuple(receipts),
        more_receipts=max(asked - len(receipts), 0),
        events=events_for(
            (EventSheet(event.at, event.event, event.actor, event.detail) for event in (found.events if found else ())), name
        ),
        pending=tuple(PendingSheet(row.kind, row.due_at, row.attempts, row.issue) for row in (found.work if found else ())),
        attempts=tuple(attempts),
        unanswered=lacking,
        remedies=_remedies(it.id, (*it.issues, *lacking, *(issue for receipt in receipts for issue in receipt.issues))),
    )


def _remedies(message_id: int, issues: Iterable[Issue]) -> dict[str, str]:
    """By code; where one was found in several ways, what the code alone says."""
    found: dict[str, set[str]] = {}
    for issue in issues:
        if issue.code in CODES:
            found.setdefault(issue.code, set()).add(remedy_of(issue.code, issue.kind, message=message_id))
    return {code: told.pop() if len(told) == 1 else remedy_of(code, message=message_id) for code, told in found.items()}


def is_at_rest(store: Store, message_id: int) -> bool:
    """Whether the file is decided and its answer made, set aside or put off: there is nothing to wait for now."""
    with store.reading() as connection:
        found = message_view(connection, message_id, most=0)
    if found is None or found.message.state is MessageState.RECEIVED:
        return found is None
    return all(row.kind is not Kind.ANSWER or (row.holder is None and row.issue is not None) for row in found.work)


def _row(it: Message, refusal: Issue | None, lacking: tuple[Issue, ...] | None, remarks: int) -> MessageRow:
    of_file = next(iter(gravest_first(it.issues)), None)
    first = of_file if refusal is None or (of_file is not None and of_file.is_error) else refusal
    return MessageRow(
        id=it.id,
        connector=it.connector,
        channel=it.channel,
        file=shown(it.file_name),
        size=it.size,
        state=it.state,
        mapping=it.mapping,
        documents=it.total,
        booked=it.booked,
        duplicate=it.duplicate,
        conflict=it.conflict,
        refused=it.refused,
        early=it.early,
        first=str(first) if first else "",
        unanswered="" if lacking is None else str(next(iter(lacking), "no reason was kept")),
        remarks=remarks,
        received_at=it.received_at,
        decided_at=it.decided_at,
    )
