"""Reports at the console: as a page, as CSV and as a workbook, and a partner's file beside the store."""

from __future__ import annotations

import base64
from pathlib import Path

from gateway.domain.access import Authority
from tests.program import client_of, program
from tests.reader import Reader, add_people, console
from tests.town import Town

THEIRS = "PO,Line,Item,Ordered\nAB10747,1,BX100 RED,3\nAB10747,2,KT200,9\nZZ1,1,X,1\n"


def compare(reader: Reader, body: str, **fields: str) -> tuple[int, str]:
    found = reader.client.post("/reports/reconcile", data={"token": reader.token, **fields}, files={"file": ("=theirs.csv", body.encode())})
    return found.status_code, found.text


def test_reports_are_pages_and_files(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml"))
    town.once()
    with town.gateway() as gateway:
        add_people(gateway)
        with console(gateway) as reader:
            reader.sign_in("retailer.one")
            assert "/reports/aging" in reader.get("/reports").text
            page = reader.get("/reports/aging?what=lines&vendor=257").text
            assert 'href="/orders/AB10747"' in page
            assert "over 60" in page
            assert 'href="/reports/aging?what=lines&amp;vendor=257&amp;as=csv"' in page
            written = reader.get("/reports/aging?what=lines&as=csv")
            assert written.headers["content-disposition"] == 'attachment; filename="aging-lines.csv"'
            assert "AB10747" in written.text
            assert reader.get("/reports/aging?what=batches&as=xlsx").content.startswith(b"PK")
            assert "Nothing is like that" in reader.get("/reports/aging?what=invoices").text
            assert "KT200" in reader.get("/reports/items?from=2022-01-01").text
            assert reader.get("/reports/aging?buckets=x").status_code == 422
            assert "KT200" not in reader.get("/reports/items?from=2022-01-01&brand=none").text
            assert "KT200" in reader.get("/reports/items?days=3650").text
            assert "whole number from 1 to" in reader.get("/reports/items?days=many").text
            assert reader.get("/reports/items?vendor=nobody").status_code == 422
            status, told = compare(reader, THEIRS, whose="vendor:257")
            assert (status, "3 rows of theirs, 2 lines of ours" in told) == (200, True)
            assert "KT200" in told
            assert "ZZ1" in told
            assert str(tmp_path) not in compare(reader, "", whose="vendor:257")[1]
            assert compare(reader, THEIRS, whose="vendor:nobody")[0] == 422
        with console(gateway) as reader:
            reader.sign_in("configurator.one")
            assert reader.get("/reports").status_code == 403


def test_programs_get_the_same_reports(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml"))
    town.once()
    theirs = {"name": "=theirs.csv", "content": base64.b64encode(THEIRS.encode()).decode()}
    with town.gateway() as gateway, client_of(gateway) as client:
        auditor = program(gateway, client, Authority.REPORTS)
        aging = auditor.get("/reports/aging?what=lines&vendor=257").json()
        assert (aging["buckets"][-1], {it["order_number"] for it in aging["rows"]}) == ("over 60", {"AB10747"})
        assert sum(it["over 60"] for it in aging["summary"]) == 2
        for path in ("/reports/aging?vendor=25", "/reports/items?vendor=25"):
            refused = auditor.get(path)
            assert (refused.status_code, "did you mean '257'" in refused.text) == (422, True)
        found = auditor.post("/reports/reconcile", {**theirs, "vendor": "257"}).json()
        assert (found["file"], found["theirs"], found["ours"]) == ("=theirs.csv", 3, 2)
        assert {(it["finding"], it["order_number"], it["field"]) for it in found["rows"]} == {
            ("differs", "AB10747", "ordered"),
            ("only theirs", "ZZ1", None),
        }
        assert (found["findings"]["differs"], found["compared"]) == (1, ["order_number", "line", "item", "ordered"])
        named = auditor.post("/reports/reconcile", {**theirs, "vendor": "257", "columns": {"Ordered": "shipped"}}).json()
        assert {it["field"] for it in named["rows"]} == {"shipped", None}
        order = base64.b64encode(town.sample("createdsorder.xml")).decode()
        read = auditor.post("/reports/reconcile", {"name": "o.xml", "content": order, "system": "OMS", "mapping": "createdsorder"})
        assert (read.status_code, read.json()["rows"]) == (200, [])
        odd = auditor.post("/reports/reconcile", {**theirs, "vendor": "25", "system": "OM", "mapping": "x", "columns": {"PO": "colour"}})
        assert (odd.status_code, len(odd.json()["issues"])) == (422, 5)
        for content in ("", "%%"):
            assert auditor.post("/reports/reconcile", {**theirs, "vendor": "257", "content": content}).status_code == 400
        broken = auditor.post("/reports/reconcile", {"name": f"../{'ü' * 200}.csv", "content": "AAEC", "vendor": "257"})
        assert (broken.status_code, "/gateway-" in broken.text) == (422, False)
        secret = {"authorization": auditor.bearer}
        form = {"whose": "vendor:257", "as": "csv"}
        written = client.post("/reports/reconcile", data=form, files={"file": ("theirs.csv", THEIRS.encode())}, headers=secret)
        assert (written.status_code, "ZZ1" in written.text) == (200, True)
        assert "KT200" in client.get("/reports/items?from=2022-01-01&as=csv", headers=secret).text
        assert program(gateway, client, Authority.ORDERS).post("/reports/reconcile", theirs).status_code == 403
