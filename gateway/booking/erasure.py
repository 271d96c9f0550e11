"""Documents about orders whose personal data was erased: they do not bring it back, and the bytes they came in are due to go as well."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.booking.decide import Known
from gateway.booking.entry import Entry
from gateway.domain.order import KeyState
from gateway.domain.privacy import masked_issue
from gateway.store import installation, privacy_files
from gateway.store.installation import Fact
from gateway.store.loads import LockedKey
from gateway.store.session import Tx


def pepper(connection: Connection, keys: Iterable[LockedKey]) -> str:
    """The key of the hashes of erased orders, where one of these is; else nothing."""
    if not any(key.state is KeyState.ERASED for key in keys):
        return ""
    return installation.recall(connection, Fact.PEPPER) or ""


def without(entry: Entry, known: Known) -> Entry:
    """The document without what its reading has quoted, where it is about an erased order."""
    if not _is_about_erased(entry, known):
        return entry
    issues = tuple(masked_issue(it) for it in entry.reading.issues)
    return replace(entry, reading=replace(entry.reading, issues=issues))


def note(tx: Tx, entries: Iterable[Entry], known: Known) -> None:
    """The bytes of files about erased orders go with the next scrubbing."""
    found = {entry.message_id for entry in entries if _is_about_erased(entry, known)}
    if found:
        privacy_files.due_of_messages(tx, found, now=known.at)


def _is_about_erased(entry: Entry, known: Known) -> bool:
    document = entry.reading.said
    return document is not None and known.erased(document) is not None
