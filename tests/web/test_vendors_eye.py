"""What a vendor reads of what it may see: nobody of the retailer by name, no reasons of theirs, nothing of what customers paid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.app import Gateway
from gateway.domain.access import OF_VENDOR_PROGRAMS, Authority
from gateway.store import outbox
from gateway.store.outbox import NewItem
from tests.program import client_of, program
from tests.reader import add_people, console, effects_of
from tests.shop import Shop, open_story
from tests.storehouse import NOON

NUMBER = "AB10747"
TYPED = "Harbor street is flooded"
WAITING = NewItem(
    idem="batch:99",
    connector="redpanda",
    channel="orders",
    kind="batch",
    file_name=b"PO_000099.xml",
    sha256="0" * 64,
    size=1,
    archive_key="0" * 64,
    made_at=NOON,
)


@pytest.fixture
def gateway(tmp_path: Path, sqlite_url: str) -> Iterator[Gateway]:
    shop = Shop(tmp_path / "shop", sqlite_url)
    with open_story(shop.url) as story:
        story.ordered().sent().shipped().billed()
    with shop.opened() as gateway:
        add_people(gateway)
        yield gateway


def test_what_the_retailer_did_is_read_without_names_and_reasons(gateway: Gateway) -> None:
    with console(gateway) as retailer:
        retailer.sign_in("retailer.one")
        path = f"/orders/{NUMBER}/acts/cancel"
        preview = retailer.post(path, {"line": "1", "step": "preview"})
        assert "Cancel Auto Rejected" in effects_of(preview.text)
        assert "DSC-203 line 1: the line is Shipped" in effects_of(preview.text)
        done = retailer.post(path, {"line": "1", "step": "do"})
        assert (done.status_code, effects_of(done.text)) == (200, effects_of(preview.text))
        assert "retailer.one" in retailer.get(f"/orders/{NUMBER}?tab=history").text
        retailer.post("/invoices/RP-2/acts/reject?vendor=257", {"reason": "too dear"})
    with gateway.store.transaction() as tx:
        item = outbox.make(tx, WAITING)
    with console(gateway) as operator:
        operator.sign_in("operator.one")
        assert operator.post(f"/outbox/acts/hold?id={item}", {"reason": TYPED}).status_code == 200
        assert TYPED in operator.get(f"/outbox/{item}").text
        assert operator.post("/outbox/everything/hold", {"reason": TYPED}).status_code == 200
        assert TYPED in operator.get("/outbox").text
    client = client_of(gateway)
    staff = program(gateway, client, Authority.ORDERS, Authority.PERSONAL_DATA).get(f"/orders/{NUMBER}").json()
    told = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="257")
    order = told.get(f"/orders/{NUMBER}").json()
    assert {"retailer.one"} == {it["user"] for it in staff["history"]} - {it["user"] for it in order["history"]}
    assert "the retailer" in {it["user"] for it in order["history"]}
    assert staff["document"]["paid"] == "54.93"
    assert {it["connector"] for it in staff["sources"]} > {it["connector"] for it in order["sources"]} == {"redpanda"}
    assert {"paid", "tender"}.isdisjoint(order["document"])
    assert order["changes"] == []
    assert {"day_phone", "evening_phone", "email"}.isdisjoint(order["document"]["sold_to"])
    invoice = told.get("/invoices/RP-2").json()
    assert (invoice["history"][-1]["actor"], invoice["history"][-1]["reason"]) == ("the retailer", "too dear")
    everything = json.dumps([order, invoice, told.get(f"/outbox/{item}").json(), told.get("/outbox").json()])
    with console(gateway) as vendor:
        vendor.sign_in("vendor.257")
        pages = (f"/orders/{NUMBER}?tab=history", f"/outbox/{item}", "/outbox", "/invoices/RP-2?vendor=257", f"/orders/{NUMBER}/full")
        everything += "".join(vendor.get(it).text for it in pages)
    for hidden in ("retailer.one", "operator.one", TYPED, "54.93", "MULTI PAY"):
        assert hidden not in everything, hidden
    assert told.get(f"/outbox/{item}").json()["why"] == "the retailer holds it"
