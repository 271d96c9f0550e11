"""What a retailer's 860 or ORDCHG had to wait for is answered once it is decided, by whatever way, once, and in nothing but that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from gateway.store import later
from gateway.store.outbox import ItemState
from gateway.store.tables import outbox
from tests.flow.test_edi_change_answers import REPLIES, sets
from tests.flow.test_edi_changes import ACCEPTED, ADDRESS, CANCEL, CHANGES, CUT, a_town, answer, change, edifact, x12
from tests.town import Town

SHIPMENT = (
    "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date\n"
    "AB10747,2,1,50,Track1,2.34,1.23,2022-06-22\n"
)


def answering(root: Path, url: str, layout: str, told: str) -> Town:
    """A vendor that has a batch, and a retailer whose changes are answered by `layout`."""
    town = a_town(root, url, told)
    path = town.root / "connectors/oms.yaml"
    reply = f'    answer: {{mapping: {layout}, file: "{{file}}.reply.edi", folder: {REPLIES}}}\n'
    path.write_text(path.read_text().replace(CHANGES, CHANGES + reply))
    (town.root / REPLIES).mkdir()
    return town


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    town = answering(tmp_path / "town", database_url, "x12-865-retailer-004010", "x12-860-vendor-004010")
    with town.staying_open():
        answer(town, "a", "PR", 1, ACCEPTED)
        yield town


def replies(town: Town) -> dict[str, list[str]]:
    """What each reply says, but for the name of the file that it answers."""
    tags = ("BCA", "REF*TN", "MSG", "POC", "ACK")
    return {name: [it for one in sets(text) for it in one if it.startswith(tags)] for name, text in town.files(REPLIES).items()}


def reply(town: Town, name: str) -> list[str]:
    """The newest one, and that there is no other after another round."""
    town.once()
    return replies(town)[f"{name}.edi"]


def test_whatever_way_what_waited_is_decided_goes_on_to_the_retailer_once(town: Town) -> None:
    change(town, "cut", CUT)
    assert replies(town) == {}
    answer(town, "b", "CA", 2, "865\nBCA*04*AC*AB10747***20220620\nREF*TN*CH-7\nPOC*1*QD*1**EA***SK*BX100 RED\nACK*IA*2*EA\nCTT*1")
    assert reply(town, "cut.edi.reply") == ["BCA*04*AD*AB10747***20220620", "REF*TN*CH-7", "POC*1*CA", "ACK*IA"]
    town.command("order", "decline", "AB10747", "cancel", "--line", "2")
    declined = "MSG*line 2: DSC-209 the vendor declines to cancel"
    assert reply(town, "cut.edi.reply_r2") == ["BCA*04*RD*AB10747***20220620", "REF*TN*CH-7", declined, "POC*2*DI", "ACK*IR"]
    change(town, "first", ADDRESS)
    change(town, "second", ADDRESS.replace("CH-9", "CH-10").replace("9 New", "10 New"))
    newer = "MSG*DSC-210 a newer request took its place before the vendor had answered"
    assert reply(town, "first.edi.reply") == ["BCA*04*RJ*AB10747***20220620", "REF*TN*CH-9", newer]
    town.command("order", "accept", "AB10747", "address")
    assert reply(town, "second.edi.reply") == ["BCA*04*AT*AB10747***20220620", "REF*TN*CH-10"]
    change(town, "all_of_it", CANCEL)
    town.command("order", "accept", "AB10747", "cancel", "--line", "1")
    town.once()
    assert "all_of_it.edi.reply.edi" not in replies(town)
    town.drop("in/redpanda/SHIP_1.csv", SHIPMENT)
    late = "MSG*line 2: DSC-203 the line was shipped or cancelled before the vendor had answered"
    said = ["BCA*04*AC*AB10747***20220620", "REF*TN*CH-8", late, "POC*1*DI", "ACK*IA", "POC*2*DI", "ACK*IR"]
    assert reply(town, "all_of_it.edi.reply") == said
    numbers = [text.partition("*U*00401*")[2][:9] for text in town.files(REPLIES).values()]
    assert sorted(numbers) == [f"{number:09}" for number in range(1, 6)]
    town.drop("in/oms/changes/fa.edi", x12("FA", 90, "LOCATE", "GATEWAY", "997\nAK1*CA*5\nAK2*865*0001\nAK5*A\nAK9*A*1*1*1"))
    town.once()
    (item,) = [it for it in town.command("outbox", "list", "--json").json if it["file"] == "all_of_it.edi.reply.edi"]
    assert (item["kind"], town.command("outbox", "show", str(item["id"]), "--json").json["sets"][0]["ack"]) == ("answer", "accepted")
    (item,) = [it for it in town.command("outbox", "list", "--json").json if it["file"] == "cut.edi.reply_r2.edi"]
    with town.gateway() as gateway, gateway.store.transaction() as tx:
        message_id = int(tx.connection.execute(select(outbox.c.idem).where(outbox.c.id == item["id"])).scalar_one().split(":")[1])
        assert (later.tells(tx.connection, message_id, item["id"]), later.untold(tx.connection, message_id)) == (True, {})
        taken_back = {"state": ItemState.CANCELLED, "known": None, "blessed_name": None}
        tx.connection.execute(update(outbox).where(outbox.c.id == item["id"]).values(taken_back))
        assert (list(later.untold(tx.connection, message_id)), later.to_ask(tx.connection, message_id)) == ([2], [0, later.PLACE])


def test_an_ordchg_that_waited_is_answered_by_an_ordrsp(tmp_path: Path, sqlite_url: str) -> None:
    ours, theirs = "5412345000013", "4012345000094"
    abroad = answering(tmp_path / "town", sqlite_url, "edifact-ordrsp-retailer", "edifact-ordchg-vendor")
    whole = "BGM+231+R-1+29\nDTM+137:20220621:102\nRFF+ON:AB10747\nUNS+S"
    abroad.drop("in/redpanda/answers/a.edi", edifact("ORDRSP", 1, theirs, ours, whole))
    abroad.once()
    lines = "BGM+230+CH-7+4\nDTM+137:20220623:102\nRFF+ON:AB10747\nLIN+1+3\nQTY+21:1:PCE\nLIN+9+2\nUNS+S\nCNT+2:2"
    abroad.drop("in/oms/changes/a.edi", edifact("ORDCHG", 7, ours, theirs, lines))
    abroad.once()
    said = "BGM+231+R-2+4\nDTM+137:20220623:102\nRFF+ON:AB10747\nRFF+PP:CH-7\nLIN+1+5\nUNS+S\nCNT+2:1"
    abroad.drop("in/redpanda/answers/b.edi", edifact("ORDRSP", 2, theirs, ours, said))
    abroad.once()
    tags = ("UNB", "BGM", "FTX", "RFF", "LIN")
    told = [[it for it in text.replace("\n", "").split("'") if it.startswith(tags)] for _, text in sorted(abroad.files(REPLIES).items())]
    first, second = [[it.partition("+2")[0] if it.startswith("UNB") else it for it in one] for one in told]
    assert first[1:] == [
        "BGM+231+CH-7+4",
        "FTX+AAI+++line 9?: DSC-202 order AB10747 has no line 9",
        "RFF+ON:AB10747",
        "RFF+PP:CH-7",
        "LIN+9+7",
    ]
    assert second[1:] == ["BGM+231+CH-7+4", "RFF+ON:AB10747", "RFF+PP:CH-7", "LIN+1+5"]
    assert f"+{ours}:14" in second[0]
