"""`gateway slip` and taking batches back: generated, fetched, voided, printed and sent anew; the documents as a warehouse reads them."""

from __future__ import annotations

import base64
import csv
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from pypdf import PdfReader
from sqlalchemy import update

from gateway.app import Gateway
from gateway.cli.exits import Exit
from gateway.desk.acting import Desk
from gateway.desk.slips import generate
from gateway.documents import ShipmentLine
from gateway.domain.reference import Brand
from gateway.domain.slip import Selection
from gateway.kernel.clock import FixedClock
from gateway.printing import expire
from gateway.store import consistency, tables
from tests import commands
from tests.business import ORDER, REFERENCE, UPLOAD, a_shipment
from tests.office import Office
from tests.shop import Shop, open_story
from tests.turns import in_turns

PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
"""A picture of one point."""
PLAIN = {"integrated: true\n    require_acknowledgement: true": "pull_sheet: true"}


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Shop:
    """Red Panda as a vendor that prints: two orders of brand 1, a gift of brand 2."""
    made = Shop(tmp_path / "shop", database_url)
    for old, new in PLAIN.items():
        made.change("organization.yaml", old, new)
    with open_story(made.url) as story:
        office = Office(story.store, reference=replace(REFERENCE, brands={**REFERENCE.brands, "2": Brand(code="2")}))
        for number in ("AB10747", "AB10748"):
            office.receive(replace(ORDER, number=number))
        office.receive(replace(ORDER, number="AB10749", brand="2", gift=True))
    return made


def lapse(gateway: Gateway) -> None:
    """What a killed process held is free; on PostgreSQL this would take until its lease ends."""
    with gateway.store.transaction() as tx:
        tx.connection.execute(update(tables.work).values(until=None, holder=None))


def made(shop: Shop, *arguments: str) -> list[dict[str, object]]:
    done = shop.gateway("slip", "generate", "257", "--json", *arguments)
    assert done.code == Exit.FINE, done.err
    return list(done.json)


def text_of(path: Path) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def history(shop: Shop, order: str) -> list[tuple[str, str, str]]:
    return [(it["action"], it["source"], it["note"]) for it in shop.gateway("order", "show", order, "--json").json["history"]]


def reasons(shop: Shop) -> list[tuple[str, str]]:
    return [(it["note"], it["reason"]) for it in shop.gateway("order", "show", "AB10747", "--json").json["history"]]


def lines(shop: Shop, order: str) -> list[tuple[str, int, int | None]]:
    return [(it["status"], it["printed"], it["batch"]) for it in shop.gateway("order", "show", order, "--json").json["lines"]]


def test_a_brand_that_there_is_not_is_refused_with_the_nearest(shop: Shop) -> None:
    shop.change("organization.yaml", '"1": {name: Harbor and Home}', '"1": {name: Harbor and Home}\n  HARBOR: {name: Harbor}')
    refused = shop.gateway("slip", "generate", "257", "--brand", "HARBUR")
    assert refused.code == Exit.USAGE
    assert "unknown brand 'HARBUR'; did you mean 'HARBOR'?" in refused.err
    refused = shop.gateway("slip", "generate", "257", "--brand", "7", "--dry-run")
    assert "known are 1, 2, HARBOR" in refused.err
    assert made(shop, "--brand", "HARBOR") == []


def test_every_brand_gets_a_batch_and_its_documents(shop: Shop, tmp_path: Path) -> None:
    rehearsed = made(shop, "--dry-run")
    assert [(it["batch"], it["brand"], it["order_numbers"], it["mode"]) for it in rehearsed] == [
        (1, "1", ["AB10747", "AB10748"], "rehearsal"),
        (2, "2", ["AB10749"], "rehearsal"),
    ]
    assert lines(shop, "AB10747") == [("New Order", 0, None)] * 2
    assert [it["batch"] for it in made(shop)] == [1, 2]
    assert lines(shop, "AB10747") == [("In Process", 3, 1), ("In Process", 1, 1)]
    assert history(shop, "AB10747")[2:] == [("Printed", "UI", "Batch ID (1)")] * 2
    listed = shop.gateway("slip", "list", "--json").json
    ready = {(it["kind"], it["state"]) for it in listed if it["batch"] == 2}
    assert ready == {("slips", "ready"), ("csv", "ready"), ("pull_sheet", "ready")}
    done = shop.gateway("slip", "fetch", "1", "--to", str(tmp_path / "paper"))
    assert done.code == Exit.FINE, done.err
    assert sorted(path.name for path in (tmp_path / "paper").iterdir()) == ["1-001-orders.csv", "1-001-pull.pdf", "1-001-slips.pdf"]
    slips = text_of(tmp_path / "paper" / "1-001-slips.pdf")
    for told in (
        "AB10747",
        "AB10748",
        "Byrd Imports Ltd",
        "1 Quay Road",
        "Ms. Ariel Byrd",
        "00012025-001",
        "MONO: ARB",
        "$ 14.99",
        "page 1 of 1",
    ):
        assert told in slips
    assert "Happy birthday!" in slips
    assert "Questions? Call customer service." in slips.splitlines()
    pull = text_of(tmp_path / "paper" / "1-001-pull.pdf")
    assert "1-001 Harbor and Home" in pull
    assert "2 orders, 8 pieces" in pull
    with (tmp_path / "paper" / "1-001-orders.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["batch_id"], row["po_number"], row["print_qty"]) for row in rows][:2] == [("1", "AB10747", "3"), ("1", "AB10747", "1")]


def test_a_gift_shows_no_prices_charges_or_totals(shop: Shop, tmp_path: Path) -> None:
    made(shop, "--brand", "2")
    shop.gateway("slip", "fetch", "1", "--to", str(tmp_path), "--kind", "slips")
    slip = text_of(tmp_path / "1-002-slips.pdf")
    assert "GIFT" in slip
    assert not [told for told in ("$", "14.99", "6.95", "Price", "Freight", "Paid", "54.93") if told in slip]


def test_only_what_is_chosen_is_printed(shop: Shop) -> None:
    assert [it["order_numbers"] for it in made(shop, "--order", "ab10748")] == [["AB10748"]]
    assert made(shop, "--single-line") == []
    refused = shop.gateway("slip", "generate", "257", "--order", "AB10748")
    assert (refused.code, "3008" in refused.err) == (Exit.DATA_REFUSED, True)
    assert [it["order_numbers"] for it in made(shop, "--most", "1")] == [["AB10747"]]
    assert [it["order_numbers"] for it in made(shop)] == [["AB10749"]]
    assert shop.gateway("slip", "generate", "257").out == "Nothing waits to be printed.\n"


def test_a_vendor_that_gets_files_prints_nothing_by_hand(shop: Shop) -> None:
    refused = shop.gateway("slip", "generate", "310")
    assert (refused.code, "gateway batch cut 310" in refused.err) == (Exit.DATA_REFUSED, True)
    assert shop.gateway("slip", "generate", "999").code == Exit.USAGE


def test_who_names_no_vendor_is_told_what_to_write(shop: Shop) -> None:
    refused = shop.gateway("slip", "generate", "ab10747", "--dry-run")
    assert refused.code == Exit.USAGE
    assert refused.err == (
        "AB10747 is a purchase order, and slips are made for a vendor\nWrite: gateway slip generate 257 --order AB10747\n"
    )
    made(shop)
    refused = shop.gateway("slip", "generate", "2")
    assert "there is no vendor 2; 2 is a batch of vendor 257\nFor its paper: gateway slip fetch 2 --to FOLDER" in refused.err
    assert "See which there are: gateway vendor list" in shop.gateway("slip", "generate", "12345").err


def test_a_vendor_that_gets_files_is_told_with_the_way_to_them(extract: Shop) -> None:
    refused = extract.gateway("slip", "generate", "257")
    assert refused.code == Exit.DATA_REFUSED
    assert "Have them sent now: gateway batch cut 257. Paper of a batch that was sent: gateway slip fetch BATCH" in refused.err


def test_a_void_makes_the_lines_new_again_and_the_slip_no_more(shop: Shop) -> None:
    made(shop, "--brand", "1")
    assert shop.gateway("slip", "void", "1", "--dry-run").out == "Batch 1 of vendor 257 would be void: 4 lines off it.\n"
    done = shop.gateway("slip", "void", "1")
    assert done.out == "Batch 1 of vendor 257 is void: 4 lines off it.\n"
    assert lines(shop, "AB10747") == [("New Order", 0, None)] * 2
    assert history(shop, "AB10747")[-2:] == [("Pack Slip Voided", "UI", "Batch ID (1)")] * 2
    assert shop.gateway("batch", "show", "1", "--json").json["state"] == "void"
    refused = shop.gateway("slip", "void", "1")
    assert (refused.code, "batch 1 is void" in refused.err) == (Exit.DATA_REFUSED, True)
    assert shop.gateway("slip", "fetch", "1", "--to", "x").code == Exit.DATA_REFUSED
    assert [it["batch"] for it in made(shop, "--brand", "1")] == [2]


def test_the_reason_of_a_void_and_of_a_reprint_stands_in_the_history(shop: Shop) -> None:
    made(shop, "--brand", "1")
    assert shop.gateway("slip", "reprint", "1", "--line", "AB10747:2=0", "--reason", "printer jam").code == Exit.FINE
    assert reasons(shop)[-2:] == [("Batch ID (2)", "printer jam"), ("Batch ID (1)", "printer jam")]
    assert shop.gateway("slip", "void", "2", "--reason", " wrong paper ").code == Exit.FINE
    assert history(shop, "AB10747")[-1] == ("Pack Slip Voided", "UI", "Batch ID (2)")
    assert reasons(shop)[-1] == ("Batch ID (2)", "wrong paper")
    assert "wrong paper" in shop.gateway("order", "show", "AB10747").out


def test_the_documents_of_a_void_batch_are_void(shop: Shop) -> None:
    made(shop)
    assert shop.gateway("slip", "void", "1").code == Exit.FINE
    listed = shop.gateway("slip", "list", "--json").json
    assert {(it["batch"], it["state"]) for it in listed} == {(1, "void"), (2, "ready")}
    assert {it["batch"] for it in shop.gateway("slip", "list", "--state", "ready", "--json").json} == {2}
    assert {it["batch"] for it in shop.gateway("slip", "list", "--state", "void", "--json").json} == {1}
    assert {it["state"] for it in shop.gateway("slip", "show", "1", "--json").json["documents"]} == {"void"}
    assert shop.gateway("slip", "show", "1", "--json").json["state"] == "void"


def test_t19_a_reprint_with_less_then_shipped_leaves_a_new_rest(shop: Shop, tmp_path: Path) -> None:
    made(shop, "--order", "AB10747")
    done = shop.gateway("slip", "reprint", "1", "--line", "AB10747:1=2", "--json")
    assert (done.json["replaced_by"], done.json["lines_kept"]) == (2, 2)
    assert lines(shop, "AB10747")[0] == ("In Process", 2, 2)
    shop.gateway("slip", "fetch", "2", "--to", str(tmp_path))
    assert "2 (in place of 1)" in text_of(tmp_path / "2-001-slips.pdf")
    with open_story(shop.url) as story:
        story.office.receive(a_shipment(ShipmentLine(number=1, quantity=2)), origin=UPLOAD)
    assert lines(shop, "AB10747")[0] == ("New Order", 0, None)
    assert [action for action, *_ in history(shop, "AB10747")][-4:] == [
        "Pack Slip Reprinted",
        "Pack Slip Reprinted",
        "Shipped",
        "Unprinted",
    ]


def test_one_order_of_a_batch_can_be_taken_off_alone(shop: Shop) -> None:
    made(shop, "--brand", "1")
    shop.gateway("slip", "reprint", "1", "--order", "AB10748")
    assert (lines(shop, "AB10747")[0][2], lines(shop, "AB10748")[0][2]) == (1, 2)
    assert shop.gateway("batch", "show", "1", "--json").json["state"] == "open"


@in_turns(
    ("line", "told"),
    [
        ("AB10747:1", "such as AB10747:1=2"),
        ("AB10747:1=4", "ACT-307"),
        ("AB10747:9=1", "3042"),
        ("ZZ:1=1", "there is no order ZZ"),
    ],
)
def test_quantities_that_cannot_be_are_told(shop: Shop, line: str, told: str) -> None:
    made(shop, "--order", "AB10747")
    refused = shop.gateway("slip", "reprint", "1", "--line", line)
    assert refused.code in {Exit.USAGE, Exit.DATA_REFUSED}
    assert told in refused.err


def test_a_logo_that_is_not_there_marks_the_document_and_the_batch_stays(shop: Shop, tmp_path: Path) -> None:
    shop.change("organization.yaml", '"1": {name: Harbor and Home}', '"1": {name: Harbor and Home, logo: logos/harbor.png}')
    done = shop.gateway("slip", "generate", "257", "--brand", "1")
    assert done.code == Exit.DATA_REFUSED
    assert "the logo logos/harbor.png of brand 1 cannot be read" in done.err
    assert lines(shop, "AB10747") == [("In Process", 3, 1), ("In Process", 1, 1)]
    states = {it["kind"]: it["state"] for it in shop.gateway("slip", "show", "1", "--json").json["documents"]}
    assert set(states.values()) == {"failed"}
    (shop.root / "logos").mkdir()
    (shop.root / "logos" / "harbor.png").write_bytes(PIXEL)
    assert shop.gateway("slip", "fetch", "1", "--to", str(tmp_path / "paper")).code == Exit.FINE


def test_documents_go_after_their_time_and_can_be_made_again(shop: Shop, tmp_path: Path) -> None:
    made(shop, "--brand", "1")
    with shop.opened() as gateway:
        keys = [it["archive_key"] for it in shop.gateway("slip", "show", "1", "--json").json["documents"]]
        assert expire(gateway.store, gateway.clock, gateway.workspace).done == 0
        later = FixedClock(gateway.clock.now() + timedelta(days=31))
        assert expire(gateway.store, later, gateway.workspace).done == 3
        assert not any(gateway.archive.has(key) for key in keys)
    assert {it["state"] for it in shop.gateway("slip", "list", "--json").json} == {"expired"}
    assert shop.gateway("slip", "fetch", "1", "--to", str(tmp_path)).code == Exit.FINE


# Batches that went out as files


@pytest.fixture
def extract(tmp_path: Path, database_url: str) -> Shop:
    """Two orders, cut and sent to a vendor that acknowledges."""
    shop = Shop(tmp_path / "shop", database_url)
    with open_story(shop.url) as story:
        story.ordered()
    assert shop.gateway("batch", "cut", "257").code == Exit.FINE
    return shop


def sent(shop: Shop) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted((shop.root / "outbox/redpanda").glob("PO_*"))}


def test_a_batch_is_sent_anew_with_what_is_left_and_says_what_it_replaces(extract: Shop) -> None:
    assert "replaces" not in sent(extract)["PO_000001.xml"]
    done = extract.gateway("batch", "reissue", "1", "--line", "AB10747:2=0", "--json")
    assert done.code == Exit.FINE, done.err
    assert (done.json["replaced_by"], done.json["lines_kept"], done.json["lines_removed"]) == (2, 3, 1)
    assert "tell them that it does not count any more" in done.json["note"]
    assert list(sent(extract)) == ["PO_000001.xml", "PO_000002.xml"]
    new = sent(extract)["PO_000002.xml"]
    assert '<batch batch_id="2" replaces="1" vendor_cd="257"/>' in new
    assert new.count("<po_line>") == 3
    assert lines(extract, "AB10747") == [("New Order", 0, 2), ("New Order", 0, None)]
    assert history(extract, "AB10747")[-2:] == [("Pack Slip Reprinted", "UI", "Batch ID (2)"), ("Pack Slip Voided", "UI", "Batch ID (1)")]
    old, now = (extract.gateway("batch", "show", n, "--json").json for n in ("1", "2"))
    assert (old["state"], old["item"]["ack"], now["state"], now["replaces"], now["item"]["ack"]) == ("void", "none", "open", 1, "due")


def test_a_voided_batch_goes_with_the_next_cut(extract: Shop) -> None:
    done = extract.gateway("batch", "void", "1")
    assert done.code == Exit.FINE, done.err
    assert "Batch 1 of vendor 257 is void: 4 lines off it." in done.out
    assert "tell them" in done.err
    extract.gateway("batch", "cut", "257")
    assert list(sent(extract)) == ["PO_000001.xml", "PO_000002.xml"]
    assert lines(extract, "AB10747") == [("New Order", 0, 2)] * 2


def test_a_file_that_has_not_left_does_not_leave_any_more(tmp_path: Path, database_url: str) -> None:
    shop = Shop(tmp_path / "shop", database_url)
    with open_story(shop.url) as story:
        story.ordered()
    shop.gateway("outbox", "hold", "--all-outbound", "--reason", "stocktaking")
    shop.gateway("batch", "cut", "257")
    done = shop.gateway("batch", "void", "1", "--json")
    assert (done.json["recalled"], done.json["note"]) == (1, "")
    assert shop.gateway("outbox", "show", "1", "--json").json["state"] == "cancelled"


def test_a_cancelled_file_takes_its_batch_back(tmp_path: Path, database_url: str) -> None:
    shop = Shop(tmp_path / "shop", database_url)
    with open_story(shop.url) as story:
        story.ordered()
    shop.gateway("outbox", "hold", "--all-outbound", "--reason", "stocktaking")
    shop.gateway("batch", "cut", "257")
    (done,) = shop.gateway("outbox", "cancel", "1", "--reason", "wrong folder", "--json").json
    assert (done["after"], done["warning"]) == ("cancelled", "its batch is void: its lines are new again and go with the next batch")
    assert shop.gateway("batch", "show", "1", "--json").json["state"] == "void"
    assert lines(shop, "AB10747") == [("New Order", 0, None)] * 2
    assert history(shop, "AB10747")[-1] == ("Pack Slip Voided", "UI", "Batch ID (1)")


def test_slips_of_a_file_are_printed_when_they_are_first_asked_for(extract: Shop, tmp_path: Path) -> None:
    assert extract.gateway("slip", "list").out == "No document is like that.\n"
    done = extract.gateway("slip", "fetch", "1", "--to", str(tmp_path / "paper"))
    assert done.code == Exit.FINE, done.err
    assert sorted(path.name for path in (tmp_path / "paper").iterdir()) == ["1-001-orders.csv", "1-001-slips.pdf"]


def test_or_at_once_where_the_vendor_wants_that(tmp_path: Path, database_url: str) -> None:
    shop = Shop(tmp_path / "shop", database_url)
    shop.change("organization.yaml", "require_acknowledgement: true", "require_acknowledgement: true\n    print_extracts: true")
    with open_story(shop.url) as story:
        story.ordered()
    shop.gateway("batch", "cut", "257")
    assert {it["state"] for it in shop.gateway("slip", "list", "--json").json} <= {"waiting", "ready"}
    with shop.opened() as gateway:
        gateway.node().once()
    assert [it["state"] for it in shop.gateway("slip", "list", "--json").json] == ["ready", "ready"]


def test_paper_and_files_have_words_of_their_own(extract: Shop) -> None:
    refused = extract.gateway("slip", "void", "1")
    assert (refused.code, "gateway batch void 1" in refused.err) == (Exit.USAGE, True)


def test_lost_documents_are_made_again(shop: Shop, tmp_path: Path) -> None:
    made(shop, "--brand", "1")
    with shop.opened() as gateway:
        for it in shop.gateway("slip", "show", "1", "--json").json["documents"]:
            gateway.archive.path(it["archive_key"]).unlink()
    assert shop.gateway("slip", "fetch", "1", "--to", str(tmp_path / "paper")).code == Exit.FINE
    assert len(list((tmp_path / "paper").iterdir())) == 3


def test_a_printing_that_is_killed_goes_on_with_what_waits(shop: Shop) -> None:
    with shop.opened() as gateway:
        desk = Desk(store=gateway.store, master=gateway.master, clock=gateway.clock, user="lee")
        generate(desk, "257", Selection(brand="1"))
    killed = commands.apart(
        shop.root, "serve", "--once", environment={**shop.environment, "GATEWAY_FAILPOINT": "in.fetch.before_fsync:2:kill"}
    )
    assert killed.code < 0
    assert "waiting" in {it["state"] for it in shop.gateway("slip", "list", "--json").json}
    with shop.opened() as gateway:
        lapse(gateway)
        gateway.node().once()
    assert {it["state"] for it in shop.gateway("slip", "list", "--json").json} == {"ready"}


def test_letters_that_the_page_lacks_are_told_where_it_is_made_and_listed(shop: Shop, tmp_path: Path) -> None:
    with open_story(shop.url) as story:
        party = replace(ORDER.ship_to, company="東京商事") if ORDER.ship_to else None
        hebrew = replace(ORDER.ship_to, company="שלום") if ORDER.ship_to else None
        Office(story.store).receive(replace(ORDER, number="AB10760", ship_to=party))
        Office(story.store).receive(replace(ORDER, number="AB10761", ship_to=hebrew))
    told = shop.gateway("slip", "generate", "257", "--order", "AB10760")
    assert told.code == Exit.FINE
    assert "1-001-slips.pdf: GWY-43 the page names fonts that it does not hold (STSong-Light)" in told.err
    told = shop.gateway("slip", "generate", "257", "--order", "AB10761")
    assert "2-001-slips.pdf: GWY-26 4 letters that no font here has are printed as ¤ (שלום); the CSV extract has them" in told.err
    issues = {it["batch"]: it["issue"]["code"] for it in shop.gateway("slip", "list", "--json").json if it["issue"]}
    assert issues == {1: "GWY-43", 2: "GWY-26"}


def test_the_customer_is_told_where_goods_go_back_to(shop: Shop, tmp_path: Path) -> None:
    address = ("address.address1=5 Bamboo Lane", "address.city=Portland", "address.region=OR", "address.postal_code=97201")
    for step, (words, told) in enumerate(
        (
            (address, "Red Panda Outfitters, 5 Bamboo Lane, Portland, OR 97201"),
            (("return_address.company=Panda Returns", "return_address.address1=9 Back Road"), "Panda Returns, 9 Back Road"),
        ),
        1,
    ):
        assert shop.gateway("vendor", "set", "257", *words).code == Exit.FINE
        (batch,) = made(shop, "--brand", str(step))
        assert shop.gateway("slip", "fetch", str(batch["batch"]), "--to", str(tmp_path / str(step))).code == Exit.FINE
        (slips,) = (tmp_path / str(step)).glob("*-slips.pdf")
        assert told in " ".join(text_of(slips).split())


def test_two_people_at_once_print_every_order_once(shop: Shop) -> None:
    with shop.opened() as gateway:
        desk = Desk(store=gateway.store, master=gateway.master, clock=gateway.clock, user="lee")
        with ThreadPoolExecutor(4) as people:
            found = [it for many in people.map(lambda _: generate(desk, "257", Selection()), range(4)) for it in many]
        assert sorted(number for it in found for number in it.order_numbers) == ["AB10747", "AB10748", "AB10749"]
        with gateway.store.reading() as connection:
            assert consistency.differences(connection) == []
    assert sorted(it.batch for it in found) == list(range(1, len(found) + 1))
