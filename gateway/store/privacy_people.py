"""Vendors and their users: what is kept of the people there, and what stands in its place once it is erased (sdf 7.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select, update

from gateway.domain.history import SYSTEM
from gateway.domain.master import MasterChanged, MasterKind
from gateway.domain.order import KeyState, Stage
from gateway.domain.origin import Origin
from gateway.domain.privacy import MASK
from gateway.store import master_rows
from gateway.store.dialects import fetch_rows
from gateway.store.session import Tx
from gateway.store.tables import hand_order, master_history, order_key, purchase_order, vendor, vendor_user

PERSONAL = ("name", "email", "contact", "address", "return_address", "phone", "day_phone", "evening_phone")
"""Words of master data that belong to people."""
WHY = "personal data erased"


def open_orders(connection: Connection, code: str, *, most: int = 5) -> tuple[int, list[str]]:
    """How many orders of the vendor are not closed, drafts by hand among them, and the first ones."""
    over = or_(order_key.c.state.in_((KeyState.CLOSED.value, KeyState.ERASED.value)), purchase_order.c.stage == Stage.CANCELLED.value)
    orders = (
        select(order_key.c.po_no).join(purchase_order, purchase_order.c.id == order_key.c.id).where(purchase_order.c.vendor == code, ~over)
    )
    drafts = select(hand_order.c.number).where(
        hand_order.c.vendor == code, hand_order.c.order_id.is_(None), hand_order.c.cancelled_at.is_(None)
    )
    found = orders.union(drafts).subquery()
    counted = connection.execute(select(func.count()).select_from(found)).scalar_one()
    return counted, list(connection.execute(select(found.c.po_no).order_by(found.c.po_no).limit(most)).scalars())


def vendor_data(connection: Connection, code: str) -> dict[str, Any]:
    """What the store keeps of a vendor's people: the vendor as it came, what was set of it, its orders' words; empty when unknown."""
    rows = fetch_rows(connection, vendor, ("code",), [(code,)], ("code", "name", "email", "contact", "active"))
    words = master_rows.words_of(connection, MasterKind.VENDOR, [code]).get(code, {})
    told = (purchase_order.c.vendor_name, purchase_order.c.vendor_email)
    on_orders = connection.execute(select(*told).where(purchase_order.c.vendor == code).distinct()).all()
    users = list(connection.execute(select(vendor_user.c.id).where(vendor_user.c.vendor == code)).scalars())
    found = {
        "brought": [row._asdict() for row in rows],
        "set": {name: value for name, value in words.items() if name in PERSONAL},
        "on_orders": [{"name": row.vendor_name, "email": row.vendor_email} for row in on_orders if row.vendor_name or row.vendor_email],
        "users": users,
    }
    return found if any(found.values()) or on_orders else {}


def user_data(connection: Connection, login: str) -> dict[str, Any]:
    """What the store keeps of a vendor's user; empty when unknown."""
    rows = fetch_rows(connection, vendor_user, ("id",), [(login,)], ("id", "vendor", "name", "email", "active"))
    return dict(rows[0]._asdict()) if rows else {}


def erase_vendor(tx: Tx, code: str, *, now: datetime) -> None:
    """The vendor stays as a code, inactive. E-mail and address are taken away: asterisks there would be written to."""
    preferences = tx.connection.execute(select(vendor.c.preferences).where(vendor.c.code == code)).scalar_one_or_none()
    if preferences is not None:
        personal = {name: "" if name == "email" else MASK for name in ("name", "email", "contact") if name in preferences}
        rest = {name: value for name, value in preferences.items() if name not in PERSONAL}
        values = {"name": MASK, "email": MASK, "contact": MASK, "active": False, "preferences": {**rest, **personal, "active": False}}
        tx.connection.execute(update(vendor).where(vendor.c.code == code).values(values))
    changed = MasterChanged(
        kind=MasterKind.VENDOR,
        code=code,
        words={"name": MASK, "contact": MASK, "active": False},
        dropped=("email", "address", "return_address"),
        reason=WHY,
    )
    master_rows.change(tx, [(changed, Origin(user=SYSTEM))], at=now)
    _mask_changes(tx, MasterKind.VENDOR, code)
    header = purchase_order.c
    for column in (header.vendor_name, header.vendor_email):
        mine = (header.vendor == code) & column.is_not(None)
        tx.connection.execute(update(purchase_order).where(mine).values({column.name: MASK}))


def erase_user(tx: Tx, login: str, *, now: datetime) -> None:
    """Name and e-mail go; the login and its authorities stay until somebody deactivates them."""
    values = {"name": MASK, "email": MASK, "changed_at": now}
    tx.connection.execute(update(vendor_user).where(vendor_user.c.id == login).values(values))
    _mask_changes(tx, MasterKind.VENDOR_USER, login)


def is_erased(found: Sequence[dict[str, Any]]) -> bool:
    """Whether nothing but asterisks is left of these rows."""
    return all(row.get(name) in {None, "", MASK} for row in found for name in ("name", "email", "contact"))


def _mask_changes(tx: Tx, kind: MasterKind, code: str) -> None:
    """What the words were before stands in their history."""
    it = master_history.c
    mine = (it.kind == kind.value) & (it.code == code) & it.word.in_(PERSONAL)
    for column in (it.before, it.after):
        tx.connection.execute(update(master_history).where(mine, column.is_not(None)).values({column.name: MASK}))
