"""A look at people behind an order in an emergency: who, at which order and why is written down before anything is shown, and it rings."""

from __future__ import annotations

from gateway.desk.office import Office
from gateway.desk.orders import OrderSheet
from gateway.kernel.issues import Issue
from gateway.store import Store, Tx, alarms, audit
from gateway.store.alarms import About, NewAlarm


def look_at_people(store: Store, office: Office, sheet: OrderSheet, *, reason: str) -> None:
    """Write it down and ring; the data itself stands in neither."""

    def work(tx: Tx) -> None:
        at, about = office.clock.now(), f"order {sheet.number}"
        issue = Issue("GWY-46", f"{office.actor} has seen the people of {about}: {reason}")
        subject = f"{about} {office.actor} {at.isoformat()}"
        alarms.ring(tx, NewAlarm(about=About.BREAK_GLASS, subject=subject, issue=issue, vendor=sheet.document.vendor), now=at)
        audit.note(tx, "personal_data_seen", actor=office.actor, source=office.source, at=at, about=about, reason=reason)

    store.attempt(work, at="desk.act")
