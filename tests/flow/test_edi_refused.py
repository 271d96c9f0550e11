"""What a partner refuses of our interchanges rings once and is shown set by set; one release 5010 with 999 goes whole, both ways."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.test_edi_exchange import ACKS, LAYOUT, ORDERS, answer, item, orders, shipment, town_of
from tests.kitsune import edifact, x12
from tests.town import Town


@pytest.fixture
def kitsune(town: Town) -> Town:
    return town_of(town)


def alarms(town: Town, *words: str) -> list[dict[str, Any]]:
    return list(town.command("alarm", "list", "--about", "rejection", *words, "--json").json)


def sets(town: Town) -> list[tuple[str, ...]]:
    sheet = town.command("outbox", "show", str(item(town)["id"]), "--json").json
    return [(it["group"], it["type"], it["number"], it["document"], it["ack"], *it["codes"]) for it in sheet["sets"]]


REFUSED = ("AK1*PO*1", "AK2*850*0002", "AK3*PO1*5**8", "AK4*2*330*6*X", "AK5*R*5", "AK9*P*2*2*1")


def test_the_acknowledgement_of_a_file_is_shown_set_by_set(kitsune: Town) -> None:
    orders(kitsune, "AB10747", "AB10748")
    assert sets(kitsune) == [("PO 1", "850", "0001", "AB10747", "due"), ("PO 1", "850", "0002", "AB10748", "due")]
    answer(kitsune, *REFUSED)
    assert sets(kitsune) == [
        ("PO 1", "850", "0001", "AB10747", "accepted"),
        ("PO 1", "850", "0002", "AB10748", "rejected", "AK3 PO1 5 8", "AK4 2 6", "AK5 5"),
    ]
    shown = kitsune.command("outbox", "show", str(item(kitsune)["id"])).out
    assert ("Sets" in shown, "AK3 PO1 5 8, AK4 2 6, AK5 5" in shown) == (True, True)


def test_documents_that_a_partner_refuses_ring_once_and_say_what_to_do(kitsune: Town) -> None:
    orders(kitsune, "AB10747", "AB10748")
    answer(kitsune, *REFUSED)
    (alarm,) = alarms(kitsune)
    file = item(kitsune)["id"]
    told = f"Kitsune Crafts has refused 1 of 2 documents of file {file} (PO_000001.edi, batch 1): AB10748 (AK3 PO1 5 8, AK4 2 6, AK5 5)"
    assert (alarm["code"], alarm["why"], alarm["connector"], alarm["channel"]) == ("GWY-42", told, "kitsune", "orders")
    assert "gateway batch request VENDOR --batch N" in alarm["act"]
    answer(kitsune, "AK1*PO*1", "AK9*R*2*2*0", number=2)
    assert alarms(kitsune, "--all") == [alarm]


def test_a_file_that_is_taken_after_all_ends_its_alarm(kitsune: Town) -> None:
    orders(kitsune, "AB10747")
    answer(kitsune, "AK1*PO*1", "AK9*R*1*1*0")
    (alarm,) = alarms(kitsune)
    assert "has refused everything of file" in alarm["why"]
    answer(kitsune, "AK1*PO*1", "AK9*A*1*1*1", number=2)
    assert alarms(kitsune) == []
    (ended,) = alarms(kitsune, "--all")
    assert ended["reason"] == "the partner has accepted it since"


def test_an_interchange_that_a_ta1_refuses_rings_too(kitsune: Town) -> None:
    orders(kitsune, "AB10747")
    kitsune.drop("in/kitsune/ta.edi", x12(number=1, services=["TA1*000000001*260622*0815*R*006"]))
    kitsune.once()
    (alarm,) = alarms(kitsune)
    assert alarm["why"].endswith("(PO_000001.edi, batch 1): AB10747 (TA1 006)")
    assert item(kitsune)["ack"] == "rejected"


def test_an_answer_of_ours_that_is_refused_rings_though_it_holds_no_documents(kitsune: Town) -> None:
    orders(kitsune, "AB10747")
    answer(kitsune, "AK1*PO*1", "AK9*A*1*1*1")
    kitsune.drop("in/kitsune/ship.edi", x12(shipment("AB10747", "1", "S1"), kind="SH", number=2))
    kitsune.once()
    kitsune.drop("in/kitsune/ta.edi", x12(number=3, services=["TA1*000000002*260622*0815*R*009"]))
    kitsune.once()
    (alarm,) = alarms(kitsune)
    assert (alarm["why"].partition(" of file ")[0], alarm["why"].endswith(": TA1 009")) == ("Kitsune Crafts has refused everything", True)


def test_a_message_that_a_contrl_refuses_rings(town: Town) -> None:
    kitsune = town_of(town)
    layout = LAYOUT.replace("kitsune-850", "kitsune-orders").replace("x12-850-batch-004010", "edifact-orders-batch")
    (kitsune.root / "mappings/kitsune-orders.yaml").write_text(layout)
    path = kitsune.root / "connectors/kitsune.yaml"
    path.write_text(path.read_text().replace("kitsune-850", "kitsune-orders"))
    orders(kitsune, "AB10747", "AB10748")
    body = ["UCI+1+4012345000009:14+4098765000002:14+7", "UCM+2+ORDERS:D:96A:UN+4+12"]
    kitsune.drop("in/kitsune/c.edi", edifact(("CONTRL", body)))
    kitsune.once()
    (alarm,) = alarms(kitsune)
    assert "refused 1 of 2 documents" in alarm["why"]
    assert alarm["why"].endswith("AB10748 (UCM 12)")


@pytest.fixture
def modern(town: Town) -> Town:
    """The vendor speaks release 5010 and 999."""
    kitsune = town_of(town, mapping="x12-856-005010", more='answer: "999"')
    path = kitsune.root / "connectors/kitsune.yaml"
    path.write_text(path.read_text().replace('version: "004010"', 'version: "005010"'))
    layout = kitsune.root / "mappings/kitsune-850.yaml"
    layout.write_text(LAYOUT.replace("only: write", 'options: {set: "850", version: "005010"}'))
    return kitsune


def release_5010(text: str) -> str:
    return text.replace("*U*00401*", "*^*00501*").replace("*X*004010~", "*X*005010~")


def test_a_999_acknowledges_what_we_send(modern: Town) -> None:
    orders(modern, "AB10747", "AB10748")
    (sent,) = modern.files(ORDERS).values()
    assert "*X*005010~" in sent
    body = ("AK1*PO*1*005010", "AK2*850*0001", "IK5*A", "AK2*850*0002", "IK3*PO1*5**8", "IK4*2*330*6*X", "IK5*R*5", "AK9*P*2*2*1")
    modern.drop("in/kitsune/fa.edi", release_5010(x12(("999", body), kind="FA")))
    modern.once()
    assert [(*it[3:],) for it in sets(modern)] == [("AB10747", "accepted"), ("AB10748", "rejected", "IK3 PO1 5 8", "IK4 2 6", "IK5 5")]
    assert (item(modern)["ack"], modern.files(ACKS)) == ("accepted_with_errors", {})
    (alarm,) = alarms(modern)
    assert alarm["why"].endswith("AB10748 (IK3 PO1 5 8, IK4 2 6, IK5 5)")


def test_a_999_answers_what_comes(modern: Town) -> None:
    orders(modern, "AB10747")
    ships = (shipment("AB10747", "1", "S1"), shipment("AB10747", "x", "S2"))
    modern.drop("in/kitsune/ship.edi", release_5010(x12(*ships, kind="SH", number=2)))
    modern.once()
    (text,) = modern.files(ACKS).values()
    lines = [line.rstrip("~") for line in text.splitlines()]
    assert lines[2].startswith("ST*999*0001")
    assert lines[3:-3] == [
        *("AK1*SH*1*005010", "AK2*856*0001", "IK5*A", "AK2*856*0002"),
        *("IK3*SN1*11*HL*8", "IK4*2*382*6*x", "IK5*R*5", "AK9*P*2*2*1"),
    ]
    (message,) = modern.command("message", "list", "--state", "partly_booked", "--json").json
    assert (message["file"], message["booked"], message["refused"]) == ("ship.edi", 1, 1)


@pytest.mark.parametrize(
    ("told", "old", "new", "why"),
    [
        (("AK1*PO*1", "AK9*R*1*1*0"), "SE*4*", "SE*9*", "SE01 says 9"),
        (("AK1*PO*1", "AK2*850*0001", "AK5*Q", "AK9*A*1*1*1"), "", "", "'Q' is no verdict of AK501"),
        (("AK1*PO*1", "AK9*Q*1*1*1"), "", "", "'Q' is no verdict of AK901"),
        (("AK1*PO*1", "AK9*A*1*1*1"), "GE*1*", "GE*2*", "GE01 says 2"),
        (("AK1*PO*1",), "", "", "AK9 is missing"),
    ],
)
def test_a_broken_answer_settles_nothing_and_rings(kitsune: Town, told: tuple[str, ...], old: str, new: str, why: str) -> None:
    orders(kitsune, "AB10747")
    kitsune.drop("in/kitsune/fa.edi", x12(("997", list(told)), kind="FA").replace(old, new))
    kitsune.once()
    assert item(kitsune)["ack"] == "due"
    (alarm,) = alarms(kitsune)
    assert (alarm["code"], why in alarm["why"]) == ("GWY-44", True)
    (message,) = kitsune.command("message", "list", "--connector", "kitsune", "--json").json
    assert why in kitsune.command("message", "show", str(message["id"])).out.replace("\n", " ")
    answer(kitsune, "AK1*PO*1", "AK9*A*1*1*1", number=2)
    assert item(kitsune)["ack"] == "accepted"
