"""The partners of the workspace that `make run` starts exchange over HTTP too; what cannot be read has a page that says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.app import Gateway
from gateway.domain.access import Authority
from tests.program import client_of, program
from tests.reader import add_people, console
from tests.shop import Shop

HEADER = {
    "messageHeader": {"datetime": "2022-06-21T09:00:00", "version": "5.0", "source": "TANUKI", "destination": "locate"},
    "vendorCd": "310",
    "vendorSystemCd": "VENDOR",
}
ACKNOWLEDGE, SHIP = "/Locate/adws/DSAcknowledge/setDSAcknowledge", "/Locate/adws/DSShipConfirm/setDSShipConfirm"


@pytest.fixture
def gateway(tmp_path: Path, database_url: str) -> Iterator[Gateway]:
    with Shop(tmp_path / "shop", database_url).opened() as gateway:
        yield gateway


def test_an_order_and_its_batch_go_over_http(gateway: Gateway) -> None:
    order = Path("samples/createdsorder.xml").read_bytes().replace(b"<vendor_cd>257<", b"<vendor_cd>310<")
    with client_of(gateway) as client:
        oms = program(gateway, client, Authority.ORDERS, Authority.ORDER_MAKING)
        tanuki = program(gateway, client, Authority.ORDERS, Authority.PACK_SLIPS, Authority.SHIPPING_UPLOAD, vendor="310")
        assert 'result="CREATED"' in oms.send("/Locate/adws/CreateDSOrder", order).text
        asked = {**HEADER, "criteriaType": "All PO", "criteriaValue": ""}
        batch = tanuki.send("/Locate/adws/DSOrders/getDSOrders", json.dumps(asked).encode()).json()
        assert (batch["responseCd"], batch["purchaseOrders"][0]["poNo"]) == ("0", "AB10747")
        taken = tanuki.send(ACKNOWLEDGE, json.dumps({**HEADER, "batchId": batch["batchId"]}).encode()).json()
        assert taken["responseCd"] == "3021"  # of this vendor no acknowledgement is asked: the batch counts as taken
        assert {it["status"] for it in tanuki.get("/orders/AB10747").json()["lines"]} == {"In Process"}


def test_what_is_read_from_a_posted_message_is_shown(gateway: Gateway) -> None:
    with client_of(gateway) as client:
        oms = program(gateway, client, Authority.ORDERS, Authority.ORDER_MAKING)
        number = oms.send("/Locate/adws/CreateDSOrder", Path("samples/createdsorder.xml").read_bytes()).headers["message"]
        operator = program(gateway, client, Authority.FILES, Authority.PARTNERS)
        read = operator.post(f"/messages/{number}/preview", {})
        assert (read.status_code, read.json()["mapping"]) == (200, "createdsorder")


def test_a_message_that_no_layout_reads_is_told_on_its_page(gateway: Gateway) -> None:
    with client_of(gateway) as client:
        tanuki = program(gateway, client, Authority.ORDERS, Authority.SHIPPING_UPLOAD, vendor="310")
        answer = tanuki.send(SHIP, json.dumps(HEADER).encode())
        assert answer.json()["responseCd"] == "MAP-02"
    add_people(gateway)
    with console(gateway) as reader:
        reader.sign_in("operator.one")
        page = reader.get(f"/messages/{answer.headers['message']}")
        assert page.status_code == 200
        assert page.text.count("no mapping of the channel fits this file") == 2  # what is wrong, and when it was told
        tried = reader.get(f"/preview?message={answer.headers['message']}")
        assert (tried.status_code, "unknown channel" in tried.text) == (422, False)
        assert "the key poNo is not there" in tried.text
