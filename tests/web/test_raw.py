"""A received file as it came, at the console: hidden by default, shown with a reason that is kept, an alarm for emergencies."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from gateway.desk.trail import list_entries
from gateway.store.audit import AuditSearch
from gateway.store.tables import message
from tests.reader import add_people, console
from tests.town import Town

BROKEN = "po_number,po_line_number,carrier,shipped_quantity,tracking_number\nNOSUCH,1,10,1,1Z1\n"


def test_a_file_is_shown_with_its_issues_and_revealed_to_who_may(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml"))
    town.drop("in/redpanda/SHIP_1.csv", BROKEN)
    town.once()
    with town.gateway() as gateway:
        add_people(gateway)

        def noted(event: str) -> list[tuple[str, str]]:
            return [(it.actor, it.reason) for it in list_entries(gateway.store, AuditSearch(event=event), most=9).rows]

        with console(gateway) as reader:
            reader.sign_in("operator.one")
            assert 'href="/messages/1/raw"' in reader.get("/messages/1").text
            page = reader.get("/messages/1/raw")
            assert page.headers["cache-control"] == "no-store"
            assert "00012025-001" in page.text
            assert "Harbor" not in page.text
            assert 'name="reason"' in page.text
            wrong = reader.get("/messages/2/raw").text
            assert 'class="row bad" id="L2"' in wrong
            assert '<a href="#L2">row 2</a>' in wrong
            assert "NOSUCH" in wrong
            assert reader.post("/messages/1/raw").status_code == 422
            assert noted("raw_file_seen") == []
            assert "Harbor" in reader.post("/messages/1/raw", {"reason": "parcel lost"}).text
            assert noted("raw_file_seen") == [("operator.one", "parcel lost")]
            assert "has seen message 1 as it came: parcel lost" in reader.get("/needs").text
            got = reader.post("/messages/1/raw/download", {"reason": "for the carrier"})
            assert got.content == town.sample("createdsorder.xml")
            assert got.headers["content-disposition"] == 'attachment; filename="CDSO_1.xml"'
            assert "There are no rows here" in reader.get("/messages/1/raw?page=9").text
            with gateway.store.reading() as connection:
                key = connection.execute(select(message.c.archive_key).where(message.c.id == 1)).scalar_one()
            blob = gateway.archive.path(key)
            blob.write_bytes(blob.read_bytes()[:-9])
            lost = reader.post("/messages/1/raw/download", {"reason": "for the carrier"})
            assert (lost.status_code, "content-disposition" in lost.headers) == (404, False)
            assert "verify --deep" in lost.text
        with console(gateway) as reader:
            reader.sign_in("retailer.one")
            assert 'name="reason"' not in reader.get("/messages/1/raw").text
            for path in ("/messages/1/raw", "/messages/1/raw/download"):
                assert reader.post(path, {"reason": "curious"}).status_code == 403
            assert noted("access_denied") == [("retailer.one", "")] * 2
        with console(gateway) as reader:
            reader.sign_in("vendor.257")
            assert reader.get("/messages/1/raw").status_code == 404
            assert "NOSUCH" in reader.post("/messages/2/raw", {"reason": "mending"}).text
            assert len(noted("raw_file_seen")) == 4
        with console(gateway) as reader:
            reader.sign_in("vendor.310")
            assert reader.get("/messages/2/raw").status_code == 404
