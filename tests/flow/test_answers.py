"""What a sender is told about a message that was refused: each wrong line by itself, under the header turned round."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.shop import Shop

HEADER = {"datetime": "2022-06-22T14:00:00", "version": "5.0", "source": "TANUKI", "destination": "locate"}
SHIPMENT = {"messageHeader": HEADER, "poNo": "AB10747", "vendorCd": "310", "vendorSystemCd": "VENDOR", "carrierCd": "50"}


class Desk:
    """Vendor 310 with one order, and what it is answered."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.responses = shop.root / "outbox" / "tanuki" / "responses"

    def confirms(self, **message: object) -> Any:
        """The answer to one shipment."""
        (self.shop.root / "inbox" / "tanuki" / "ship_1.json").write_text(json.dumps({**SHIPMENT, **message}), encoding="utf-8")
        self.shop.gateway("serve", "--once")
        return json.loads((self.responses / "ship_1.json.resp.json").read_text(encoding="utf-8"))


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Desk:
    shop = Shop(tmp_path / "shop", database_url)
    for name in ("oms", "tanuki"):
        shop.change(f"connectors/{name}.yaml", "stable_for: 2s", "stable_for: 0s")
    sample = (shop.root / "samples" / "createdsorder.xml").read_text(encoding="utf-8")
    order = sample.replace("<vendor_cd>257", "<vendor_cd>310")
    (shop.root / "inbox" / "oms" / "CDSO_1.xml").write_text(order, encoding="utf-8")
    shop.gateway("serve", "--once")
    return Desk(shop)


def test_each_wrong_line_of_a_message_is_told_by_itself(desk: Desk) -> None:
    lines = [{"poLineNo": 1, "shippedQty": 9}, {"poLineNo": 2, "shippedQty": 0}, {"poLineNo": 99, "shippedQty": 1}]
    answer = desk.confirms(shipDate="2022-06-22", lines=lines)
    assert [(it["poLineNo"], it["shippedQty"], it["responseCd"]) for it in answer["errorDetail"]] == [
        (2, 0, "3043"),
        (99, 1, "3042"),
        (1, 9, "3044"),
    ]
    assert answer["responseCd"] == "3043"


def test_a_line_that_a_message_names_twice_is_told_with_all_of_its_quantity(desk: Desk) -> None:
    lines = [{"poLineNo": 1, "shippedQty": 9}, {"poLineNo": 2, "shippedQty": 1}, {"poLineNo": 1, "shippedQty": 1}]
    answer = desk.confirms(shipDate="2022-06-22", lines=lines)
    told = [(it["poLineNo"], it["shippedQty"], it["responseCd"], it["responseDescription"]) for it in answer["errorDetail"]]
    assert told == [(1, 10, "3044", "10 shipped, 3 open")]


def test_a_message_that_cannot_be_read_is_answered_to_whoever_sent_it(desk: Desk) -> None:
    answer = desk.confirms(shipDate="some day", lines=[{"poLineNo": 1, "shippedQty": 1}])
    assert answer["messageHeader"].items() >= {"version": "5.0", "source": "locate", "destination": "TANUKI"}.items()
    assert [it["responseCd"] for it in answer["errorDetail"]] == ["3036"]
