"""A vendor that speaks fixed width only: its batch goes out in records, its shipments come back, and refused documents return unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.town import RED_PANDA, Town

BATCH = """\
mapping: panda-batch
version: 1
document: order
format: fixed
only: write
options:
  kind: 1-2
  head: [BH]
  layout: {PO: [LN]}
  tail: [BT]
  length: {BH: 20, PO: 60, LN: 40, BT: 12}
  columns:
    BH: {batch: 3-8, made_on: 9-16}
    PO: {order: 3-14, name: 15-44, zip: 45-54}
    LN: {line: 3-6, sku: 7-21, pieces: 22-27, cost: 28-36}
    BT: {orders: 3-6, pieces: 7-12}
head:
  BH/batch: {const: $batch.number, as: pad(6 0)}
  BH/made_on: {const: $batch.made_at, as: date(YYYYMMDD)}
fields:
  order: number
  name: {field: [ship_to.first_name, ship_to.last_name, ship_to.company], as: name(auto) cut(30)}
  zip: ship_to.postal_code
  LN:
    each: lines
    fields:
      line: {field: number, as: pad(4 0) int}
      sku: vendor_item
      pieces: {field: to_ship, as: pad(6 0) int}
      cost: {field: unit_cost, as: pad(9 0) implied(4)}
tail:
  BT/orders: {count: documents, as: pad(4 0)}
  BT/pieces: {total: documents.lines.to_ship, as: pad(6 0)}
tests:
  - document: {number: A1, entered_on: "2022-06-20", sales_order: S1, brand: "1", system: OMS, location: "100", vendor: "257",
               ship_to: {company: Byrd Imports Ltd},
               lines: [{number: "1", item: BX, quantity: "3", to_ship: "3", unit_cost: "8.98", carrier: "50"}]}
    with: {$batch.number: "1", $batch.made_at: "2022-06-21T08:00:00"}
    writes: "BH00000120220621    \\n\\
      POA1          Byrd Imports Ltd                              \\n\\
      LN0001               000003000089800    \\nBT0001000003\\n"
"""
SHIPMENTS = """\
mapping: panda-shipments
version: 1
document: shipment
format: fixed
only: read
options:
  kind: 1-2
  layout: {SH: [SL]}
  length: {SH: 40, SL: 20}
  columns: {SH: {order: 3-14, carrier: 15-19, left_on: 20-27, tracking: 28-40}, SL: {line: 3-6, pieces: 7-12, weight: 13-20}}
fields:
  order: order_number
  carrier: carrier
  left_on: {field: shipped_on, as: date(YYYYMMDD)}
  tracking: {each: tracking}
  SL:
    each: lines
    fields:
      line: {field: number, as: pad(4 0) int}
      pieces: {field: quantity, as: pad(6 0) int}
      weight: {field: weight, as: pad(8 0) implied(2)}
tests:
  - text: "SHA1          50   20220622T-1          \\nSL000100000200000150\\n"
    gives: [{order_number: A1, lines#1.quantity: "2"}]
"""
GOOD = "SHAB10747     50   20220622T-1          \nSL000100000300000150\n"
SHORT = "SHAB10747     50   20220622T-2          \nSL00020000010000015\n"


@pytest.fixture
def town(tmp_path: Path, sqlite_url: str) -> Town:
    town = Town(tmp_path / "town", sqlite_url)
    (town.root / "mappings/panda-batch.yaml").write_text(BATCH)
    (town.root / "mappings/panda-shipments.yaml").write_text(SHIPMENTS)
    vendor = (
        RED_PANDA.replace("GATHER", "now: true")
        .replace("mapping: batch-csv", "mapping: panda-batch")
        .replace("PO_{batch:06}.csv", "PO_{batch:06}.txt")
    )
    vendor = vendor.replace("files: SHIP_*.csv\n    mapping: shipments-csv", "files: SHIP_*.txt\n    mapping: panda-shipments")
    answer = 'answer: {mapping: shipment-results, file: "{file}.result.csv", folder: out/redpanda/results}'
    town.declare("redpanda", vendor.replace(answer, answer[:-1] + ', refused: "{file}.refused.txt"}'))
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    return town


def test_the_batch_goes_out_in_records_of_its_lengths(town: Town) -> None:
    (batch,) = town.files("out/redpanda/orders").values()

    assert [len(line) for line in batch.splitlines()] == [20, 60, 40, 40, 12]
    assert [line[:2] for line in batch.splitlines()] == ["BH", "PO", "LN", "LN", "BT"]
    assert [line[2:27] for line in batch.splitlines()[2:4]] == ["0001V1000          000003", "0002V2000          000001"]
    assert batch.splitlines()[4] == "BT0001000004"


def test_what_is_right_is_booked_and_the_rest_comes_back_as_it_stood(town: Town) -> None:
    town.drop("in/redpanda/SHIP_1.txt", GOOD + SHORT)
    town.once()

    returned = town.files("out/redpanda/results")
    assert returned["SHIP_1.txt.refused.txt"] == SHORT
    assert "SL has 19 characters, 20 are expected" in returned["SHIP_1.txt.result.csv"]

    town.drop("in/redpanda/SHIP_2.txt", SHORT.replace("0000015\n", "00000150\n"))
    town.once()
    assert "REJECTED" not in town.files("out/redpanda/results")["SHIP_2.txt.result.csv"]
    assert "Shipped" in town.command("order", "show", "AB10747").out
