"""What of an order is written otherwise than it stands, or not at all, is told with the outgoing file; the rest arrives."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.test_edi_sets import town_of
from tests.town import Town

KETTLE = ("<retailer_item_description>Kettle<", "<retailer_item_description>Größe 5 * Kettle \u2615<")
SUFFIX = (
    "<last_name>Byrd</last_name>\n      <address_line_1>1 ",
    "<last_name>Byrd</last_name>\n      <suffix>Jr.</suffix>\n      <address_line_1>1 ",
)


def comes(town: Town, mapping: str) -> list[str]:
    """The sample order with words that must be changed; what the vendor gets of it, segment by segment."""
    text = town_of(town, mapping).sample("createdsorder.xml").decode()
    for old, new in (KETTLE, SUFFIX):
        assert old in text
        text = text.replace(old, new)
    town.drop("in/oms/orders.xml", text)
    town.once()
    (told,) = (path for path in (town.root / "out/kitsune/orders").iterdir() if path.is_file())
    return [line[:-1] for line in told.read_bytes().decode("latin-1").splitlines()]


def test_an_850_tells_apartment_person_evening_phone_charges_and_customizations(town: Town) -> None:
    told = comes(town, "x12-850-batch-004010")
    for line in ("REF*ZZ*4B*APARTMENT", "PER*DC*Ariel Byrd", "PER*IC**NP*508-555-0101", "SAC*C*G821***200", "N9*ZZ*MONO*CUSTOM", "MSG*ARB"):
        assert line in told


def test_an_orders_tells_the_same(town: Town) -> None:
    told = comes(town, "edifact-orders-batch")
    for line in ("RFF+ZZZ:4B", "CTA+DL+:Ariel Byrd", "COM+508-555-0101:NP", "MOA+8:2.00", "FTX+PRD++MONO+ARB", "FTX+GFT+++Happy birthday!"):
        assert line in told


@pytest.mark.parametrize("mapping", ["x12-850-batch-004010", "edifact-orders-batch"])
def test_what_is_changed_or_has_no_place_is_kept_with_the_file_without_its_value(town: Town, mapping: str) -> None:
    comes(town, mapping)
    (item,) = town.command("outbox", "list", "--kind", "batch", "--json").json
    told: list[dict[str, Any]] = town.command("outbox", "show", str(item["id"]), "--json").json["warnings"]
    fields = {one["field"]: (one["code"], one["where"]) for one in told if one.get("field")}
    assert fields["ship_to.suffix"] == ("MAP-35", "AB10747")
    assert "sold_to.prefix" not in fields  # nobody would do anything about it
    (changed,) = [one for one in told if one["code"] == "MAP-13"]
    assert changed["text"].startswith("a text is changed: ")
    assert "Kettle" not in str(told)
    shown = town.command("outbox", "show", str(item["id"])).out
    assert ("Written otherwise, or not at all" in shown, "written_otherwise" in shown) == (True, True)


def test_a_file_that_tells_everything_as_it_stands_has_no_warning(town: Town) -> None:
    comes(town, "x12-850-batch-004010")
    (answer,) = town.command("outbox", "list", "--kind", "answer", "--json").json
    assert town.command("outbox", "show", str(answer["id"]), "--json").json["warnings"] == []
