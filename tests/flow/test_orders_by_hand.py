"""Orders made by hand, from the form to the vendor's batch and beyond, by command, on both databases."""

from __future__ import annotations

import getpass
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from msgspec.structs import replace

from gateway.booking import Master
from gateway.cli.exits import Exit
from gateway.config import Workspace
from gateway.desk import drafts, handover, workflow
from gateway.desk.acting import Desk
from gateway.documents import BatchAcknowledgement, ShipmentLine
from gateway.domain.byhand import HandAct
from gateway.domain.order import Stage
from gateway.kernel import FixedClock
from gateway.kernel.errors import RuleBroken
from gateway.kernel.failpoints import VARIABLE
from gateway.outgoing import Job
from gateway.store import Store, tables
from gateway.store.queries import HandSearch
from tests.business import HEADER, MESSAGE, ORDER, REFERENCE, UPLOAD, a_detail, a_shipment, an_invoice
from tests.commands import Done
from tests.office import Office
from tests.shop import Shop
from tests.storehouse import NOON, fresh_store

KILLED = -9
FORM = """\
vendor: "257"
warehouse: "100"
brand: "1"
source: Phone
entered_on: 2026-11-20
reference: R-1
purchase_order: B-9
requested_ship_on: 2026-12-01
cancel_after: 2026-12-15
carrier: "50"
ship_to: {company: Byrd, address1: 1 Quay Road, city: London, postal_code: se1 9gf, country: GB}
references: {container: C-77}
lines:
  - {number: 1, item: BX100 RED, variant: red, quantity: 3, unit_cost: 8.98, lot: L1}
  - {number: 2, item: KT200, quantity: 1, unit_cost: 21.50, serial: S1}
"""
TOLD = {
    "vendor": "257",
    "warehouse": "100",
    "brand": "1",
    "carrier": "50",
    "cancel_after": "2026-11-30",
    "ship_to": {"company": "Byrd", "address1": "1 Quay Road", "city": "London", "postal_code": "SE1", "country": "GB"},
    "lines": [{"number": 1, "item": "BX100", "quantity": 3, "unit_cost": "8.98"}],
}


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Shop:
    shop = Shop(tmp_path / "shop", database_url)
    shop.write("po.yaml", FORM)
    return shop


def draft(shop: Shop, *words: str, ends: int = Exit.FINE) -> Any:
    done = said(shop, *words, "--json")
    assert done.code == ends, done.out + done.err
    return done.json if done.out else None


def said(shop: Shop, *words: str) -> Done:
    return shop.gateway("order", "draft", *(str(shop.root / word) if word == "po.yaml" else word for word in words))


def desk(store: Store, *, at: datetime = NOON, user: str = "kim") -> Desk:
    return Desk(store=store, master=Master(REFERENCE), clock=FixedClock(at), user=user)


def test_an_order_goes_from_its_form_to_the_vendor_and_on_like_any_other(shop: Shop) -> None:
    assert draft(shop, "new", "--from", "po.yaml", "--number", "po-77")["number"] == "PO-77"
    assert shop.gateway("order", "show", "PO-77").code == Exit.USAGE  # a draft is no order yet
    assert draft(shop, "approve", "PO-77")["after"] == "released"
    order = shop.gateway("order", "show", "po-77", "--json").json
    assert (order["status"], order["stage"], order["document"]["reference"]) == ("New Order", "released", "R-1")
    assert [(it["action"], it["user"], it["source"]) for it in order["history"]] == [("PO Created", getpass.getuser(), "UI")] * 2
    assert "Stage" not in shop.gateway("order", "show", "po-77").out
    (made,) = shop.gateway("batch", "cut", "257", "--json").json
    file = shop.root / "outbox/redpanda" / made["items"][0]["file"]
    assert "PO-77" in file.read_text()
    with fresh_store(shop.url) as store:
        office = Office(store)
        office.receive(BatchAcknowledgement(vendor="257", batch=1, vendor_system="VENDOR", envelope=HEADER), origin=MESSAGE)
        shipment = a_shipment(ShipmentLine(number=1, quantity=3), number="PO-77", shipped_on=NOON.date())
        office.receive(shipment, origin=MESSAGE)
        office.receive(an_invoice(a_detail(1, 3, "8.98", number="PO-77"), number="RP-1"), origin=UPLOAD)
        assert office.differences() == []
    order = shop.gateway("order", "show", "PO-77", "--json").json
    assert [(it["status"], it["shipped"]) for it in order["lines"]] == [("Shipped", 3), ("In Process", 0)]
    assert [it["action"] for it in order["history"]] == ["PO Created"] * 2 + ["Printed"] * 2 + ["Acknowledged"] * 2 + ["Shipped"]
    assert [it["number"] for it in order["invoices"]] == ["RP-1"]


def test_a_form_is_saved_in_parts_and_says_what_it_still_lacks(shop: Shop) -> None:
    assert draft(shop, "new", "--set", "vendor=257")["number"] == "M000001"
    lacks = {it["field"] for it in draft(shop, "show", "M000001")["lacks"]}
    assert {"warehouse", "lines"} <= lacks
    refused = said(shop, "approve", "m000001")
    assert (refused.code, refused.out) == (Exit.DATA_REFUSED, "")
    assert "DSO-130 the order has no lines" in refused.err
    assert "Correct the form: gateway order draft save m000001 --set FIELD=VALUE" in refused.err
    assert "send the order" not in refused.err
    assert draft(shop, "save", "M000001", "--from", "po.yaml", "--version", "0")["version"] == 1
    stale = said(shop, "save", "M000001", "--set", "source=Fax", "--version", "0")
    assert (stale.code, "MAN-05" in stale.err) == (Exit.DATA_REFUSED, True)
    sheet = draft(shop, "show", "M000001")
    assert (sheet["lacks"], sheet["next"], sheet["form"]["lines"][1]["serial"]) == ([], "approved", "S1")
    assert [it["action"] for it in sheet["history"]] == ["Draft Created", "Draft Saved"]


def test_the_pipeline_takes_one_step_at_a_time_and_batches_see_only_what_is_released(shop: Shop) -> None:
    draft(shop, "new", "--from", "po.yaml")
    assert draft(shop, "pipeline", "M000001")["after"] == "approved"
    assert shop.gateway("batch", "cut", "257", "--dry-run", "--json").json == []
    order = shop.gateway("order", "show", "M000001", "--json").json
    assert (order["stage"], order["status"], order["history"]) == ("approved", None, [])
    shown = " ".join(shop.gateway("order", "show", "M000001").out.split())
    assert "Stage approved Warehouse 100 Reference R-1 Source Phone" in shown
    assert said(shop, "save", "M000001", "--set", "vendor=310").code == Exit.DATA_REFUSED
    assert draft(shop, "save", "M000001", "--set", "references.pallet=9", "--set", "cancel_after=2026-12-20")["notes"] == [
        "Order Saved: Changed: cancel_after, references"
    ]
    assert shop.gateway("order", "show", "M000001", "--json").json["document"]["cancel_after"] == "2026-12-20"
    assert draft(shop, "pipeline", "M000001")["after"] == "released"
    assert [it["order_number"] for it in shop.gateway("batch", "cut", "257", "--dry-run", "--json").json] == ["M000001"]
    again = said(shop, "pipeline", "M000001")
    assert (again.code, "MAN-04" in again.err) == (Exit.DATA_REFUSED, True)


def test_a_rehearsal_changes_nothing_and_takes_no_number(shop: Shop) -> None:
    told = draft(shop, "new", "--from", "po.yaml", "--dry-run")
    assert (told["number"], told["mode"]) == ("M000001", "rehearsal")
    assert draft(shop, "list") == []
    assert draft(shop, "new", "--from", "po.yaml")["number"] == "M000001"
    for act in (["approve"], ["pipeline"], ["cancel"], ["clone"], ["save", "--set", "source=Fax"]):
        assert draft(shop, act[0], "M000001", *act[1:], "--dry-run")["mode"] == "rehearsal"
    assert [(it["number"], it["stage"], it["version"]) for it in draft(shop, "list")] == [("M000001", "draft", 0)]


def test_goods_come_in_with_lot_and_serial_and_a_mistake_is_withdrawn(shop: Shop) -> None:
    draft(shop, "new", "--from", "po.yaml")
    assert said(shop, "receive", "M000001", "--line", "1").code == Exit.DATA_REFUSED
    draft(shop, "approve", "M000001")
    told = draft(shop, "receive", "M000001", "--line", "1", "--quantity", "4", "--lot", "L2", "--reference", "DN-5")
    assert [(it["code"], it["severity"]) for it in told["issues"]] == [("MAN-13", "warning")] * 2
    draft(shop, "receive", "M000001", "--line", "2", "--serial", "S1")
    assert said(shop, "receive", "M000001", "--line", "2", "--serial", "S1").code == Exit.DATA_REFUSED
    first, second = draft(shop, "show", "M000001")["receipts"]
    assert (first["quantity"], first["lot"], first["reference"], second["serial"]) == (4, "L2", "DN-5", "S1")
    assert said(shop, "withdraw", "M000001", "--receipt", str(first["id"])).code == Exit.USAGE
    draft(shop, "withdraw", "M000001", "--receipt", str(first["id"]), "--reason", "wrong order")
    first = draft(shop, "show", "M000001")["receipts"][0]
    assert (first["withdrawn_by"], first["reason"]) == (getpass.getuser(), "wrong order")
    order = shop.gateway("order", "show", "M000001", "--json").json
    assert {(it["shipped"], it["status"]) for it in order["lines"]} == {(0, "New Order")}  # information only


def test_cancel_and_clone(shop: Shop) -> None:
    draft(shop, "new", "--from", "po.yaml")
    assert said(shop, "cancel", "M000001").code == Exit.USAGE
    assert draft(shop, "cancel", "M000001", "--reason", "no need")["after"] == "cancelled"
    assert draft(shop, "clone", "M000001")["number"] == "M000002"
    draft(shop, "pipeline", "M000002")
    assert draft(shop, "cancel", "M000002", "--reason", "no need")["after"] == "cancelled"
    order = shop.gateway("order", "show", "M000002", "--json").json
    assert (order["stage"], order["status"]) == ("cancelled", "Cancelled")
    draft(shop, "approve", draft(shop, "clone", "M000002")["number"])
    rehearsed = said(shop, "cancel", "M000003", "--reason", "no need", "--dry-run").out
    assert rehearsed.startswith("Order M000003 would be cancelled, it was released.")
    assert "Order M000003 is cancelled, it was released." in said(shop, "cancel", "M000003", "--reason", "no need").out
    assert draft(shop, "show", "M000003")["history"][-1]["note"] == "Cancelled: no need"
    assert shop.gateway("order", "show", "M000003", "--json").json["status"] == "Cancelled"
    stages = [(it["number"], it["stage"], it["cloned_from"]) for it in draft(shop, "list")]
    assert stages == [("M000003", "released", "M000002"), ("M000002", "cancelled", "M000001"), ("M000001", "cancelled", "")]
    assert [it["status"] for it in draft(shop, "list")] == ["Cancelled", "Cancelled", None]
    assert [it["number"] for it in draft(shop, "list", "--stage", "cancelled", "--vendor", "257", "--number", "m")] == [
        "M000003",
        "M000002",
        "M000001",
    ]


def test_a_cancel_that_waits_for_the_vendor_says_so(shop: Shop) -> None:
    draft(shop, "new", "--from", "po.yaml")
    draft(shop, "approve", "M000001")
    shop.gateway("batch", "cut", "257")
    shop.gateway("batch", "acknowledge", "1")
    told = said(shop, "cancel", "M000001", "--reason", "no need").out
    assert told.startswith("Order M000001 is released.\n  Cancel: Vendor Asked to Cancel: no need\n")
    assert "Its vendor must answer about line 1, 2: gateway order accept M000001" in told
    assert [it["status"] for it in draft(shop, "list", "--stage", "released")] == ["In Process"]
    assert draft(shop, "list", "--stage", "cancelled") == []


def test_a_batch_that_needs_no_acknowledgement_says_so(shop: Shop) -> None:
    draft(shop, "new", "--from", "po.yaml")
    draft(shop, "approve", "M000001")
    shop.gateway("batch", "cut", "257")
    assert shop.gateway("batch", "acknowledge", "1").out.startswith("Batch 1: is done.")
    again = shop.gateway("batch", "acknowledge", "1")
    assert again.code == Exit.FINE
    assert again.out.startswith("Batch 1: there is nothing to do.\n  3021 batch 1 is already acknowledged\nNone of its lines waits for it")


def test_an_order_that_came_by_file_is_cloned_too(shop: Shop) -> None:
    with fresh_store(shop.url) as store:
        Office(store).receive(ORDER)
    assert draft(shop, "clone", "ab10747")["number"] == "M000001"
    form = draft(shop, "show", "M000001")["form"]
    assert (form["vendor"], form["lines"][0]["item"], form["ship_to"]["city"]) == ("257", "BX100 RED", "London")
    draft(shop, "approve", "M000001")
    assert said(shop, "clone", "NOPE").err.startswith("there is no order NOPE\n")


def test_a_number_is_taken_once(shop: Shop) -> None:
    draft(shop, "new", "--number", "po-1")
    draft(shop, "new", "--number", "M000001")  # somebody chose a number of ours
    assert draft(shop, "new")["number"] == "M000002"
    for words in (["new", "--number", "PO-1"], ["save", "M000002", "--number", "po-1"]):
        done = said(shop, *words)
        assert (done.code, "MAN-01 the number PO-1 is taken" in done.err) == (Exit.DATA_REFUSED, True)
    assert said(shop, "show", "PO-9").code == Exit.USAGE


def test_an_order_by_file_takes_the_number_of_a_draft_which_then_needs_another(shop: Shop) -> None:
    draft(shop, "new", "--from", "po.yaml", "--number", "AB10747")
    with fresh_store(shop.url) as store:
        Office(store).receive(ORDER)
    refused = said(shop, "approve", "AB10747")
    assert (refused.code, "MAN-01" in refused.err) == (Exit.DATA_REFUSED, True)
    draft(shop, "save", "AB10747", "--number", "AB10747-A")
    assert draft(shop, "approve", "AB10747-A")["after"] == "released"


def test_the_workflow_runs_each_step_once_and_goes_on_where_it_stopped(shop: Shop) -> None:
    shop.change("organization.yaml", "    user: redpanda\n", "    user: redpanda\n    workflow: [approve, batch]\n")
    draft(shop, "new", "--from", "po.yaml", "--set", "lines.1.unit_cost=")
    stopped = said(shop, "run", "M000001")
    assert (stopped.code, "MAN-08" in stopped.err) == (Exit.DATA_REFUSED, True)
    sheet = draft(shop, "show", "M000001")
    assert [(it["step"], it["state"]) for it in sheet["workflow"]] == [("approve", "failed"), ("batch", "waiting")]
    assert (sheet["stage"], sheet["workflow"][0]["words"]) == ("draft", "line 1: the unit cost is missing")
    draft(shop, "save", "M000001", "--set", "lines.1.unit_cost=8.98")
    rehearsed = draft(shop, "run", "M000001", "--dry-run")
    assert [(it["step"], it["state"]) for it in rehearsed] == [("approve", "done"), ("batch", "asked")]
    done = draft(shop, "run", "M000001")
    assert [(it["step"], it["state"], it["words"]) for it in done] == [
        ("approve", "done", "approved and released"),
        ("batch", "done", "in batch 1"),
    ]
    assert draft(shop, "run", "M000001") == done
    assert [path.name for path in (shop.root / "outbox/redpanda").iterdir() if path.is_file()] == ["PO_000001.xml"]
    entries = [it["note"] for it in draft(shop, "show", "M000001")["history"] if it["act"].startswith("step")]
    assert entries == [
        "Step approve: line 1: the unit cost is missing",
        "Step approve: approved and released",
        "Step batch: asked redpanda/orders for a batch",
        "Step batch: in batch 1",
    ]


def test_a_vendor_without_workflow_or_without_a_channel_is_told(shop: Shop) -> None:
    draft(shop, "new", "--from", "po.yaml")
    assert "MAN-11 vendor 257 has no workflow" in said(shop, "run", "M000001").err
    shop.change("organization.yaml", "    user: redpanda\n", "    user: redpanda\n    workflow: [approve, batch]\n")
    shop.change("connectors/redpanda.yaml", "endpoint:", "enabled: false\nendpoint:")
    stopped = said(shop, "run", "M000001")
    assert "no channel that is switched on sends new orders for 257" in stopped.err
    shop.change("connectors/redpanda.yaml", "enabled: false\n", "")
    assert draft(shop, "run", "M000001")[1]["state"] == "done"


def in_new_york(store: Store, at: datetime) -> Desk:
    organization = replace(REFERENCE.organization, zone="America/New_York")
    return Desk(store=store, master=Master(replace(REFERENCE, organization=organization)), clock=FixedClock(at), user="Admin")


@pytest.fixture
def store(database_url: str) -> Any:
    with fresh_store(database_url) as store:
        yield store


def rows(store: Store, table: Any) -> list[Any]:
    with store.reading() as connection:
        return list(connection.execute(table.select().order_by(*table.primary_key)).all())


def test_numbers_are_never_given_twice_however_many_begin_at_once(store: Store) -> None:
    def begin(place: int) -> str:
        return drafts.new_draft(desk(store, user=f"user-{place}"), {"vendor": "257"}).number

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(begin, range(24)))
    assert found == [f"M{number:06}" for number in range(1, 25)]


def test_two_who_approve_at_once_make_one_order(store: Store) -> None:
    drafts.new_draft(desk(store), TOLD)

    def approve(_: int) -> str:
        try:
            return handover.approve(desk(store), "M000001").after
        except RuleBroken as error:
            return error.issues[0].code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(approve, range(4))) == ["MAN-04"] * 3 + [Stage.RELEASED]
    assert len(rows(store, tables.purchase_order)) == 1
    assert [it.act for it in rows(store, tables.hand_event)] == ["drafted", "approved", "released"]


def test_two_who_run_a_workflow_at_once_take_each_step_once(store: Store, tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", str(store.url))
    shop.change("organization.yaml", "    user: redpanda\n", "    user: redpanda\n    workflow: [approve]\n")
    workspace = Workspace.load(shop.root)
    one = Desk(store=store, master=Master(workspace.reference), clock=FixedClock(NOON), user="kim")
    drafts.new_draft(one, TOLD)

    def run(_: int) -> list[str]:
        return [it.state for it in workflow.run(one, "M000001", workflow.Batches(workspace, lambda _: True))]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, range(4))) == [["done"]] * 4
    assert [it.act for it in rows(store, tables.hand_event)] == ["drafted", "approved", "released", "step_done"]


def test_two_who_take_the_same_number_at_once_do_not_both_get_it(store: Store) -> None:
    for _ in range(4):
        drafts.new_draft(desk(store), {})

    def renumber(place: int) -> str:
        try:
            return drafts.save_draft(desk(store), f"M{place:06}", {"number": "PO-1"}).number
        except RuleBroken as error:
            return error.issues[0].code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(renumber, range(1, 5))) == ["MAN-01"] * 3 + ["PO-1"]


def test_after_its_day_an_order_ends_as_far_as_it_is_still_new(store: Store) -> None:
    office = Office(store)
    for number, ahead in (("D-1", None), ("A-1", handover.pipeline), ("R-1", handover.approve), ("R-2", handover.approve)):
        drafts.new_draft(desk(store), {**TOLD, "number": number, "cancel_after": "2026-12-31" if number == "R-2" else "2026-11-30"})
        if ahead is not None:
            ahead(desk(store), number)
    last = datetime(2026, 12, 1, 4, 59, tzinfo=UTC)  # still the thirtieth in the zone of the business
    after = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)
    assert handover.cancel_late(in_new_york(store, last)) == handover.Swept()
    assert handover.cancel_late(in_new_york(store, after)) == handover.Swept(done=3)
    assert handover.cancel_late(in_new_york(store, after)) == handover.Swept()
    stages = {it.number: it.stage for it in drafts.search_drafts(desk(store), HandSearch()).rows}
    assert stages == {"D-1": "cancelled", "A-1": "cancelled", "R-1": "released", "R-2": "released"}
    assert (office.order("R-1").status, office.order("R-2").status) == ("Cancelled", "New Order")
    assert [(it.event, it.actor) for it in rows(store, tables.order_history) if it.event == "H7"] == [("H7", "Admin")] * 2
    for number in ("D-1", "A-1", "R-1"):
        assert [it.act for it in drafts.show_draft(desk(store), number).history].count(HandAct.CANCELLED) == 1
    entry = drafts.show_draft(desk(store), "R-1").history[-1]
    assert (entry.user, entry.note) == ("Admin", "Cancelled: cancel after 2026-11-30")
    assert office.differences() == []


def test_an_order_by_file_ends_after_its_day_as_well_and_what_is_under_way_goes_on(store: Store) -> None:
    office = Office(store)
    office.receive(replace(ORDER, cancel_after=NOON.date()))
    office.cut()
    office.receive(BatchAcknowledgement(vendor="257", batch=1, vendor_system="VENDOR", envelope=HEADER), origin=MESSAGE)
    office.receive(replace(ORDER, number="AB2", cancel_after=NOON.date()))
    assert handover.cancel_late(in_new_york(store, datetime(2026, 11, 23, tzinfo=UTC))).done == 1
    assert (office.order("AB10747").status, office.order("AB2").status) == ("In Process", "Cancelled")


def test_a_workflow_that_a_crash_left_behind_is_gone_on_with(store: Store, tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", str(store.url))
    shop.change("organization.yaml", "    user: redpanda\n", "    user: redpanda\n    workflow: [approve, batch]\n")
    workspace = Workspace.load(shop.root)
    asked: list[str] = []

    def killed(job: Job) -> bool:
        raise KeyboardInterrupt(job.name)

    def open_now(job: Job) -> bool:
        asked.append(job.name)
        return True

    one = Desk(store=store, master=Master(workspace.reference), clock=FixedClock(NOON), user="kim")
    drafts.new_draft(one, TOLD)
    with pytest.raises(KeyboardInterrupt):
        workflow.run(one, "M000001", workflow.Batches(workspace, killed))
    assert [it.state for it in drafts.show_draft(one, "M000001").workflow] == ["done", "asked"]
    batches = workflow.Batches(workspace, open_now)
    assert workflow.resume(one, batches).failed == 0
    assert asked == ["redpanda/orders"]
    Office(store, reference=workspace.reference).cut()
    workflow.resume(one, batches)
    assert [(it.state, it.words) for it in drafts.show_draft(one, "M000001").workflow][1] == ("done", "in batch 1")
    assert workflow.resume(one, batches) == handover.Swept()
    assert len(asked) == 1


def test_the_jobs_cancel_and_go_on(shop: Shop) -> None:
    draft(shop, "new", "--from", "po.yaml", "--set", "cancel_after=2026-11-20")
    draft(shop, "new", "--from", "po.yaml", "--set", "cancel_after=2026-11-20")
    draft(shop, "approve", "M000002")
    planned = shop.gateway("job", "run", "cancel_after", "--dry-run").out
    assert "would cancel M000001, draft, cancel after 2026-11-20" in planned
    assert "would cancel what is New Order of M000002" in planned
    assert shop.gateway("job", "run", "cancel_after").code == Exit.FINE
    assert draft(shop, "show", "M000001")["stage"] == "cancelled"
    assert shop.gateway("order", "show", "M000002", "--json").json["status"] == "Cancelled"
    assert shop.gateway("job", "run", "workflows").code == Exit.FINE


KILLS = [*(f"desk.act.after_commit:{count}" for count in (1, 2, 3)), "schedule.slot.after_commit:1"]
ON_SQLITE = [*(f"desk.act.before_commit:{count}" for count in (1, 2, 3)), "out.create.before_commit:1", "out.create.after_commit:1"]
"""A killed maker's lease lapses at the next start there; on PostgreSQL another node waits for its end, which other tests do. The points
before commits are tried there too, those behind them on PostgreSQL: each once."""


@pytest.mark.slow
def test_a_workflow_that_is_killed_anywhere_goes_on_and_does_nothing_twice(shop: Shop) -> None:
    shop.change("organization.yaml", "    user: redpanda\n", "    user: redpanda\n    workflow: [approve, batch]\n")
    kills = ON_SQLITE if shop.url.startswith("sqlite") else KILLS
    for place, point in enumerate(kills, start=1):
        number = f"K-{place}"
        draft(shop, "new", "--from", "po.yaml", "--number", number)
        with patch.dict("os.environ", {VARIABLE: f"{point}:kill"}):
            assert shop.process("order", "draft", "run", number).code == KILLED, point
        assert [it["state"] for it in draft(shop, "run", number)] == ["done", "done"], point
        sheet = draft(shop, "show", number)
        acts = [it["act"] for it in sheet["history"]]
        assert acts == ["drafted", "approved", "released", "step_done", "step_asked", "step_done"], point
        order = shop.gateway("order", "show", number, "--json").json
        assert [it["action"] for it in order["history"]] == ["PO Created"] * 2 + ["Printed"] * 2, point
        assert len(order["batches"]) == 1, point
    assert shop.gateway("serve", "--once").code == Exit.FINE  # what was cut and not yet sent leaves
    files = "".join(path.read_text() for path in (shop.root / "outbox/redpanda").iterdir() if path.is_file())
    assert [files.count(f">K-{place}<") for place in range(1, len(kills) + 1)] == [1] * len(kills)


def test_a_shipment_that_waits_for_the_order_is_booked_once_it_is_released(store: Store) -> None:
    office = Office(store)
    early = a_shipment(ShipmentLine(number=1, quantity=1), number="E-1", shipped_on=NOON.date())
    message = office.receive(early, origin=MESSAGE, wait={"order": timedelta(hours=4)})
    assert office.verdicts(message.id) == ["early"]
    drafts.new_draft(desk(store), {**TOLD, "number": "E-1", "entered_on": "2026-11-20"})
    handover.pipeline(desk(store), "E-1")
    office.redo()
    assert office.verdicts(message.id) == ["early"]  # approved is not enough: its vendor sees nothing of it
    handover.pipeline(desk(store), "E-1")
    office.redo()
    assert office.verdicts(message.id) == ["booked"]
    (line,) = office.order("E-1").lines
    assert (line.shipped, office.differences()) == (1, [])


def test_a_file_with_the_number_of_an_approved_order_is_a_conflict(store: Store) -> None:
    office = Office(store)
    drafts.new_draft(desk(store), {**TOLD, "number": "AB10747"})
    handover.pipeline(desk(store), "AB10747")
    message = office.receive(ORDER)
    assert (office.verdicts(message.id), office.codes(message.id)) == (["conflict"], [["DSO-111"]])
    handover.pipeline(desk(store), "AB10747")
    assert office.order("AB10747").status == "New Order"
