"""Received files: the list, one file with its documents and issues, and reading it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from gateway.desk import replay
from gateway.desk.messages import NOT_TAKEN, MessageRow, MessageSearch, MessageSheet, search_messages, show_message
from gateway.desk.replay import Replay, Verb
from gateway.domain.access import Authority
from gateway.domain.outcome import Verdict
from gateway.store.messages import MessageState
from gateway.web import listing
from gateway.web.api.operations import Api, Rows, behind, rows_of
from gateway.web.api.paging import Limit
from gateway.web.api.uploads import HandedIn, HandIn, handed_in
from gateway.web.ways import for_programs

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()


class MessageQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What files are asked for; names are found by their beginning."""

    connector: str | None = None
    channel: str | None = None
    state: tuple[MessageState, ...] = ()
    name: str | None = None
    unanswered: bool = False
    cursor: str | None = None
    limit: Limit = 50


class SheetQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of its documents are told: all, or those that were not taken; the first thousand. `If-Match` means the ETag of all."""

    not_taken: bool = False


class Taken(HandIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of a partner that comes another way: why, and in place of which message where that one was wrong."""

    reason: Annotated[str, Meta(min_length=1, max_length=255)]
    in_place_of: int | None = None


class Again(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a file is read again, and by which mapping if not by that of its channel."""

    reason: Annotated[str, Meta(min_length=1, max_length=255)]
    mapping: str | None = None
    dry_run: bool = False


@API.get("/messages", may=Authority.FILES, query=MessageQuery, answer=Rows[MessageRow])
def list_messages(visit: Visit, asked: MessageQuery) -> Rows[MessageRow]:
    """Received files, the newest first."""
    search = MessageSearch(
        connector=asked.connector,
        channel=asked.channel,
        states=asked.state or tuple(MessageState),
        name=asked.name,
        unanswered=asked.unanswered,
    )
    page = search_messages(visit.gateway.store, search, scope=visit.scope, before=behind(asked.cursor), most=asked.limit)
    return rows_of(page, lambda row: row.id)


@API.get("/messages/{id}", may=Authority.FILES, query=SheetQuery, answer=MessageSheet)
def get_message(visit: Visit, asked: SheetQuery) -> MessageSheet:
    """One file with its documents, issues, answers and what happened to it."""
    verdicts, number = NOT_TAKEN if asked.not_taken else tuple(Verdict), listing.known(visit, "message")
    sheet = show_message(visit.gateway.store, number, scope=visit.scope, verdicts=verdicts)
    return replace(sheet, remedies={code: for_programs(told) for code, told in sheet.remedies.items()})


@API.post("/messages", may=Authority.OPERATIONS, body=Taken, answer=HandedIn)
def take_message(visit: Visit, said: Taken) -> HandedIn:
    """Hand in a file for a partner, as if it had lain in the folder of that channel."""
    wrong = None if said.in_place_of is None else show_message(visit.gateway.store, said.in_place_of, scope=visit.scope, most=0).id
    return handed_in(visit, said, reason=said.reason, in_place_of=wrong)


@API.post("/messages/{id}/replay", may=Authority.OPERATIONS, body=Again, answer=Replay)
def replay_message(visit: Visit, said: Again) -> Replay:
    """Decide again what was not taken."""
    return _again(visit, said, Verb.REPLAY)


@API.post("/messages/{id}/reprocess", may=Authority.OPERATIONS, body=Again, answer=Replay)
def reprocess_message(visit: Visit, said: Again) -> Replay:
    """Read the whole file again as a new message."""
    return _again(visit, said, Verb.REPROCESS)


def _again(visit: Visit, said: Again, verb: Verb) -> Replay:
    gateway = visit.gateway
    message_id = show_message(gateway.store, listing.known(visit, "message"), scope=visit.scope, most=0).id
    if said.dry_run:
        return replay.preview(visit.desk, gateway.workspace, gateway.reader, message_id, verb=verb, picked=said.mapping)
    return replay.ask(visit.desk, gateway.workspace, message_id, reason=said.reason, verb=verb, picked=said.mapping)
