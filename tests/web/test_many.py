"""Acts on many things at once: all files of a filter, everything that goes out, alarms."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.desk.outbox import show_item
from gateway.domain.access import EVERYTHING
from gateway.store.outbox import ItemState
from tests.reader import add_people, console, effects_of
from tests.town import Town

REASON = {"reason": "the partner asked"}


def test_what_a_filter_finds_is_acted_on_and_alarms_end(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    layout = town.root / "mappings/batch-csv.yaml"
    layout.write_text(re.sub(r"  ship_to_company: .*\n", "", layout.read_text()))
    town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml"))
    town.once()
    with town.gateway() as gateway:
        add_people(gateway)
        with console(gateway) as reader:
            reader.sign_in("operator.one")
            reader.post("/outbox/acts/redeliver?id=1&id=2", REASON)
            page = reader.get("/outbox?state=waiting").text
            assert 'href="/outbox/acts/hold?found=1&amp;state=waiting"' in page
            assert "With all that were found" not in reader.get("/outbox").text
            path = reader.get("/outbox/acts/hold?found=1&state=waiting").headers["location"]
            assert path == "/outbox/acts/hold?id=1&id=2"
            assert effects_of(reader.post(path, REASON).text).count("waiting → held") == 2
            assert [show_item(gateway.store, it, scope=EVERYTHING).state for it in (1, 2)] == [ItemState.HELD] * 2
            assert reader.get("/outbox/acts/retry?found=1&state=held").status_code == 404
            assert "the partner asked" in reader.get("/outbox/1").text
            assert 'href="/outbox/1">outgoing file 1</a>' in reader.get("/messages/1").text
            assert "MAP-35" in reader.get("/outbox/2").text
            assert reader.get("/messages/acts/reprocess?found=1&state=booked").headers["location"] == "/messages/acts/reprocess?id=1"
            assert "1 duplicate" in effects_of(reader.get("/messages/acts/reprocess?id=1").text)
            assert "stopped" in effects_of(reader.get("/outbox/everything/hold").text)
            assert "Nothing goes out" not in reader.get("/outbox").text
            reader.post("/outbox/everything/hold", REASON)
            held = reader.get("/outbox").text
            assert "Nothing goes out" in held
            assert "Let everything go" in held
            assert "going" in effects_of(reader.post("/outbox/everything/release", REASON).text)
            assert reader.get("/outbox/everything/burn").status_code == 404
            reader.post("/messages/1/raw", {"reason": "a parcel is lost"})
            assert "a parcel is lost" in reader.get("/alarms?about=break_glass").text
            number = reader.get("/needs").text.partition('href="/alarms/')[2].partition('"')[0]
            assert "End it" in reader.get(f"/alarms/{number}").text
            assert reader.post(f"/alarms/acts/clear?id={number}").status_code == 422
            assert "ends, and the same cause" in effects_of(reader.post(f"/alarms/acts/clear?id={number}", REASON).text)
            assert "it has ended already" in effects_of(reader.get(f"/alarms/acts/clear?id={number}").text)
            assert "the partner asked" in reader.get(f"/alarms/{number}").text
            assert f"/alarms/{number}" in reader.get("/alarms?all=1").text
            for missing in ("/alarms/acts/clear", "/alarms/9999", "/alarms/x"):
                assert reader.get(missing).status_code == 404, missing
        with console(gateway) as reader:
            reader.sign_in("vendor.257")
            page = reader.get("/outbox/2").text
            assert "operator.one" not in page
            assert "the retailer" in page
