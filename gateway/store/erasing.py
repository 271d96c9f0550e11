"""What an erasure overwrites in the store: every place where an order, or a file about it, keeps what people are known by or wrote.

All of it in the transaction that writes the history entry. The bytes in the archive follow after the commit (`privacy_files`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct, to_builtins
from sqlalchemy import Connection, Table, and_, bindparam, delete, insert, or_, select, update

from gateway.documents import DOCUMENTS, Party
from gateway.documents.form import OrderForm
from gateway.domain.origin import Origin
from gateway.domain.outcome import Erased
from gateway.domain.privacy import MASK, masked, masked_extra, masked_issue
from gateway.kernel.issues import Issue
from gateway.kernel.typed import convert, decode
from gateway.store import privacy_files, tables
from gateway.store.alarms import About
from gateway.store.loads import LockedKey
from gateway.store.session import Tx

MESSAGES = ("message", "gift_message")
_KEPT_CODES = frozenset({"DSO-006"})
"""Issues whose words hold nothing of what a file says."""
_TELLING = ("failed", "parked", "refused", "unanswered")
"""Events of a file that may quote it."""


class ErasureEffects:
    """Collects the orders that lose their personal data and overwrites it."""

    def __init__(self, tx: Tx, keys: Mapping[int, LockedKey]) -> None:
        self._tx = tx
        self._keys = keys
        self._erased: dict[int, Erased] = {}

    def erased(self, change: Erased, _: Origin) -> None:
        """One order more."""
        self._erased[change.order_id] = change

    def write(self) -> None:
        """Overwrite it all; the marker lets this transaction change what people wrote in growing tables."""
        if not self._erased:
            return
        ids = sorted(self._erased)
        keeping = [it.order_id for it in self._erased.values() if it.keep_messages]
        numbers = [self._keys[it].number for it in ids]
        if self._tx.is_sqlite:
            self._tx.connection.exec_driver_sql("pragma secure_delete = on")  # what is overwritten is overwritten with zeros
        marker = self._tx.connection.execute(insert(tables.erasing).returning(tables.erasing.c.id)).scalar_one()
        _orders(self._tx, ids, keeping)
        _requests(self._tx, ids)
        _told(self._tx, ids)
        _invoices(self._tx, ids)
        _papers(self._tx, tables.hand_order.c.order_id.in_(ids))
        files = sorted(messages_of(self._tx.connection, ids, numbers))
        _notices(self._tx, [it for it, _ in privacy_files.notices(self._tx.connection, ids, files)])
        _receipts(self._tx, ids, numbers)
        _files(self._tx, files)
        self._tx.connection.execute(delete(tables.erasing).where(tables.erasing.c.id == marker))


def messages_of(connection: Connection, ids: Collection[int], numbers: Collection[str]) -> set[int]:
    """The received files that say anything of these orders, those that were refused too."""
    receipt = tables.receipt.c
    about = or_(receipt.order_id.in_(ids), receipt.key.in_(numbers))
    found = set(connection.execute(select(receipt.message_id).where(about).distinct()).scalars())
    for table, column in ((tables.purchase_order, "id"), (tables.change_request, "order_id"), (tables.shipment, "order_id")):
        rows = select(table.c.message_id).where(table.c[column].in_(ids), table.c.message_id.is_not(None)).distinct()
        found.update(connection.execute(rows).scalars())
    return found


def mask_receipts(tx: Tx, message_ids: Sequence[int]) -> None:
    """What the files themselves and all their documents are told, without anything that quotes them."""
    marker = tx.connection.execute(insert(tables.erasing).returning(tables.erasing.c.id)).scalar_one()
    _mask_receipts(tx, tables.receipt.c.message_id.in_(message_ids))
    _files(tx, message_ids)
    tx.connection.execute(delete(tables.erasing).where(tables.erasing.c.id == marker))


def _orders(tx: Tx, ids: Sequence[int], keeping: Sequence[int]) -> None:
    party, text, header, line = tables.order_party, tables.order_text, tables.purchase_order, tables.order_line
    run = tx.connection.execute
    run(update(party).where(party.c.order_id.in_(ids)).values(dict.fromkeys(Party.__struct_fields__, MASK)))
    stays = and_(text.c.order_id.in_(keeping), text.c.kind.in_(MESSAGES))
    run(update(text).where(text.c.order_id.in_(ids), ~stays, text.c.value.is_not(None)).values(value=MASK))
    said = header.c.shipping_instructions.is_not(None)
    run(update(header).where(header.c.id.in_(ids), said).values(shipping_instructions=MASK))
    for column in (line.c.hold_reason, line.c.reason):
        run(update(line).where(line.c.order_id.in_(ids), column.is_not(None)).values({column.name: MASK}))
    _rewrite(tx, header, ("id",), "extra", header.c.id.in_(ids), masked_extra)
    _rewrite(tx, line, ("order_id", "line_no"), "extra", line.c.order_id.in_(ids), masked_extra)


def _requests(tx: Tx, ids: Sequence[int]) -> None:
    request = tables.change_request
    here = request.c.order_id.in_(ids)
    tx.connection.execute(update(request).where(here, request.c.reason.is_not(None)).values(reason=MASK))
    for side in ("before", "after"):
        _rewrite(tx, request, ("id",), side, here, _mask_side)


def _told(tx: Tx, ids: Sequence[int]) -> None:
    """The reasons in the history, and in what is told to the originating system."""
    history, change = tables.order_history, tables.change
    _rewrite(tx, history, ("order_id", "seq"), "parts", history.c.order_id.in_(ids), _mask_reason)
    _rewrite(tx, change, ("id",), "body", change.c.order_id.in_(ids), _mask_reason)
    alarm = tables.alarm  # of lines past their due date: `ORDER/LINE DAY`
    rung = select(alarm.c.id, alarm.c.subject).where(alarm.c.about == About.DUE_DATE.value, alarm.c.reason.is_not(None))
    mine = {str(order_id) for order_id in ids}
    cleared = [row.id for row in tx.connection.execute(rung) if row.subject.partition("/")[0] in mine]
    tx.connection.execute(update(alarm).where(alarm.c.id.in_(cleared)).values(reason=MASK))


def _invoices(tx: Tx, ids: Sequence[int]) -> None:
    """Invoices hold no customer data (sdf 11, Q30) but in what vendors write freely."""
    head, line, history = tables.invoice, tables.invoice_line, tables.invoice_history
    run = tx.connection.execute
    billed = select(line.c.invoice_id).where(line.c.order_id.in_(ids))
    for column in (head.c.description, head.c.other_description):
        run(update(head).where(head.c.id.in_(billed), column != "").values({column.name: MASK}))
    run(update(line).where(line.c.order_id.in_(ids), line.c.other_description != "").values(other_description=MASK))
    run(update(history).where(history.c.invoice_id.in_(billed), history.c.reason != "").values(reason=MASK))


def mask_drafts(tx: Tx, hand_ids: Collection[int]) -> None:
    """Orders by hand that never became an order."""
    if not hand_ids:
        return
    if tx.is_sqlite:
        tx.connection.exec_driver_sql("pragma secure_delete = on")
    marker = tx.connection.execute(insert(tables.erasing).returning(tables.erasing.c.id)).scalar_one()
    _papers(tx, tables.hand_order.c.id.in_(hand_ids))
    tx.connection.execute(delete(tables.erasing).where(tables.erasing.c.id == marker))


def _papers(tx: Tx, which: Any) -> None:
    """The form an order by hand was written on, its own history, and what was noted with goods received."""
    paper, event, goods = tables.hand_order, tables.hand_event, tables.goods_receipt
    ids = list(tx.connection.execute(select(paper.c.id).where(which)).scalars())
    _rewrite(tx, paper, ("id",), "form", paper.c.id.in_(ids), _mask_form)
    _rewrite(tx, event, ("hand_id", "seq"), "parts", event.c.hand_id.in_(ids), _mask_reason)
    here = and_(goods.c.hand_id.in_(ids), goods.c.reason != "")
    tx.connection.execute(update(goods).where(here).values(reason=MASK))


def _notices(tx: Tx, ids: Sequence[int]) -> None:
    """What people are told by e-mail: reasons, and what issues quote."""
    _rewrite(tx, tables.notice, ("id",), "fact", tables.notice.c.id.in_(ids), _mask_fact)


def _receipts(tx: Tx, ids: Sequence[int], numbers: Sequence[str]) -> None:
    _mask_receipts(tx, or_(tables.receipt.c.order_id.in_(ids), tables.receipt.c.key.in_(numbers)))


def _mask_receipts(tx: Tx, which: Any) -> None:
    receipt = tables.receipt
    _rewrite(tx, receipt, ("message_id", "place"), "issue", which, _mask_issues)
    _rewrite(tx, receipt, ("message_id", "place"), "body", which, _mask_body)


def _files(tx: Tx, message_ids: Sequence[int]) -> None:
    message, event = tables.message, tables.message_event
    _rewrite(tx, message, ("id",), "issues", message.c.id.in_(message_ids), _mask_issues)
    telling = and_(event.c.message_id.in_(message_ids), event.c.event.in_(_TELLING))
    _rewrite(tx, event, ("id",), "detail", telling, _mask_detail)


def _rewrite(tx: Tx, table: Table, key: tuple[str, ...], column: str, which: Any, mask: Any) -> None:
    """Replace the values of one column that hold something."""
    columns = [table.c[name] for name in key]
    rows = tx.connection.execute(select(*columns, table.c[column].label("found")).where(which, table.c[column].is_not(None))).all()
    changed = [(row, new) for row in rows if (new := mask(row.found)) != row.found]
    if not changed:
        return
    same = and_(*(table.c[name] == bindparam(f"_{name}") for name in key))
    statement = update(table).where(same).values({column: bindparam("_new")})
    tx.connection.execute(statement, [{**{f"_{name}": getattr(row, name) for name in key}, "_new": new} for row, new in changed])


def _mask_fact(found: dict[str, Any]) -> dict[str, Any]:
    told = _mask_reason(found)
    if isinstance(told.get("parts"), dict):
        told = {**told, "parts": _mask_reason(told["parts"])}
    return {**told, "issues": _mask_issues(told["issues"])} if told.get("issues") else told


def _mask_form(found: dict[str, Any]) -> Any:
    return to_builtins(masked(convert(found, OrderForm, strict=False)))


def _mask_side(found: dict[str, Any]) -> dict[str, Any]:
    """One side of a request: an address goes, a cost stays."""
    return {**found, "ship_to": dict.fromkeys(Party.__struct_fields__, MASK)} if "ship_to" in found else found


def _mask_reason(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "reason": MASK} if found.get("reason") else found


def _mask_issues(found: Any) -> Any:
    issues = convert(found, tuple[Issue, ...])
    return to_builtins([it if it.code in _KEPT_CODES else masked_issue(it) for it in issues])


def _mask_detail(found: Any) -> Any:
    """Issues, or the traceback of a failure of ours."""
    if isinstance(found, list):
        return _mask_issues(found)
    return {**found, "trace": MASK} if isinstance(found, dict) and "trace" in found else found


class _Kept(Struct, frozen=True):
    """What a document that waits is known by; the rest of its body is left as it is."""

    kind: str


def _mask_body(found: bytes) -> bytes:
    """A document that was set aside and waits."""
    kind = decode(found, _Kept).kind
    plain = decode(found)
    document = convert(plain["document"], DOCUMENTS[kind], strict=False)
    return msgspec.json.encode({**plain, "document": masked(document)})
