"""A retailer that orders by 850 or ORDERS hears by 855 or ORDRSP which orders were not taken, and nothing bad of those that were."""

from __future__ import annotations

from tests.flow.test_edi_change_answers import sets
from tests.flow.test_edi_sets import order
from tests.kitsune import edifact, x12
from tests.town import Town

SHOP = """\
connector: shop
partner:
  name: Shop
  system: OMS
  brand: "1"
  location: "100"
  carrier: "50"
  vendor: "257"
  edi:
    x12: {ours: {id: RETAILER}, theirs: {id: KITSUNE}, version: "004010", answer: none, ta1: never}
    edifact: {ours: {id: "4012345000009", qualifier: "14"}, theirs: {id: "4098765000002", qualifier: "14"}, version: D.96A, contrl: never}
endpoint: {transport: folder}
receive:
  - channel: orders
    folder: in/shop
    files: "*.edi"
    mapping: MAPPING
    answer: {mapping: ANSWER, file: "{file}.reply.edi", folder: out/shop}
    every: 1h
    ready: {stable_for: 0s}
"""


def shop(town: Town, mapping: str, answer: str) -> Town:
    for folder in ("in/shop", "out/shop"):
        (town.root / folder).mkdir(parents=True, exist_ok=True)
    town.declare("shop", SHOP.replace("MAPPING", mapping).replace("ANSWER", answer))
    return town


def test_orders_that_are_refused_are_told_by_an_855_and_an_order_that_was_taken_is_never(town: Town) -> None:
    shop(town, "x12-850-004010", "x12-855-retailer-004010")
    town.drop("in/shop/a.edi", x12(order("AB20001"), order("AB20002", "0"), kind="PO"))
    town.once()
    (told,) = sets(town.files("out/shop")["a.edi.reply.edi"])
    assert [segment.partition("*****")[0] for segment in told] == [
        *("BAK*00*RJ*AB20002*20260622", "N9*L1*REASON", "MSG*line 1: DSO-121 quantity must be a whole number of at least 1"),
    ]
    town.drop("in/shop/b.edi", x12(order("AB20001", "0"), kind="PO", number=2, group=2))
    town.once()
    assert list(town.files("out/shop")) == ["a.edi.reply.edi"]


def test_the_same_by_ordrsp(town: Town) -> None:
    shop(town, "edifact-orders", "edifact-ordrsp-retailer")
    body = [
        "BGM+220+AB20009+9",
        "DTM+137:20260622:102",
        "NAD+DP+++Kim Example+Road+London++SE1+GB",
        "LIN+1++A:IN",
        "QTY+21:0",
        "PRI+AAA:5",
        "UNS+S",
    ]
    town.drop("in/shop/a.edi", edifact(("ORDERS", body)))
    town.once()
    text = town.files("out/shop")["a.edi.reply.edi"]
    assert ("BGM+231+AB20009+27" in text, "RFF+ON:AB20009" in text, "DSO-121" in text) == (True, True, True)
