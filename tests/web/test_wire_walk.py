"""Every code of the messages of partners (sdf 2.5, 3.5, 4.2): the request that provokes it, and its answer, by HTTP and by file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from lxml import etree
from msgspec import Struct
from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.desk.keys import make_key
from gateway.desk.office import Office
from gateway.desk.telling import do
from gateway.documents import VendorAction
from gateway.domain.access import Authority
from gateway.web.application import application
from tests.reader import ADDRESS, HERE, desk_of
from tests.shop import Shop

RED_PANDA = """\
connector: redpanda
partner: {name: Red Panda Outfitters, vendor: "257", vendor_system: VENDOR}
endpoint: {transport: folder}
api:
  receive:
    - {channel: posted-acknowledgements, mapping: acknowledgement-json, answer: vendor-response-json}
    - {channel: posted-shipments, mapping: shipments-json, answer: vendor-response-json}
  orders: {mapping: batch-json, most: 100, acknowledge: {required: true, within: 24h}}
receive:
  - {channel: acknowledgements, folder: in/redpanda, files: setDSAcknowledge*, mapping: acknowledgement-json, ready: {stable_for: 0s},
     answer: {mapping: vendor-response-json, file: "{file}.resp", folder: out}}
  - {channel: shipments, folder: in/redpanda, files: setDSShipConfirm*, mapping: shipments-json, ready: {stable_for: 0s},
     answer: {mapping: vendor-response-json, file: "{file}.resp", folder: out}}
"""
OMS = """\
connector: oms
partner: {name: Order management, system: OMS}
endpoint: {transport: folder}
api:
  receive:
    - {channel: posted-orders, mapping: createdsorder, answer: createdsorder-response}
    - {channel: posted-changes, mapping: [setdscancel, setdsaddresschange, setdscostchange], answer: change-response}
  changes: {mapping: change-feed}
  invoices: {mapping: invoice-posting}
receive:
  - {channel: orders, folder: in/oms, files: CreateDSOrder*, mapping: createdsorder, ready: {stable_for: 0s},
     answer: {mapping: createdsorder-response, file: "{file}.resp", folder: out}}
  - {channel: changes, folder: in/oms, files: SetDS*, mapping: [setdscancel, setdsaddresschange, setdscostchange], ready: {stable_for: 0s},
     answer: {mapping: change-response, file: "{file}.resp", folder: out}}
"""
VENDOR = (Authority.ORDERS, Authority.PACK_SLIPS, Authority.SHIPPING_UPLOAD)
SYSTEM = (Authority.ORDERS, Authority.INVOICES, Authority.ORDER_MAKING, Authority.CHANGE_ASKING)
ORDERS, ACKNOWLEDGE, SHIP = "DSOrders/getDSOrders", "DSAcknowledge/setDSAcknowledge", "DSShipConfirm/setDSShipConfirm"
GONE: Any = object()
NUMBERS = count(1)
SAMPLE = Path("samples/createdsorder.xml").read_text(encoding="utf-8")
HEADER = {"datetime": "2022-06-21T09:00:00", "version": "5.0", "source": "REDPANDA", "destination": "locate"}
WHO = {"messageHeader": HEADER, "vendorCd": "257", "vendorSystemCd": "VENDOR"}
BASES: Mapping[str, dict[str, Any]] = {
    ORDERS: {**WHO, "criteriaType": "All PO", "criteriaValue": ""},
    ACKNOWLEDGE: {**WHO, "batchId": 999},
    SHIP: {
        **WHO,
        "poNo": "AB10747",
        "carrierCd": "50",
        "trackingNumber": "T-1",
        "weight": 2.34,
        "rate": 1.23,
        "shipDate": "2022-06-22",
        "lines": [{"poLineNo": 1, "shippedQty": 1}],
    },
}
ONE = ((1, 1),)
"""Number and quantity of the line of the base."""


class Told(NamedTuple):
    """A message of a vendor, its code, and the lines of `errorDetail`: number, quantity and code, None where the entry has none."""

    path: str
    change: Mapping[str, Any]
    code: str
    lines: Sequence[tuple[int | None, int | None]] = ()

    @property
    def body(self) -> str:
        return json.dumps({name: value for name, value in {**BASES[self.path], **self.change}.items() if value is not GONE})


def header(**change: Any) -> dict[str, Any]:
    return {"messageHeader": {name: value for name, value in {**HEADER, **change}.items() if value is not GONE}}


def lines(*told: tuple[Any, Any]) -> dict[str, Any]:
    named = [{"poLineNo": number, "shippedQty": quantity} for number, quantity in told]
    return {"lines": [{name: value for name, value in one.items() if value is not GONE} for one in named]}


COMMON: Sequence[tuple[Mapping[str, Any], str]] = (
    (header(destination=GONE), "3000"),
    (header(destination="locateq"), "3000"),
    (header(version="4.4"), "3001"),
    (header(version=GONE), "3001"),
    (header(version="new"), "3001"),
    ({"vendorCd": GONE}, "3002"),
    ({"vendorCd": ""}, "3002"),
    ({"vendorCd": "1" * 11}, "3002"),
    ({"vendorSystemCd": GONE}, "3003"),
    ({"vendorSystemCd": "vendorq"}, "3004"),
    ({"vendorSystemCd": "OMS"}, "3005"),
    ({"vendorCd": "12345"}, "3005"),
    ({"vendorCd": "310"}, "3005"),
)
ASKED = [
    *(Told(ORDERS, change, code) for change, code in COMMON),
    Told(ORDERS, {"criteriaType": "Everything"}, "3007"),
    Told(ORDERS, {"criteriaType": GONE}, "3007"),
    Told(ORDERS, {"criteriaType": ""}, "3007"),
    Told(ORDERS, {"criteriaType": "Batch", "criteriaValue": GONE}, "3008"),
    Told(ORDERS, {"criteriaType": "batch", "criteriaValue": "74"}, "3008"),
    Told(ORDERS, {"criteriaType": "PO", "criteriaValue": "724q"}, "3008"),
    Told(ORDERS, {"criteriaType": "item", "criteriaValue": "NONE"}, "3008"),
    Told(ORDERS, {"batchSize": 0}, "3008"),
    Told(ORDERS, {"batchSize": -1}, "3008"),
    Told(ORDERS, {"batchSize": "many"}, "3008"),
]
SENT = [
    Told(ORDERS, {}, "3009"),
    Told(ORDERS, {"criteriaType": "PO", "criteriaValue": "ab10747"}, "3009"),
    Told(ORDERS, {"criteriaType": "Item", "criteriaValue": "BX100 RED"}, "3009"),
    Told(ORDERS, {"criteriaType": "Item", "criteriaValue": "V1000"}, "3009"),
    Told(ORDERS, {"criteriaType": "Batch", "criteriaValue": "1", "batchSize": 1}, "0"),
]
ACKNOWLEDGED = [
    *(Told(ACKNOWLEDGE, change, code, [(None, None)]) for change, code in COMMON),
    *(Told(ACKNOWLEDGE, {"batchId": it}, "3020", [(None, None)]) for it in (1396, 0, -1, "x", GONE, 10**12)),
    Told(ACKNOWLEDGE, {"batchId": 1}, "0"),
    Told(ACKNOWLEDGE, {"batchId": "1"}, "3021"),
    Told(ACKNOWLEDGE, {"batchId": 1, "note": "unknown words are told and do no harm"}, "3021"),
]
SHIPPED = [
    *(Told(SHIP, change, code, [(None, None)] if "messageHeader" in change else ONE) for change, code in COMMON),
    Told(SHIP, {"poNo": "724q"}, "3031", ONE),
    Told(SHIP, {"poNo": GONE}, "3031", ONE),
    Told(SHIP, {"carrierCd": "0"}, "3032", ONE),
    Told(SHIP, {"carrierCd": "10", "trackingNumber": GONE}, "3033", ONE),
    Told(SHIP, {"trackingNumber": "T" * 51}, "3033", ONE),
    *(Told(SHIP, {"carrierCd": "20", "weight": it}, "3034", ONE) for it in (GONE, 0, -1, "heavy")),
    *(Told(SHIP, {"carrierCd": "30", "rate": it}, "3035", ONE) for it in (GONE, 0, -1, "dear")),
    *(Told(SHIP, {"shipDate": it}, "3036", ONE) for it in (GONE, "", "22.06.2022", "2098-06-22")),
    Told(SHIP, {"shipDate": "2022-06-19"}, "3037", ONE),
    *(Told(SHIP, {"carrierCd": it}, "3038", ONE) for it in (GONE, "")),
    Told(SHIP, lines((99, 1)), "3042", [(99, 1)]),
    Told(SHIP, lines((0, 1)), "3042", [(0, 1)]),
    Told(SHIP, lines((-1, 1)), "3042", [(-1, 1)]),
    Told(SHIP, lines((GONE, 1)), "3042", [(None, 1)]),
    Told(SHIP, lines((1, 0)), "3043", [(1, 0)]),
    Told(SHIP, lines((1, -1)), "3043", [(1, -1)]),
    Told(SHIP, lines((1, 1.5)), "3043", [(1, None)]),
    Told(SHIP, lines((1, GONE)), "3043", [(1, None)]),
    Told(SHIP, lines(), "3043", [(None, None)]),
    Told(SHIP, lines((1, 4)), "3044", [(1, 4)]),
    Told(SHIP, lines((1, 2), (1, 2)), "3044", [(1, 4)]),
    Told(SHIP, lines((1, -1), (99, 1), ("x", 2), (-3, 5)), "3043", [(1, -1), (None, 2), (-3, 5), (99, 1)]),
    Told(SHIP, lines((1, 1), (1, -5), (99, 1)), "3043", [(1, -4), (99, 1)]),
    Told(SHIP, lines((2, 1)), "3050", [(2, 1)]),
    Told(SHIP, {**lines((1, 2)), "note": "unknown words are told and do no harm"}, "0"),
    Told(SHIP, {**lines((1, 2)), "note": "the same again"}, "SHP-01"),
    Told(SHIP, {**lines((1, 2)), "trackingNumber": "T-2"}, "3044", [(1, 2)]),
]


class Way(Struct):
    """How messages come: their answers in their order."""

    shop: Shop
    gateway: Gateway
    client: TestClient
    keys: Mapping[bool, str]
    by_file: bool

    def answers(self, told: Sequence[tuple[str, str]]) -> list[str]:
        """What is answered to these bodies at these addresses."""
        return self._dropped(told) if self.by_file else [self.posted(path, body) for path, body in told]

    def held(self, line: int) -> None:
        """A line of the order is on hold."""
        do(desk_of(self.gateway), VendorAction(action="hold", order_number="AB10747", line=line, reason="kiln is broken"))

    def posted(self, path: str, body: str) -> str:
        """What is answered over HTTP."""
        secret = self.keys["/" in path]
        answer = self.client.post(f"/Locate/adws/{path}", content=body, headers={"authorization": f"Bearer {secret}"})
        assert answer.status_code == 200, answer.text
        return answer.text

    def _dropped(self, told: Sequence[tuple[str, str]]) -> list[str]:
        names = [f"{path.rpartition('/')[2]}_{next(NUMBERS):06}" for path, _ in told]
        for name, (path, body) in zip(names, told, strict=True):
            (self.shop.root / "in" / ("redpanda" if "/" in path else "oms") / name).write_text(body, encoding="utf-8")
        self.gateway.node().once()
        return [(self.shop.root / "out" / f"{name}.resp").read_text(encoding="utf-8") for name in names]


@pytest.fixture(params=["http", "file"])
def way(request: pytest.FixtureRequest, tmp_path: Path, sqlite_url: str) -> Iterator[Way]:
    """A shop with one new order."""
    shop = Shop(tmp_path / "shop", sqlite_url)
    for name, text in (("redpanda", RED_PANDA), ("oms", OMS)):
        shop.write(f"connectors/{name}.yaml", text)
    shop.change("organization.yaml", "\nvendors:\n", '\nvendors:\n  "66": {name: Closed, active: false}\n')
    for name in ("in/oms", "in/redpanda", "out"):
        (shop.root / name).mkdir(parents=True)
    with shop.opened() as gateway, TestClient(application(gateway, gateway.node()), base_url=ADDRESS, client=HERE) as client:
        office = Office(store=gateway.store, clock=gateway.clock, actor="test")
        keys = {
            True: make_key(office, "panda", VENDOR, vendor="257", vendors=("257",)).secret,
            False: make_key(office, "oms", SYSTEM).secret,
        }
        found = Way(shop, gateway, client, keys, by_file=request.param == "file")
        assert "CREATED" in found.posted("CreateDSOrder", SAMPLE)
        yield found


def read(answer: str) -> tuple[dict[str, str], str, list[tuple[int | None, int | None]]]:
    """Header, code, and the lines of `errorDetail`."""
    told = json.loads(answer)
    detail = told.get("errorDetail", [])
    assert all(it["responseCd"] and it["responseDescription"] for it in detail)
    return told["messageHeader"], told["responseCd"], [(it.get("poLineNo"), it.get("shippedQty")) for it in detail]


def echoed(told: Told) -> dict[str, str]:
    """The header that answers this one: source and destination swapped, the version as it was told (sdf 3)."""
    sent = json.loads(told.body)["messageHeader"]
    answer = {"version": sent.get("version"), "source": sent.get("destination", "LOCATE"), "destination": sent["source"]}
    return {name: value for name, value in answer.items() if value is not None}


def agree(way: Way, table: Sequence[Told]) -> None:
    """Whether each is answered as its row says."""
    for told, answer in zip(table, way.answers([(it.path, it.body) for it in table]), strict=True):
        sent, code, detail = read(answer)
        assert (code, detail) == (told.code, list(told.lines)), (told.change, answer)
        assert sent.pop("datetime")
        assert sent == echoed(told), answer


@pytest.mark.parametrize("way", ["http"], indirect=True)
def test_every_code_of_a_request_for_orders(way: Way) -> None:
    """By file batches go out by timetable."""
    agree(way, ASKED)
    asked = Told(ORDERS, {}, "0")
    agree(way, [asked])
    agree(way, SENT)


def test_every_code_of_an_acknowledgement(way: Way) -> None:
    assert read(way.posted(ORDERS, Told(ORDERS, {}, "0").body))[1] == "0"
    *refused, first, second, third = ACKNOWLEDGED
    agree(way, refused)
    for one in (first, second, third):
        agree(way, [one])


def test_every_code_of_a_shipment(way: Way) -> None:
    way.held(2)
    *refused, first, second, third = SHIPPED
    agree(way, refused)
    for one in (first, second, third):
        agree(way, [one])


class Wrong(NamedTuple):
    """An order of a system: what of the sample is written otherwise, and the errors it gets: code, line, field."""

    old: str
    new: str
    errors: Sequence[tuple[str, str | None, str | None]]


WHOLE = [
    Wrong("<CreateDSOrders>", "<CreateDSOrders>&none;", [("DSO-001", None, None)]),
    Wrong(' destination="LOCATE"', "", [("DSO-002", None, "destination")]),
    Wrong('"LOCATE"', '"locateq"', [("DSO-002", None, "destination")]),
    Wrong('version="16.0"', 'version="4.4"', [("DSO-003", None, "version")]),
    Wrong('source="OMS"', 'source="CWD"', [("DSO-004", None, "source")]),
    Wrong('po_count="1"', 'po_count="2"', [("DSO-005", None, None)]),
    Wrong('line_count="2"', 'line_count="3"', [("DSO-005", None, None)]),
    Wrong('total_qty="4"', 'total_qty="5"', [("DSO-005", None, None)]),
]
SINGLE = [
    *(
        Wrong(f"<{name}>{value}</{name}>", "", [("DSO-101", None, name)])
        for name, value in (("po_entered_date", "2022-06-20"), ("order_id", "00012025-001"), ("brand_cd", "1"), ("vendor_cd", "257"))
    ),
    Wrong("<order_id>00012025-001<", f"<order_id>{'9' * 31}<", [("DSO-102", None, "order_id")]),
    Wrong(">2022-06-20<", ">2022-13-20<", [("DSO-102", None, "po_entered_date")]),
    Wrong(">6.95<", ">six<", [("DSO-102", None, "freight_amount")]),
    Wrong("<gift>N<", "<gift>maybe<", [("DSO-102", None, "gift")]),
    Wrong("<vendor_currency_cd>USD<", "<vendor_currency_cd>US<", [("DSO-102", None, "vendor_currency_cd")]),
    Wrong("<po_unit_price>8.98<", "<po_unit_price>-1<", [("DSO-102", "1", "po_unit_price")]),
    Wrong("<po_unit_price>8.98<", "<po_unit_price>dear<", [("DSO-102", "1", "po_unit_price")]),
    Wrong("<brand_cd>1<", "<brand_cd>9<", [("DSO-103", None, "brand_cd")]),
    Wrong("_location_cd>100<", "_location_cd>999<", [("DSO-104", None, "requesting_location_cd")]),
    Wrong("<vendor_cd>257<", "<vendor_cd>66<", [("DSO-105", None, "vendor_cd")]),
    Wrong("<city>London</city>", "", [("DSO-106", None, "ship_to/city")]),
    Wrong("<address_line_1>12 Harbor Street</address_line_1>", "", [("DSO-106", None, "sold_to/address_line_1")]),
    Wrong("<po_line_no>2<", "<po_line_no>1<", [("DSO-120", "1", "po_line_no")]),
    Wrong("<po_line_no>2<", "<po_line_no>0<", [("DSO-120", "0", "po_line_no")]),
    Wrong("<po_qty_ordered>1<", "<po_qty_ordered>0<", [("DSO-121", "2", "po_qty_ordered")]),
    Wrong("<po_qty_ordered>1<", "<po_qty_ordered>2.5<", [("DSO-121", "2", "po_qty_ordered")]),
    Wrong("<retailer_item_id>KT200</retailer_item_id>", "", [("DSO-122", "2", "retailer_item_id")]),
    Wrong("<carrier_cd>50</carrier_cd>", "", [("DSO-123", "1", "carrier_cd")]),
]
TRAILER = re.compile(r"<file_trailer[^>]*/>")


def errors(answer: str) -> list[tuple[str, str | None, str | None]]:
    """Codes with line and field."""
    found = etree.fromstring(answer.encode()).iter("error")
    return [(it.get("code", ""), it.get("line"), it.get("field")) for it in found]


def test_every_code_of_a_file_of_orders(way: Way) -> None:
    bodies = [SAMPLE.replace(it.old, it.new, 1) for it in WHOLE]
    for wrong, body, answer in zip(WHOLE, bodies, way.answers([("CreateDSOrder", it) for it in bodies]), strict=True):
        assert errors(answer) == list(wrong.errors), (wrong, answer)
        assert (body != SAMPLE, 'status="REJECTED"' in answer) == (True, True)
    (again,) = way.answers([("CreateDSOrder", SAMPLE)])
    assert [it[0] for it in errors(again)] == ["DSO-006"]


def test_every_code_of_an_order(way: Way) -> None:
    without = TRAILER.sub("", SAMPLE)
    bodies = [without.replace("ab10747", f"ab2{place:04}").replace(it.old, it.new, 1) for place, it in enumerate(SINGLE)]
    lineless = re.sub(r"<po_lines>.*</po_lines>", "<po_lines/>", without.replace("ab10747", "ab30000"), flags=re.DOTALL)
    answers = way.answers([("CreateDSOrder", it) for it in (*bodies, lineless, without + " ", without.replace(">8.98<", ">9.00<"))])
    told = [*(list(it.errors) for it in SINGLE), [("DSO-130", None, "po_line")]]
    assert [errors(it) for it in answers[:-2]] == told
    assert [(errors(it)[0][0], 'result="DUPLICATE"' in it) for it in answers[-2:]] == [("DSO-110", True), ("DSO-111", False)]
    head = etree.fromstring(answers[0].encode()).find("message_header")
    assert head is not None
    assert {**head.attrib, "datetime": ""} == {"datetime": "", "version": "16.0", "source": "LOCATE", "destination": "OMS"}


HEAD = '<message_header datetime="2022-06-22T10:00:00" version="16.0" source="OMS" destination="LOCATE"/>'
ADDRESS_OF = "<first_name>A</first_name><last_name>B</last_name><city>L</city><postal_code>1</postal_code><country_cd>GB</country_cd>"
CHANGES = [
    ("SetDSCancel", '<cancel po_no="724q" po_line_no="2" request_id="C1"/>', "REJECTED", "DSC-201"),
    ("SetDSCancel", '<cancel po_line_no="2" request_id="C2"/>', "REJECTED", "DSC-201"),
    ("SetDSCancel", '<cancel po_no="AB10747" po_line_no="99" request_id="C3"/>', "REJECTED", "DSC-202"),
    ("SetDSCancel", '<cancel po_no="AB10747" po_line_no="2" cancel_qty="5" request_id="C4"/>', "REJECTED", "DSC-204"),
    ("SetDSCancel", '<cancel po_no="AB10747" po_line_no="2" cancel_qty="0" request_id="C5"/>', "REJECTED", "DSC-204"),
    ("SetDSCancel", '<cancel po_no="AB10747" po_line_no="2" cancel_qty="-1" request_id="C6"/>', "REJECTED", "DSC-204"),
    ("SetDSAddressChange", f'<address_change po_no="AB10747"><ship_to>{ADDRESS_OF}</ship_to></address_change>', "REJECTED", "DSC-205"),
    ("SetDSAddressChange", '<address_change po_no="AB10747" request_id="A2"/>', "REJECTED", "DSC-205"),
    ("SetDSCostChange", '<cost_change po_no="AB10747" po_line_no="1" po_unit_price="-1"/>', "REJECTED", "DSC-206"),
    ("SetDSCostChange", '<cost_change po_no="AB10747" po_line_no="1" po_unit_price="dear"/>', "REJECTED", "DSC-206"),
    ("SetDSCostChange", '<cost_change po_no="AB10747" po_line_no="1"/>', "REJECTED", "DSC-206"),
    ("SetDSCancel", '<cancel po_no="AB10747" po_line_no="1" request_id="GW-17"/>', "REJECTED", "DSC-208"),
]
IN_TURN = [
    ("SetDSCostChange", '<cost_change po_no="AB10747" po_line_no="1" po_unit_price="9.98" request_id="K7"/>', "APPLIED", ""),
    ("SetDSCostChange", '<cost_change po_no="AB10747" po_line_no="1" po_unit_price="9.98" request_id="K7"/> ', "APPLIED", "DSC-207"),
    ("SetDSCostChange", '<cost_change po_no="AB10747" po_line_no="1" po_unit_price="9.99" request_id="K7"/>', "REJECTED", "DSC-207"),
    ("SetDSCancel", '<cancel po_no="AB10747" po_line_no="2" request_id="C7"/>', "PENDING", ""),
    ("SetDSCancel", '<cancel po_no="AB10747" po_line_no="1" request_id="C8"/>', "APPLIED", ""),
    ("SetDSCancel", '<cancel po_no="AB10747" po_line_no="1" request_id="C9"/>', "REJECTED", "DSC-203"),
]


def changed(answer: str) -> list[tuple[str | None, str]]:
    """The result of each request, and its first code."""
    found = [(it.get("result"), it.find("error")) for it in etree.fromstring(answer.encode()).iter("request")]
    return [(result, "" if error is None else error.get("code", "")) for result, error in found]


def test_every_code_of_a_change(way: Way) -> None:
    way.held(2)
    told = [(path, f"<{path}>{HEAD}{body}</{path}>") for path, body, _, _ in (*CHANGES, *IN_TURN)]
    answers = way.answers(told[: len(CHANGES)])
    answers += [way.answers([it])[0] for it in told[len(CHANGES) :]]
    assert [changed(it) for it in answers] == [[(result, code)] for _, _, result, code in (*CHANGES, *IN_TURN)]


FETCHED: Sequence[tuple[str, str, Mapping[str, str | None], str | None]] = [
    ("GetDSChanges", '<changes after_seq="0"/>', {"destination": None}, "DSO-002"),
    ("GetDSChanges", '<changes after_seq="0"/>', {"destination": "locateq"}, "DSO-002"),
    ("GetDSChanges", '<changes after_seq="0"/>', {"version": "4.4"}, "DSO-003"),
    ("GetDSChanges", '<changes after_seq="0"/>', {"source": "CWD"}, "DSO-004"),
    ("GetDSChanges", "", {}, "3008"),
    ("GetDSChanges", '<changes after_seq="many"/>', {}, "3008"),
    ("GetDSChanges", '<changes after_seq="-1"/>', {}, "3008"),
    ("GetDSChanges", '<changes after_seq="0" most="0"/>', {}, "3008"),
    ("GetDSChanges", '<changes after_seq="9"/>', {}, "3009"),
    ("GetDSChanges", '<changes after_seq="0"/>', {"version": "17.5"}, None),
    ("GetDSInvoices", "", {"destination": "locateq"}, "DSO-002"),
    ("GetDSInvoices", "", {"version": "4.4"}, "DSO-003"),
    ("GetDSInvoices", "", {"source": "CWD"}, "DSO-004"),
    ("GetDSInvoices", '<invoices run_id="7"/>', {}, "3008"),
    ("GetDSInvoices", "", {}, "3009"),
]


@pytest.mark.parametrize("way", ["http"], indirect=True)
def test_every_code_of_what_a_system_asks_for(way: Way) -> None:
    """By file changes and postings come by timetable."""
    way.held(2)
    for path, body, change, code in FETCHED:
        whole: Mapping[str, str | None] = {"version": "16.0", "source": "OMS", "destination": "LOCATE"}
        sent = {**whole, **change}
        words = " ".join(f'{name}="{value}"' for name, value in sent.items() if value is not None)
        answer = etree.fromstring(way.posted(path, f"<{path}><message_header {words}/>{body}</{path}>").encode())
        error, head = answer.find("error"), answer.find("message_header")
        assert head is not None
        assert (answer.tag, None if error is None else error.get("code")) == (f"{path}Response", code), (path, body, change)
        swapped = {"version": sent["version"], "source": sent["destination"] or "LOCATE", "destination": sent["source"]}
        assert {**head.attrib, "datetime": ""} == {**swapped, "datetime": ""}
