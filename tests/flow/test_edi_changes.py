"""Changes and answers as X12 and EDIFACT, whole: the retailer's 860 and ORDCHG in, to the vendor out, its 855, 865 and ORDRSP back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store import tables
from tests.flow.test_changes import history, rows, told
from tests.town import OMS, RED_PANDA, Town

OF_OMS = """\
partner:
  name: Order management
  system: OMS
  edi:
    x12: {ours: {id: GATEWAY}, theirs: {id: LOCATE}, version: "004010", answer: none, ta1: never}
    edifact: {ours: {id: "4012345000094", qualifier: "14"}, theirs: {id: "5412345000013", qualifier: "14"}, version: D.96A, contrl: never}
"""
OF_PANDA = """\
partner:
  name: Red Panda Outfitters
  vendor: "257"
  edi:
    x12: {ours: {id: LOCATE}, theirs: {id: REDPANDA}, version: "004010", answer: none, ta1: never, line_end: lf}
    edifact:
      ours: {id: "5412345000013", qualifier: "14"}
      theirs: {id: "4012345000094", qualifier: "14"}
      version: D.96A
      contrl: never
      line_end: lf
"""
CHANGES = """\
  - channel: changes
    folder: in/oms/changes
    files: "*.edi"
    mapping:
      - x12-860-cancel-004010
      - x12-860-address-004010
      - x12-860-004010
      - edifact-ordchg-cancel
      - edifact-ordchg-address
      - edifact-ordchg
    every: 1h
    ready: {stable_for: 0s}
"""
ANSWERS = """\
  - channel: answers
    folder: in/redpanda/answers
    files: "*.edi"
    mapping: [x12-855-004010, x12-865-004010, edifact-ordrsp]
    every: 1h
    ready: {stable_for: 0s}
"""
REQUESTS = """\
  - channel: changes
    folder: out/redpanda/changes
    mapping: MAPPING
    gather: {requests: true, now: true}
    file: "CHG_{sequence:06}.edi"
"""


def a_town(root: Path, url: str, mapping: str) -> Town:
    town = Town(root, url)
    oms = OMS.replace("partner: {name: Order management, system: OMS}\n", OF_OMS)
    town.declare("oms", oms.replace("send:\n  - channel: changes\n", CHANGES + "send:\n  - channel: feed\n"))
    panda = RED_PANDA.replace('partner: {name: Red Panda Outfitters, vendor: "257"}\n', OF_PANDA)
    panda = panda.replace("send:\n", ANSWERS + "send:\n").replace("GATHER", "now: true")
    town.declare("redpanda", panda + REQUESTS.replace("MAPPING", mapping))
    for folder in ("in/oms/changes", "in/redpanda/answers", "out/redpanda/changes"):
        (town.root / folder).mkdir()
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    return town


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    with a_town(tmp_path / "town", database_url, "x12-860-vendor-004010").staying_open() as town:
        yield town


@pytest.fixture
def abroad(tmp_path: Path, database_url: str) -> Town:
    return a_town(tmp_path / "town", database_url, "edifact-ordchg-vendor")


def x12(kind: str, control: int, sender: str, receiver: str, *sets: str) -> str:
    """An interchange with one group; of each set the segments between ST and SE."""
    said = [f"ISA*00*          *00*          *ZZ*{sender:15}*ZZ*{receiver:15}*260623*0800*U*00401*{control:09}*0*P*>"]
    said.append(f"GS*{kind}*{sender}*{receiver}*20260623*0800*{control}*X*004010")
    for number, body in enumerate(sets, 1):
        type_, *segments = body.split("\n")
        said += [f"ST*{type_}*{number:04}", *segments, f"SE*{len(segments) + 2}*{number:04}"]
    said += [f"GE*{len(sets)}*{control}", f"IEA*1*{control:09}"]
    return "".join(f"{segment}~\n" for segment in said)


def edifact(type_: str, control: int, sender: str, receiver: str, *messages: str) -> str:
    """An interchange; of each message the segments between UNH and UNT."""
    said = [f"UNB+UNOC:3+{sender}:14+{receiver}:14+260623:0800+{control}"]
    for number, body in enumerate(messages, 1):
        segments = body.split("\n")
        said += [f"UNH+{number}+{type_}:D:96A:UN:EAN005", *segments, f"UNT+{len(segments) + 2}+{number}"]
    said.append(f"UNZ+{len(messages)}+{control}")
    return "".join(f"{segment}'\n" for segment in said)


def change(town: Town, name: str, *sets: str) -> None:
    town.drop(f"in/oms/changes/{name}.edi", x12("PC", len(name) + 40, "LOCATE", "GATEWAY", *sets))
    town.once()


def sent(town: Town) -> list[str]:
    """What the vendor was told: the segments of every file that say what changes."""
    tags = ("REF*TN", "N1*ST", "N3", "POC", "BGM", "NAD+DP", "LIN", "QTY", "PRI")
    texts = town.files("out/redpanda/changes").values()
    return [line.rstrip("~'") for text in texts for line in text.splitlines() if line.startswith(tags)]


ACCEPTED = "855\nBAK*00*AD*AB10747*20220620****SO-88120*20220621"
PARTS = (
    "855\nBAK*00*AC*AB10747*20220620****SO-88120*20220621\nPO1*1*3*EA*8.98*NT*SK*BX100 RED\nACK*IA*2*EA\nACK*IB*1*EA*068*20220710\n"
    "PO1*2*1*EA*21.5*NT*VN*V2000\nACK*R4*1*EA\nCTT*2"
)


def answer(town: Town, name: str, kind: str, control: int, *sets: str) -> None:
    town.drop(f"in/redpanda/answers/{name}.edi", x12(kind, control, "REDPANDA", "LOCATE", *sets))
    town.once()


def test_an_855_acknowledges_the_batch_and_tells_what_is_not_as_ordered(town: Town) -> None:
    answer(town, "a", "PR", 1, PARTS)
    assert history(town) == [(1, "H21", "In Process"), (2, "H19", "Held")]
    assert told(town) == [(1, "DUE_DATE"), (2, "HELD")]
    (row,) = rows(town, tables.order_answer)
    assert (row.vendor_order, row.about_change) == ("SO-88120", False)  # type: ignore[attr-defined]
    (batch,) = rows(town, tables.batch)
    assert batch.state == "acknowledged"  # type: ignore[attr-defined]


CUT = "860\nBCH*04*DS*AB10747***20220620*****20220623\nREF*TN*CH-7\nPOC*1*QD*1**EA*9.5**SK*BX100 RED\nPOC*2*DI*1**EA*21.5**SK*KT200\nCTT*2"
ADDRESS = "860\nBCH*04*DS*AB10747***20220620*****20220623\nREF*TN*CH-9\nN1*ST*Ariel Byrd\nN3*9 New Road\nN4*London**SE1 1AA*GB"
CANCEL = "860\nBCH*01*DS*AB10747***20220620*****20220623\nREF*TN*CH-8"


def test_an_860_goes_on_to_the_vendor_and_its_865_answers(town: Town) -> None:
    answer(town, "a", "PR", 1, ACCEPTED)
    change(town, "cut", CUT)
    assert sent(town) == [
        *("REF*TN*CH-7", "POC*1*QD*1**EA***SK*BX100 RED*VN*V1000"),
        *("REF*TN*CH-7", "POC*1*PC*3**EA*9.50**SK*BX100 RED*VN*V1000"),
        *("REF*TN*CH-7", "POC*2*DI*1**EA***SK*KT200*VN*V2000"),
    ]
    yes = "865\nBCA*04*AC*AB10747***20220620\nREF*TN*CH-7\nPOC*1*QD*1**EA***SK*BX100 RED\nACK*IA*2*EA\nCTT*1"
    no = "865\nBCA*04*RD*AB10747***20220620\nREF*TN*CH-7\nPOC*2*DI*1**EA***SK*KT200\nACK*IR*1*EA\nCTT*1"
    answer(town, "b", "CA", 2, yes, no)
    assert told(town) == [(1, "CANCEL_ACCEPTED"), (2, "CANCEL_REJECTED")]
    assert history(town)[-2:] == [(1, "H9", "In Process"), (2, "H10", "In Process")]


def test_an_address_and_an_order_that_goes_whole(town: Town) -> None:
    answer(town, "a", "PR", 1, ACCEPTED)
    change(town, "address", ADDRESS)
    answer(town, "b", "CA", 2, "865\nBCA*04*AT*AB10747***20220620\nREF*TN*CH-9")
    (party,) = [row for row in rows(town, tables.order_party) if row.role == "ship_to"]  # type: ignore[attr-defined]
    assert party.address1 == "9 New Road"  # type: ignore[attr-defined]
    change(town, "cancel", CANCEL)
    assert sent(town)[:3] == ["REF*TN*CH-9", "N1*ST*Ariel Byrd", "N3*9 New Road"]
    assert [line for line in sent(town) if line.startswith("POC")] == [
        "POC*1*DI*3**EA***SK*BX100 RED*VN*V1000",
        "POC*2*DI*1**EA***SK*KT200*VN*V2000",
    ]


def test_an_item_to_be_added_and_an_unknown_order_are_refused_and_their_neighbours_taken(town: Town) -> None:
    change(town, "bad", CUT.replace("POC*2*DI*1", "POC*2*AI*1"), CANCEL.replace("AB10747", "NOPE"))
    verdicts = [(row.verdict, row.issue and row.issue[0]["code"]) for row in rows(town, tables.receipt) if row.kind == "change"]  # type: ignore[attr-defined]
    assert verdicts == [("booked", None), ("refused", "MAP-17"), ("refused", "DSC-201")]


def test_the_same_by_edifact(abroad: Town) -> None:
    ours, theirs = "5412345000013", "4012345000094"
    abroad.drop(
        "in/redpanda/answers/a.edi", edifact("ORDRSP", 1, theirs, ours, "BGM+231+R-1+29\nDTM+137:20220621:102\nRFF+ON:AB10747\nUNS+S")
    )
    abroad.once()
    body = "BGM+230+CH-7+4\nDTM+137:20220623:102\nRFF+ON:AB10747\nLIN+1+3\nQTY+21:1:PCE\nLIN+2+2\nQTY+21:1:PCE\nUNS+S\nCNT+2:2"
    abroad.drop("in/oms/changes/a.edi", edifact("ORDCHG", 7, ours, theirs, body))
    abroad.once()
    assert sent(abroad) == [*("BGM+230+CH-7+4", "LIN+1+3", "QTY+21:1"), *("BGM+230+CH-7+4", "LIN+2+2", "QTY+21:0")]
    said = "BGM+231+R-2+4\nDTM+137:20220623:102\nRFF+ON:AB10747\nRFF+PP:CH-7\nLIN+1+5\nLIN+2+7\nUNS+S\nCNT+2:2"
    abroad.drop("in/redpanda/answers/b.edi", edifact("ORDRSP", 2, theirs, ours, said))
    abroad.once()
    assert told(abroad) == [(1, "CANCEL_ACCEPTED"), (2, "CANCEL_REJECTED")]


def test_an_address_beside_lines_that_change_is_a_repetition_and_beside_lines_that_stay_a_change(town: Town) -> None:
    there = "860\nBCH*04*DS*AB10747***20220620*****20220623\nREF*TN*CH-5\nN1*ST*Ariel Byrd\nN3*9 New Road\nN4*London**SE1 1AA*GB\n"
    answer(town, "a", "PR", 1, ACCEPTED)
    change(town, "lines", there + "POC*2*NC*1**EA***SK*KT200\nPOC*1*QD*2**EA***SK*BX100 RED\nCTT*2")
    assert sent(town) == ["REF*TN*CH-5", "POC*1*QD*2**EA***SK*BX100 RED*VN*V1000"]
    change(town, "address", there.replace("CH-5", "CH-6") + "POC*2*NC*1**EA***SK*KT200\nCTT*1")
    assert sent(town)[2:4] == ["REF*TN*CH-6", "N1*ST*Ariel Byrd"]
    verdicts = {row.verdict for row in rows(town, tables.receipt) if row.kind == "change"}  # type: ignore[attr-defined]
    assert verdicts == {"booked", "duplicate"}


def test_a_code_that_stands_in_no_table_refuses_its_order_by_name(town: Town) -> None:
    answer(town, "a", "PR", 1, PARTS.replace("ACK*R4", "ACK*QQ"))
    (issues,) = [row.issue for row in rows(town, tables.receipt) if row.kind == "order_answer"]  # type: ignore[attr-defined]
    assert [(it["code"], it["value"]) for it in issues if it.get("severity", "error") == "error"] == [("MAP-17", "QQ")]
    assert history(town) == []
