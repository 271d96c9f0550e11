"""The messages of partners over HTTP: the same orders, batches, shipments, history and answers as by file; once, and each for its own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.desk.again import Way, make_again
from gateway.desk.invoices import show_invoice
from gateway.desk.keys import make_key
from gateway.desk.office import Office
from gateway.desk.orders import show_order
from gateway.domain.access import EVERYTHING, Authority
from gateway.kernel.errors import ConfigError
from gateway.store import consistency
from gateway.web.application import application
from tests.reader import ADDRESS, desk_of
from tests.shop import Shop, open_story

VENDOR = (Authority.ORDERS, Authority.PACK_SLIPS, Authority.SHIPPING_UPLOAD, Authority.FILES)
SYSTEM = (Authority.ORDERS, Authority.ORDER_MAKING, Authority.CHANGE_ASKING, Authority.MASTER_DATA)
RED_PANDA = """\
connector: redpanda
partner: {name: Red Panda Outfitters, vendor: "257", vendor_system: VENDOR}
endpoint: {transport: folder}
api:
  receive:
    - {channel: posted-acknowledgements, mapping: [acknowledgement-json, acknowledgement-xml], answer: vendor-response-json}
    - {channel: posted-shipments, mapping: shipments-json, answer: vendor-response-json}
  orders: {mapping: batch-json, most: 100, acknowledge: {required: true, within: 24h}}
"""
OMS = """\
connector: oms
partner: {name: Order management, system: OMS}
endpoint: {transport: folder}
api:
  receive:
    - {channel: posted-orders, mapping: createdsorder, answer: createdsorder-response}
    - {channel: posted-changes, mapping: [setdscancel, setdsaddresschange, setdscostchange], answer: change-response}
    - {channel: posted-vendors, mapping: createdsvendor, answer: createdsvendor-response}
  changes: {mapping: change-feed, most: 2}
  invoices: {mapping: invoice-posting}
"""
SAMPLES = Path("samples")


class Partner:
    """A program of a partner."""

    def __init__(self, gateway: Gateway, client: TestClient, *authorities: Authority, vendor: str | None = None) -> None:
        office = Office(store=gateway.store, clock=gateway.clock, actor="test")
        self._secret = make_key(office, vendor or "oms", authorities, vendor=vendor, vendors=("257", "310")).secret
        self._client = client

    def post(self, path: str, body: str | bytes | dict[str, Any], **headers: str) -> httpx.Response:
        content = json.dumps(body) if isinstance(body, dict) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.post(f"/Locate/adws/{path}", content=content, headers={"authorization": f"Bearer {self._secret}", **named})

    def get(self, path: str) -> httpx.Response:
        """Something of the API."""
        return self._client.get(f"/api/v1/{path}", headers={"authorization": f"Bearer {self._secret}"})

    def orders(self, criterion: str = "All PO", value: str = "", **besides: Any) -> httpx.Response:
        body = {**HEADER, "criteriaType": criterion, "criteriaValue": value, **besides}
        return self.post("DSOrders/getDSOrders", body)


HEADER = {
    "messageHeader": {"datetime": "2022-06-21T09:00:00", "version": "5.0", "source": "REDPANDA", "destination": "locate"},
    "vendorCd": "257",
    "vendorSystemCd": "VENDOR",
}
CANCEL = """\
<SetDSCancel><message_header datetime="2022-06-22T10:00:00" version="16.0" source="OMS" destination="LOCATE"/>
<cancel po_no="AB10748" po_line_no="{line}" request_id="{id}" reason="Customer request"/></SetDSCancel>
"""
CHANGES = """\
<GetDSChanges><message_header datetime="2022-06-22T15:00:00" version="16.0" source="OMS" destination="LOCATE"/>
<changes after_seq="{after}"/></GetDSChanges>
"""


@pytest.fixture
def gateway(tmp_path: Path, database_url: str) -> Iterator[Gateway]:
    shop = Shop(tmp_path / "shop", database_url)
    shop.write("connectors/redpanda.yaml", RED_PANDA)
    shop.write("connectors/oms.yaml", OMS)
    shop.write("connectors/tanuki.yaml", (shop.root / "connectors/tanuki.yaml").read_text().partition("\napi:")[0])
    with shop.opened() as gateway:
        yield gateway


def history(gateway: Gateway, number: str) -> list[tuple[str, str, str]]:
    sheet = show_order(gateway.store, number, organization=gateway.master.organization, scope=EVERYTHING)
    return sorted({(it.action, str(it.source), it.user) for it in sheet.history})


def agrees(gateway: Gateway) -> bool:
    """Whether the store agrees with itself."""
    with gateway.store.reading() as connection:
        return not list(consistency.differences(connection))


def test_orders_a_batch_its_acknowledgement_a_shipment_and_the_changes_go_over_http(gateway: Gateway, client: TestClient) -> None:
    oms, panda = Partner(gateway, client, *SYSTEM), Partner(gateway, client, *VENDOR, vendor="257")
    sample = (SAMPLES / "createdsorder.xml").read_bytes()
    created = oms.post("CreateDSOrder", sample)
    assert (created.status_code, created.headers["content-type"]) == (200, "application/xml")
    assert 'result="CREATED"' in created.text
    assert "DSO-006" in oms.post("CreateDSOrder", sample).text

    told = panda.orders(batchSize=10).json()
    assert (told["responseCd"], told["vendorCd"]) == ("0", "257")
    assert told["messageHeader"] | {"datetime": ""} == {"datetime": "", "version": "5.0", "source": "locate", "destination": "REDPANDA"}
    order = told["purchaseOrders"][0]
    assert order["poNo"] == "AB10747"
    assert panda.orders().json()["responseCd"] == "3009"
    same = panda.orders("Batch", str(told["batchId"])).json()
    assert (same["batchId"], same["purchaseOrders"]) == (told["batchId"], told["purchaseOrders"])

    with pytest.raises(ConfigError, match="fetched batch 1 over HTTP"):
        make_again(desk_of(gateway), gateway.tools, told["batchId"], {}, way=Way.FILE, reason="torn")

    taken = panda.post("DSAcknowledge/setDSAcknowledge", {**HEADER, "batchId": told["batchId"]})
    assert (taken.json()["responseCd"], taken.json()["messageHeader"]["destination"]) == ("0", "REDPANDA")
    late = {**HEADER, "batchId": str(told["batchId"])}
    assert panda.post("DSAcknowledge/setDSAcknowledge", late).json()["responseCd"] == "3021"

    shipment = {**HEADER, "poNo": "AB10747", "carrierCd": "50", "trackingNumber": "T-1", "weight": 2.34, "rate": 1.23}
    wrong = {**shipment, "shipDate": "2022-06-22", "lines": [{"poLineNo": 99, "shippedQty": 1}, {"poLineNo": 1, "shippedQty": 0}]}
    refused = panda.post("DSShipConfirm/setDSShipConfirm", wrong).json()
    assert {(it["poLineNo"], it["responseCd"]) for it in refused["errorDetail"]} == {(99, "3042"), (1, "3043")}
    right = {**shipment, "shipDate": "2022-06-22", "lines": [{"poLineNo": 1, "shippedQty": 2}]}
    done = panda.post("DSShipConfirm/setDSShipConfirm", right, idempotency_key="ship-000001")
    assert (done.status_code, done.json()["responseCd"], done.json()["responseDescription"]) == (200, "0", "SUCCESS")
    again = panda.post("DSShipConfirm/setDSShipConfirm", right, idempotency_key="ship-000001")
    assert (again.headers["idempotency-replayed"], again.content) == ("true", done.content)

    assert history(gateway, "AB10747") == [
        ("Acknowledged", "WS", "redpanda"),
        ("PO Created", "WS", "Admin"),
        ("Printed", "WS", "redpanda"),
        ("Shipped", "WS", "redpanda"),
    ]
    first = oms.post("GetDSChanges", CHANGES.format(after=0))
    assert (first.headers["content-type"], first.text.count("<change ")) == ("application/xml", 2)
    last = int(re.findall(r'last_seq="(\d+)"', first.text)[-1])
    rest = oms.post("GetDSChanges", CHANGES.format(after=last))
    assert 'type="SHIPPED"' in first.text + rest.text
    assert 'code="3009"' in oms.post("GetDSChanges", CHANGES.format(after=99)).text
    assert agrees(gateway)


INVOICES = (
    '<GetDSInvoices><message_header datetime="2022-06-23T02:00:00" version="16.0" source="OMS" destination="LOCATE"/>{run}</GetDSInvoices>'
)


def test_approved_invoices_are_posted_by_being_asked_for(tmp_path: Path, database_url: str) -> None:
    shop = Shop(tmp_path / "shop", database_url)
    with open_story(shop.url) as story:
        story.ordered().sent().shipped().billed()
    shop.write("connectors/oms.yaml", OMS)
    with shop.opened() as gateway, TestClient(application(gateway, gateway.node()), base_url=ADDRESS) as client:
        oms, poor = Partner(gateway, client, Authority.INVOICES), Partner(gateway, client, Authority.ORDERS)
        assert poor.post("GetDSInvoices", INVOICES.format(run="")).status_code == 403
        assert 'code="DSO-004"' in oms.post("GetDSInvoices", INVOICES.format(run="").replace('"OMS"', '"XYZ"')).text
        first = oms.post("GetDSInvoices", INVOICES.format(run=""), idempotency_key="posting-0001")
        assert (first.status_code, first.headers["content-type"]) == (200, "application/xml")
        assert re.findall(r'invoice_no="([^"]+)"', first.text) == ["RP-1"]
        sheet = show_invoice(desk_of(gateway), "RP-1", scope=EVERYTHING)
        assert (sheet.state.value, sheet.posted_at is not None, sheet.runs) == ("Posted", True, (1,))
        assert show_invoice(desk_of(gateway), "RP-2", scope=EVERYTHING).state.value == "Held"
        assert oms.post("GetDSInvoices", INVOICES.format(run=""), idempotency_key="posting-0001").content == first.content
        assert 'code="3009"' in oms.post("GetDSInvoices", INVOICES.format(run="")).text
        assert oms.post("GetDSInvoices", INVOICES.format(run='<invoices run_id="1"/>')).content == first.content
        for run in ("2", "-1", "9" * 30, "x"):
            refused = oms.post("GetDSInvoices", INVOICES.format(run=f'<invoices run_id="{run}"/>'))
            assert (refused.status_code, "<error code=" in refused.text) == (200, True), refused.text
        with gateway.store.reading() as connection:
            assert list(consistency.differences(connection)) == []


XML_REQUEST = (
    '<GetDSOrders vendor_cd="257" vendor_system_cd="VENDOR" criteria_type="All PO">'
    '<message_header datetime="2022-06-21T09:00:00" version="5.0" source="REDPANDA" destination="locate"/></GetDSOrders>'
)


def test_a_vendor_may_ask_and_be_answered_in_xml(tmp_path: Path, sqlite_url: str) -> None:
    shop = Shop(tmp_path / "shop", sqlite_url)
    shop.write("connectors/redpanda.yaml", RED_PANDA.replace("mapping: batch-json", "mapping: batch-xml, asks: getdsorders-xml"))
    shop.write("connectors/oms.yaml", OMS)
    with shop.opened() as gateway, TestClient(application(gateway, gateway.node()), base_url=ADDRESS) as client:
        oms, panda = Partner(gateway, client, *SYSTEM), Partner(gateway, client, *VENDOR, vendor="257")
        none = panda.post("DSOrders/getDSOrders", XML_REQUEST)
        assert (none.headers["content-type"], none.text.startswith("<GetDSOrdersResponse>")) == ("application/xml", True)
        assert 'code="3009"' in none.text
        oms.post("CreateDSOrder", (SAMPLES / "createdsorder.xml").read_bytes())
        told = panda.post("DSOrders/getDSOrders", XML_REQUEST)
        assert (told.status_code, told.headers["content-type"]) == (200, "application/xml")
        assert "<GetDSOrdersResponse" in told.text
        assert "AB10747" in told.text
        wrong = panda.post("DSOrders/getDSOrders", XML_REQUEST.replace('"5.0"', '"4.4"'))
        assert 'code="3001"' in wrong.text
        bomb = '<!DOCTYPE a [<!ENTITY b "x">]>' + XML_REQUEST
        assert 'code="3009"' not in panda.post("DSOrders/getDSOrders", bomb).text


def test_the_retailer_changes_orders_over_http(gateway: Gateway, client: TestClient) -> None:
    oms = Partner(gateway, client, *SYSTEM)
    oms.post("CreateDSOrder", (SAMPLES / "createdsorder.xml").read_bytes().replace(b"ab10747", b"AB10748"))
    assert 'result="APPLIED"' in oms.post("SetDSCancel", CANCEL.format(line=2, id="C-1")).text
    assert "DSC-202" in oms.post("SetDSCancel", CANCEL.format(line=9, id="C-2")).text
    vendor = oms.post("CreateDSVendor", (SAMPLES / "createdsvendor.xml").read_bytes())
    assert (vendor.status_code, vendor.headers["content-type"]) == (200, "application/xml")
    broken = oms.post("CreateDSOrder", b"<CreateDSOrders><purchase_order>")
    assert (broken.status_code, "DSO-001" in broken.text) == (200, True)
    assert "DSO-002" in oms.post("CreateDSOrder", (SAMPLES / "createdsorder.xml").read_bytes().replace(b"LOCATE", b"NOBODY")).text
    assert agrees(gateway)


@pytest.mark.parametrize(("orders", "blanks", "state"), [(201, 0, "partly_booked"), (0, 300_000, "booked")])
def test_what_takes_long_is_kept_and_decided_by_a_node(orders: int, blanks: int, state: str, gateway: Gateway, client: TestClient) -> None:
    """One has more documents than a transaction takes, the other is not small."""
    oms = Partner(gateway, client, *SYSTEM, Authority.FILES)
    sample = (
        (SAMPLES / "createdsorder.xml")
        .read_text()
        .replace("<purchase_order>", "<purchase_order/>" * orders + " " * blanks + "<purchase_order>")
    )
    sample = sample.replace('po_count="1"', f'po_count="{orders + 1}"')
    kept = oms.post("CreateDSOrder", sample, idempotency_key="orders-0001")
    assert (kept.status_code, kept.headers["message"], "kept as number 1" in kept.json()["title"]) == (202, "1", True)
    assert oms.post("CreateDSOrder", (SAMPLES / "createdsorder.xml").read_bytes().replace(b"ab10747", b"AB10800")).status_code == 200
    gateway.node().once()
    message = oms.get("messages/1").json()
    assert (message["state"], history(gateway, "AB10747")) == (state, [("PO Created", "WS", "Admin")])
    assert "DSO-006" in oms.post("CreateDSOrder", sample).text


def test_a_vendor_asks_for_what_it_wants_and_is_told_by_codes_why_not(gateway: Gateway, client: TestClient) -> None:
    oms, panda = Partner(gateway, client, *SYSTEM), Partner(gateway, client, *VENDOR, vendor="257")
    sample = (SAMPLES / "createdsorder.xml").read_bytes()
    for number in (b"AB10701", b"AB10702", b"AB10703"):
        assert "CREATED" in oms.post("CreateDSOrder", sample.replace(b"ab10747", number)).text
    for body, code in (
        ({"criteriaType": "Everything"}, "3007"),
        ({"criteriaType": "PO", "criteriaValue": "AB99999"}, "3008"),
        ({"criteriaType": "PO"}, "3008"),
        ({"criteriaType": "Batch", "criteriaValue": "4711"}, "3008"),
        ({"criteriaType": "Batch", "criteriaValue": "9" * 40}, "3008"),
        ({"criteriaType": "Item", "criteriaValue": "NO SUCH"}, "3008"),
        ({"criteriaType": "All PO", "batchSize": 0}, "3008"),
        ({"criteriaType": "All PO", "vendorCd": "310"}, "3005"),
        ({"criteriaType": "All PO", "vendorSystemCd": "OMS"}, "3005"),
        ({"criteriaType": "All PO", "messageHeader": {**HEADER["messageHeader"], "destination": "locateq"}}, "3000"),
        ({"criteriaType": "All PO", "messageHeader": {**HEADER["messageHeader"], "version": "4.4"}}, "3001"),
    ):
        answer = panda.post("DSOrders/getDSOrders", {**HEADER, **body})
        assert (answer.status_code, answer.json()["responseCd"]) == (200, code), (body, answer.text)
    assert panda.orders("PO", "ab10702").json()["poCount"] == 1
    one = panda.orders(batchSize=1).json()
    assert [it["poNo"] for it in one["purchaseOrders"]] == ["AB10701"]
    left = panda.orders("Item", one["purchaseOrders"][0]["lines"][0]["retailerItemId"]).json()
    assert [it["poNo"] for it in left["purchaseOrders"]] == ["AB10703"]
    assert agrees(gateway)


def test_each_partner_posts_for_itself_alone(gateway: Gateway, client: TestClient) -> None:
    oms, other = Partner(gateway, client, *SYSTEM), Partner(gateway, client, *VENDOR, vendor="310")
    assert oms.post("DSOrders/getDSOrders", {}).status_code == 403
    assert other.post("CreateDSOrder", b"<x/>").status_code == 403
    assert other.post("DSOrders/getDSOrders", {}).status_code == 404
    panda = Partner(gateway, client, Authority.ORDERS, vendor="257")
    assert panda.post("DSShipConfirm/setDSShipConfirm", {}).status_code == 403
    for garbage in (b"", b"{", b"\xff\x00", b"[]", b"null", b'{"criteriaType": 7, "vendorCd": []}'):
        vendor = Partner(gateway, client, *VENDOR, vendor="257")
        for path in ("DSOrders/getDSOrders", "DSAcknowledge/setDSAcknowledge", "DSShipConfirm/setDSShipConfirm"):
            answer = vendor.post(path, garbage)
            assert answer.status_code in {200, 422}, (path, garbage, answer.text)
            assert answer.status_code == 422 or answer.json()["responseCd"] != "0", (path, garbage)
