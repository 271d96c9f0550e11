"""What the search box finds files and orders by: names, control numbers in and out, every tracking number."""

from __future__ import annotations

import json

import pytest

from gateway.desk.finding import Hit, HitKind, find
from gateway.domain.access import EVERYTHING, Authority, Scope
from tests.kitsune import ORDER_ANSWER, connector, edifact, x12
from tests.shop import open_story
from tests.town import Town

EVERY = frozenset(Authority)
SHIPPED = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges\n"


@pytest.fixture
def kitsune(town: Town) -> Town:
    """A town whose vendor speaks EDI."""
    for folder in ("in/kitsune", "out/kitsune/acks"):
        (town.root / folder).mkdir(parents=True)
    town.declare("kitsune", connector())
    return town


def found(town: Town, key: str, scope: Scope = EVERYTHING) -> list[Hit]:
    with town.gateway() as gateway:
        return list(find(gateway.store, key, EVERY, scope=scope))


def words(town: Town, key: str, scope: Scope = EVERYTHING) -> list[str]:
    return [it.told for it in found(town, key, scope)]


def test_files_are_found_by_the_numbers_of_interchanges_groups_and_sets(kitsune: Town) -> None:
    second = ("855", ["BAK*00*AC*AB10748*20260622", "CTT*0"])
    kitsune.drop("in/kitsune/a.edi", x12(ORDER_ANSWER, second, number=70012, group=43210))
    kitsune.drop(
        "in/kitsune/b.edi",
        edifact(("ORDRSP", ["BGM+231+1+9"]), number="KC-0099A").replace("UNH+1+", "UNH+M88123+").replace("+1'\nUNZ", "+M88123'\nUNZ"),
    )
    kitsune.once()

    for key in ("70012", "000070012"):
        assert words(kitsune, key) == [f"interchange {key} in a.edi from kitsune, parked"]
    assert words(kitsune, "43210") == ["group 43210 in a.edi from kitsune, parked"]
    assert "set 0002 in a.edi from kitsune, parked" in words(kitsune, "0002")
    assert not [it for it in words(kitsune, "2") if it.startswith(("set", "group"))]
    assert words(kitsune, "kc-0099a") == ["interchange kc-0099a in b.edi from kitsune, parked"]
    assert words(kitsune, "M88123") == ["set M88123 in b.edi from kitsune, parked"]
    assert [it.is_exact for it in found(kitsune, "70012")] == [True]
    assert words(kitsune, "43211") == words(kitsune, "0003") == words(kitsune, "7001") == []
    others = Scope("310", frozenset({"tanuki"}))
    assert words(kitsune, "70012", others) == words(kitsune, "43210", others) == []
    assert words(kitsune, "43210", Scope("257", frozenset({"kitsune"})))


def test_what_we_sent_is_found_by_its_name_and_its_numbers(kitsune: Town) -> None:
    kitsune.drop("in/oms/CDSO_1.xml", kitsune.sample("createdsorder.xml"))
    kitsune.once()
    for number in (2, 3):
        kitsune.drop(f"in/kitsune/{number}.edi", x12(ORDER_ANSWER, number=500 + number))
        kitsune.once()

    assert words(kitsune, "FA_2.edi") == ["FA_2.edi to kitsune, sent"]
    assert words(kitsune, "FA_") == ["FA_3.edi to kitsune, sent", "FA_2.edi to kitsune, sent"]
    assert [it for it in words(kitsune, "000000001") if "FA_" in it] == ["interchange 000000001 in FA_2.edi to kitsune, sent"]
    assert [it for it in words(kitsune, "2") if "FA_" in it] == ["interchange 2 in FA_3.edi to kitsune, sent"]
    assert words(kitsune, "FA_2.edi", Scope("310", frozenset({"tanuki"}))) == []
    assert [it for it in words(kitsune, "000000001", Scope("310", frozenset({"tanuki"}))) if "FA_" in it] == []
    told = kitsune.command("outbox", "list", "--file", "FA_2", "--json")
    assert [it["file"] for it in json.loads(told.out)] == ["FA_2.edi"]


def test_orders_are_found_by_every_tracking_number(town: Town) -> None:
    town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml"))
    town.once()
    town.drop("in/redpanda/SHIP_1.csv", f"{SHIPPED}AB10747,1,1,50,Track_12155;1Z-SECOND;1Z-THIRD,2.34,1.23\n")
    town.once()

    for key in ("Track_12155", "1Z-SECOND", "1z-third"):
        assert [(it.id, it.is_exact) for it in found(town, key)] == [("AB10747", True)], key
    assert [(it.id, it.is_exact) for it in found(town, "1Z-S")] == [("AB10747", False)]
    assert found(town, "1Z-FOURTH") == []
    assert found(town, "1Z-SECOND", Scope("310", frozenset({"tanuki"}))) == []
    rows = json.loads(town.command("find", "1Z-SECOND", "--json").out)
    assert [(it["kind"], it["id"], it["is_exact"]) for it in rows] == [("orders", "AB10747", True)]
    assert "AB10747" in town.command("find", "1Z-SECOND").out
    assert "Nothing begins like that" in town.command("find", "1Z-FOURTH").out
    assert [it["number"] for it in json.loads(town.command("order", "list", "--tracking", "1Z-T", "--json").out)] == ["AB10747"]


def test_invoices_are_found_by_their_numbers(database_url: str) -> None:
    with open_story(database_url) as story:
        story.ordered().sent().shipped().billed()
        hits = find(story.store, "rp-1", EVERY, scope=EVERYTHING)
        assert [(it.kind, it.id, it.of, it.is_exact) for it in hits] == [(HitKind.INVOICE, "RP-1", "257", True)]
        assert not find(story.store, "rp-1", EVERY - {Authority.INVOICES}, scope=EVERYTHING)
        assert not find(story.store, "rp-1", EVERY, scope=Scope("310", frozenset()))


def test_batches_and_their_files_are_found(town: Town) -> None:
    town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml"))
    town.once()

    assert words(town, "000001")[0] == "batch 1, open"
    assert [it for it in words(town, "PO_000001") if it.startswith("PO_000001.csv to redpanda")]
