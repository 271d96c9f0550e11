"""What vendors answer, note and wish for by file, and what a retailer says of invoices: rows, results, and the rows that come back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.store import tables
from tests.flow.test_changes import CHANGES, SHIPMENT, ask, cancel, history, told
from tests.town import OMS, RED_PANDA, Town

ACTIONS = """\
  - channel: actions
    folder: in/redpanda/actions
    files: "*.csv"
    mapping: vendor-actions-csv
    via: upload
    every: 1h
    ready: {stable_for: 0s}
    wait: {order: 1h}
    answer: {mapping: vendor-action-results, file: "{file}.result.csv", folder: out/redpanda/results, refused: "{file}.refused.csv"}
"""
OF_RETAILER = """\
  - channel: judgements
    folder: in/oms/judgements
    files: "*.csv"
    mapping: vendor-actions-csv
    every: 1h
    ready: {stable_for: 0s}
    answer: {mapping: vendor-action-results, file: "{file}.result.csv", folder: out/oms/responses}
"""
HEADING = "request_id,action,po_number,po_line_number,batch_id,invoice_number,quantity,date,reason\n"


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    town = Town(tmp_path / "town", database_url)
    town.declare("oms", OMS.replace("send:\n  - channel: changes\n", CHANGES + OF_RETAILER + "send:\n  - channel: feed\n"))
    town.declare("redpanda", RED_PANDA.replace("send:\n", ACTIONS + "send:\n").replace("GATHER", "now: true"))
    for folder in ("in/oms/changes", "in/oms/judgements", "in/redpanda/actions"):
        (town.root / folder).mkdir()
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    with town.staying_open():
        yield town


def send(town: Town, name: str, *rows: str, folder: str = "in/redpanda/actions") -> dict[str, str]:
    """Hand the rows in; what came of each, by row."""
    town.drop(f"{folder}/{name}.csv", HEADING + "".join(f"{row}\n" for row in rows))
    town.once()
    where = "out/oms/responses" if "oms" in folder else "out/redpanda/results"
    lines = town.files(where)[f"{name}.csv.result.csv"].splitlines()[1:]
    return {cells[0]: " ".join(part for part in cells[5:7] if part != "0") for cells in (line.split(",") for line in lines)}


def acknowledge(town: Town) -> None:
    town.drop("in/redpanda/ACK_1.csv", "vendor_code,batch_id\n257,1\n")
    town.once()


def test_answers_to_what_was_asked(town: Town) -> None:
    acknowledge(town)
    town.drop("in/oms/changes/c.xml", ask("SetDSCancel", cancel(1, "C-1"), cancel(2, "C-2")))
    town.once()
    assert send(town, "a", "C-1,accept_cancel,AB10747,1,,,,,", "C-2,decline_cancel,AB10747,2,,,,,", ",accept_address,AB10747,2,,,,,") == {
        "1": "APPLIED",
        "2": "APPLIED",
        "3": "REJECTED ACT-305",
    }
    assert history(town) == [
        (1, "H8", "In Process"),
        (2, "H8", "In Process"),
        (1, "H9", "Cancelled"),
        (2, "H10", "In Process"),
    ]
    assert told(town) == [(1, "CANCEL_ACCEPTED"), (2, "CANCEL_REJECTED")]
    assert send(town, "b", "C-1,accept_cancel,AB10747,1,,,,,", "C-2,accept_cancel,AB10747,2,,,,,") == {
        "1": "DUPLICATE",
        "2": "REJECTED ACT-305",
    }


def test_holds_dates_and_reasons(town: Town) -> None:
    assert send(
        town,
        "a",
        ",hold,AB10747,1,,,,,Backordered",
        ",hold,AB10747,1,,,,,Backordered",
        ",release,AB10747,2,,,,,",
        ",due_date,AB10747,1,,,,06/28/2022,Delay",
        ",due_date,AB10747,1,,,,,",
        ",reason,AB10747,2,,,,,Expected next week",
        ",reason,AB10747,2,,,,,",
        ",release,AB10747,1,,,,,",
        ",hold,AB10747,9,,,,,",
        ",fly,AB10747,9,,,,,",
        ",hold,X1,1,,,,,",
        ",approve_invoice,,,,RP-1,,,fine",
        ",accept_line,AB10747,,,,,,",
        ",due_date,AB10747,1,,,,9999-12-31,Delay",
        ",due_date,AB10747,1,,,,0001-01-01,Delay",
    ) == {
        "1": "APPLIED",
        "2": "DUPLICATE",
        "3": "REJECTED ACT-303",
        "4": "APPLIED",
        "5": "REJECTED ACT-302 | ACT-304",
        "6": "APPLIED",
        "7": "APPLIED",
        "8": "APPLIED",
        "9": "REJECTED ACT-302 | 3042",
        "10": "REJECTED ACT-301 | 3042",
        "11": "REJECTED ACT-302 | 3031",
        "12": "REJECTED ACT-306",
        "13": "REJECTED 3042",
        "14": "REJECTED ACT-304",
        "15": "REJECTED ACT-304",
    }
    assert history(town) == [
        (1, "H19", "Held"),
        (1, "H21", "Held"),
        (2, "H22", "New Order"),
        (2, "H23", "New Order"),
        (1, "H20", "New Order"),
    ]
    left = town.files("out/redpanda/results")["a.csv.refused.csv"].splitlines()
    assert left[0] == HEADING.strip() + ",problem"
    assert left[1].startswith(",release,AB10747,2,,,,,,ACT-303 release is not possible: the line is New Order")
    assert len(left) == 10


def test_faults_of_values_and_of_the_business_are_told_in_one_answer(town: Town) -> None:
    assert send(
        town,
        "a",
        "R-1,due_date,AB10747,1,,,,2026-02-30,",
        "R-2,backorder_line,NOPE,9,,,abc,13/13/2026,",
        "R-3,hold,AB10747,x,,,,,",
        "R-4,request_batch,,,,,0,,",
        "R-5,request_batch,,,,,x,,",
        "R-6,release,AB10747,9,,,abc,,",
    ) == {
        "1": "REJECTED ACT-304 | ACT-302",
        "2": "REJECTED 3043 | ACT-304 | 3031",
        "3": "REJECTED 3042 | ACT-302",
        "4": "REJECTED 3043 | 3009",
        "5": "REJECTED 3043 | 3009",
        "6": "REJECTED 3043 | 3042",
    }
    rows = [line.split(",")[:5] for line in town.files("out/redpanda/results")["a.csv.result.csv"].splitlines()[1:]]
    assert rows == [
        ["1", "R-1", "due_date", "AB10747", "1"],
        ["2", "R-2", "backorder_line", "NOPE", "9"],
        ["3", "R-3", "hold", "AB10747", ""],
        ["4", "R-4", "request_batch", "", ""],
        ["5", "R-5", "request_batch", "", ""],
        ["6", "R-6", "release", "AB10747", "9"],
    ]
    assert history(town) == []
    town.drop("in/redpanda/SHIP_1.csv", SHIPMENT.splitlines()[0] + "\nAB10747,2,0,77,,x,y,2022-06-22\n")
    town.once()
    (shipped,) = [text for name, text in town.files("out/redpanda/results").items() if name.startswith("SHIP_1")]
    assert [code for code in ("3034", "3035", "3043", "3032") if code in shipped] == ["3034", "3035", "3043", "3032"]
    assert shipped.splitlines()[1].startswith("1,AB10747,2,0,REJECTED,")


WITH_A_QUANTITY = (
    (",accept_cancel,AB10747,1,,,1,,", "3043 | ACT-305"),
    (",decline_cancel,AB10747,1,,,1,,", "3043 | ACT-305"),
    (",accept_address,AB10747,,,,1,,", "3043 | ACT-305"),
    (",decline_address,AB10747,,,,1,,", "3043 | ACT-305"),
    (",hold,AB10747,1,,,2,,Backordered", "3043"),
    (",release,AB10747,1,,,0,,", "3043 | ACT-303"),
    (",due_date,AB10747,1,,,3,06/28/2022,Delay", "3043"),
    (",reason,AB10747,1,,,3,,Soon", "3043"),
    (",hold,AB10747,1,,,2,,", "3043 | ACT-302"),
    (",hold,AB10747,1,,,-1,,Backordered", "3043"),
    (",accept_line,AB10747,1,,,2,,", "3043"),
    (",reject_line,AB10747,1,,,2,,No stock", "3043"),
    (",backorder_line,AB10747,1,,,2,2022-07-15,", "3043"),
)
"""Rows about whole lines, with the codes they are refused with."""


def test_what_is_about_whole_lines_takes_no_quantity(town: Town) -> None:
    rows = [row for row, _ in WITH_A_QUANTITY]
    assert list(send(town, "a", *rows).values()) == [f"REJECTED {codes}" for _, codes in WITH_A_QUANTITY]
    assert history(town) == []
    left = town.files("out/redpanda/results")["a.csv.refused.csv"]
    assert "hold is about whole lines; leave the quantity empty" in left
    assert "'-1' is less than 0" in left


def test_a_batch_that_a_row_names_must_be_the_one_of_its_lines(town: Town) -> None:
    assert send(
        town,
        "a",
        ",accept_line,AB10747,1,99,,,,",
        ",backorder_line,AB10747,2,99,,,2022-07-15,",
        ",hold,AB10747,,99,,,,Backordered",
        ",accept_line,AB10747,1,1,,,,",
        ",hold,AB10747,,1,,,,Backordered",
    ) == {"1": "REJECTED 3042", "2": "REJECTED 3042", "3": "REJECTED 3042", "4": "APPLIED", "5": "APPLIED"}
    left = town.files("out/redpanda/results")["a.csv.refused.csv"]
    assert "line 1 of order AB10747 is not in batch 99: leave the batch empty, or give the right one" in left
    assert left.count("; name the line that is meant") == 1


def test_an_acceptance_that_nobody_waits_for_says_so(town: Town) -> None:
    acknowledge(town)
    assert send(town, "a", ",accept_line,AB10747,1,,,,,") == {"1": "DUPLICATE 3021"}
    told = town.files("out/redpanda/results")["a.csv.result.csv"]
    assert "line 1 is In Process already; it waits for no acknowledgement" in told


def test_an_unknown_request_id_is_told_with_those_that_wait(town: Town) -> None:
    acknowledge(town)
    town.drop("in/oms/changes/c.xml", ask("SetDSCancel", cancel(1, "C-1"), cancel(2, "C-2")))
    town.once()
    assert set(
        send(
            town,
            "a",
            "C-77,accept_cancel,AB10747,1,,,,,",
            "C-78,decline_cancel,AB10747,,,,,,",
            "A-79,accept_address,AB10747,1,,,,,",
        ).values()
    ) == {"REJECTED ACT-305"}
    left = town.files("out/redpanda/results")["a.csv.refused.csv"]
    assert "no cancel request C-77; C-1 waits" in left
    assert "no cancel request C-78; C-1 (line 1), C-2 (line 2) waits" in left
    assert "no address request A-79; none waits" in left


def test_an_answer_to_a_request_that_another_has_replaced_names_the_one_that_waits(town: Town) -> None:
    acknowledge(town)
    to = "<address_line_1>9 New Road</address_line_1><city>London</city><postal_code>SE1 1AA</postal_code><country_cd>GB</country_cd>"
    entry = f'<address_change po_no="AB10747" request_id="A-{{}}"><ship_to><company_name>Byrd</company_name>{to}</ship_to></address_change>'
    town.drop("in/oms/changes/a.xml", ask("SetDSAddressChange", entry.format(1), entry.format(2).replace("9 New", "10 New")))
    town.once()
    said = send(town, "a", "A-1,accept_address,AB10747,1,,,,,", "A-1,accept_address,AB10747,,,,,,")
    assert set(said.values()) == {"REJECTED ACT-305"}
    left = town.files("out/redpanda/results")["a.csv.refused.csv"]
    assert "address request A-1 is replaced; A-2 waits" in left
    assert "address request A-1 is replaced; A-2 (line 1), A-2 (line 2) waits" in left


def test_what_could_not_be_read_has_no_key(town: Town) -> None:
    town.drop("in/redpanda/ACK_1.csv", "vendor_code,batch_id\n257,\n257,9\n")
    town.once()
    (row,) = [it for it in town.command("message", "list", "--json").json if it["file"] == "ACK_1.csv"]
    receipts = town.command("message", "show", str(row["id"]), "--json").json["receipts"]
    assert [it["key"] for it in receipts] == ["", "9"]


def test_the_rows_that_came_back_are_mended_and_sent_again(town: Town) -> None:
    send(town, "a", ",hold,AB10747,1,,,,,Backordered", ",hold,AB10747,2,,,,,")
    heading, row = town.files("out/redpanda/results")["a.csv.refused.csv"].splitlines()
    town.drop("in/redpanda/actions/again.csv", f"{heading}\n{row.replace(',,,,,,ACT', ',,,,,No stock,ACT')}\n")
    town.once()
    assert history(town) == [(1, "H19", "Held"), (2, "H19", "Held")]
    assert "again.csv.refused.csv" not in town.files("out/redpanda/results")


def test_lines_are_answered_one_by_one_and_the_batch_is_once_all_are(town: Town) -> None:
    assert send(town, "a", ",accept_line,AB10747,1,,,,,", ",accept_line,AB10747,1,,,,,") == {"1": "APPLIED", "2": "DUPLICATE 3021"}
    assert batches(town) == ["open"]
    assert send(town, "b", ",backorder_line,AB10747,2,,,,2022-07-15,") == {"1": "APPLIED"}
    assert batches(town) == ["acknowledged"]
    with town.gateway() as gateway, gateway.store.reading() as connection:
        rows = connection.execute(select(tables.order_history).where(tables.order_history.c.event != "H1")).all()
    assert [(row.line_no, row.event, row.status_after) for row in rows if row.event != "H3"] == [
        (1, "H4", "In Process"),
        (2, "H4", "In Process"),
        (2, "H21", "In Process"),
        (2, "H19", "Held"),
    ]
    assert send(town, "c", ",reject_line,AB10747,1,,,,,", ",reject_line,AB10747,1,,,,,No stock", ",reject_line,AB10747,2,,,,,No stock") == {
        "1": "REJECTED ACT-302",
        "2": "APPLIED",
        "3": "REJECTED ACT-303",
    }


def batches(town: Town) -> list[str]:
    with town.gateway() as gateway, gateway.store.reading() as connection:
        return list(connection.execute(select(tables.batch.c.state).order_by(tables.batch.c.number)).scalars())


def test_a_batch_comes_again_as_it_is_now_and_nothing_changes(town: Town) -> None:
    acknowledge(town)
    before = history(town)
    town.drop(
        "in/oms/changes/k.xml",
        ask("SetDSCostChange", '<cost_change po_no="AB10747" po_line_no="1" po_unit_price="9.98" request_id="K-1"/>'),
    )
    town.once()
    assert send(town, "a", ",request_batch,,,1,,,,", ",request_batch,,,7,,,,", ",request_batch,,,,,,,") == {
        "1": "APPLIED",
        "2": "REJECTED 3020",
        "3": "REJECTED 3009",
    }
    town.once()
    first, again = (town.files("out/redpanda/orders")[name] for name in ("PO_000001.csv", "PO_000001_r2.csv"))
    assert "8.98" in first
    assert "9.98" in again
    assert first.count("\n") == again.count("\n")
    assert [entry for entry in history(town) if entry[1] != "H17"] == before
    assert batches(town) == ["acknowledged"]


def test_a_slip_is_voided_and_made_again_by_rows(town: Town) -> None:
    acknowledge(town)
    rows = (
        ",void,AB10747,1,,,,,",
        ",void,,,9,,,,",
        ",reprint,AB10747,1,1,,7,,",
        ",reprint,AB10747,7,1,,1,,",
        ",reprint,X1,1,1,,1,,",
        ",reprint,,1,1,,1,,",
    )
    assert send(town, "bad", *rows) == {
        "1": "REJECTED 3020",
        "2": "REJECTED 3020",
        "3": "REJECTED ACT-307",
        "4": "REJECTED 3042",
        "5": "REJECTED 3031",
        "6": "REJECTED 3031",
    }
    assert (batches(town), history(town)) == (["acknowledged"], [])
    assert send(town, "a", ",reprint,AB10747,1,1,,2,,", ",reprint,AB10747,2,1,,0,,") == {"1": "APPLIED", "2": "APPLIED"}
    assert history(town) == [
        (1, "H24", "In Process"),
        (2, "H24", "In Process"),
        (1, "H24", "In Process"),
        (2, "H25", "New Order"),
    ]
    town.once()
    files = town.files("out/redpanda/orders")
    assert [name for name in sorted(files) if name != "PO_000001.csv"] == ["PO_000003.csv", "PO_000004.csv"]
    assert batches(town)[:3] == ["void", "void", "open"]
    assert send(town, "b", ",void,,,1,,,,") == {"1": "APPLIED"}
    assert history(town)[-1] == (1, "H25", "New Order")


def test_a_vendor_that_only_gets_what_it_asks_for(tmp_path: Path, database_url: str) -> None:
    town = Town(tmp_path / "quiet", database_url)
    town.declare("redpanda", RED_PANDA.replace("send:\n", ACTIONS + "send:\n").replace("GATHER", "asked: true"))
    (town.root / "in/redpanda/actions").mkdir()
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    assert batches(town) == []
    assert send(town, "a", ",request_batch,,,,,5,,") == {"1": "APPLIED"}
    town.once()
    assert (batches(town), list(town.files("out/redpanda/orders"))) == (["open"], ["PO_000001.csv"])


def test_only_the_retailer_judges_invoices(town: Town) -> None:
    acknowledge(town)
    town.drop("in/redpanda/SHIP_1.csv", SHIPMENT)
    town.once()
    head = "HEADER,257,{},DR,2022-06-22,,0,0,0,,0,0,30\nDETAIL,AB10747,1,3,{},0,0,0,\n"
    town.drop("in/redpanda/INV_1.csv", head.format("RP-1", "10.98"))
    town.once()
    assert states(town) == {"RP-1": "Held"}
    where = "in/oms/judgements"
    rows = (
        ",reject_invoice,,,,RP-1,,,",
        ",reject_invoice,,,,RP-9,,,too dear",
        ",reject_invoice,,,,RP-1,,,too dear",
        ",reject_invoice,,,,RP-1,,,too dear",
        ",approve_invoice,,,,RP-1,,,fine after all",
        ",reject_invoice,,,,RP-1,,,",
        ",hold,AB10747,1,,,,,x",
    )
    assert send(town, "j", *rows, folder=where) == {
        "1": "REJECTED ACT-302",
        "2": "REJECTED ACT-309",
        "3": "APPLIED",
        "4": "DUPLICATE ACT-310",
        "5": "REJECTED ACT-303",
        "6": "DUPLICATE ACT-310",
        "7": "REJECTED ACT-306",
    }
    assert states(town) == {"RP-1": "Rejected"}
    assert "invoice RP-1 is Rejected already" in town.files("out/oms/responses")["j.csv.result.csv"]


def test_a_decision_that_comes_again_after_the_posting_is_a_duplicate(town: Town) -> None:
    acknowledge(town)
    town.drop("in/redpanda/SHIP_1.csv", SHIPMENT)
    town.once()
    town.drop("in/redpanda/INV_1.csv", "HEADER,257,RP-1,DR,2022-06-22,,0,0,0,,0,0,30\nDETAIL,AB10747,1,3,10.98,0,0,0,\n")
    town.once()
    row = ",approve_invoice,,,,RP-1,,,Price agreed"
    assert send(town, "j", row, folder="in/oms/judgements") == {"1": "APPLIED"}
    town.once()
    assert states(town) == {"RP-1": "Posted"}
    again = send(town, "k", row, row.replace("approve", "reject"), folder="in/oms/judgements")
    assert again == {"1": "DUPLICATE ACT-310", "2": "REJECTED ACT-303"}


def states(town: Town) -> dict[str, str]:
    with town.gateway() as gateway, gateway.store.reading() as connection:
        return {row.number: row.state for row in connection.execute(select(tables.invoice.c.number, tables.invoice.c.state))}
