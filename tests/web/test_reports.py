"""Reports at the console: as a page, as CSV and as a workbook, and a partner's file beside the store."""

from __future__ import annotations

from pathlib import Path

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
