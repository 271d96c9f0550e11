"""Acts on many things at once: all files of a filter, everything that goes out, alarms."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.desk.outbox import show_item
from gateway.domain.access import EVERYTHING
from gateway.store.outbox import ItemState
from tests.reader import Reader, add_people, console, effects_of
from tests.shop import Shop, open_story
from tests.shown import Shown
from tests.town import Town

REASON = {"reason": "the partner asked"}


def asks(reader: Reader, path: str) -> tuple[str, str]:
    """The mark that a page shows, and where it asks for it."""
    (main,) = Shown(reader.get(path).text).root.xpath("//main")
    return main.get("data-mark"), main.get("data-mark-at")


def alarms_end(reader: Reader) -> None:
    """Alarms that ring are ended, one and those of a filter; each once."""
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
    found = reader.get("/alarms/acts/clear?found=1&about=break_glass&all=1").headers["location"]
    assert "ends, and the same cause" in effects_of(reader.post(found, REASON).text)
    assert reader.get("/alarms/acts/clear?found=1&about=break_glass&all=1").status_code == 404


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
            marks = {
                path: asks(reader, path) for path in ("/messages", "/messages/1?documents=not-taken", "/outbox?kind=answer", "/outbox/2")
            }
            assert all(reader.get(at).text == mark for mark, at in marks.values())
            reader.post("/outbox/acts/redeliver?id=1&id=2", REASON)
            (lane,) = (it for it in Shown(reader.get("/outbox").text).table("Partner") if it["Partner"] == "redpanda")
            words = ("Waiting", "Needs a person", "First in line", "Held by", "Orders behind", "Answers awaited", "Overdue")
            assert [lane[word] for word in words] == ["1", "0", "PO_000001.csv", "nobody", "1", "0", "0"]
            assert "By partner" not in reader.get("/outbox?state=waiting").text
            assert {path for path, (mark, at) in marks.items() if reader.get(at).text != mark} == {"/outbox?kind=answer", "/outbox/2"}
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
            alarms_end(reader)
        with console(gateway) as reader:
            reader.sign_in("vendor.257")
            assert reader.get("/marks/messages/1").status_code == 404
            page = reader.get("/outbox/2").text
            assert "operator.one" not in page
            assert "the retailer" in page


def test_invoices_and_batches_are_acted_on_together_and_their_lists_say_so(tmp_path: Path, sqlite_url: str) -> None:
    shop = Shop(tmp_path / "shop", sqlite_url)
    with open_story(shop.url) as story:
        story.ordered().sent().shipped().billed()
    with shop.opened() as gateway:
        add_people(gateway)
        with console(gateway) as reader:
            reader.sign_in("retailer.one")
            assert "With all that were found" not in reader.get("/invoices").text
            assert "/invoices/acts/approve?found=1&amp;state=Held" in reader.get("/invoices?state=Held").text
            path = reader.get("/invoices/acts/reject?found=1&state=Held").headers["location"]
            assert path == "/invoices/acts/reject?id=2"
            assert reader.get("/invoices/acts/reject?found=1&state=Approved").status_code == 404
            marks = {it: asks(reader, it) for it in ("/invoices", "/invoices/RP-2?vendor=257", "/invoices/RP-1?vendor=257", "/batches/1")}
            both = effects_of(reader.get("/invoices/acts/reject?id=2&id=1").text)
            assert "RP-2: Held → Rejected" in both
            assert "RP-1: not possible" in both
            done = effects_of(reader.post("/invoices/acts/reject?id=2&id=1", REASON).text)
            assert "RP-2: Held → Rejected, $30.00; the partner asked" in done
            assert "RP-1: was not done" in done
            assert {it for it, (mark, at) in marks.items() if reader.get(at).text != mark} == {"/invoices", "/invoices/RP-2?vendor=257"}
            assert reader.get("/invoices/acts/reject?id=99").status_code == 404
            assert reader.get("/batches/acts/void?id=1").status_code == 403
            assert "/batches/acts/" not in reader.get("/batches").text
        with console(gateway) as reader:
            reader.sign_in("vendor.310")
            assert reader.get("/invoices/acts/delete?id=1").status_code == 404
            assert reader.get("/marks/invoices/RP-1?vendor=257").status_code == 404
            reader.sign_in("operator.one")
            mark, at = asks(reader, "/batches")
            page = reader.get("/batches/1").text
            assert "/batches/acts/void?id=1" in page
            assert "/batches/acts/acknowledge?id=1" not in page
            assert "no line of it waits for this" in effects_of(reader.get("/batches/acts/acknowledge?id=1").text)
            anew = effects_of(reader.get("/batches/acts/reissue?id=1").text)
            assert "not possible: channel 257/orders, which made batch 1, is not configured any more" in anew
            found = reader.get("/batches/acts/void?found=1&vendor=257").headers["location"]
            assert found == "/batches/acts/void?id=1"
            assert reader.get(at).text == mark
            assert "acknowledged → void, 2 lines off it" in effects_of(reader.post(found, REASON).text)
            assert reader.get(at).text != mark
            assert "not possible" in effects_of(reader.get(found).text)
