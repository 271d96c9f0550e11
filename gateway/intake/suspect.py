"""Files that are read a second time because their reader died: by a limited child, and parked when that dies too (decision 0020).

Every claim counts as an attempt before anything is read, so a row that is claimed again was held by a process that died, or failed in
good order. Neither says which file of a group was at fault; the death of a child that reads one file at a time does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from msgspec import Struct

from gateway.archive import BlobLost
from gateway.config import Connector, Receive, Workspace
from gateway.intake.cell import Ask, Cell, Died, Finding, Outcome, Read
from gateway.intake.choosing import Parked, RefusedWhole
from gateway.intake.reading import Legible, origin_of
from gateway.kernel import Issue
from gateway.kernel.errors import GatewayError, Refused, TryLater
from gateway.mapping import Library, Reading
from gateway.store.messages import KILLER, Message
from gateway.store.work import Work

FIRST = 1
"""The attempt that trusts the file."""
PAUSE = timedelta(seconds=30)
"""Until a file is read again whose reading failed for want of room, memory or the like."""
AT_ONCE = timedelta(0)


class Failed(Struct, frozen=True):
    """Reading the file failed for a reason that is ours; it waits for a person, and its sender is told nothing yet."""

    issues: tuple[Issue, ...]


class PutOff(Struct, frozen=True):
    """Reading the file failed for a reason that may pass; it is read again after `wait`."""

    issue: Issue
    wait: timedelta = PAUSE


Examined = Legible | RefusedWhole | Parked | Failed | PutOff


def is_suspect(it: Work) -> bool:
    """Whether somebody had this file in hand before and did not bring it to an end."""
    return it.attempts > FIRST


def put_off(error: Exception) -> PutOff:
    """What a machine that is not ready means for a file: no fault of its, tried again."""
    return PutOff(Issue("GWY-05", f"reading the file is tried again: {type(error).__name__}: {error}"[:500]))


def examine_apart(
    cell: Cell, it: Work, message: Message, spot: tuple[Connector, Receive], *, workspace: Workspace, library: Library
) -> Examined:
    """The judgement of a child that may die of the file."""
    try:
        found = cell.read(message, Ask.EXAMINE)
    except TryLater as error:
        return put_off(error)
    if isinstance(found, Died):
        issue = _killer(found, it.attempts)
        return Failed((issue,)) if it.attempts >= workspace.settings.work.attempts else PutOff(issue, AT_ONCE)
    try:
        return _judged(found, spot, workspace, library)
    except GatewayError as error:
        return put_off(error)


def documents_apart(cell: Cell, it: Work, message: Message, *, most: int) -> Iterator[Reading]:
    """The documents of a file as a child reads them.

    TryLater for what may pass, BlobLost without the bytes, Refused when the file cannot be read or a child dies of it at attempt `most`.
    """
    found = cell.read(message, Ask.DOCUMENTS)
    if isinstance(found, Died):
        if it.attempts < most:
            raise TryLater(f"reading the file for its answer is tried again: {found.how}")
        raise Refused([Issue(KILLER, f"the file cannot be read for its answer: {found.how}")])
    match found.finding.outcome:
        case Outcome.LEGIBLE if found.kept is not None:
            yield from found.kept
        case Outcome.LATER:
            raise TryLater(_of(found.finding)[0].text)
        case Outcome.LOST:
            raise BlobLost(found.finding.reason)
        case _:
            raise Refused(_of(found.finding))


def _judged(found: Read, spot: tuple[Connector, Receive], workspace: Workspace, library: Library) -> Examined:
    finding = found.finding
    match finding.outcome:
        case Outcome.LEGIBLE if found.kept is not None:
            return Legible(library.of(finding.mapping), origin_of(*spot, workspace.reference), found.kept.__iter__)
        case Outcome.REFUSED:
            return RefusedWhole(library.of(finding.mapping), finding.issues)
        case Outcome.PARKED:
            return Parked(finding.issues)
        case Outcome.LATER:
            return PutOff(_of(finding)[0])
        case _:
            return Failed(_of(finding))


def _of(finding: Finding) -> tuple[Issue, ...]:
    return finding.issues or (Issue("GWY-05", f"reading the file broke off: {finding.reason}"[:500]),)


def _killer(found: Died, attempts: int) -> Issue:
    text = f"reading this file has killed its reader; at attempt {attempts}, in a limited process: {found.how}. Its bytes are kept"
    return Issue(KILLER, text[:500], kind="kills_reader")
