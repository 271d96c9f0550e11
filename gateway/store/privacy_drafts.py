"""Drafts of orders by hand: whose data stands in those that never became an order, and the end of those that nobody comes back to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from gateway.documents import Party
from gateway.documents.form import OrderForm
from gateway.domain.byhand import HandAct, HandEvent
from gateway.domain.history import SYSTEM
from gateway.domain.privacy import MASK, masked
from gateway.kernel.typed import convert
from gateway.store import byhand, erasing
from gateway.store.session import Tx
from gateway.store.tables import hand_event, hand_order

_SAME = ("email", "company", "day_phone", "evening_phone")


class Draft(Struct, frozen=True, gc=False):
    """A form that never became an order, as far as the erasure looks at it."""

    id: int
    number: str
    made_at: datetime
    is_cancelled: bool
    is_erased: bool


def by_number(connection: Connection, org: str, numbers: Iterable[str]) -> list[Draft]:
    """The drafts with these numbers, in whatever case they are written."""
    wanted = sorted({number.upper() for number in numbers})
    return [
        draft
        for at in range(0, len(wanted), 500)
        for draft, _ in _drafts(connection, and_(hand_order.c.org == org, hand_order.c.number.in_(wanted[at : at + 500])))
    ]


def of_customer(connection: Connection, org: str, text: str) -> list[Draft]:
    """The drafts whose buyer or receiver has this e-mail address, phone, company or full name, in whatever case."""
    wanted = text.strip().lower()
    found = _drafts(connection, hand_order.c.org == org)
    return [draft for draft, form in found if any(_is(party, wanted) for party in (form.ship_to, form.sold_to) if party)]


def old(connection: Connection, *, cutoff: datetime) -> list[Draft]:
    """The drafts with data that were cancelled before the cutoff, or that nobody has touched since."""
    touched = func.coalesce(hand_order.c.cancelled_at, hand_order.c.changed_at)
    return [draft for draft, _ in _drafts(connection, touched <= cutoff) if not (draft.is_erased and draft.is_cancelled)]


def erase(tx: Tx, ids: Collection[int], *, now: datetime, untouched_since: datetime | None = None) -> list[str]:
    """Mask these drafts; answers their numbers. Open ones end where nobody has changed them since the given time, else they stay."""
    it = hand_order.c
    may_end = it.changed_at <= untouched_since if untouched_since is not None else it.cancelled_at.is_not(None)
    chosen = select(it.id, it.number, it.cancelled_at).where(
        it.id.in_(ids), it.order_id.is_(None), or_(it.cancelled_at.is_not(None), may_end)
    )
    rows = tx.connection.execute(chosen.order_by(it.id).with_for_update()).all()
    erasing.mask_drafts(tx, [row.id for row in rows])
    ended = HandEvent(act=HandAct.CANCELLED, at=now, actor=SYSTEM, parts={"words": "Cancelled", "reason": "personal data erased"})
    byhand.end(tx, [row.id for row in rows if row.cancelled_at is None], ended, at=now)
    return [row.number for row in rows]


def _drafts(connection: Connection, which: ColumnElement[bool]) -> list[tuple[Draft, OrderForm]]:
    it = hand_order.c
    chosen = select(it.id, it.number, it.made_at, it.cancelled_at, it.form).where(it.order_id.is_(None), which).order_by(it.id)
    rows = [(row, convert(row.form, OrderForm, strict=False)) for row in connection.execute(chosen)]
    telling = _with_reasons(connection, which)
    return [
        (Draft(row.id, row.number, row.made_at, row.cancelled_at is not None, masked(form) == form and row.id not in telling), form)
        for row, form in rows
    ]


def _with_reasons(connection: Connection, which: ColumnElement[bool]) -> set[int]:
    """The drafts of which a person has said why they were cancelled."""
    it = hand_event.c
    said = select(it.hand_id, it.parts).join(hand_order, hand_order.c.id == it.hand_id)
    people = and_(it.act == HandAct.CANCELLED.value, it.actor != SYSTEM)
    rows = connection.execute(said.where(hand_order.c.order_id.is_(None), people, which))
    return {row.hand_id for row in rows if (row.parts or {}).get("reason", MASK) not in {"", MASK}}


def _is(party: Party, wanted: str) -> bool:
    full = f"{party.first_name or ''} {party.last_name or ''}".lower()
    return wanted == full or any((getattr(party, name) or "").lower() == wanted for name in _SAME)
