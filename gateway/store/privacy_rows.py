"""Whose data stands where: sales orders that are due, the purchase orders of a sales order or customer, files that nobody needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, case, func, or_, select

from gateway.domain.order import KeyState, Stage
from gateway.domain.privacy import Member, is_over
from gateway.store import loads
from gateway.store.dialects import fetch_rows
from gateway.store.messages import MessageState
from gateway.store.tables import message, order_key, order_party, privacy_file, purchase_order, receipt, work


class Group(Struct, frozen=True, gc=False):
    """A sales order that is due: its name, and the lowest id of its purchase orders."""

    org: str
    sales_order: str
    first: int


class OldFile(Struct, frozen=True, gc=False):
    """A received file that no order needs any more."""

    id: int
    key: str


def due_groups(connection: Connection, *, cutoff: datetime, after: int, most: int) -> list[Group]:
    """Sales orders all of whose purchase orders are closed and came before the cutoff, and one of which still has its data."""
    over = or_(order_key.c.state.in_((KeyState.CLOSED.value, KeyState.ERASED.value)), purchase_order.c.stage == Stage.CANCELLED.value)
    first = func.min(purchase_order.c.id)
    found = (
        select(order_key.c.org, purchase_order.c.sales_order, first.label("first"))
        .join(order_key, order_key.c.id == purchase_order.c.id)
        .group_by(order_key.c.org, purchase_order.c.sales_order)
        .having(
            func.max(purchase_order.c.created_at) <= cutoff,
            func.min(case((over, 1), else_=0)) == 1,
            func.min(case((order_key.c.state == KeyState.ERASED.value, 1), else_=0)) == 0,
            first > after,
        )
        .order_by(first)
        .limit(most)
    )
    return [Group(row.org, row.sales_order, row.first) for row in connection.execute(found)]


def members(connection: Connection, names: Collection[tuple[str, str]]) -> dict[tuple[str, str], list[Member]]:
    """All purchase orders of these sales orders (organization, number), by sales order."""
    wanted = {sales_order for _, sales_order in names}
    chosen = (
        select(purchase_order.c.id, purchase_order.c.sales_order, purchase_order.c.created_at, order_key.c.org, order_key.c.po_no)
        .add_columns(order_key.c.state)
        .join(order_key, order_key.c.id == purchase_order.c.id)
        .where(purchase_order.c.sales_order.in_(wanted))
        .order_by(purchase_order.c.id)
    )
    rows = [row for row in connection.execute(chosen) if (row.org, row.sales_order) in names]
    orders = loads.orders(connection, [row.id for row in rows])
    found: defaultdict[tuple[str, str], list[Member]] = defaultdict(list)
    for row in rows:
        erased = row.state == KeyState.ERASED.value
        member = Member(id=row.id, number=row.po_no, created_at=row.created_at, is_over=is_over(orders[row.id]), is_erased=erased)
        found[row.org, row.sales_order].append(member)
    return dict(found)


def sales_orders(connection: Connection, org: str, *, numbers: Iterable[str]) -> dict[str, str]:
    """The sales order of each of these purchase orders, by their numbers."""
    keys = fetch_rows(connection, order_key, ("org", "po_no"), [(org, number.upper()) for number in numbers], ("id", "po_no"))
    headers = fetch_rows(connection, purchase_order, ("id",), [(row.id,) for row in keys], ("id", "sales_order"))
    named = {row.id: row.po_no for row in keys}
    return {named[row.id]: row.sales_order for row in headers}


def of_sales_order(connection: Connection, org: str, sales_order: str) -> list[str]:
    """The purchase orders of a sales order, by number."""
    chosen = select(order_key.c.po_no).join(purchase_order, purchase_order.c.id == order_key.c.id)
    rows = connection.execute(chosen.where(order_key.c.org == org, purchase_order.c.sales_order == sales_order))
    return sorted(rows.scalars())


def of_customer(connection: Connection, org: str, text: str) -> list[str]:
    """The purchase orders whose buyer or receiver has this e-mail address, phone, company or full name, in whatever case."""
    party = order_party.c
    wanted = text.strip().lower()
    full = func.lower(func.coalesce(party.first_name, "") + " " + func.coalesce(party.last_name, ""))
    same = [func.lower(column) == wanted for column in (party.email, party.company, party.day_phone, party.evening_phone)]
    chosen = select(order_key.c.po_no).join(order_party, party.order_id == order_key.c.id).where(order_key.c.org == org)
    return sorted(set(connection.execute(chosen.where(or_(full == wanted, *same))).scalars()))


def erased_numbers(connection: Connection, numbers: Collection[str]) -> set[str]:
    """Of these order numbers those whose personal data was erased."""
    wanted = sorted(numbers)
    found: set[str] = set()
    for at in range(0, len(wanted), 500):
        some = wanted[at : at + 500]
        chosen = select(order_key.c.po_no).where(order_key.c.po_no.in_(some), order_key.c.state == KeyState.ERASED.value)
        found.update(connection.execute(chosen).scalars())
    return found


def old_files(connection: Connection, *, cutoff: datetime, after: int, most: int) -> list[OldFile]:
    """Received files from before the cutoff that tell of no order which still has its data; those of orders that never came too."""
    needed = (
        select(receipt.c.message_id)
        .join(order_key, order_key.c.id == receipt.c.order_id)
        .where(receipt.c.message_id == message.c.id, order_key.c.state != KeyState.ERASED.value)
    )
    scrubbed = select(privacy_file.c.sha256).where(privacy_file.c.sha256 == message.c.archive_key, privacy_file.c.whole)
    at_work = select(work.c.id).where(work.c.subject == message.c.id, work.c.kind.in_(("book", "bulk", "redo", "answer")))
    decided = message.c.state != MessageState.RECEIVED.value
    chosen = (
        select(message.c.id, message.c.archive_key)
        .where(message.c.received_at <= cutoff, message.c.id > after, decided, ~needed.exists(), ~scrubbed.exists(), ~at_work.exists())
        .order_by(message.c.id)
        .limit(most)
    )
    return [OldFile(row.id, row.archive_key) for row in connection.execute(chosen)]


def is_being_read(connection: Connection, message_ids: Collection[int]) -> bool:
    """Whether one of these files is still to be booked; an answer can be made of what is left of it."""
    chosen = select(work.c.id).where(work.c.subject.in_(message_ids), work.c.kind.in_(("book", "bulk"))).limit(1)
    return connection.execute(chosen).first() is not None
