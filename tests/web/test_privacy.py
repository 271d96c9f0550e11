"""Personal data on demand at the page and by program: previewed, with a reason, written down; a name never stands in the record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.app import Gateway
from gateway.desk.trail import list_entries
from gateway.domain.access import Authority
from gateway.store.audit import AuditSearch
from tests.program import client_of, program
from tests.reader import add_people, console, effects_of
from tests.town import Town

SHIPPED = (
    "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date\n"
    "AB10747,1,3,50,Track1,2.34,1.23,2022-06-22\nAB10747,2,1,50,Track2,2.34,1.23,2022-06-22\n"
)
PAGE = "/administration/privacy"


@pytest.fixture
def gateway(tmp_path: Path, sqlite_url: str) -> Iterator[Gateway]:
    """A closed order and an open one of another sales order."""
    town = Town(tmp_path / "town", sqlite_url)
    text = town.sample("createdsorder.xml").decode()
    town.drop("in/oms/orders.xml", text.encode())
    town.drop("in/oms/more.xml", text.replace("ab10747", "ab10800").replace("00012025-001", "00012099-001").encode())
    town.once()
    town.drop("in/redpanda/SHIP_1.csv", SHIPPED.encode())
    town.once()
    with town.gateway() as gateway:
        add_people(gateway)
        yield gateway


def noted(gateway: Gateway, event: str) -> list[tuple[str, str, str]]:
    return [(it.actor, it.about, it.reason) for it in list_entries(gateway.store, AuditSearch(event=event), most=9).rows]


def test_who_may_shows_and_erases_at_the_page(gateway: Gateway) -> None:
    asked = {"kind": "order", "name": "AB10747", "reason": "asked by letter"}
    with console(gateway) as reader:
        reader.sign_in("privacy.one")
        assert reader.get("/administration").headers["location"] == PAGE
        assert "Nobody has looked" in reader.get(PAGE).text
        assert "choose an order" in reader.post(PAGE, {**asked, "kind": "x"}).text
        assert reader.post(PAGE, {**asked, "reason": " "}).status_code == 422
        assert reader.post(PAGE, {**asked, "name": "nobody"}).status_code == 404
        kept = reader.post(PAGE, asked)
        assert kept.headers["content-disposition"] == 'attachment; filename="personal-data.json"'
        first = kept.json()["orders"][0]["order"]["document"]["sold_to"]["first_name"]
        assert first not in {None, "***"}
        told = f"{first} {kept.json()['orders'][0]['order']['document']['sold_to']['last_name']}"

        forget = f"{PAGE}/acts/forget"
        assert f"{forget}?kind=order&amp;name=AB10747" in reader.get("/orders/AB10747").text
        assert 'value="AB10747"' in reader.get(f"{forget}?kind=order&name=AB10747").text
        assert "Preview" in reader.get(forget).text
        preview = effects_of(reader.post(forget, {"kind": "customer", "name": told, "step": "preview"}).text)
        assert "order AB10747: names, addresses, messages and notes go for good" in preview
        assert "order AB10800: not possible: what is open keeps its data" in preview
        assert "Say why" in reader.post(forget, {**asked, "reason": "", "step": "do"}).text
        assert noted(gateway, "personal_data_erased") == []
        done = reader.post(forget, {"kind": "customer", "name": told, "reason": "asked by letter", "step": "do"})
        assert "order AB10747: erased; backups from before" in effects_of(done.text)
        assert "order AB10800: was not done" in effects_of(done.text)
        again = reader.post(forget, {**asked, "step": "preview"})
        assert "it is erased already" in effects_of(again.text)
        log = reader.get(PAGE).text
        assert log.count("asked by letter") == 2
        assert "erased" in log
    assert noted(gateway, "personal_data_shown") == [("privacy.one", "order AB10747", "asked by letter")]
    assert noted(gateway, "personal_data_erased") == [("privacy.one", "customer", "asked by letter")]
    with console(gateway) as reader:
        reader.sign_in("operator.one")
        assert reader.get(PAGE).status_code == 403
        assert reader.post(f"{PAGE}/acts/forget", {**asked, "step": "do"}).status_code == 403


def test_a_program_shows_erases_and_reads_the_log(gateway: Gateway) -> None:
    asked = {"kind": "order", "name": "AB10747", "reason": "letter"}
    with client_of(gateway) as client:
        officer, other = program(gateway, client, Authority.ERASING), program(gateway, client, Authority.ORDERS)
        assert other.post("/privacy/get", asked).status_code == 403
        assert officer.post("/privacy/get", {**asked, "reason": " "}).status_code == 400
        assert officer.post("/privacy/get", asked, idempotency_key="0123456789").status_code == 400
        assert officer.post("/privacy/get", {**asked, "name": "nobody"}).status_code == 404
        assert officer.post("/privacy/get", asked).json()["orders"][0]["order"]["number"] == "AB10747"
        wanted = {"kind": "order", "name": "AB10747"}
        assert officer.post("/privacy/forget", wanted).status_code == 422
        (rehearsed,) = officer.post("/privacy/forget", {**wanted, "dry_run": True}).json()["rows"]
        assert rehearsed["answer"] == "ELIGIBLE"
        (done,) = officer.post("/privacy/forget", asked).json()["rows"]
        assert (done["subject"], done["answer"]) == ("AB10747", "DONE")
        (kept,) = officer.post("/privacy/forget", {**asked, "name": "AB10800"}).json()["rows"]
        assert kept["answer"] == "OPEN_ORDERS"
        page = officer.get("/privacy/log?limit=1").json()
        assert [(it["act"], it["answer"], it["reason"]) for it in page["rows"]] == [("erased", "DONE", "letter")]
        (read,) = officer.get(f"/privacy/log?limit=1&cursor={page['next']}").json()["rows"]
        assert (read["act"], read["actor"]) == ("read", "key:probe")
    assert [it[1] for it in noted(gateway, "personal_data_erased")] == ["order AB10800", "order AB10747"]
