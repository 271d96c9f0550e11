"""What became of an 860 goes back to its sender as 865: applied, refused by name, and nothing of what still waits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.test_edi_changes import ACCEPTED, ADDRESS, CANCEL, CHANGES, CUT, a_town, answer, change, x12
from tests.town import OMS, Town

REPLIES = "out/oms/replies"
SHIPMENT = (
    "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date\n"
    "AB10747,2,1,50,Track1,2.34,1.23,2022-06-22\n"
)


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    town = a_town(tmp_path / "town", database_url, "x12-860-vendor-004010")
    path = town.root / "connectors/oms.yaml"
    reply = f'    answer: {{mapping: x12-865-retailer-004010, file: "{{file}}.865.edi", folder: {REPLIES}}}\n'
    path.write_text(path.read_text().replace(CHANGES, CHANGES + reply))
    assert OMS not in path.read_text()
    (town.root / REPLIES).mkdir()
    with town.staying_open():
        yield town


def sets(text: str) -> list[list[str]]:
    """The segments of each set between ST and SE; the day of the answer is any."""
    found: list[list[str]] = []
    for segment in text.replace("\n", "").split("~"):
        if segment.startswith("ST*"):
            found.append([])
        elif segment.startswith("BCA*"):
            found[-1].append(segment.rpartition("*")[0].rstrip("*"))
        elif found and not segment.startswith(("SE*", "GE*", "IEA*")) and segment:
            found[-1].append(segment)
    return found


def reply(town: Town, name: str) -> list[list[str]]:
    return sets(town.files(REPLIES)[f"{name}.edi.865.edi"])


def test_an_860_for_an_unknown_order_is_refused_by_an_865(town: Town) -> None:
    change(town, "unknown", CANCEL.replace("AB10747", "NOPE"))
    text = town.files(REPLIES)["unknown.edi.865.edi"].replace("\n", "")
    assert ("*ZZ*GATEWAY        *ZZ*LOCATE " in text, "~GS*CA*GATEWAY*LOCATE*" in text) == (True, True)
    assert reply(town, "unknown") == [
        ["BCA*04*RJ*NOPE***20220620", "REF*TN*CH-8", "N9*L1*REASON", "MSG*DSC-201 order NOPE is not known"],
    ]


def test_lines_in_the_wrong_state_are_refused_and_their_neighbours_accepted(town: Town) -> None:
    town.drop("in/redpanda/SHIP_1.csv", SHIPMENT)
    town.once()
    change(town, "late", CUT)
    assert reply(town, "late") == [
        [
            *("BCA*04*AC*AB10747***20220620", "REF*TN*CH-7", "N9*L1*REASON", "MSG*line 2: DSC-203 the line is Shipped"),
            *("POC*1*CA", "ACK*IA", "POC*2*DI", "ACK*IR"),
        ],
    ]


def test_what_is_applied_is_accepted_and_what_cannot_be_asked_is_refused_at_its_place(town: Town) -> None:
    change(town, "all", ADDRESS, CUT.replace("POC*2*DI*1", "POC*2*AI*1"))
    address, cut = reply(town, "all")
    assert address == ["BCA*04*AT*AB10747***20220620", "REF*TN*CH-9"]
    assert cut[0] == "BCA*04*AC*AB10747***20220620"
    assert cut[4:] == ["POC*1*CA", "ACK*IA", "POC*2*CA", "ACK*IR"]
    assert ("MAP-17" in cut[3], "'AI'" in cut[3]) == (True, True)


def test_each_reason_stands_whole_at_its_own_line_in_names_that_partners_know(town: Town) -> None:
    body = CUT.replace("POC*1*QD*1", "POC*1*AI*5").replace("POC*2*DI*1", "POC*2*RZ*x")
    assert body != CUT
    change(town, "odd", body)
    (told,) = reply(town, "odd")
    reasons = [segment.removeprefix("MSG*") for segment in told if segment.startswith("MSG*")]
    assert len(reasons) == 2
    assert (reasons[0].startswith("line 1: MAP-17 POC02: 'AI'"), reasons[1].startswith("line 2: ")) == (True, True)
    assert ("POC03: 'x'" in reasons[1], "DSC-204" in " ".join(reasons), "/" in "".join(reasons)) == (True, False, False)


def test_what_waits_for_the_vendor_is_not_answered_yet(town: Town) -> None:
    answer(town, "a", "PR", 1, ACCEPTED)
    change(town, "cut", CUT)
    assert town.files(REPLIES) == {}
    change(town, "partly", CUT.replace("CH-7", "CH-8").replace("POC*1*QD*1**EA*9.5", "POC*9*QD*1**EA*9.5").replace("POC*2*DI", "POC*1*DI"))
    (told,) = reply(town, "partly")
    assert [segment for segment in told if segment.startswith(("BCA", "POC", "ACK"))] == [
        *("BCA*04*RD*AB10747***20220620", "POC*9*CA", "ACK*IR"),
    ]


def test_a_file_that_comes_again_is_answered_as_it_was_under_new_numbers(town: Town) -> None:
    change(town, "unknown", CANCEL.replace("AB10747", "NOPE"))
    first = town.files(REPLIES)["unknown.edi.865.edi"]
    town.drop("in/oms/changes/again.edi", x12("PC", len("unknown") + 40, "LOCATE", "GATEWAY", CANCEL.replace("AB10747", "NOPE")))
    town.once()
    again = town.files(REPLIES)["again.edi.865.edi"]
    assert (sets(again) == sets(first), again == first) == (True, False)
    (one, two) = (text.partition("*U*00401*")[2][:9] for text in (first, again))
    assert (one, two) == ("000000001", "000000002")


def test_the_retailer_acknowledges_our_865_set_by_set(town: Town) -> None:
    change(town, "unknown", CANCEL.replace("AB10747", "NOPE"))
    town.drop("in/oms/changes/fa.edi", x12("FA", 90, "LOCATE", "GATEWAY", "997\nAK1*CA*1\nAK2*865*0001\nAK5*R*5\nAK9*R*1*1*0"))
    town.once()
    (item,) = [it for it in town.command("outbox", "list", "--json").json if it["file"] == "unknown.edi.865.edi"]
    (one,) = town.command("outbox", "show", str(item["id"]), "--json").json["sets"]
    assert (one["type"], one["document"], one["ack"], one["codes"]) == ("865", "NOPE", "rejected", ["AK5 5"])


def test_only_retailers_are_answered_so(town: Town) -> None:
    path = town.root / "connectors/redpanda.yaml"
    path.write_text(path.read_text().replace("mapping: shipment-results", "mapping: x12-865-retailer-004010"))
    done = town.command("connector", "check", ends=2)
    assert "x12-865-retailer-004010" in done.out + done.err
