"""Interchanges looked at without a mapping: numbers of documents, their lines, and what is wrong at every level."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.cli.frame import run
from gateway.desk.inspection import Inspection
from gateway.desk.inspection import inspect as look
from gateway.formats.edi.keys import document_number, line_count
from gateway.mapping import Library, Values
from tests.interchanges import MESSAGE, ORDER, Read, edifact, group, isa, message, order, une, x12

ROOT = Path(__file__).parents[2]
SHIPMENT = ("BSN*00*S77*20260622*0815*0001", "HL*1**S", "HL*2*1*O", "PRF*AB10747", "HL*3*2*P", "HL*4*3*I", "LIN*1*VN*V1000", "SN1**3*EA")
TWO = x12(
    group(order("0001", (*ORDER, "CTT*1")), order("0002", count="9")), group(order("0003", SHIPMENT, type_="856"), control="8", kind="SH")
)


def looked(folder: Path, sent: bytes) -> Inspection:
    (folder / "file.edi").write_bytes(sent)
    return look(folder / "file.edi", Library(folder / "mappings"), Values())


@pytest.mark.parametrize(
    ("sent", "number", "lines"),
    [
        (x12(group(order())), "AB10747", 1),
        (x12(group(order("0001", SHIPMENT, type_="856"), kind="SH")), "S77", 1),
        (x12(group(order("0001", ["AK1*PO*7", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"], type_="997"), kind="FA")), "7", 1),
        (x12(group(order("0001", ["B3**1"], type_="210"), kind="IM")), "", 0),
        (edifact(message()), "AB10747", 1),
        (edifact(message(body=["BGM+351+D?+1:x+9", "LIN+1", "LIN+2"], type_="DESADV:D:96A:UN")), "D+1", 2),
    ],
)
def test_a_set_has_the_number_that_its_sender_gave_it(sent: bytes, number: str, lines: int) -> None:
    found = Read(sent).sets[0]
    assert (document_number(found), line_count(found)) == (number, lines)


def test_a_set_without_a_guide_is_looked_at_segment_by_segment(tmp_path: Path) -> None:
    good, bad = order("0001", ["W05*N*1", "N9*PC*3"], type_="940"), order("0002", ["W05*N*2", "N9**3"], type_="940")
    sets = looked(tmp_path, x12(group(good, bad, kind="OW"))).interchanges[0].groups[0].sets
    assert [[(it.code, it.text) for it in one.issues] for one in sets] == [[], [("AK403 1", "N901 (kind of reference) is missing")]]


def test_interchanges_are_told_without_a_mapping(tmp_path: Path) -> None:
    found = looked(tmp_path, TWO)
    assert (found.format, found.mapping, found.documents, found.is_refused) == ("x12", "", (), True)
    assert [it.text for it in found.issues] == [
        "no layout is for the sets of this file: 850 of 004010 (2), 856 of 004010 (1). There is no layout that reads x12 here"
    ]
    it = found.interchanges[0]
    assert (it.control, it.sender, it.receiver, it.is_test) == ("000000001", "RETAILER", "VENDOR", False)
    assert [(one.kind, one.control) for one in it.groups] == [("PO", "7"), ("SH", "8")]
    assert [(one.type, one.control, one.document, one.lines) for held in it.groups for one in held.sets] == [
        ("850", "0001", "AB10747", 1),
        ("850", "0002", "AB10747", 1),
        ("856", "0003", "S77", 1),
    ]
    told = [(one.control, issue.code, issue.kind) for held in it.groups for one in held.sets for issue in one.issues if issue.is_error]
    assert ("0002", "AK502 4", "count_differs") in told
    assert {control for control, _, _ in told} == {"0002"}


def test_each_level_has_the_code_that_an_answer_gives(tmp_path: Path) -> None:
    it = looked(tmp_path, x12(group(order(), closes="9"), count="2") + b"stray").interchanges[0]
    assert ([one.code for one in it.issues], [one.code for one in it.groups[0].issues]) == (["TA1 021"], ["AK905 4"])
    found = looked(tmp_path, edifact(une(message("1"), message("2", body=[*MESSAGE[:1], "XYZ+1"], count="9")), closes="9") + b"stray")
    assert [one.code for one in found.interchanges[0].issues] == ["0085 28"]
    assert [(one.code, one.is_error) for one in found.issues] == [("MAP-02", True), ("MAP-01", False)]


def test_each_set_goes_to_the_mapping_that_is_for_it(tmp_path: Path) -> None:
    (tmp_path / "file.edi").write_bytes((ROOT / "samples/x12-850.edi").read_bytes())
    found = look(tmp_path / "file.edi", Library(ROOT / "mappings"), Values())
    assert found.mapping == "x12-850-004010"
    assert {one.kind for one in found.documents} == {"order"}
    assert all(one.key for one in found.documents)
    assert {one.type for group in found.interchanges[0].groups for one in group.sets} == {"850"}


def test_sets_that_no_mapping_is_for_are_told_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file.edi").write_bytes(x12(group(order("0001", ["W05*N*1"], type_="940"), kind="OW")))
    found = look(tmp_path / "file.edi", Library(ROOT / "mappings"), Values())
    assert (found.mapping, found.documents, len(found.interchanges), found.is_refused) == ("", (), 1, True)
    (issue,) = found.issues
    assert (issue.code, issue.text.partition(". There are layouts for ")[0]) == (
        "MAP-02",
        "no layout is for the sets of this file: 940 of 004010 (1)",
    )
    assert "850 of 004010, 005010" in issue.text


def test_answers_need_no_layout(tmp_path: Path) -> None:
    found = looked(tmp_path, x12(group(order("0001", ["AK1*PO*7", "AK9*A*1*1*1"], type_="997"), kind="FA")))
    assert (found.mapping, found.issues, found.is_refused) == ("", (), False)


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (x12(group(order())).decode().encode("utf-16"), "X12 or EDIFACT in UTF-16"),
        (edifact(message()).decode().encode("utf-16-le"), "X12 or EDIFACT in UTF-16"),
        (edifact(message()).decode().encode("utf-16-be"), "X12 or EDIFACT in UTF-16"),
        (b"PK\x03\x04" + bytes(40), "a zip archive"),
        (b"\x1f\x8b\x08" + bytes(40), "a gzip archive"),
    ],
)
def test_what_is_packed_or_encoded_otherwise_is_told_by_name(tmp_path: Path, sent: bytes, name: str) -> None:
    found = looked(tmp_path, sent)
    assert [(one.code, one.text) for one in found.issues] == [("MAP-02", f"the file is {name}, which this gateway does not read")]


def test_other_formats_are_told_by_name(tmp_path: Path) -> None:
    found = looked(tmp_path, b"STX=ANAA:1+5000000000000:RETAIL+")
    assert [(one.code, one.text) for one in found.issues] == [("MAP-02", "the file is TRADACOMS, which this gateway does not read")]


def test_people_and_programs_are_told_outside_of_a_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file.edi").write_bytes(x12(group(order(count="9")), head=isa(e15="T")))
    assert run(["inspect", "file.edi"]) == 3
    told = capsys.readouterr().out
    assert "1 interchange(s), 1 group(s), 1 set(s)" in told
    assert "Interchange 000000001 is a test." in told
    assert "PO 7" in told
    assert told.count("SE01 says 9, but 4 segments were found") == 1
    assert "hold the count against what is there" in told
    assert run(["inspect", "--json", "file.edi"]) == 3
    shown = json.loads(capsys.readouterr().out)
    assert set(shown) == {"format", "mapping", "documents", "interchanges", "issues"}
    it = shown["interchanges"][0]
    assert {name: it[name] for name in ("control", "sender", "receiver", "issues")} == {
        "control": "000000001", "sender": "RETAILER", "receiver": "VENDOR", "issues": [],
    }  # fmt: skip
    one = it["groups"][0]["sets"][0]
    assert {name: one[name] for name in ("type", "control", "segments", "document", "lines")} == {
        "type": "850", "control": "0001", "segments": 4, "document": "AB10747", "lines": 1,
    }  # fmt: skip
    assert one["issues"][0] == {
        "code": "AK502 4",
        "where": one["issues"][0]["where"],
        "text": "SE01 says 9, but 4 segments were found",
    }


def test_a_long_value_is_told_by_its_beginning(tmp_path: Path) -> None:
    sent = x12(group(order(body=(*ORDER[:1], f"CUR*BY*{'U' * 5_000}", ORDER[1]))), closes="9" * 5_000)
    it = looked(tmp_path, sent).interchanges[0]
    told = [*it.issues, *(issue for held in it.groups for one in held.sets for issue in one.issues)]
    assert len(told) >= 2
    assert all(len(issue.text) < 400 for issue in told)
