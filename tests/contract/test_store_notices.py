"""Notices of the store: what was told long ago is forgotten, what nobody has been told stays."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from gateway.domain.notice import Fact, Notice, NoticeKind
from gateway.store import Store, notices
from gateway.store.tables import notice
from tests.storehouse import NOON, write


def test_what_was_told_long_ago_is_forgotten_and_what_waits_is_not(store: Store) -> None:
    kinds = (NoticeKind.VENDOR_NEW_ORDER, NoticeKind.VENDOR_COST_CHANGE, NoticeKind.RETAILER_CHANGE)
    write(store, lambda tx: notices.add(tx, [Notice(kind=kind, vendor="257", at=NOON, fact=Fact()) for kind in kinds]))
    with store.reading() as connection:
        old, new, _ = connection.execute(select(notice.c.id).order_by(notice.c.id)).scalars()
    write(store, lambda tx: notices.told(tx, [old], item_id=None, now=NOON))
    write(store, lambda tx: notices.told(tx, [new], item_id=None, now=NOON + timedelta(days=2)))
    assert write(store, lambda tx: notices.forget(tx, before=NOON + timedelta(days=1))) == 1
    with store.reading() as connection:
        left = list(connection.execute(select(notice.c.kind).order_by(notice.c.id)).scalars())
    assert left == list(kinds[1:])
