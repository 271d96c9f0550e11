"""All that can be known to be wrong with a file comes with its first answer, kind by kind; nothing of what is wrong is booked."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.cli.exits import Exit
from gateway.store import tables
from tests.commands import here
from tests.flow.test_changes import CHANGES, SHIPMENT, ask
from tests.flow.test_vendor_actions import ACTIONS, HEADING, OF_RETAILER
from tests.town import OMS, RED_PANDA, Town

SHIPPED = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date,vendor_code\n"
STOCK = """\
  - channel: stock
    folder: in/redpanda/stock
    files: "*.csv"
    mapping: stock-csv
    every: 1h
    ready: {stable_for: 0s}
    answer: {mapping: stock-results, file: "{file}.result.csv", folder: out/redpanda/results}
"""


@pytest.fixture
def town(tmp_path: Path, sqlite_url: str) -> Iterator[Town]:
    """An order of two lines that were sent and acknowledged; the first has left."""
    town = Town(tmp_path / "town", sqlite_url)
    town.declare("oms", OMS.replace("send:\n  - channel: changes\n", CHANGES + OF_RETAILER + "send:\n  - channel: feed\n"))
    vendor = re.sub(r"    wait: .*\n", "", RED_PANDA.replace("send:\n", ACTIONS + STOCK + "send:\n").replace("GATHER", "now: true"))
    refused = "folder: out/redpanda/results}"
    vendor = vendor.replace(refused, refused[:-1] + ', refused: "{file}.refused.csv"}')
    answer = '    answer: {mapping: acknowledgement-results, file: "{file}.result.csv", folder: out/redpanda/results}\n'
    town.declare("redpanda", vendor.replace("    mapping: acknowledgement-csv\n", "    mapping: acknowledgement-csv\n" + answer))
    for folder in ("in/oms/changes", "in/oms/judgements", "in/redpanda/actions", "in/redpanda/stock"):
        (town.root / folder).mkdir()
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    town.drop("in/redpanda/ACK_1.csv", "vendor_code,batch_id\n257,1\n")
    town.once()
    town.drop("in/redpanda/SHIP_1.csv", SHIPMENT)
    town.once()
    with town.staying_open():
        yield town


def results(town: Town, path: str, content: str) -> list[dict[str, str]]:
    """What became of each row of a file."""
    town.drop(path, content)
    town.once()
    folder = "out/oms/responses" if "oms" in path else "out/redpanda/results"
    return list(csv.DictReader(io.StringIO(town.files(folder)[f"{Path(path).name}.result.csv"])))


def codes(rows: list[dict[str, str]]) -> list[str]:
    return [f"{row['result']} {row['code']}" for row in rows]


def test_a_shipment_row_tells_all_its_faults_whatever_the_first_is(town: Town) -> None:
    wrong = "99,T9,1,1,2035-01-01"
    rows = results(
        town,
        "in/redpanda/SHIP_2.csv",
        SHIPPED
        + "".join(
            f"{row}\n"
            for row in (
                f"AB10747,2,0,{wrong},11",
                f"NOPE,2,0,{wrong},",
                f",2,0,{wrong},",
                f"AB10747ü,2,0,{wrong},",
                f"AB10747,2,many,{wrong},",
                f"AB10747,two,0,{wrong},",
            )
        ),
    )
    assert codes(rows) == [
        "REJECTED 3005 | 3043 | 3032 | 3036",
        "REJECTED 3031 | 3043 | 3032 | 3036",
        "REJECTED 3031 | 3043 | 3032 | 3036",
        "REJECTED 3031 | 3043 | 3032 | 3036",
        "REJECTED 3043 | 3032 | 3036",
        "REJECTED 3042 | 3043 | 3032 | 3036",
    ]
    assert [row["po_number"] for row in rows] == ["AB10747", "NOPE", "", "AB10747ü", "AB10747", "AB10747"]
    assert [row["ship_qty"] for row in rows] == ["0", "0", "0", "0", "", "0"]


def test_a_row_of_actions_tells_its_faults_and_what_the_order_does_not_allow(town: Town) -> None:
    rows = results(
        town,
        "in/redpanda/actions/a.csv",
        HEADING
        + "".join(
            f"{row}\n"
            for row in (
                ",reject_line,AB10747,1,,,,,",
                ",due_date,AB10747,1,,,,,",
                ",accept_cancel,AB10747,2,,,2,,",
                ",backorder_line,AB10747,1,,,,1900-01-01,",
                ",request_batch,,,77,,0,,",
                ",fly,NOPE,1,,,,2022-13-01,",
                ",,AB10747,9,,,,,",
                ",hold,AB10747,2,,,,,late",
                ",hold,AB10747,2,,,,,later",
                ",hold,AB10747,2,,,,,late",
            )
        ),
    )
    assert codes(rows) == [
        "REJECTED ACT-302 | ACT-303",
        "REJECTED ACT-302 | ACT-304 | ACT-303",
        "REJECTED 3043 | ACT-305",
        "REJECTED ACT-304 | ACT-303",
        "REJECTED 3043 | 3020",
        "REJECTED ACT-304 | ACT-301 | 3031",
        "REJECTED ACT-301 | 3042",
        "APPLIED 0",
        "REJECTED ACT-303",
        "DUPLICATE 0",
    ]
    assert rows[8]["message"] == "hold is not possible: the line is already on hold"
    assert rows[9]["message"] == "nothing has changed: the same was told before, or is so already"
    assert "'2022-13-01' has the form YYYY-MM-DD, but there is no such date" in rows[5]["message"]
    assert "column date: '2022" in rows[5]["message"]


@pytest.mark.parametrize(
    ("folder", "offered", "others"),
    [
        ("in/redpanda/actions", ("accept_cancel", "reprint", "delete_invoice"), ("approve_invoice", "reject_invoice")),
        ("in/oms/judgements", ("approve_invoice", "reject_invoice"), ("accept_cancel", "delete_invoice")),
    ],
)
def test_who_tells_an_unknown_action_is_offered_all_of_its_own(
    town: Town, folder: str, offered: tuple[str, ...], others: tuple[str, ...]
) -> None:
    (row,) = results(town, f"{folder}/a.csv", f"{HEADING},{'cancel_the_order_at_once_please'[:30]},,,,,,,\n")
    assert set(offered) <= set(row["message"].split())
    assert not set(others) & set(row["message"].split())
    assert not row["message"].endswith("…")


def test_an_invoice_that_cannot_be_read_whole_is_judged_in_all_that_can(town: Town) -> None:
    rows = results(
        town,
        "in/redpanda/INV_1.csv",
        "HEADER,257,RP-1,XX,2022-13-22,,-1,0,0,,101,1000,1000\n"
        "DETAIL,NOPE,1,3,8.98,0,0,0,\n"
        "DETAIL,AB10747,9,x,8.98,,0,0,\n"
        "DETAIL,AB10747,2,1,21.50,0,-1,0,\n"
        "HEADER,257,,DR,2035-06-22,,0,0,0,,101,1000,0\n"
        "DETAIL,NOPE,1,3,8.98,0,0,0,\n"
        "HEADER,11,RP-3,DR,2022-06-22,,0,0,0,,101,1000,0\n"
        "DETAIL,NOPE,1,-3,8.98,0,0,0,\n",
    )
    assert [(row["row"], row["invoice_number"]) for row in rows] == [("1", "RP-1"), ("5", ""), ("7", "RP-3")]
    told = [sorted(set(row["code"].split(" | "))) for row in rows]
    assert told == [
        ["INV-01", "INV-02", "INV-03", "INV-04", "INV-05", "INV-07", "INV-09", "INV-12", "INV-13"],
        ["INV-01", "INV-03", "INV-07", "INV-08", "INV-12"],
        ["3005", "INV-01", "INV-03", "INV-12"],
    ]
    assert bills(town) == 0


def test_a_unit_cost_that_is_none_refuses_the_file_and_hides_no_other_fault(town: Town) -> None:
    rows = results(
        town,
        "in/redpanda/INV_1.csv",
        "HEADER,257,RP-1,DR,2022-06-22,,0,0,0,,0,1000,0\nDETAIL,AB10747,1,3,,0,0,0,\n"
        "HEADER,257,RP-2,DR,2022-13-22,,0,0,0,,0,0,0\nDETAIL,NOPE,1,3,8.98,0,0,0,\n"
        "HEADER,257,RP-3,DR,2022-06-22,,0,0,0,,0,0,0\nDETAIL,AB10747,1,3,8.98,0,0,0,",
    )
    assert [(row["row"], row["result"], row["code"]) for row in rows] == [
        ("1", "REJECTED", "INV-10 | INV-01"),
        ("3", "REJECTED", "INV-07 | INV-12"),
        ("5", "REJECTED", "INV-10"),
    ]
    assert rows[2]["message"] == "record 5: nothing of this file is taken, because of record 2: unit_cost is missing"
    assert bills(town) == 0
    left = town.files("out/redpanda/results")["INV_1.csv.refused.csv"]
    assert [line.rpartition("problem: ")[2][:6] for line in left.splitlines() if line.startswith("HEADER")] == [
        "INV-10",
        "INV-07",
        "INV-10",
    ]
    mended = left.replace("1,3,,", "1,3,8.98,").replace(",1000,", ",0,").replace("RP-1", "RP-4", 1)
    first = mended[: mended.index("HEADER", 1)]
    assert codes(results(town, "in/redpanda/INV_2.csv", first)) == ["CREATED 0"]


def test_batches_and_stock_are_told_like_everything_else(town: Town) -> None:
    rows = results(town, "in/redpanda/ACK_2.csv", "vendor_code,batch_id\n11,x\n11,9\n257,9\n")
    assert [(row["batch_id"], row["code"]) for row in rows] == [("x", "3020 | 3005"), ("9", "3005 | 3020"), ("9", "3020")]
    rows = results(town, "in/redpanda/stock/a.csv", "vendor,item,available,as_of\n11,TOTE,many,9999-01-01\n257,TOTE,1,\n")
    assert [(row["item"], row["code"]) for row in rows] == [("TOTE", "STK-04 | STK-02 | 3005"), ("TOTE", "0")]


def test_a_change_tells_what_is_wrong_by_the_names_of_its_own_layout(town: Town) -> None:
    address = '<address_change po_no="{}" request_id="A-1"><ship_to><city>Rome</city></ship_to></address_change>'
    town.drop("in/oms/changes/a.xml", ask("SetDSAddressChange", address.format("AB10747"), address.format("NOPE")))
    town.once()
    told = next(text for name, text in town.files("out/oms/responses").items() if name.startswith("a.xml"))
    assert told.count('code="DSC-205" field="ship_to/address_line_1"') == 2
    assert told.count("the ship-to address has no first address line") == 2
    assert 'code="DSC-201" field="po_no"' in told
    assert "address1" not in told


def test_a_file_for_another_account_is_refused_for_that_although_no_document_of_it_can_be_read(town: Town) -> None:
    content = (
        '<CreateDSOrders><message_header datetime="2026-11-22T08:15:30" version="4.0" source="OMS" destination="ELSE"/>'
        "<purchase_order><po_no>BAD1</po_no><po_entered_date>2026-99-01</po_entered_date></purchase_order></CreateDSOrders>"
    )
    town.drop("in/oms/wrong.xml", content)
    town.once()
    told = town.files("out/oms/responses")["wrong.xml.resp.xml"]
    assert re.findall(r'code="([^"]*)"', told) == ["DSO-002", "DSO-003"]
    town.drop("in/oms/broken.xml", content.replace("ELSE", "LOCATE").replace('"4.0"', '"16.0"'))
    town.once()
    assert not {"DSO-002", "DSO-003"} & set(re.findall(r'code="([^"]*)"', town.files("out/oms/responses")["broken.xml.resp.xml"]))


def test_what_is_blank_in_a_header_hides_nothing_of_the_details(town: Town) -> None:
    rows = results(
        town,
        "in/redpanda/INV_1.csv",
        "HEADER,257,,DR,2022-06-22,,0,0,0,,0,0,0\nDETAIL,AB10747,77,1,8.98,0,0,0,\nDETAIL,AB10747,2,1,21.50,0,0,0,\n"
        "HEADER,257,RP-2,DR,2022-06-22,,x,0,0,,0,0,0\nDETAIL,AB10747,1,3,8.98,-1,0,0,\n",
    )
    assert [row["code"] for row in rows] == ["INV-08 | INV-12 | INV-13", "INV-04 | INV-04"]
    line = "<po_line><po_line_no>1</po_line_no><retailer_item_id>A</retailer_item_id><po_qty_ordered>2</po_qty_ordered></po_line>"
    head = '<CreateDSOrders><message_header datetime="2026-11-22T08:15:30" version="16.0" source="OMS" destination="LOCATE"/>'
    order = f"<purchase_order><po_no/><vendor_cd>257</vendor_cd><po_lines>{line}{line}</po_lines></purchase_order></CreateDSOrders>"
    town.drop("in/oms/blank.xml", head + order)
    town.once()
    told = re.findall(r'code="([^"]*)"', town.files("out/oms/responses")["blank.xml.resp.xml"])
    assert {"DSO-101", "DSO-120"} <= set(told)
    town.drop("in/oms/none.xml", head + "<purchase_order><po_no>A9</po_no></purchase_order></CreateDSOrders>")
    town.once()
    assert '<error code="DSO-130" field="po_line">' in town.files("out/oms/responses")["none.xml.resp.xml"]


def test_that_a_number_is_used_is_told_although_the_rest_cannot_be_compared(town: Town) -> None:
    good = "HEADER,257,RP-1,DR,2022-06-22,,0,0,0,,0,0,0\nDETAIL,AB10747,1,3,8.98,0,0,0,\n"
    assert codes(results(town, "in/redpanda/INV_1.csv", good)) == ["CREATED 0"]
    (row,) = results(town, "in/redpanda/INV_2.csv", good.replace("2022-06-22", "2022-13-22").replace(",1,3,", ",one,3,"))
    assert set(row["code"].split(" | ")) == {"INV-07", "INV-08", "INV-12"}
    assert "number RP-1 is used by an invoice that can be changed no more" in row["message"]
    assert "differs" not in row["message"]


ENTRIES = """\
  - channel: entries-{0}
    folder: in/redpanda/entries
    files: "*.{0}"
    mapping: vendor-actions-{0}
    every: 1h
    ready: {{stable_for: 0s}}
    answer: {{mapping: vendor-action-results, file: "{{file}}.result.csv", folder: out/redpanda/results, refused: "{{file}}.refused.{0}"}}
"""


def test_entries_of_json_and_xml_that_are_not_taken_come_back_to_be_mended(town: Town) -> None:
    connector = (town.root / "connectors/redpanda.yaml").read_text(encoding="utf-8")
    town.declare("redpanda", connector.replace("send:\n", f"{ENTRIES.format('json')}{ENTRIES.format('xml')}send:\n"))
    (town.root / "in/redpanda/entries").mkdir()
    hold = '"action": "hold", "poNumber": "{}", "poLineNumber": 2, "reason": "a"'
    content = '{{"actions": [{{{}}}, {{{}}}]}}'.format(hold.format("NOPE"), hold.format("AB10747"))
    assert codes(results(town, "in/redpanda/entries/a.json", content)) == ["REJECTED 3031", "APPLIED 0"]
    left = town.files("out/redpanda/results")["a.json.refused.json"]
    unknown = "3031 order NOPE is not an order of vendor 257"
    assert left == '{{"actions": [\n    {{"problem": "{}", {}}}\n  ]}}\n'.format(unknown, hold.format("NOPE"))
    again = left.replace('"NOPE"', '"AB10747"').replace('"hold"', '"release"')
    assert codes(results(town, "in/redpanda/entries/b.json", again)) == ["APPLIED 0"]
    element = '<vendor_action action="hold" po_number="{}" po_line_number="2" reason="c"/>'
    content = f"<VendorActions>{element.format('AB10747')}{element.format('NOPE')}</VendorActions>"
    assert codes(results(town, "in/redpanda/entries/a.xml", content)) == ["APPLIED 0", "REJECTED 3031"]
    left = town.files("out/redpanda/results")["a.xml.refused.xml"]
    assert left.splitlines()[2:-1] == [f"  <!-- {unknown} -->", f"  {element.format('NOPE')}"]
    again = left.replace('"NOPE"', '"AB10747"').replace('"hold"', '"release"')
    assert codes(results(town, "in/redpanda/entries/b.xml", again)) == ["APPLIED 0"]
    town.declare("redpanda", connector.replace("mapping: vendor-actions-csv\n", "mapping: x12-846-004010\n"))
    told = here(town.root, "connector", "check", "redpanda")
    assert told.code == Exit.USAGE
    assert "nothing of a file of mapping 'x12-846-004010' could stand in another one" in told.out + told.err


def test_a_weight_below_nothing_is_wrong_whoever_carries(town: Town) -> None:
    rows = "".join(f"AB10747,2,1,{carrier},T9,-1,-1,2022-06-22,257\n" for carrier in ("12345678901", "", "99"))
    assert codes(results(town, "in/redpanda/SHIP_2.csv", SHIPPED + rows)) == [
        "REJECTED 3038 | 3034 | 3035",
        "REJECTED 3038 | 3034 | 3035",
        "REJECTED 3032 | 3034 | 3035",
    ]


def bills(town: Town) -> int:
    with town.gateway() as gateway, gateway.store.reading() as connection:
        return connection.execute(select(func.count()).select_from(tables.invoice)).scalar_one()


def test_inspecting_a_file_with_a_unit_cost_that_is_none_tells_its_other_invoices_too(town: Town) -> None:
    file = town.root / "INV_1.csv"
    file.write_text(
        "HEADER,257,RP-1,DR,2022-06-22,,0,0,0,,0,0,0\nDETAIL,AB10747,1,3,,0,0,0,\n"
        "HEADER,257,RP-2,DR,2022-13-22,,0,0,0,,0,0,0\nDETAIL,NOPE,1,3,8.98,0,0,0,\n"
    )
    told = here(town.root, "inspect", str(file), "--mapping", "invoices-csv", "--json")
    assert told.code == Exit.DATA_REFUSED
    assert [issue["code"] for issue in told.json["issues"]] == ["INV-10"]
    assert [[issue["code"] for issue in document["issues"]] for document in told.json["documents"]] == [[], ["INV-07"]]


def test_a_form_of_an_order_tells_what_its_values_and_what_the_rules_say_at_once(town: Town) -> None:
    (town.root / "form.yaml").write_text(
        'vendor: "999"\nlines:\n  - {number: 1, item: A, serial: S, quantity: 2}\n  - {number: 2, item: B, quantity: 0}\n'
    )
    told = here(town.root, "order", "draft", "new", "--from", str(town.root / "form.yaml"), "--json")
    assert (told.code, {issue["code"] for issue in told.json["issues"]}) == (Exit.DATA_REFUSED, {"DSO-121", "MAN-06", "MAN-09"})
    (town.root / "form.csv").write_text("vendor,line,itm,quantity,serial\n999,1,A,2,S\n999,2,B,0,\n")
    told = here(town.root, "order", "draft", "new", "--from", str(town.root / "form.csv"))
    assert told.code == Exit.DATA_REFUSED
    assert all(words in told.err for words in ("unknown column 'itm'", "DSO-121 line 2", "MAN-06 line 1", "MAN-09 vendor 999"))


def test_a_broken_row_of_an_invoice_hides_nothing_of_its_other_rows(town: Town) -> None:
    rows = results(
        town,
        "in/redpanda/INV_1.csv",
        "HEADER,257,RP-1,DR,2035-06-22,,0,0,0,,0,1000,0\nDETAIL,AB10747,1\nDETAIL,NOPE,1,3,8.98,0,-1,0,\nDETAIL,AB10747,x,3,8.98,0,0,0,\n"
        "HEADER,257,RP-2,DR,2035-06-22,,0,0,0,,0,1000\nDETAIL,NOPE,1,3,8.98,0,0,0,\n"
        "HEADER,257,RP-3,DR,2022-06-22,,0,0,0,,0,0,0\nDETAIL,AB10747,1\n",
    )
    assert [(row["row"], row["invoice_number"]) for row in rows] == [("1", "RP-1"), ("5", "RP-2"), ("7", "RP-3")]
    assert [sorted(set(row["code"].split(" | "))) for row in rows] == [
        ["INV-01", "INV-05", "INV-07", "INV-11", "INV-12"],
        ["INV-11", "INV-12"],
        ["INV-11"],
    ]
    assert bills(town) == 0


def test_a_broken_header_hides_nothing_of_the_details_under_it(town: Town) -> None:
    header = "HEADER,257,{},DR,2035-06-22,,0,0,0,,0,1000\n"
    rows = results(
        town,
        "in/redpanda/INV_1.csv",
        f"{header.format('RP-1')}DETAIL,AB10747,1,x,8.98,0,0,0,\nDETAIL,AB10747,2,1,21.50,0,-1,0,\nDETAIL,AB10747,1,3\n"
        f"{header.format('RP-2')}DETAIL,AB10747,1,3,8.98,0,0,0,\n"
        f"{header.format('RP-3')}"
        "HEADER,257,RP-4,DR,2022-06-22,,0,0,0,,0,0,0\nDETAIL,AB10747,1,3,8.98,0,0,0,\n",
    )
    assert [(row["row"], row["invoice_number"], sorted(row["code"].split(" | "))) for row in rows] == [
        ("1", "RP-1", ["INV-05", "INV-11", "INV-11", "INV-12", "INV-13"]),
        ("5", "RP-2", ["INV-11"]),
        ("7", "RP-3", ["INV-11", "INV-14"]),
        ("8", "RP-4", ["0"]),
    ]
    assert bills(town) == 1
