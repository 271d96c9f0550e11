"""Partners at the console: how each fares, its file without secrets, what is wrong with it, and the live test."""

from __future__ import annotations

from pathlib import Path

from tests.reader import add_people, console
from tests.town import Town


def test_a_partner_is_looked_at_and_tested(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    town.once()
    with town.gateway() as gateway:
        add_people(gateway)
        with console(gateway) as reader:
            reader.sign_in("operator.one")
            assert 'href="/partners/redpanda"' in reader.get("/partners").text
            assert 'href="/partners/redpanda"' in reader.get("/").text
            page = reader.get("/partners/redpanda").text
            assert all(word in page for word in ("shipments-csv", "in/redpanda", "SHIP_*.csv", "transport: folder"))
            assert "Test it now" not in page
            assert reader.post("/partners/redpanda/test").status_code == 403
            assert "did you mean" in reader.get("/partners/redpando").text
            assert reader.get("/partners/redpando").status_code == 404
        with console(gateway) as reader:
            reader.sign_in("configurator.one")
            assert "Test it now" in reader.get("/partners/redpanda").text
            told = reader.post("/partners/redpanda/test").text
            assert "All fine." in told
            assert told.count('<span class="state quiet">') > 3
            assert told.rstrip().endswith("</html>")
            (town.root / "in/redpanda").rename(town.root / "in/away")
            (town.root / "in/redpanda").write_text("not a folder")
            assert "cannot be used as a folder" in reader.post("/partners/redpanda/test").text
        with console(gateway) as reader:
            reader.sign_in("vendor.257")
            assert reader.get("/partners/redpanda").status_code == 403
