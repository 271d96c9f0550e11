"""Erasing what is kept of a vendor's people: the vendor itself when it has no open order, and its users (sdf 7.1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection

from gateway.domain.privacy import Answer
from gateway.domain.reference import Vendor
from gateway.kernel import Issue
from gateway.kernel.errors import RuleBroken
from gateway.privacy.erase import Kit
from gateway.privacy.journal import Erasure
from gateway.store import Tx, privacy_log
from gateway.store import privacy_people as people
from gateway.store.privacy_log import Act, Subject

PERSONAL = ("name", "email", "contact", "address", "return_address")
"""What organization.yaml may tell of a vendor's people."""


class Told(Struct, frozen=True, kw_only=True):
    """What is said of one object; `copies` are the partners that have got the data."""

    kind: Subject
    subject: str
    answer: Answer
    why: str = ""
    copies: tuple[str, ...] = ()


def look(kit: Kit, kind: Subject, name: str) -> Told:
    """Whether a vendor or a user may lose their data."""
    with kit.tools.store.reading() as connection:
        return _vendor(kit, connection, name) if kind is Subject.VENDOR else _user(connection, name)


def forget(kit: Kit, kind: Subject, name: str, *, actor: str, reason: str) -> Told:
    """Erase it, if nothing stands against it."""
    found = look(kit, kind, name)
    if found.answer is not Answer.ELIGIBLE:
        return found
    clock = kit.tools.clock
    kit.journal.note(Erasure(at=clock.now(), kind=kind.value, org=kit.organization.code, subjects=(name,)))
    erase: Callable[..., None] = people.erase_vendor if kind is Subject.VENDOR else people.erase_user

    def act(tx: Tx) -> None:
        now: datetime = clock.now()
        erase(tx, name, now=now)
        privacy_log.note(tx, Act.ERASED, kind, [name], answer=Answer.DONE.value, actor=actor, reason=reason, now=now)

    kit.tools.store.attempt(act, at="desk.act")
    return Told(kind=kind, subject=name, answer=Answer.DONE)


def _vendor(kit: Kit, connection: Connection, code: str) -> Told:
    found = people.vendor_data(connection, code)
    declared = kit.tools.workspace.reference.vendors.get(code)
    if not found and declared is None:
        return Told(kind=Subject.VENDOR, subject=code, answer=Answer.NOT_FOUND)
    counted, first = people.open_orders(connection, code)
    if counted:
        why = f"{counted} not closed: {', '.join(first)}{' …' if counted > len(first) else ''}"
        return Told(kind=Subject.VENDOR, subject=code, answer=Answer.OPEN_ORDERS, why=why)
    if declared is not None:
        _require_nothing_declared(declared)
    gone = people.is_erased([*found.get("brought", ()), found.get("set", {}), *found.get("on_orders", ())])
    return Told(kind=Subject.VENDOR, subject=code, answer=Answer.ALREADY_ANONYMIZED if gone else Answer.ELIGIBLE)


def _require_nothing_declared(vendor: Vendor) -> None:
    """What organization.yaml tells of a vendor is erased there, by hand: the file wins over the store."""
    stands = [word for word in PERSONAL if getattr(vendor, word)]
    if not (stands or vendor.active):
        return
    of_people = f"still has its {', '.join(stands)}" if stands else "still has it as active"
    steps = [f"take {', '.join(stands)} out"] if stands else []
    steps += ["write active: false"] if vendor.active else []
    raise RuleBroken(
        [Issue("GWY-20", f"vendor {vendor.code} cannot go yet: organization.yaml {of_people}")],
        remedy=f"In organization.yaml, under vendors, {vendor.code}: {' and '.join(steps)}. Then ask again; nothing was changed.",
    )


def _user(connection: Connection, login: str) -> Told:
    found: dict[str, Any] = people.user_data(connection, login)
    if not found:
        return Told(kind=Subject.USER, subject=login, answer=Answer.NOT_FOUND)
    gone = people.is_erased([found])
    return Told(kind=Subject.USER, subject=login, answer=Answer.ALREADY_ANONYMIZED if gone else Answer.ELIGIBLE)
