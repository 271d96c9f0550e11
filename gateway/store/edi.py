"""Interchanges that came, and the partners' verdicts on the sets that we sent (edi 2.3, 3.3).

What is noted about a received file stays: reading it again finds the same interchanges used and the same left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import Connection, insert, select, update

from gateway.store import events
from gateway.store.dialects import bulk_insert, bulk_update
from gateway.store.outbox import Ack, ItemState
from gateway.store.session import Tx
from gateway.store.tables import batch, edi_control, edi_interchange, edi_set, outbox, outbox_number

SYSTEM = "SYSTEM"
LEVEL = "interchange"
SEEN = "seen:"
"""Before the name of the counter that keeps the highest number a partner has used."""
WATCHED = (Ack.NONE, Ack.DUE, Ack.OVERDUE)
LONGEST_NUMBER = 35
"""Characters of a number of a group or set; more than any standard has."""
MOST_DIGITS = 18
"""Digits of a number that may be ours."""


Control = tuple[str, str]
"""A number of an interchange's group or set, behind the word for which of them."""


class Fate(StrEnum):
    """What becomes of an interchange."""

    TAKEN = "taken"
    ANSWERS = "answers"
    RESENT = "resent"
    REFUSED = "refused"


class Came(Struct, frozen=True, kw_only=True):
    """One interchange of a received file: between whom (`pair`), its number, its bytes, and what becomes of it and why."""

    message_id: int
    place: int
    pair: str
    number: str
    sha256: str
    begins: int
    ends: int
    is_test: bool
    verdict: Fate
    code: str = ""
    reason: str = ""
    first_message_id: int | None = None

    @property
    def is_barred(self) -> bool:
        """Whether its sets are no documents of ours."""
        return self.verdict is not Fate.TAKEN


class Verdict(Struct, frozen=True):
    """A partner's verdict on one set."""

    ack: Ack
    codes: tuple[str, ...] = ()


class SentSet(Struct, frozen=True, kw_only=True):
    """A set that we sent: its group (kind and number), its own type and number, and the partner's last word about it, if there is one."""

    group: str
    type: str
    number: str
    document: str
    verdict: Ack | None
    codes: tuple[str, ...]
    told_at: datetime | None
    told_by: int | None


class Confirmed(Struct, frozen=True):
    """An item about which something was said: what all of it comes to, the batch it carries, and why which documents were refused."""

    is_x12: bool
    item_id: int
    ack: Ack
    batch: int | None
    rejected: Mapping[str, Sequence[str]]


def came(connection: Connection, message_id: int) -> tuple[Came, ...]:
    """The interchanges of a message, in the order of its file; nothing where none were noted."""
    chosen = select(edi_interchange).where(edi_interchange.c.message_id == message_id).order_by(edi_interchange.c.place)
    return tuple(
        Came(**{name: getattr(row, name) for name in Came.__struct_fields__ if name != "verdict"}, verdict=Fate(row.verdict))
        for row in connection.execute(chosen)
    )


def keep(tx: Tx, found: Sequence[Came], *, now: datetime) -> None:
    """Note the interchanges of a message."""
    if found:
        rows = [{name: getattr(one, name) for name in Came.__struct_fields__} | {"seen_at": now} for one in found]
        tx.connection.execute(insert(edi_interchange), rows)


def keep_numbers(tx: Tx, message_id: int, numbers: Iterable[Control]) -> None:
    """Note by which numbers of groups and sets a message is found; what nobody would type is left out."""
    told = {(plain_number(it.strip()), level) for level, it in numbers if 0 < len(it.strip()) <= LONGEST_NUMBER and it.isprintable()}
    bulk_insert(tx, edi_control, ("number", "message_id", "level"), [(number, message_id, level) for number, level in sorted(told)])


def plain_number(number: str) -> str:
    """A number as it is compared: partners put noughts before it or not.

    >>> plain_number("0001"), plain_number("a-07"), plain_number("000")
    ('1', 'A-07', '0')
    """
    return number.upper().lstrip("0") or "0"


def item_of(connection: Connection, counters: Iterable[str], number: str) -> int | None:
    """The item that carries a number of one of these counters."""
    if not number.isdigit() or len(number) > MOST_DIGITS:
        return None
    chosen = select(outbox_number.c.item_id).where(outbox_number.c.counter.in_(list(counters)), outbox_number.c.number == int(number))
    return _whole(connection.execute(chosen.order_by(outbox_number.c.item_id.desc()).limit(1)).scalar_one_or_none())


def tell(tx: Tx, item_id: int, verdict: Callable[[str, str], Verdict], *, group: str, by: int, now: datetime) -> None:
    """The partner's verdict on the sets of an item, or on those of one of its groups; the last word counts."""
    c = edi_set.c
    rows = tx.connection.execute(select(c.place, c.type, c.number, c.group_kind).where(c.item_id == item_id)).all()
    told = [(row.place, verdict(row.type, row.number)) for row in rows if not group or row.group_kind == group]
    values = [(item_id, place, it.ack.value, list(it.codes) or None, now, by) for place, it in told]
    bulk_update(tx, edi_set, ("item_id", "place"), ("verdict", "codes", "told_at", "told_by"), values)


def sums(connection: Connection, item_ids: Collection[int]) -> list[Confirmed]:
    """What the verdicts on the sets of these items come to; items that nothing was said about, or not about all, are left out."""
    c = edi_set.c
    found = []
    for item_id in sorted(item_ids):
        rows = connection.execute(
            select(c.verdict, c.document, c.number, c.type, c.group_kind, c.codes).where(c.item_id == item_id).order_by(c.place)
        ).all()
        if not rows or any(row.verdict is None for row in rows):
            continue
        rejected = {row.document or f"{row.type} {row.number}": row.codes or [] for row in rows if row.verdict == Ack.REJECTED}
        ack = Ack.ACCEPTED if all(row.verdict == Ack.ACCEPTED for row in rows) else Ack.ACCEPTED_WITH_ERRORS
        number = connection.execute(select(batch.c.number).where(batch.c.item_id == item_id)).scalar_one_or_none()
        whole = Ack.REJECTED if all(row.verdict == Ack.REJECTED for row in rows) else ack
        found.append(Confirmed(bool(rows[0].group_kind), item_id, whole, number, rejected))
    return found


def sets_of(connection: Connection, item_id: int) -> list[SentSet]:
    """The sets of an item in the order of its file; none where it is no interchange."""
    chosen = select(edi_set).where(edi_set.c.item_id == item_id).order_by(edi_set.c.place)
    return [
        SentSet(
            group=" ".join(part for part in (row.group_kind, row.group_number) if part),
            type=row.type,
            number=row.number,
            document=row.document or "",
            verdict=Ack(row.verdict) if row.verdict else None,
            codes=tuple(row.codes or ()),
            told_at=row.told_at,
            told_by=row.told_by,
        )
        for row in connection.execute(chosen)
    ]


def told_by(connection: Connection, message_id: int) -> list[int]:
    """The items that a message had the last word about."""
    c = edi_set.c
    return list(connection.execute(select(c.item_id).where(c.told_by == message_id).distinct().order_by(c.item_id)).scalars())


def confirm(tx: Tx, it: Confirmed, *, now: datetime, by: int | None, settles: bool) -> bool:
    """Mark a sent item; with `settles` the technical answer is all that is waited for. False where nothing changes.

    An item that is not yet marked as sent is confirmed as it is marked.
    """
    detail: dict[str, object] = {"said": it.ack.value} if by is None else {"message": by, "said": it.ack.value}
    if by is not None and it.rejected:
        detail["rejected"] = dict(it.rejected)
    if by is not None:
        events.of_item(tx, it.item_id, "answered_by_partner", actor=SYSTEM, at=now, detail=detail)
    if not settles and it.ack is not Ack.REJECTED:
        return False
    c = outbox.c
    watched = update(outbox).where(c.id == it.item_id, c.state == ItemState.SENT, c.ack.in_(WATCHED))
    if tx.connection.execute(watched.values(ack=it.ack)).rowcount != 1:
        return False
    events.of_item(tx, it.item_id, it.ack.value, actor=SYSTEM, at=now, detail=detail)
    return True


def _whole(found: int | None) -> int | None:
    """A number of the database as ours."""
    return None if found is None else int(found)
