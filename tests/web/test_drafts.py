"""Orders made by hand at the console: written, saved in parts with errors at their fields, approved, run, cancelled, cloned (sdf 10.7)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.app import Gateway
from gateway.desk.acting import Desk
from gateway.desk.drafts import DraftSheet, show_draft
from gateway.domain.order import Stage
from gateway.kernel.remedies import remedy_of
from tests.reader import Reader, add_people, console, effects_of
from tests.shop import Shop
from tests.shown import Shown

HEADER = {
    "number": "",
    "vendor": "257",
    "warehouse": "100",
    "brand": "1",
    "system": "OMS",
    "source": "Phone",
    "reference": "CASE-4711",
    "purchase_order": "B-2209",
    "requested_ship_on": "2030-12-01",
    "cancel_after": "2030-12-15",
    "carrier": "50",
    "ship_to.company": "Byrd Imports Ltd",
    "ship_to.address1": "1 Quay Road",
    "ship_to.city": "London",
    "ship_to.postal_code": "se1 9gf",
    "ship_to.country": "GB",
    "messages": "Handle with care\n\nCall first",
    "references.0.name": "container",
    "references.0.value": "C-77",
    "references.1.name": "",
    "references.1.value": "",
}
LINES = {
    "lines.0.was": "",
    "lines.0.number": "",
    "lines.0.item": "BX100 RED",
    "lines.0.variant": "red",
    "lines.0.lot": "L-0622",
    "lines.0.quantity": "3",
    "lines.0.unit_cost": "8.98",
    "lines.0.serial": "",
    "lines.1.was": "",
    "lines.1.number": "",
    "lines.1.item": "KT200",
    "lines.1.serial": "SN-88412",
    "lines.1.quantity": "1",
    "lines.1.unit_cost": "21.50",
    "lines.2.was": "",
    "lines.2.number": "",
    "lines.2.item": "",
    "lines.2.quantity": "",
}
SAVE, DO = {"step": "save"}, {"step": "do"}


@pytest.fixture
def gateway(tmp_path: Path, sqlite_url: str) -> Iterator[Gateway]:
    shop = Shop(tmp_path / "shop", sqlite_url)
    shop.change("organization.yaml", "    contact: Lee Panda\n", "    contact: Lee Panda\n    workflow: [approve, batch]\n")
    with shop.opened() as gateway:
        add_people(gateway)
        yield gateway


@pytest.fixture
def maker(gateway: Gateway) -> Iterator[Reader]:
    with console(gateway) as reader:
        reader.sign_in("retailer.one")
        yield reader


def sheet(gateway: Gateway, number: str) -> DraftSheet:
    return show_draft(Desk(store=gateway.store, master=gateway.master, clock=gateway.clock, user="test"), number)


def made(maker: Reader, **fields: str) -> str:
    """Make one; gives its number."""
    answer = maker.post("/draft", {**HEADER, **LINES, **SAVE, **fields})
    assert answer.status_code == 303, Shown(answer.text).text
    return answer.headers["location"].removeprefix("/drafts/").partition("?")[0]


def test_an_order_is_written_saved_and_changed_in_parts(gateway: Gateway, maker: Reader) -> None:
    empty = Shown(maker.get("/draft").text)
    words = ("Order Number", "Date", "Status", "Requested Warehouse", "Cancel After", "Reference Number", "Purchase Order Number", "Source")
    for word in (*words, "Requested Ship", "Line Number", "SKU", "Product Variant", "Lot #", "Serial #", "Quantity", "Draft", "Approved"):
        assert word in empty.text, word
    number = made(maker)
    page = Shown(maker.get(f"/drafts/{number}?saved=0").text)
    assert "Saved." in page.text
    fields = page.fields()
    kept = {name: value for name, value in {**HEADER, **LINES}.items() if value}
    kept |= {"number": number, "ship_to.postal_code": "SE1 9GF", "messages": "Handle with care\nCall first"}
    assert {name: fields[name] for name in kept} == kept
    assert (fields["lines.0.was"], fields["lines.1.number"], fields["lines.4.item"]) == ("1", "2", "")
    change = {**fields, **SAVE, "source": "E-mail", "lines.0.number": "7", "lines.1.remove": "yes", "references.0.value": ""}
    wrong = maker.post(f"/drafts/{number}", change)
    assert wrong.status_code == 422
    assert "Nothing was saved" in wrong.text
    assert maker.post(f"/drafts/{number}", {**change, "references.0.name": ""}).status_code == 303
    form = sheet(gateway, number).form
    assert (form.source, [(it.number, it.item) for it in form.lines], form.references) == ("E-mail", [(7, "BX100 RED")], ())
    assert "MAN-05" in maker.post(f"/drafts/{number}", {**fields, **SAVE, "source": "late"}).text
    assert sheet(gateway, number).form.source == "E-mail"


def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_stays(maker: Reader) -> None:
    slips = {"vendor": "999", "cancel_after": "soon", "lines.0.quantity": "many", "lines.1.quantity": "2", "ship_to.city": "x" * 61}
    answer = maker.post("/draft", {**HEADER, **LINES, **SAVE, **slips})
    page = Shown(answer.text)
    assert answer.status_code == 422
    told = {it.get("id").removeprefix("fault-"): it.text for it in page.root.xpath("//small[starts-with(@id, 'fault-')]")}
    assert {name: text.split()[0] for name, text in told.items()} == {
        "vendor": "MAN-09",
        "cancel_after": "MAN-03",
        "lines.0.quantity": "MAN-03",
        "lines.1.quantity": "MAN-06",
        "ship_to.city": "MAN-03",
    }
    fields = page.fields()
    assert {name: fields[name] for name in slips if name != "cancel_after"} == {k: v for k, v in slips.items() if k != "cancel_after"}
    assert fields["lines.0.item"] == "BX100 RED"
    taken = made(maker, number="B-1")
    assert "MAN-01" in maker.post("/draft", {**HEADER, **LINES, **SAVE, "number": taken}).text


def test_a_table_grows_without_scripts_and_nothing_is_saved_by_it(gateway: Gateway, maker: Reader) -> None:
    more = Shown(maker.post("/draft", {**HEADER, **LINES, "step": "more"}).text).fields()
    assert (more["lines.7.item"], more["lines.0.item"], more["source"]) == ("", "BX100 RED", "Phone")
    assert "There is no order made by hand yet" in maker.get("/drafts").text
    number = made(maker, **{"lines.2.item": "CUP", "lines.2.quantity": "5", "lines.2.unit_cost": "1", "lines.2.number": "9"})
    assert [(it.number, it.item) for it in sheet(gateway, number).form.lines] == [(9, "CUP"), (10, "BX100 RED"), (11, "KT200")]


def test_an_order_takes_its_steps_and_is_looked_after(gateway: Gateway, maker: Reader) -> None:
    bare = made(maker, **{"lines.0.unit_cost": "", "ship_to.city": ""})
    page = Shown(maker.get(f"/drafts/{bare}").text)
    for word in ("Still needed for approval", "the ship-to address has no city", "the unit cost is missing", remedy_of("DSO-106")):
        assert word in page.text, word
    short = Shown(maker.get(f"/drafts/{made(maker, **{'ship_to.city': '', 'ship_to.country': ''})}").text).text
    assert (short.count("DSO-106"), short.count(remedy_of("DSO-106"))) == (2, 1)
    assert "DSO-106" in maker.get(f"/drafts/{bare}/acts/approve").text
    number = made(maker)
    at = f"/drafts/{number}/acts"
    assert "draft → approved: Approved" in effects_of(maker.get(f"{at}/pipeline?version=0").text)
    assert sheet(gateway, number).stage is Stage.DRAFT
    maker.post(f"{at}/pipeline?version=0")
    assert "MAN-05" in maker.post(f"{at}/pipeline?version=0").text
    assert maker.post(f"/drafts/{number}", {**SAVE, "version": "1", "cancel_after": "2031-01-01"}).status_code == 303
    maker.post(f"{at}/approve")
    found = sheet(gateway, number)
    assert (found.stage, str(found.form.cancel_after)) == (Stage.RELEASED, "2031-01-01")
    order = Shown(maker.get(f"/orders/{number}").text)
    assert order.facts["Order Status"].endswith("New Order")
    assert f"/drafts/{number}" in order.links()
    goods = {"line": "1", "quantity": "4", "lot": "L-1", "reference": "DN-9"}
    assert "4 received, 3 ordered" in maker.post(f"{at}/receive", goods).text
    maker.post(f"{at}/receive", {**goods, **DO})
    receipt = Shown(maker.get(f"/drafts/{number}").text).table("Receipt")[0]
    assert (receipt["Quantity"], receipt["Lot #"], receipt["Reference"]) == ("4", "L-1", "DN-9")
    maker.post(f"{at}/withdraw?receipt={receipt['Receipt']}", {"reason": "counted twice"})
    assert "counted twice" in Shown(maker.get(f"/drafts/{number}").text).table("Receipt")[0]["Withdrawn"]
    assert "Say why" in maker.post(f"{at}/cancel").text
    assert "Cancelled: agreed" in effects_of(maker.post(f"{at}/cancel", {"reason": "agreed"}).text)
    ahead = Shown(maker.get(f"/orders/{number}/acts/clone").text)
    assert not {it for it in ahead.links() if it.startswith("/drafts/")}, "a preview leads to nothing that is not there yet"
    clone = maker.post(f"/orders/{number}/acts/clone")
    (path,) = {it for it in Shown(clone.text).links() if it.startswith("/drafts/")}
    assert Shown(maker.get(path).text).fields()["lines.1.serial"] == ""


def test_a_workflow_runs_and_stands_there_step_by_step(gateway: Gateway, maker: Reader) -> None:
    number = made(maker)
    preview = effects_of(maker.get(f"/drafts/{number}/acts/run").text)
    assert "step 1, approve: done" in preview
    assert "step 2, batch: asked" in preview
    maker.post(f"/drafts/{number}/acts/run")
    gateway.node().once()
    maker.post(f"/drafts/{number}/acts/run")
    page = Shown(maker.get(f"/drafts/{number}").text)
    assert [it["Step"] for it in page.table("#")] == ["approve", "batch"]
    assert [it["State"].split()[-1] for it in page.table("#")] == ["done", "done"]


def test_nobody_else_makes_orders_and_vendors_never_see_them(gateway: Gateway, maker: Reader) -> None:
    number = made(maker)
    for name in ("operator.one", "auditor.one", "privacy.one", "vendor.257"):
        with console(gateway) as reader:
            reader.sign_in(name)
            for path in ("/drafts", "/draft", f"/drafts/{number}", f"/drafts/{number}/acts/approve"):
                assert reader.get(path).status_code == 403, (name, path)
            assert reader.post("/draft", {**HEADER, **LINES, **SAVE}).status_code == 403
            assert "Make a purchase order" not in reader.get("/orders").text
            assert reader.get(f"/orders/{number}").status_code == 404
