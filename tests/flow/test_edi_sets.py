"""Orders, ship notices and invoices by X12 and EDIFACT, from file to store and back: each set for itself, its neighbours undisturbed."""

from __future__ import annotations

import pytest

from tests.kitsune import connector, edifact, x12
from tests.town import Town

SEND = """\
send:
  - channel: orders
    folder: out/kitsune/orders
    mapping: MAPPING
    gather: {new_orders: true, now: true}
    file: "PO_{batch:06}.edi"
"""
SHOP = """\
connector: shop
partner: {name: Shop, system: OMS, brand: "1", location: "100", carrier: "50"}
endpoint: {transport: folder}
receive:
  - channel: orders
    folder: in/shop
    files: "*.edi"
    mapping: [x12-850-004010, x12-850-005010, edifact-orders]
    every: 1h
    ready: {stable_for: 0s}
"""
SHIPPED = [
    "BSN*00*SHIP-1*20260623*1200*0001",
    "HL*1**S*1",
    "TD5**2*50",
    "DTM*011*20220623",
    "HL*2*1*O*1",
    "PRF*AB10747",
    "HL*3*2*P*1",
    "MAN*CP*1Z0001",
    "HL*4*3*I*0",
    "LIN*1*SK*BX100 RED",
    "SN1**3*EA",
    "HL*5*2*P*1",
    "MAN*CP*1Z0002",
    "HL*6*5*I*0",
    "LIN*2*SK*KT200",
    "SN1**1*EA",
    "CTT*6",
]
BILLED = [
    "BIG*20220624*INV-5501*20220620*AB10747***DR",
    "CUR*SE*USD",
    "IT1*1*3*EA*8.98**SK*BX100 RED",
    "IT1*2*1*EA*21.5**SK*KT200",
    "TDS*5094",
    "SAC*C*D240***250",
    "CTT*2",
]


def town_of(town: Town, mapping: str) -> Town:
    """A vendor that gets its batches in this layout."""
    for folder in ("in/kitsune", "out/kitsune/orders", "out/kitsune/acks", "in/shop"):
        (town.root / folder).mkdir(parents=True)
    (town.root / "connectors/redpanda.yaml").unlink()
    reads = "[x12-856-004010, x12-810-004010, edifact-desadv, edifact-invoic]"
    town.declare("kitsune", connector(mapping=reads) + SEND.replace("MAPPING", mapping))
    town.declare("shop", SHOP)
    return town


@pytest.fixture
def kitsune(town: Town) -> Town:
    return town_of(town, "x12-850-batch-004010")


@pytest.fixture
def abroad(town: Town) -> Town:
    return town_of(town, "edifact-orders-batch")


def ordered(town: Town) -> str:
    """The retailer sends its order; what the vendor gets of it."""
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    (text,) = town.files("out/kitsune/orders").values()
    return text


def lines(town: Town, number: str = "AB10747") -> list[tuple[int, str, int]]:
    """Number, status and shipped quantity of the lines of an order."""
    sheet = town.command("order", "show", number, "--json").json
    return [(line["number"], line["status"], line["shipped"]) for line in sheet["lines"]]


def invoices(town: Town) -> list[tuple[str, str]]:
    return [(one["number"], one["total"]) for one in town.command("invoice", "list", "--json").json]


def test_a_batch_goes_by_850_and_comes_back_by_856_and_810_in_one_interchange(kitsune: Town) -> None:
    told = [line.rstrip("~") for line in ordered(kitsune).splitlines()]
    assert "REF*BT*1" in told
    assert [line for line in told if line.startswith(("PO1", "CTT"))] == [
        "PO1*1*3*EA*8.98**SK*BX100 RED*VN*V1000",
        "PO1*2*1*EA*21.5**SK*KT200*VN*V2000",
        "CTT*2*4",
    ]
    shipped = x12(("856", SHIPPED), kind="SH")
    billed = x12(("810", BILLED), kind="IN", number=2, group=2)
    kitsune.drop("in/kitsune/both.edi", shipped + billed)
    kitsune.once()
    assert lines(kitsune) == [(1, "Shipped", 3), (2, "Shipped", 1)]
    assert invoices(kitsune) == [("INV-5501", "50.94")]


def test_a_batch_goes_by_orders_and_comes_back_by_desadv_and_invoic(abroad: Town) -> None:
    told = [line.rstrip("'") for line in ordered(abroad).splitlines()]
    assert [line for line in told if line.startswith(("RFF+ZZZ:1", "LIN", "QTY", "CNT"))] == [
        "RFF+ZZZ:1",
        "LIN+1",
        "QTY+21:3:EA",
        "LIN+2",
        "QTY+21:1:EA",
        "CNT+2:2",
    ]
    advice = ["BGM+351+SHIP-1+9", "DTM+137:20220623:102", "DTM+11:20220623:102", "RFF+ON:AB10747", "RFF+CN:1Z0001", "TDT+20++++50", "CPS+1"]
    advice += ["LIN+1", "PIA+5+BX100 RED:IN", "QTY+12:3:PCE", "LIN+2", "PIA+5+KT200:IN", "QTY+12:1:PCE"]
    bill = [
        "BGM+380+INV-5501+9",
        "DTM+137:20220624:102",
        "RFF+ON:AB10747",
        "CUX+2:USD:4",
        "ALC+C++++FC",
        "MOA+8:2.5",
        "LIN+1",
        "QTY+47:3:PCE",
    ]
    bill += ["PRI+AAA:8.98", "LIN+2", "QTY+47:1:PCE", "PRI+AAA:21.5", "UNS+S", "CNT+2:2", "MOA+77:50.94"]
    abroad.drop("in/kitsune/both.edi", edifact(("DESADV", advice), ("INVOIC", bill)))
    abroad.once()
    assert lines(abroad) == [(1, "Shipped", 3), (2, "Shipped", 1)]
    assert invoices(abroad) == [("INV-5501", "50.94")]


def order(number: str, quantity: str = "2") -> tuple[str, list[str]]:
    """An order of one line."""
    return "850", [
        f"BEG*00*DS*{number}**20260622",
        "REF*IA*257",
        "N1*ST*Kim Example",
        "N3*221B Baker Street",
        "N4*London**SE1 9GF*GB",
        f"PO1*1*{quantity}*EA*8.98**SK*BX100 RED",
        "CTT*1",
    ]


def test_orders_of_an_850_interchange_are_booked_and_one_that_cannot_be_read_is_told_with_its_place(kitsune: Town) -> None:
    kitsune.drop("in/shop/orders.edi", x12(order("AB20001"), order("AB20002", "x"), order("AB20003"), kind="PO"))
    kitsune.once()
    assert sorted(one["number"] for one in kitsune.command("order", "list", "--json").json) == ["AB20001", "AB20003"]
    (message,) = kitsune.command("message", "list", "--state", "partly_booked", "--json").json
    issues = kitsune.command("message", "show", str(message["id"]), "--json").out
    assert "set 0002, segment 7 PO1, element 02" in issues


def test_an_order_without_isa16_is_booked_and_answered_also_where_no_rule_reads_a_segment(kitsune: Town) -> None:
    kind, body = order("AB20001")
    text = x12((kind, [*body[:-2], "ITD*14*3", *body[-2:]]), kind="PO")
    kitsune.drop("in/shop/orders.edi", text.replace("~\n", "~").replace("*>~", "*~").replace("~", "~\n"))
    kitsune.once()
    assert [one["number"] for one in kitsune.command("order", "list", "--json").json] == ["AB20001"]
    (message,) = kitsune.command("message", "list", "--json").json
    assert "ITD[14] is read by no rule" in kitsune.command("message", "show", str(message["id"]), "--json").out


def test_every_order_of_a_broken_group_is_refused_and_the_next_interchange_is_booked(kitsune: Town) -> None:
    broken = x12(order("AB20001"), kind="PO").replace("GE*1*1", "GE*1*9")
    kitsune.drop("in/shop/orders.edi", broken + x12(order("AB20002"), kind="PO", number=2, group=2))
    kitsune.once()
    assert [one["number"] for one in kitsune.command("order", "list", "--json").json] == ["AB20002"]


def test_a_ship_notice_whose_trailer_lies_books_none_of_its_orders(kitsune: Town) -> None:
    ordered(kitsune)
    kitsune.drop("in/kitsune/ship.edi", x12(("856", SHIPPED), kind="SH").replace("SE*19*", "SE*20*"))
    kitsune.once()
    assert [line[2] for line in lines(kitsune)] == [0, 0]


def test_sets_that_no_layout_of_the_channel_is_for_are_named(kitsune: Town) -> None:
    stock = ("846", ["BIA*00*SI*S-1*20260630", "LIN**SK*BX100 RED", "QTY*33*1", "CTT*1"])
    kitsune.drop("in/shop/stock.edi", x12(stock, kind="IB"))
    kitsune.once()
    (message,) = kitsune.command("message", "list", "--json").json
    told = kitsune.command("message", "show", str(message["id"]), "--json").out
    assert message["state"] == "parked"
    assert "the set is 846; the layouts here read 850 (1 set); add a layout for it to the channel and replay the message" in told


def test_one_item_of_an_846_that_cannot_be_taken_leaves_the_others_and_is_answered_so(kitsune: Town) -> None:
    path = kitsune.root / "connectors/kitsune.yaml"
    path.write_text(path.read_text().replace("[x12-856-004010", "[x12-846-004010, x12-856-004010"))
    head = ["BIA*00*SI*S-1*20260630", "LIN**SK*BX100 RED", "QTY*33*1"]
    bad = ["LIN**SK*KT200", "QTY*33*x", "LIN**SK*KT201", "QTY*33*2.5", "LIN**SK*KT202", "QTY*33*-4", "LIN", "QTY*33*1"]
    kitsune.drop("in/kitsune/stock.edi", x12(("846", [*head, *bad, "LIN**SK*KT203", "QTY*33*7", "CTT*6"]), kind="IB"))
    kitsune.once()
    assert [(it["item"], it["available"]) for it in kitsune.command("stock", "list", "--json").json] == [("BX100 RED", 1), ("KT203", 7)]
    (message,) = kitsune.command("message", "list", "--json").json
    assert (message["state"], message["booked"], message["refused"]) == ("partly_booked", 2, 4)
    (text,) = kitsune.files("out/kitsune/acks").values()
    told = [line.rstrip("~") for line in text.splitlines() if line.startswith(("AK3", "AK4", "AK5", "AK9"))]
    assert told == [
        *("AK3*QTY*6*QTY*8", "AK4*2*380*6*x", "AK3*QTY*8*QTY*8", "AK4*2*380*6*2.5", "AK3*QTY*10*QTY*8", "AK4*2*380*6*-4"),
        *("AK3*LIN*11*LIN*8", "AK4*2*235*1", "AK4*3*234*1", "AK5*E*5", "AK9*E*1*1*1"),
    ]
    broken = x12(("846", [*head, "CTT*1"]), kind="IB", number=2, group=2).replace("SE*6*", "SE*7*")
    kitsune.drop("in/kitsune/broken.edi", broken)
    kitsune.once()
    assert "AK5*R*4" in "".join(kitsune.files("out/kitsune/acks").values())


def test_what_no_rule_reads_on_levels_is_told_with_the_shipment_that_is_booked(kitsune: Town) -> None:
    ordered(kitsune)
    boxes = ["REF*ZZ*BOX-1", *SHIPPED[7:12], "REF*ZZ*BOX-2", *SHIPPED[12:]]
    more = [*SHIPPED[:4], "FOB*PP", *SHIPPED[4:6], "REF*DP*0042", SHIPPED[6], *boxes]
    kitsune.drop("in/kitsune/ship.edi", x12(("856", more), kind="SH"))
    kitsune.once()
    assert lines(kitsune) == [(1, "Shipped", 3), (2, "Shipped", 1)]
    assert warnings(kitsune) == ["HL[S]/FOB is read by no rule", "HL[O]/REF[DP] is read by no rule", "HL[P]/REF[ZZ] is read by no rule"]
    (text,) = kitsune.files("out/kitsune/acks").values()
    assert "AK5*A~" in text


def test_all_numbers_of_a_package_and_a_line_are_read_or_told(abroad: Town) -> None:
    ordered(abroad)
    advice = [
        "BGM+351+S1+9",
        "DTM+11:20260623:102",
        "RFF+ON:AB10747",
        "TDT+20+++31+50",
        "CPS+1++4",
        "PAC+2++CT",
        "PCI+33E",
        "GIN+BJ+00012345600000000018+00012345600000000025",
        "LIN+1++BX100 RED:IN",
        "QTY+12:3",
        "GIN+BN+SER7:SER9",
        "RFF+CN:1Z0001",
    ]
    abroad.drop("in/kitsune/ship.edi", edifact(("DESADV", advice)))
    abroad.once()
    assert lines(abroad)[0] == (1, "Shipped", 3)
    assert warnings(abroad) == ["CPS/PAC/PCI/GIN[BJ]03 is read by no rule"]
    (message,) = abroad.command("message", "list", "--connector", "kitsune", "--json").json
    assert message["state"] == "booked"


def warnings(town: Town) -> list[str]:
    """What was told of the last file of the vendor that refuses nothing."""
    *_, last = town.command("message", "list", "--connector", "kitsune", "--json").json
    receipts = town.command("message", "show", str(last["id"]), "--json").json["receipts"]
    return [issue["text"] for receipt in receipts for issue in receipt["issues"] if issue["code"] == "MAP-31"]
