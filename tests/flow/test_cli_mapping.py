"""`gateway mapping`: the layouts, whether they are right, what they make of a file, as people and scripts see it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from gateway.cli.frame import run
from gateway.config.shipped import copy_workspace

ACME = """\
mapping: acme-shipments
version: 3
document: shipment
format: csv
only: read
fields:
  Reference: {field: order_number, as: upper}
  Service:   carrier
  .:
    each: lines
    fields:
      Line: {field: number, required: true}
      Qty:  quantity
tests:
  - text: |
      Reference,Line,Qty,Service
      ab10747,1,3,10
    gives: [{order_number: AB10747, lines#1.quantity: "3"}]
"""
GOOD = "Reference,Line,Qty,Service\nab10747,1,3,10\n"
HALF_GOOD = GOOD + "ab10748,1,x,10\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A new workspace with a layout of Acme's."""
    copy_workspace(tmp_path / "workspace")
    (tmp_path / "workspace/mappings/acme-shipments.yaml").write_text(ACME)
    return tmp_path / "workspace"


def connect(workspace: Path, mapping: str, **words: str) -> None:
    """A connector of Tanuki's that reads with this mapping."""
    partner = "".join(f", {word}: {value}" for word, value in words.items())
    text = f"""\
connector: acme
partner: {{name: Acme, vendor: "310"{partner}}}
endpoint: {{transport: folder}}
receive:
  - {{channel: shipments, folder: inbox/acme, files: "SHIP_{{day}}.csv", mapping: {mapping}}}
"""
    (workspace / "connectors/acme.yaml").write_text(text)


def test_the_layouts_are_listed_with_kind_format_and_directions(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(workspace), "mapping", "list", "--json"]) == Exit.FINE
    rows = {row["mapping"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["acme-shipments"] == {
        "mapping": "acme-shipments",
        "version": 3,
        "document": "shipment",
        "format": "csv",
        "directions": ["read"],
    }
    assert rows["createdsorder"]["document"] == "order"


def test_all_shipped_layouts_are_right(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(workspace), "mapping", "check"]) == Exit.FINE, capsys.readouterr().err
    assert re.search(r"\d\d mappings checked, 0 problems", capsys.readouterr().out)


def test_the_tests_in_the_shipped_layouts_pass(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(workspace), "mapping", "test"]) == Exit.FINE, capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("as: upper", "as: uper", "mappings/acme-shipments.yaml:7:"),
        ("field: order_number", "field: order_numbr", "did you mean 'order_number'"),
        ("version: 3", "version: [", "mappings/acme-shipments.yaml"),
    ],
)
def test_a_mistake_in_a_layout_is_told_with_its_place(
    workspace: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, told: str
) -> None:
    (workspace / "mappings/acme-shipments.yaml").write_text(ACME.replace(old, new))
    assert run(["-w", str(workspace), "mapping", "check", "acme-shipments"]) == Exit.USAGE
    assert told in capsys.readouterr().err


def test_a_check_says_what_a_layout_leaves_out(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = ACME.replace("  Service:   carrier\n", "  Service:   carrier\n  Remark:    reference\n")
    (workspace / "mappings/acme-shipments.yaml").write_text(text)
    assert run(["-w", str(workspace), "mapping", "check", "acme-shipments", "--json"]) == Exit.FINE
    left_out = json.loads(capsys.readouterr().out)["left_out"]["acme-shipments"]
    assert {"tracking", "weight", "lines.serials"} <= set(left_out["unread"])
    assert {"order_number", "lines", "lines.number", "reference"}.isdisjoint(left_out["unread"])
    assert left_out["unwritten"] == []
    assert left_out["untested"] == ["line 9, Remark"]


def test_a_test_that_differs_is_shown(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "mappings/acme-shipments.yaml").write_text(ACME.replace('lines#1.quantity: "3"', 'lines#1.quantity: "4"'))
    assert run(["-w", str(workspace), "mapping", "test", "acme-shipments"]) == Exit.DIFFERENCES
    told = capsys.readouterr().out
    assert "lines#1.quantity" in told
    assert "1 tests, 1 with differences." in told


def test_an_unknown_layout_is_told_with_the_nearest(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(workspace), "mapping", "test", "acme-shipment"]) == Exit.USAGE
    assert "did you mean 'acme-shipments'" in capsys.readouterr().err


def test_a_preview_shows_the_documents_of_a_file_and_stores_nothing(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "SHIP_1.csv").write_text(GOOD)
    assert run(["-w", str(workspace), "mapping", "preview", str(tmp_path / "SHIP_1.csv"), "-m", "acme-shipments"]) == Exit.FINE
    told = capsys.readouterr().out
    assert "Read as shipment with mapping acme-shipments, version 3: 1 documents." in told
    assert re.search(r"lines#1\.quantity\s+3", told)
    assert not (workspace / "var/gateway.db").exists()


def test_a_mapping_that_is_written_by_its_rules_has_no_stencils(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(workspace), "mapping", "stencils", "acme-shipments"]) == Exit.FINE
    assert "The rules of acme-shipments write every document." in capsys.readouterr().out
    assert run(["-w", str(workspace), "mapping", "stencils", "acme-shipment"]) == Exit.USAGE


def test_moulds_of_a_mapping_can_be_read(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(workspace), "mapping", "moulds", "acme-shipments"]) == Exit.FINE
    assert "The rules of acme-shipments read every document." in capsys.readouterr().out
    assert run(["-w", str(workspace), "mapping", "moulds", "x12-850-004010"]) == Exit.FINE
    assert "number_1 = BEG03_2.strip().upper()" in capsys.readouterr().out


def test_a_preview_of_a_file_with_a_bad_row_says_so(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "SHIP_1.csv").write_text(HALF_GOOD)
    command = ["-w", str(workspace), "mapping", "preview", str(tmp_path / "SHIP_1.csv"), "--mapping", "acme-shipments", "--json"]
    assert run(command) == Exit.DATA_REFUSED
    found = json.loads(capsys.readouterr().out)
    assert [document["document"] is not None for document in found["documents"]] == [True, False]
    assert found["documents"][1]["issues"][0]["code"] == "3043"


def test_a_preview_traces_every_value_to_its_place_and_rule(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "SHIP_1.csv").write_text(GOOD)
    command = ["-w", str(workspace), "mapping", "preview", str(tmp_path / "SHIP_1.csv"), "-m", "acme-shipments", "--trace"]
    assert run(command) == Exit.FINE
    assert re.search(r"order_number\s+.*AB10747.*line 7", capsys.readouterr().out)


def test_a_preview_as_a_partner_takes_the_channel_whose_pattern_fits(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    connect(workspace, "acme-shipments")
    (tmp_path / "SHIP_1.csv").write_text(GOOD)
    (tmp_path / "other.csv").write_text(GOOD)
    assert run(["-w", str(workspace), "mapping", "preview", str(tmp_path / "SHIP_1.csv"), "-c", "acme"]) == Exit.FINE
    assert run(["-w", str(workspace), "mapping", "preview", str(tmp_path / "other.csv"), "-c", "acme"]) == Exit.USAGE
    assert "no channel of acme takes 'other.csv' (they take SHIP_{day}.csv (shipments))" in capsys.readouterr().err
    assert (
        run(["-w", str(workspace), "mapping", "preview", str(tmp_path / "other.csv"), "-c", "acme", "--channel", "shipments"]) == Exit.FINE
    )


VENDOR = """\
connector: acme
partner:
  name: Acme
  vendor: "310"
  carrier: "50"
  edi:
    answers: {folder: outbox/acme/acks, file: "FA_{message}.edi"}
    x12: {ours: {id: US}, theirs: {id: THEM}, version: "004010"}
endpoint: {transport: folder}
receive:
  - {channel: edi, folder: inbox/acme, files: "*.edi", mapping: [x12-855-004010, x12-856-004010, x12-810-004010]}
send:
  - {channel: orders, folder: outbox/acme, mapping: MAPPING, gather: {new_orders: true, now: true}, file: "PO_{batch:06}.edi"}
"""


KINDS = [("x12-856", "shipment", "x12-856-004010"), ("x12-810", "invoice", "x12-810-004010")]


@pytest.mark.parametrize(("sample", "kind", "mapping"), KINDS)
def test_a_preview_of_sets_takes_the_layout_that_each_is_for(
    workspace: Path, capsys: pytest.CaptureFixture[str], sample: str, kind: str, mapping: str
) -> None:
    (workspace / "connectors/acme.yaml").write_text(VENDOR.replace("MAPPING", "x12-850-batch-004010"))
    file = str(workspace / "samples" / f"{sample}.edi")
    assert run(["-w", str(workspace), "mapping", "preview", file]) == Exit.FINE
    assert f"Read as {kind} with mapping {mapping}" in capsys.readouterr().out
    assert run(["-w", str(workspace), "mapping", "preview", file, "-c", "acme", "--json"]) == Exit.FINE
    found = json.loads(capsys.readouterr().out)
    assert (found["mapping"], {one["kind"] for one in found["documents"]}) == (mapping, {kind})


def test_a_preview_traces_sets_to_segment_element_and_byte(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = workspace / "samples/x12-856-soi.edi"
    assert run(["-w", str(workspace), "mapping", "preview", str(file), "--trace", "--json"]) == Exit.FINE
    trace = json.loads(capsys.readouterr().out)["documents"][0]["trace"]
    places = {(step["field"], step["value"]): step["place"] for step in trace}
    for (_, value), place in places.items():
        byte = int(place.rpartition("byte ")[2])
        if "element" in place and value.isalnum() and not value.isdigit():
            assert file.read_bytes()[byte:].startswith(value.encode()) or value == "original"
    assert places["tracking", "1Z9101"].startswith("set 0001, segment 11 REF, element 02, byte ")  # of four addresses the one that held it


def test_several_kinds_of_sets_are_traced_together(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = (workspace / "samples/x12-856.edi").read_text() + (workspace / "samples/x12-810.edi").read_text()
    (tmp_path / "both.edi").write_text(both)
    assert run(["-w", str(workspace), "mapping", "preview", str(tmp_path / "both.edi"), "--trace"]) == Exit.FINE
    out = capsys.readouterr().out
    assert "Read as shipment, invoice with mapping" in out
    assert "INV-5501" in out
    assert "SHIP-9001" in out


@pytest.mark.parametrize(
    ("mapping", "reads", "told"),
    [
        ("x12-850-004010", "x12-855-004010", "asks for $partner.brand: unknown partner value 'brand'"),
        ("x12-850-004010", "x12-855-004010", "add it under 'partner'; here 'x12-850-batch-004010' would do"),
        ("x12-850-004010", "x12-855-004010", "let its lines write to_ship in place of quantity, or beside it; 'x12-850-batch-004010' does"),
        ("x12-850-batch-004010", "x12-860-vendor-004010", "only writes; a receive channel needs one that reads"),
    ],
)
def test_who_takes_the_wrong_layout_for_a_vendor_is_told_the_right_one(
    workspace: Path, capsys: pytest.CaptureFixture[str], mapping: str, reads: str, told: str
) -> None:
    (workspace / "connectors/acme.yaml").write_text(VENDOR.replace("MAPPING", mapping).replace("[x12-855-004010", f"[{reads}"))
    assert run(["-w", str(workspace), "connector", "check"]) == Exit.USAGE
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("a;b\n1;2\n", "no mapping fits this file"),
        ("hello\n", "the file is plain text without columns"),
        ("STX=ANA:1+5000000000:US+5000000001:THEM+261122:101010+7++ORDHDR'\n", "the file is TRADACOMS, which this gateway does not read"),
    ],
)
def test_a_file_that_no_layout_fits_is_refused(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], sent: str, told: str
) -> None:
    (tmp_path / "note.txt").write_text(sent)
    assert run(["-w", str(workspace), "mapping", "preview", str(tmp_path / "note.txt")]) == Exit.DATA_REFUSED
    assert told in (said := capsys.readouterr().err)
    assert "only writes" not in said


@pytest.mark.parametrize(
    ("mapping", "change", "told"),
    [
        (
            "acme-shipmens",
            "",
            "connectors/acme.yaml:5: receive > 1 > mapping: unknown mapping 'acme-shipmens'; did you mean 'acme-shipments'?",
        ),
        ("shipment-results", "", "mapping 'shipment-results' only writes; a receive channel needs one that reads"),
        ("createdsorder", "", "mapping 'createdsorder' is for documents of kind order; here fits"),
        ("acme-shipments", "set: {reference: $partner.our_number}\n", "asks for $partner.our_number: unknown partner value 'our_number'"),
        ("acme-shipments", "set: {reference: $file.batch}\n", "asks for $file.batch: catch it in 'files' as {batch}"),
        ("acme-shipments", "set: {referense: $file.day}\n", "mappings/acme-shipments.yaml:"),
    ],
)
def test_a_connector_and_its_layouts_must_fit(
    workspace: Path, capsys: pytest.CaptureFixture[str], mapping: str, change: str, told: str
) -> None:
    connect(workspace, mapping)
    (workspace / "mappings/acme-shipments.yaml").write_text(ACME.replace("fields:\n", f"{change}fields:\n", 1))
    assert run(["-w", str(workspace), "connector", "check", "acme"]) == Exit.USAGE
    assert told in capsys.readouterr().err


def test_the_service_does_not_start_while_a_layout_in_use_is_wrong(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    connect(workspace, "acme-shipments")
    (workspace / "mappings/acme-shipments.yaml").write_text(ACME.replace("as: upper", "as: uper"))
    assert run(["-w", str(workspace), "serve", "--once"]) == Exit.USAGE
    assert "mappings/acme-shipments.yaml:7: Reference: unknown codec 'uper'" in capsys.readouterr().err
    assert not (workspace / "var/gateway.db").exists()


def test_a_connector_that_fits_its_layouts_is_fine(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    connect(workspace, "acme-shipments", our_number="4711")
    text = ACME.replace("fields:\n", "set: {reference: $partner.our_number, bill_of_lading: $file.day}\nfields:\n", 1)
    (workspace / "mappings/acme-shipments.yaml").write_text(text)
    assert run(["-w", str(workspace), "connector", "check", "acme"]) == Exit.FINE, capsys.readouterr().err
    assert "1 connectors checked, 0 problems." in capsys.readouterr().out


def test_the_shipped_connectors_fit_their_layouts(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(workspace), "connector", "check", "--json"]) == Exit.FINE, capsys.readouterr().out
    assert json.loads(capsys.readouterr().out)["problems"] == []
