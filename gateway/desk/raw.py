"""A received file as it came, for people: a page of its rows, what is wrong where, personal data hidden; each look behind that is logged.

Who looks in an emergency (break glass) raises an alarm. Not for: bytes for programs (`kept`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from msgspec import Struct

from gateway.archive import Archive
from gateway.config import Workspace
from gateway.desk.hiding import HIDDEN, OPEN, Known, is_hidden, known_of, tells_of_persons
from gateway.desk.kept import open_kept
from gateway.desk.messages import MessageSheet, find_message
from gateway.desk.office import Office
from gateway.desk.replay import spot_of
from gateway.desk.syntax import Look, Part, Row, Syntax, parts, place_of, rows, syntax_of
from gateway.intake import Reader
from gateway.kernel import Issue
from gateway.kernel.errors import GatewayError
from gateway.mapping import Reading
from gateway.store import Store, Tx, alarms, audit
from gateway.store.alarms import About, NewAlarm

ROWS = 200
"""Rows of a page."""
ELSEWHERE = 30
"""Issues told beside a page that stand in none of its rows."""
READ_AT_MOST = 5_000_000
"""Of a larger file everything that could be about a person is hidden: it is not read whole for a look at it."""
HEAD = 4096


class Shown(Struct, frozen=True, kw_only=True):
    """A row as it is shown; `issues` are those that name it."""

    number: int
    parts: tuple[Part, ...]
    issues: tuple[Issue, ...] = ()


class RawPage(Struct, frozen=True, kw_only=True):
    """A page of a file."""

    format: str
    rows: tuple[Shown, ...]
    elsewhere: tuple[Issue, ...]
    """Issues whose place is in no row of this page, the first of them."""
    unlisted: int
    """So many more of them."""
    page: int
    more: bool
    hides: bool
    """Whether something on this page is hidden."""


class Told(Struct, frozen=True):
    """What is needed to show files as they came."""

    store: Store
    archive: Archive
    workspace: Workspace
    reader: Reader


def raw_page(told: Told, sheet: MessageSheet, *, page: int = 1, is_open: bool = False) -> RawPage:
    """So many rows of a received file; NotFound when its bytes are gone."""
    known = OPEN if is_open else _known(told, sheet)
    see = f"gateway message show {sheet.id}"
    with open_kept(told.archive, sheet.archive_key, what=f"message {sheet.id} ({sheet.file})", see=see) as source:
        syntax = syntax_of(source.read(HEAD), sheet.file)
        source.seek(0)
        first = (page - 1) * ROWS
        found = list(islice(rows(source, syntax), first, first + ROWS + 1))
    issues = (*sheet.issues, *(issue for receipt in sheet.receipts for issue in receipt.issues))
    return laid_out(found, syntax, issues, known, page=page)


def laid_out(found: Sequence[Row], syntax: Syntax, issues: Sequence[Issue], known: Known, *, page: int = 1, most: int = ROWS) -> RawPage:
    """Rows with their issues beside them, what is personal hidden; one row more than a page holds says that there is more."""
    chosen = found[:most]
    marked = {index: list[Issue]() for index in range(len(chosen))}
    elsewhere: list[Issue] = []
    for issue in issues:
        at = row_of(issue.where, chosen, syntax)
        (elsewhere if at is None else marked[at]).append(issue)
    laid = [tuple(_masked(row, syntax, known)) for row in chosen]
    return RawPage(
        format=syntax.format,
        rows=tuple(
            Shown(number=row.number, parts=shown, issues=tuple(marked[index]))
            for index, (row, shown) in enumerate(zip(chosen, laid, strict=True))
        ),
        elsewhere=tuple(elsewhere[:ELSEWHERE]),
        unlisted=max(len(elsewhere) - ELSEWHERE, 0),
        page=page,
        more=len(found) > most,
        hides=any(one.text == HIDDEN for shown in laid for one in shown),
    )


def row_of(where: str, chosen: Sequence[Row], syntax: Syntax) -> int | None:
    """Which of these rows a place names."""
    number, byte = place_of(where, syntax)
    if byte is not None:
        return next((index for index, row in enumerate(chosen) if row.at < byte <= row.at + len(row.raw)), None)
    return next((index for index, row in enumerate(chosen) if row.number == number), None)


def look_behind(told: Told, office: Office, message_id: int, *, reason: str, act: str, is_emergency: bool) -> None:
    """Write down that somebody sees what is hidden, before it is shown; an emergency rings."""
    connector = find_message(told.store, message_id).connector

    def work(tx: Tx) -> None:
        at = office.clock.now()
        if is_emergency:
            text = f"{office.actor} has seen message {message_id} as it came: {reason}"
            subject = f"message {message_id} {office.actor} {at.isoformat()}"
            new = NewAlarm(about=About.BREAK_GLASS, subject=subject, issue=Issue("GWY-46", text), connector=connector)
            alarms.ring(tx, new, now=at)
        detail = {"act": act, "emergency": is_emergency}
        about = f"message {message_id}"
        audit.note(tx, "raw_file_seen", actor=office.actor, source=office.source, at=at, about=about, detail=detail, reason=reason)

    told.store.attempt(work, at="desk.act")


def turned_away(store: Store, office: Office, about: str) -> None:
    """Write down that somebody asked for what they may not see."""

    def work(tx: Tx) -> None:
        audit.note(tx, "access_denied", actor=office.actor, source=office.source, at=office.clock.now(), about=about)

    store.attempt(work, at="desk.act")


def _known(told: Told, sheet: MessageSheet) -> Known:
    """What the documents of the file tell of persons; nothing is known of one that cannot be read."""
    message = find_message(told.store, sheet.id)
    spot = spot_of(told.workspace, message)
    if message.mapping is None or spot is None or sheet.size > READ_AT_MOST:
        return Known()
    try:
        readings = list(told.reader.documents(message, *spot))
    except (GatewayError, OSError, ValueError):
        return Known()
    return known_in(readings, {receipt.kind for receipt in sheet.receipts})


def known_in(readings: Iterable[Reading], kinds: Iterable[str]) -> Known:
    """What these readings tell of persons; `kinds` are those of documents that the readings do not name."""
    found = list(readings)
    named = {reading.kind for reading in found if reading.kind} | set(kinds)
    if named and not any(map(tells_of_persons, named)):
        return OPEN
    return known_of(reading.said for reading in found if reading.said is not None)


def _masked(row: Row, syntax: Syntax, known: Known) -> Iterator[Part]:
    name = ""
    for part in parts(row, syntax):
        name = part.text if part.look is Look.NAME else name
        segment = name if syntax.format in {"x12", "edifact"} else ""
        yield Part(part.look, HIDDEN) if is_hidden(part, known, segment=segment, name=name) else part
