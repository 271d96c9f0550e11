"""Acts of operations people at the console: previewed, with a reason, done once; what is not possible says why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.app import Gateway
from gateway.desk.messages import show_message
from gateway.desk.outbox import show_item
from gateway.domain.access import EVERYTHING
from gateway.store.messages import MessageState
from gateway.store.outbox import ItemState
from tests.reader import Reader, add_people, console, effects_of
from tests.town import Town

SHIPMENTS = "po_number,po_line_number,carrier,shipped_quantity,tracking_number\nNOSUCH,x,10,1,1Z1\n"
REASON = {"reason": "the partner asked"}


@pytest.fixture
def gateway(tmp_path: Path, database_url: str) -> Iterator[Gateway]:
    town = Town(tmp_path / "town", database_url)
    town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml"))
    town.drop("in/redpanda/SHIP_1.csv", SHIPMENTS)
    town.once()
    with town.gateway() as gateway:
        add_people(gateway)
        yield gateway


@pytest.fixture
def operator(gateway: Gateway) -> Iterator[Reader]:
    with console(gateway) as reader:
        reader.sign_in("operator.one")
        yield reader


def test_a_sent_file_is_sent_again_after_a_preview_and_a_reason(gateway: Gateway, operator: Reader) -> None:
    shown = operator.get("/outbox/acts/redeliver?id=1")
    assert "sent → waiting" in effects_of(shown.text)
    assert show_item(gateway.store, 1, scope=EVERYTHING).state is ItemState.SENT
    asked = operator.post("/outbox/acts/redeliver?id=1")
    assert asked.status_code == 422
    assert "Say why" in asked.text
    done = operator.post("/outbox/acts/redeliver?id=1", REASON)
    assert "sent → waiting" in effects_of(done.text)
    sheet = show_item(gateway.store, 1, scope=EVERYTHING)
    assert (sheet.state, sheet.round, sheet.events[-1].actor) == (ItemState.WAITING, 2, "operator.one")


def test_what_is_not_possible_says_why_and_has_no_button(operator: Reader) -> None:
    shown = operator.get("/outbox/acts/cancel?id=1")
    assert "not possible: it is sent: it is with the partner" in effects_of(shown.text)
    assert "<button" not in shown.text.partition('id="main"')[2].partition("<dialog")[0]


def test_several_files_are_held_and_released_at_once(gateway: Gateway, operator: Reader) -> None:
    operator.post("/outbox/acts/redeliver?id=1&id=2", REASON)
    assert operator.get("/outbox/acts/hold?id=1&id=2").text.count("waiting → held") == 2
    operator.post("/outbox/acts/hold?id=1&id=2", REASON)
    assert [show_item(gateway.store, it, scope=EVERYTHING).state for it in (1, 2)] == [ItemState.HELD] * 2
    operator.post("/outbox/acts/release?id=1&id=2", REASON)
    assert [show_item(gateway.store, it, scope=EVERYTHING).state for it in (1, 2)] == [ItemState.WAITING] * 2


def test_a_refused_file_is_replayed_with_what_would_come_of_it(gateway: Gateway, operator: Reader) -> None:
    refused = show_message(gateway.store, 2, scope=EVERYTHING)
    assert refused.state is not MessageState.BOOKED
    shown = operator.get("/messages/acts/replay?id=2")
    assert "1 refused" in effects_of(shown.text)
    assert "is read again now, as message 2" in effects_of(operator.post("/messages/acts/replay?id=2", REASON).text)
    gateway.node().once()
    assert [it.event for it in show_message(gateway.store, 2, scope=EVERYTHING).events].count("replayed") == 1
    told = " ".join(operator.get("/messages/2").text.split())
    assert f"was: state {refused.state.replace('_', ' ')}, mapping shipments-csv, mapping version 1, " in told
    assert "refused 1" in told


def test_a_booked_file_cannot_be_replayed_but_read_anew(gateway: Gateway, operator: Reader) -> None:
    assert "there is nothing left to decide" in effects_of(operator.get("/messages/acts/replay?id=1").text)
    assert "duplicate" in effects_of(operator.get("/messages/acts/reprocess?id=1").text)
    made = re.search(r"as message (\d+)", effects_of(operator.post("/messages/acts/reprocess?id=1", REASON).text))
    assert made is not None
    gateway.node().once()
    assert show_message(gateway.store, int(made[1]), scope=EVERYTHING).reprocess_of == 1


def test_a_panel_is_the_same_without_the_frame(operator: Reader) -> None:
    panel = operator.get("/outbox/acts/redeliver?id=1", hx_request="true")
    assert panel.text.lstrip().startswith('<h2 id="panel-title">')
    assert 'name="token"' in panel.text


@pytest.mark.parametrize(
    "path", ["/outbox/acts/redeliver", "/outbox/acts/explode?id=1", "/outbox/acts/hold?id=99", "/messages/acts/replay?id=99"]
)
def test_what_is_not_there_is_effects_of(operator: Reader, path: str) -> None:
    assert operator.get(path).status_code == 404


def test_nobody_else_may_act(gateway: Gateway) -> None:
    for name in ("retailer.one", "auditor.one", "vendor.257"):
        with console(gateway) as reader:
            reader.sign_in(name)
            assert reader.get("/outbox/acts/redeliver?id=1").status_code == 403
            assert reader.post("/outbox/acts/redeliver?id=1", REASON).status_code == 403
