"""Orders made by hand in any sequence of acts, in the store, beside a plain model of what each stage allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from gateway.booking import Master
from gateway.desk import drafts, handover
from gateway.desk.acting import Desk, Mode
from gateway.domain.goods import Arrival
from gateway.domain.order import Stage
from gateway.kernel import FixedClock
from gateway.kernel.errors import RuleBroken
from gateway.store import Store, tables
from tests.business import REFERENCE
from tests.office import Office
from tests.storehouse import NOON, fresh_store

FORM = {
    "vendor": "257",
    "warehouse": "100",
    "brand": "1",
    "carrier": "50",
    "ship_to": {"company": "Byrd", "address1": "1 Quay Road", "city": "London", "postal_code": "SE1", "country": "GB"},
    "lines": [{"number": 1, "item": "BX100", "quantity": 3, "unit_cost": "8.98"}],
}
EXAMPLES = count(1)


class Model(Struct):
    """What a person would expect of one order; nothing of how it is stored."""

    number: str
    stage: Stage = Stage.DRAFT
    quantity: int = 3
    has_cost: bool = True
    gone: bool = False
    """Cancelled after it was released: its lines are Cancelled."""
    received: int = 0
    entries: int = 1

    @property
    def is_alive(self) -> bool:
        return self.stage is not Stage.CANCELLED


def save_quantity(desk: Desk, it: Model, value: int, mode: Mode) -> Callable[[], None]:
    drafts.save_draft(desk, it.number, {"lines": [{"number": 1, "quantity": value}]}, mode=mode)

    def expect() -> None:
        it.entries += it.quantity != value
        it.quantity = value

    return expect


def clear_cost(desk: Desk, it: Model, value: int, mode: Mode) -> Callable[[], None]:
    wanted = value % 2 == 0
    drafts.save_draft(desk, it.number, {"lines": [{"number": 1, "unit_cost": "8.98" if wanted else ""}]}, mode=mode)

    def expect() -> None:
        it.entries += it.has_cost != wanted
        it.has_cost = wanted

    return expect


def renumber(desk: Desk, it: Model, value: int, mode: Mode) -> Callable[[], None]:
    wanted = f"{it.number}-{value}"[:30]
    drafts.save_draft(desk, it.number, {"number": wanted}, mode=mode)

    def expect() -> None:
        it.entries += it.number != wanted
        it.number = wanted

    return expect


def go(desk: Desk, it: Model, to: Stage, mode: Mode) -> Callable[[], None]:
    (handover.approve if to is Stage.RELEASED else handover.pipeline)(desk, it.number, mode=mode)

    def expect() -> None:
        it.entries += 2 if (it.stage, to) == (Stage.DRAFT, Stage.RELEASED) else 1
        it.stage = to if it.stage is Stage.DRAFT else Stage.RELEASED

    return expect


def cancel(desk: Desk, it: Model, value: int, mode: Mode) -> Callable[[], None]:
    handover.cancel(desk, it.number, reason="no need", mode=mode)

    def expect() -> None:
        it.entries += 1
        it.gone = it.stage is Stage.RELEASED
        it.stage = it.stage if it.gone else Stage.CANCELLED

    return expect


def receive(desk: Desk, it: Model, value: int, mode: Mode) -> Callable[[], None]:
    handover.receive(desk, it.number, Arrival(line=1, quantity=value), mode=mode)

    def expect() -> None:
        it.entries += 1
        it.received += value

    return expect


ACTS: dict[str, Callable[[Desk, Model, int, Mode], Callable[[], None]]] = {
    "save": save_quantity,
    "cost": clear_cost,
    "renumber": renumber,
    "pipeline": lambda desk, it, value, mode: go(desk, it, Stage.APPROVED, mode),
    "approve": lambda desk, it, value, mode: go(desk, it, Stage.RELEASED, mode),
    "cancel": cancel,
    "receive": receive,
}
MAY: dict[str, Callable[[Model], bool]] = {
    "save": lambda it: it.stage is Stage.DRAFT,
    "cost": lambda it: it.stage is Stage.DRAFT,
    "renumber": lambda it: it.stage is Stage.DRAFT,
    "pipeline": lambda it: (it.stage is Stage.DRAFT and it.has_cost) or it.stage is Stage.APPROVED,
    "approve": lambda it: (it.stage is Stage.DRAFT and it.has_cost) or it.stage is Stage.APPROVED,
    "cancel": lambda it: it.is_alive and not it.gone,
    "receive": lambda it: it.stage in {Stage.APPROVED, Stage.RELEASED},
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with fresh_store(f"sqlite:///{tmp_path_factory.mktemp('sequences') / 'gateway.db'}") as store:
        yield store


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(1, 4), st.sampled_from(Mode)), min_size=1, max_size=20))
def test_any_sequence_of_acts_goes_as_a_person_expects(store: Store, acts: list[tuple[str, int, Mode]]) -> None:
    desk = Desk(store=store, master=Master(REFERENCE), clock=FixedClock(NOON), user="kim")
    model = Model(number=f"E{next(EXAMPLES)}")
    drafts.new_draft(desk, {**FORM, "number": model.number})
    for name, value, mode in acts:
        allowed = MAY[name](model)
        try:
            expect = ACTS[name](desk, model, value, mode)
        except RuleBroken:
            assert not allowed, name
        else:
            assert allowed, name
            if mode is Mode.EARNEST:
                expect()
        compare(desk, model)
    assert Office(store).differences() == []


def compare(desk: Desk, model: Model) -> None:
    sheet = drafts.show_draft(desk, model.number)
    (line,) = sheet.form.lines
    assert (sheet.stage, line.quantity, len(sheet.history)) == (model.stage, model.quantity, model.entries)
    assert sum(it.quantity for it in sheet.receipts) == model.received
    assert bool(sheet.lacks) == (model.stage is Stage.DRAFT and not model.has_cost)
    found = [row for row in rows(desk.store) if row.po_no == model.number]
    if sheet.stage is Stage.DRAFT or (sheet.stage is Stage.CANCELLED and sheet.status is None):
        assert found == []
        return
    (row,) = found
    status = {Stage.APPROVED: None, Stage.CANCELLED: "Cancelled", Stage.RELEASED: "Cancelled" if model.gone else "New Order"}[model.stage]
    assert (row.stage, row.status, row.ordered, row.shipped) == (model.stage, status, model.quantity, 0)


def rows(store: Store) -> list[Any]:
    key, order, line = tables.order_key, tables.purchase_order, tables.order_line
    with store.reading() as connection:
        joined = key.join(order, order.c.id == key.c.id).join(line, line.c.order_id == key.c.id)
        return list(
            connection.execute(joined.select().with_only_columns(key.c.po_no, order.c.stage, line.c.status, line.c.ordered, line.c.shipped))
        )
