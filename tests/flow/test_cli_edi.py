"""`gateway edi guide` and `gateway edi format`: pages for partners and files in words, inside a workspace and without one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.cli.frame import run

ORDER = """\
ISA*00*          *00*          *ZZ*RETAILER       *ZZ*VENDOR         *260622*0815*U*00401*000000042*0*T*>~
GS*PO*RETAILER*VENDOR*20260622*0815*7*X*004010~
ST*850*0001~
BEG*00*DS*PO-77**20260622~
N1*ST*Ada Ash~
N3*1 Elm Street~
PO1*1*2*EA*9.25**SK*A-1~
SAC*C*D240***250~
CTT*1~
SE*8*0001~
GE*1*7~
IEA*1*000000042~
"""
MESSAGE = (
    "UNB+UNOC:3+RETAILER:14+VENDOR:14+260622:0815+42'UNH+1+ORDERS:D:96A:UN'BGM+220+PO-77+9'DTM+137:20260622:102'"
    "LIN+1++4000862141404:EN'QTY+21:two'UNS+S'UNT+7+1'UNZ+1+42'"
)
OWN = "guide: acme-850\nextends: x12/850\nname: order of Acme\nusage: {SAC: unused, PO1/SAC: unused}\n"


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("order.edi").write_text(ORDER, encoding="utf-8")
    Path("message.edi").write_text(MESSAGE, encoding="utf-8")


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    capsys.readouterr()
    assert run(["edi", *words]) == code
    return capsys.readouterr().out


def test_the_guides_are_listed_with_their_releases(capsys: pytest.CaptureFixture[str]) -> None:
    assert "x12/850" in said(capsys, "guide")
    rows = {row["guide"]: row for row in json.loads(said(capsys, "guide", "--json"))}
    assert rows["x12/850"]["releases"] == ["004010", "005010"]
    assert rows["edifact/desadv"]["set"] == "DESADV"


def test_a_guide_is_a_page_with_order_loops_elements_and_codes(capsys: pytest.CaptureFixture[str]) -> None:
    page = said(capsys, "guide", "850", "--version", "005010")
    assert page.startswith("# 850 order\n\nX12 release 005010, functional group PO, guide x12/850.\n")
    assert "| PO1 | line of an order, begins a loop | expected | any number |\n| . . LIN | item | may | 1 |" not in page
    assert "| . . PID | description of the item, begins a loop | may | 1000 |" in page
    assert "| 02 | kind of order | 92 | must | code, 2 |" in page
    assert "DS drop ship" in page
    assert "- 02 needs 03." not in page
    assert "- CTT01 counts PO1." in page


def test_a_guide_is_values_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(said(capsys, "guide", "ORDERS", "--json"))
    assert (told["standard"], told["set"], told["order"][0]) == ("edifact", "ORDERS", {"segment": "UNH", "usage": "mandatory", "most": 1})
    nad = next(it for it in told["segments"] if it["segment"] == "NAD")
    assert nad["elements"][0]["usage"] == "mandatory"
    assert nad["elements"][1]["parts"][0]["name"] == "party id"


def test_a_page_goes_into_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "guide", "997", "--output", "997.md") == "Guide x12/997 written to 997.md.\n"
    assert Path("997.md").read_text(encoding="utf-8").startswith("# 997 acknowledgement of receipt\n")


def test_a_file_that_cannot_be_written_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "guide", "997", "--output", "missing/997.md", code=2)


def test_the_guide_of_a_partner_is_read_from_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("acme-850.yaml").write_text(OWN, encoding="utf-8")
    page = said(capsys, "guide", "--guide", "acme-850.yaml")
    assert page.startswith("# 850 order of Acme\n\nX12 release 004010, functional group PO, guide acme-850 over x12/850.\n")
    assert "| . . SAC | allowance or charge, begins a loop | not used | 25 |" in page


def test_the_guides_of_a_workspace_are_found_by_name(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["init", "site"]) == 0
    Path("site/guides").mkdir()
    Path("site/guides/acme-850.yaml").write_text(OWN, encoding="utf-8")
    monkeypatch.chdir("site")
    assert "acme-850" in said(capsys, "guide")
    assert said(capsys, "guide", "acme-850").startswith("# 850 order of Acme\n")
    assert "SAC is not used by this guide" in said(capsys, "format", "../order.edi", "--guide", "acme-850")


def test_a_guide_that_is_wrong_stands_in_the_list(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["init", "site"]) == 0
    Path("site/guides").mkdir()
    Path("site/guides/acme-850.yaml").write_text("extends: x12/850\nusage: {CUR: never}\n", encoding="utf-8")
    monkeypatch.chdir("site")
    assert "wrong, see: gateway edi guide acme-850" in said(capsys, "guide")
    assert run(["edi", "guide", "acme-850"]) == 2
    assert "acme-850.yaml:2: 'never' must be one of" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["guide", "8500"], "unknown guide '8500'"),
        (["guide", "--guide", "none.yaml"], "none.yaml: there is no such file; name a guide of the folder guides/ or a YAML file"),
    ],
)
def test_a_guide_that_there_is_not_is_told(capsys: pytest.CaptureFixture[str], words: list[str], text: str) -> None:
    assert run(["edi", *words]) == 2
    assert text in capsys.readouterr().err


def test_a_file_is_shown_by_loops_and_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "format", "order.edi").splitlines() == [
        "x12 interchange 000000042 from ZZ:RETAILER to ZZ:VENDOR, 260622:0815, test",
        "  group PO 7 from RETAILER to VENDOR, 004010",
        "    850 0001, order, 8 segments",
        "      ST*850*0001   begins the set",
        "        01 kind of set: 850",
        "        02 set control number: 0001",
        "      BEG*00*DS*PO-77**20260622   begins a purchase order",
        "        01 purpose: 00 = original",
        "        02 kind of order: DS = drop ship",
        "        03 purchase order number: PO-77",
        "        05 date of the order: 20260622 = 2026-06-22",
        "        N1*ST*Ada Ash   party",
        "          01 role of the party: ST = ship to",
        "          02 name: Ada Ash",
        "        N3*1 Elm Street   address",
        "          01 address: 1 Elm Street",
        "        PO1*1*2*EA*9.25**SK*A-1   line of an order",
        "          01 line number: 1",
        "          02 quantity ordered: 2",
        "          03 unit: EA = each",
        "          04 unit price: 9.25",
        "          06 kind of product id: SK = stock keeping unit",
        "          07 product or service id: A-1",
        "          SAC*C*D240***250   allowance or charge",
        "            01 allowance or charge: C = charge",
        "            02 service, promotion, allowance or charge: D240 = freight",
        "            05 amount: 250 = 2.50",
        "        CTT*1   totals",
        "          01 number of lines: 1",
        "      SE*8*0001   ends the set",
        "        01 number of segments: 8",
        "        02 set control number: 0001",
    ]


def test_what_is_wrong_stands_where_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "format", "message.edi", "--short", code=3).splitlines()
    assert told[0] == "edifact interchange 42 from 14:RETAILER to 14:VENDOR, 260622:0815"
    at = told.index("        QTY+21:two   quantity")
    assert told[at + 1] == "          ! error: QTY01.2 (quantity) 'two' is not a number (code 37)"


def test_a_program_gets_one_object_for_each_step(capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(said(capsys, "format", "order.edi", "--json"))
    assert [it["kind"] for it in told] == ["interchange", "group", "set", "group_end", "interchange_end"]
    (beg,) = [it for it in told[2]["segments"] if it["tag"] == "BEG"]
    assert beg["elements"][1] == {"place": "02", "name": "kind of order", "value": "DS", "meaning": "drop ship"}
    assert (beg["position"], beg["depth"], beg["issues"]) == (2, 0, [])
    issues = [
        it
        for one in json.loads(said(capsys, "format", "message.edi", "--json", code=3))
        for s in one.get("segments", ())
        for it in s["issues"]
    ]
    assert [(it["kind"], it["code"], it["severity"]) for it in issues] == [("not_number", "37", "error")]


def test_what_is_no_edi_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("plain.txt").write_text("PO Number,Qty\n1,2\n", encoding="utf-8")
    assert "! error: no interchange begins here" in said(capsys, "format", "plain.txt", code=3)
    Path("empty.txt").write_bytes(b"")
    assert json.loads(said(capsys, "format", "empty.txt", "--json", code=3))[0]["kind"] == "stray"
