"""What people ask about personal data: show everything that is kept of somebody, say whether it may go, and let it go (sdf 7.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct, to_builtins

from gateway.desk.acting import Desk
from gateway.desk.drafts import DraftSheet, show_draft
from gateway.desk.orders import OrderSheet, show_order
from gateway.domain.access import EVERYTHING
from gateway.domain.privacy import Answer, Member, standing
from gateway.kernel.errors import NotFound
from gateway.privacy import Kit, Told, erase, forget_drafts, forget_people, look_at_draft, look_at_people, scrub
from gateway.store import Store, Tx, byhand, erasing, privacy_drafts, privacy_files, privacy_log, privacy_people, privacy_rows, requests
from gateway.store.outbox import ItemState
from gateway.store.privacy_drafts import Draft
from gateway.store.privacy_log import Act, Entry, Run, Subject
from gateway.store.queries import find_order

MANY = 1000


class FileRef(Struct, frozen=True, kw_only=True):
    """A file that holds, or has held, the data: received or sent by us."""

    direction: str
    id: int
    partner: str
    state: str
    bytes_erased: bool


class OrderData(Struct, frozen=True, kw_only=True):
    """Everything that is kept of the customer of one purchase order."""

    order: OrderSheet
    requests: tuple[Any, ...]
    files: tuple[FileRef, ...]


class PrivateData(Struct, frozen=True, kw_only=True):
    """Everything that is kept of somebody; what does not apply is empty."""

    kind: Subject
    subject: str
    at: datetime
    orders: tuple[OrderData, ...] = ()
    by_hand: tuple[DraftSheet, ...] = ()
    """Drafts, and the forms that orders were written on, with their own history."""
    vendor: dict[str, Any] = {}
    user: dict[str, Any] = {}


def get(desk: Desk, kit: Kit, kind: Subject, name: str, *, reason: str) -> PrivateData:
    """Show it all; that somebody has looked is written down, without the data."""
    at = kit.tools.clock.now()
    with desk.store.reading() as connection:
        vendor = privacy_people.vendor_data(connection, name) if kind is Subject.VENDOR else {}
        user = privacy_people.user_data(connection, name) if kind is Subject.USER else {}
    numbers, drafts = _numbers(kit, kind, name), _drafts(kit, kind, name)
    if not (vendor or user or numbers or drafts):
        raise NotFound(f"nothing is kept of the {kind.value} {name}", remedy="See which orders there are: gateway order list")
    found = PrivateData(
        kind=kind,
        subject=name,
        at=at,
        orders=tuple(_order(desk, kit, number) for number in numbers),
        by_hand=_papers(desk, sorted({*numbers, *(it.number for it in drafts)})),
        vendor=vendor,
        user=user,
    )

    def note(tx: Tx) -> None:
        privacy_log.note(tx, Act.READ, kind, [name], answer="SHOWN", actor=desk.user, reason=reason, now=at)

    desk.store.attempt(note, at="desk.act")
    return found


def check(kit: Kit, kind: Subject, name: str) -> tuple[Told, ...]:
    """Whether it may go, object by object; nothing is changed."""
    if kind in {Subject.VENDOR, Subject.USER}:
        return (look_at_people(kit, kind, name),)
    groups = _groups(kit, _numbers(kit, kind, name))
    drafts = tuple(look_at_draft(it) for it in _drafts(kit, kind, name))
    return (*(told for members in groups for told in _told(kit, members)), *drafts) or (_unknown(kind, name),)


def forget(desk: Desk, kit: Kit, kind: Subject, name: str, *, reason: str) -> tuple[Told, ...]:
    """Let it go where nothing stands against it: whole sales orders, in the store at once, in the archive before this returns."""
    if kind in {Subject.VENDOR, Subject.USER}:
        return (forget_people(kit, kind, name, actor=desk.user, reason=reason),)
    told: list[Told] = []
    for members in _groups(kit, _numbers(kit, kind, name)):
        before = _told(kit, members)
        if standing(members) is Answer.ELIGIBLE:
            erase(kit, [it.id for it in members], actor=desk.user, reason=reason)
            before = tuple(Told(kind=it.kind, subject=it.subject, answer=Answer.DONE, copies=it.copies) for it in before)
        told.extend(before)
    waiting = scrub(kit).waiting if told else 0
    if waiting:
        why = f"{waiting} file(s) go once they are sent or read: gateway outbox list --unfinished; the purge sees to it"
        told = [Told(kind=it.kind, subject=it.subject, answer=it.answer, copies=it.copies, why=it.why or why) for it in told]
    told.extend(forget_drafts(kit, _drafts(kit, kind, name), actor=desk.user, reason=reason))
    return tuple(told) or (_unknown(kind, name),)


def runs(store: Store, *, most: int) -> list[Run]:
    """The last runs of the purge."""
    with store.reading() as connection:
        return privacy_log.runs(connection, most=most)


def acts(store: Store, *, subject: str | None, most: int) -> list[Entry]:
    """Who looked at or erased whose data, and why."""
    with store.reading() as connection:
        return privacy_log.acts(connection, subject=subject, most=most)


def _numbers(kit: Kit, kind: Subject, name: str) -> list[str]:
    """The purchase orders that are asked about; a number that is none of a purchase order may be that of a sales order (sdf 7.3)."""
    org = kit.organization.code
    with kit.tools.store.reading() as connection:
        match kind:
            case Subject.ORDER:
                found = sorted(privacy_rows.sales_orders(connection, org, numbers=[name]))
                return found or privacy_rows.of_sales_order(connection, org, name)
            case Subject.CUSTOMER:
                return privacy_rows.of_customer(connection, org, name)
            case _:
                return []


def _drafts(kit: Kit, kind: Subject, name: str) -> list[Draft]:
    """The orders by hand that are asked about and never became an order."""
    org = kit.organization.code
    with kit.tools.store.reading() as connection:
        match kind:
            case Subject.ORDER:
                return privacy_drafts.by_number(connection, org, [name])
            case Subject.CUSTOMER:
                return privacy_drafts.of_customer(connection, org, name)
            case _:
                return []


def _papers(desk: Desk, numbers: Sequence[str]) -> tuple[DraftSheet, ...]:
    """Those of these orders that were written by hand."""
    with desk.store.reading() as connection:
        found = [number for number in numbers if byhand.find(connection, number, org=desk.master.organization) is not None]
    return tuple(show_draft(desk, number) for number in found)


def _groups(kit: Kit, numbers: Sequence[str]) -> list[list[Member]]:
    """The sales orders of these purchase orders, each with all its purchase orders."""
    org = kit.organization.code
    with kit.tools.store.reading() as connection:
        named = set(privacy_rows.sales_orders(connection, org, numbers=numbers).values())
        return list(privacy_rows.members(connection, {(org, name) for name in named}).values())


def _told(kit: Kit, members: Sequence[Member]) -> tuple[Told, ...]:
    """The answer for each purchase order of a sales order."""
    answer = standing(members)
    still_open = ", ".join(it.number for it in members if not it.is_over)
    why = f"not closed: {still_open}" if still_open else ""
    copies = _copies(kit, [it.id for it in members])
    return tuple(
        Told(
            kind=Subject.ORDER,
            subject=it.number,
            answer=Answer.ALREADY_ANONYMIZED if it.is_erased and answer is not Answer.OPEN_ORDERS else answer,
            why=why,
            copies=copies,
        )
        for it in members
    )


def _copies(kit: Kit, ids: Sequence[int]) -> tuple[str, ...]:
    """The partners that got a file with the data."""
    with kit.tools.store.reading() as connection:
        found = privacy_files.carriers(connection, ids, ())
    return tuple(sorted({it.connector for it in found if it.state is ItemState.SENT}))


def _unknown(kind: Subject, name: str) -> Told:
    return Told(kind=kind, subject=name, answer=Answer.NOT_FOUND)


def _order(desk: Desk, kit: Kit, number: str) -> OrderData:
    sheet = show_order(desk.store, number, organization=kit.organization.code, scope=EVERYTHING)
    with desk.store.reading() as connection:
        order_id = find_order(connection, number, org=kit.organization.code)
        ids = [] if order_id is None else [order_id]
        asked = requests.of_orders(connection, ids).get(order_id or 0, [])
        files = erasing.messages_of(connection, ids, [number])
        received = privacy_files.messages_by_id(connection, files)
        sent = privacy_files.carriers(connection, ids, files)
    gone = kit.tools.archive.is_erased
    told = [_file("in", it.id, it.connector, it.state.value, erased=gone(it.archive_key)) for it in received]
    told += [_file("out", it.id, it.connector, it.state.value, erased=gone(it.key)) for it in sent]
    return OrderData(order=sheet, requests=tuple(to_builtins(it) for it in asked), files=tuple(told))


def _file(direction: str, number: int, partner: str, state: str, *, erased: bool) -> FileRef:
    return FileRef(direction=direction, id=number, partner=partner, state=state, bytes_erased=erased)
