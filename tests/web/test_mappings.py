"""Mappings at the console: rules and tests of one, and where each value of a file comes from, uploaded or stored."""

from __future__ import annotations

import re
from pathlib import Path

from tests.reader import Reader, add_people, console
from tests.town import Town

SHIPMENTS = (
    "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date\nAB1,1,x,50,T1,1,1,2022-06-22\n"
)


def upload(reader: Reader, name: str, body: bytes, **fields: str) -> str:
    found = reader.client.post("/preview", data={"token": reader.token, **fields}, files={"file": (name, body)})
    return found.text


def test_a_mapping_shows_its_rules_its_tests_and_what_it_reads(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml"))
    town.once()
    with town.gateway() as gateway:
        add_people(gateway)
        with console(gateway) as reader:
            reader.sign_in("configurator.one")
            listed = reader.get("/mappings").text
            assert re.search(r'href="/mappings/shipments-csv">.*href="/partners/redpanda"', listed)
            page = reader.get("/mappings/createdsorder").text
            assert 'id="createdsorder-' in page
            assert "ship_to" in page
            assert page.count(">fine<") >= 1
            assert ">differs<" not in page
            assert 'data-row="' in page
            assert "did you mean" in reader.get("/mappings/createdsorde").text
            told = upload(reader, "../S.csv", SHIPMENTS.encode(), mapping="shipments-csv")
            assert "would be refused" in told
            assert '<a href="#L2">row 1, column po_number</a>' in told
            assert 'href="/mappings/shipments-csv#shipments-csv-' in told
            assert 'class="row bad" id="L2"' in told
            assert "no mapping fits this file" in upload(reader, "what.bin", b"\x00\x01")
            stored = reader.get("/preview?message=1").text
            assert "AB10747" in stored
            assert "Harbor" not in stored
            assert "ship_to.address1" in stored
            assert reader.get("/preview?message=99").status_code == 404
            found = reader.get("/schemas/mapping.json")
            assert found.headers["content-type"] == "application/schema+json"
            assert found.json()["$schema"].startswith("https://json-schema.org")
            assert reader.get("/schemas/none.json").status_code == 404
        with console(gateway) as reader:
            reader.sign_in("retailer.one")
            assert reader.get("/mappings").status_code == 403
