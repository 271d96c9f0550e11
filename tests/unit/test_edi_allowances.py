"""Discounts that orders are written with: none for zero, else with the code that says what it is, so that nothing speaks against it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.desk.interchanges import survey
from gateway.documents import Order
from gateway.mapping import Library, Values
from tests.commands import ROOT

LIBRARY = Library(ROOT / "mappings")
VALUES = Values(partner={"vendor": "257", "carrier": "50", "system": "OMS", "brand": "10", "location": "00001"})


@pytest.mark.parametrize(
    ("amount", "percent", "written"),
    [("0", "0", []), (None, None, []), ("1.50", None, ["SAC*A*C310***150"]), ("1.50", "5", ["SAC*A*C310***150*3*5"])],
)
def test_an_order_tells_no_discount_of_nothing(tmp_path: Path, amount: str | None, percent: str | None, written: list[str]) -> None:
    (reading,) = LIBRARY.get("x12-850-004010").read(BytesIO((ROOT / "samples/x12-850.edi").read_bytes()), VALUES)
    assert isinstance(reading.document, Order)
    number = type(reading.document.lines[0].unit_cost)
    one, two = (number(it) if it is not None else None for it in (amount, percent))
    target = BytesIO()
    LIBRARY.get("x12-850-004010").rehearse([replace(reading.document, discount=one, discount_percent=two)], target, VALUES)
    segments = [it.strip() for it in target.getvalue().decode().split("~")]
    assert [it for it in segments if it.startswith("SAC*A")] == written
    (tmp_path / "order.edi").write_bytes(target.getvalue())
    (interchange,) = survey(tmp_path / "order.edi").interchanges
    assert [issue.text for group in interchange.groups for it in group.sets for issue in it.issues] == []
