"""Personal data shown and erased on demand, by command, at pages and by programs; written down in its log and in the record.

The record can lose nothing, so whose data it was stands only in the log of personal data; of orders the number stands in both.
"""

from __future__ import annotations

from collections import Counter

from gateway.desk import privacy
from gateway.desk.acting import Desk, Mode
from gateway.desk.office import Office
from gateway.desk.pages import Page, page_of
from gateway.desk.privacy import PrivateData
from gateway.kernel.errors import ConfigError
from gateway.privacy import Kit, Told
from gateway.store import Store, Tx, audit, privacy_log
from gateway.store.privacy_log import Entry, Subject


def show(office: Office, desk: Desk, kit: Kit, kind: Subject, name: str, *, reason: str) -> PrivateData:
    """Everything that is kept of somebody."""
    _require(name, reason)
    found = privacy.get(desk, kit, kind, name, reason=reason)
    _note(office, "personal_data_shown", kind, name, reason, {})
    return found


def forget(office: Office, desk: Desk, kit: Kit, kind: Subject, name: str, *, reason: str, mode: Mode) -> tuple[Told, ...]:
    """Erase it where nothing stands against it, or only say what would go and what would stay."""
    if mode is Mode.REHEARSAL:
        return privacy.check(kit, kind, name)
    _require(name, reason)
    told: tuple[Told, ...] = ()
    try:
        told = privacy.forget(desk, kit, kind, name, reason=reason)
    finally:  # of a customer's orders some may be gone when it breaks off
        _note(office, "personal_data_erased", kind, name, reason, dict(Counter(it.answer.value for it in told)))
    return told


def log(store: Store, *, most: int, before: int | None = None) -> Page[Entry]:
    """Who looked at or erased whose data and why, the newest first; never the data itself."""
    with store.reading() as connection:
        rows = privacy_log.acts(connection, most=most, before=before)
        return page_of(rows, most, lambda: privacy_log.count(connection, before=before))


def _require(name: str, reason: str) -> None:
    problems = () if name.strip() else ("Whose data: say it",)
    if not reason.strip():
        problems = (*problems, "Say why: it stands in the log of personal data.")
    if problems:
        raise ConfigError(*problems)


def _note(office: Office, event: str, kind: Subject, name: str, reason: str, answers: dict[str, int]) -> None:
    about = f"order {name}" if kind is Subject.ORDER else kind.value
    detail = {"answers": answers} if answers else {}

    def work(tx: Tx) -> None:
        audit.note(tx, event, actor=office.actor, source=office.source, at=office.clock.now(), about=about, detail=detail, reason=reason)

    office.store.attempt(work, at="desk.act")
