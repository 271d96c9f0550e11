"""CreateDSVendor by file: vendors are made, overwritten and answered, and orders are booked by what was told (sdf 8.1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.domain.master import MasterKind
from gateway.store import master_rows
from tests.town import OMS, RED_PANDA, Town

VENDORS = """\
  - channel: vendors
    folder: in/oms/vendors
    files: "*.xml"
    mapping: createdsvendor
    every: 1h
    ready: {stable_for: 0s}
    answer: {mapping: createdsvendor-response, file: "{file}.resp.xml", folder: out/oms/responses}
"""
HEADER = '<message_header datetime="2022-06-20T07:00:00" version="16.0" source="OMS" destination="LOCATE"/>'


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Town:
    town = Town(tmp_path / "town", database_url)
    town.declare("oms", OMS.replace("send:\n  - channel: changes\n", VENDORS + "send:\n  - channel: changes\n"))
    (town.root / "in/oms/vendors").mkdir()
    return town


def tell(town: Town, name: str, *vendors: str) -> str:
    """Drop a file of vendors, let the node work, and answer what it says."""
    town.drop(f"in/oms/vendors/{name}.xml", f"<CreateDSVendors>{HEADER}{''.join(vendors)}</CreateDSVendors>")
    town.once()
    return town.files("out/oms/responses")[f"{name}.xml.resp.xml"]


def vendor(town: Town, code: str) -> Any:
    with town.gateway() as gateway:
        return gateway.master.references.now(gateway.store, vendors=[code]).vendors.get(code)


def test_the_sample_makes_one_vendor_and_adds_an_address_to_another(town: Town) -> None:
    town.drop("in/oms/vendors/all.xml", town.sample("createdsvendor.xml"))
    town.once()
    answer = town.files("out/oms/responses")["all.xml.resp.xml"]
    assert '<vendor vendor_cd="257" result="APPLIED"/>' in answer
    assert '<vendor vendor_cd="880" result="CREATED"/>' in answer
    found = vendor(town, "257")
    assert (found.address.address1, found.address.city, found.require_acknowledgement) == ("5 Bamboo Lane", "Portland", True)
    assert (vendor(town, "880").name, vendor(town, "880").active) == ("Marten Makers", False)


def test_an_order_for_a_vendor_that_was_told_inactive_is_refused(town: Town) -> None:
    tell(town, "one", '<vendor vendor_cd="900" vendor_name="Nine" active="N"/>')
    order = town.sample("createdsorder.xml").decode().replace("<vendor_cd>257<", "<vendor_cd>900<")
    town.drop("in/oms/orders.xml", order)
    town.once()
    assert "DSO-105" in town.files("out/oms/responses")["orders.xml.resp.xml"]
    tell(town, "two", '<vendor vendor_cd="900" vendor_name="Nine" active="Y"/>')
    town.drop("in/oms/again.xml", order + " ")
    town.once()
    assert "DSO-105" not in town.files("out/oms/responses")["again.xml.resp.xml"]


def test_what_is_told_overwrites_what_was_edited_but_not_what_the_file_fixes(town: Town) -> None:
    tell(town, "one", '<vendor vendor_cd="900" vendor_name="Nine" contact_name="Ann"/>')
    town.command("vendor", "set", "900", "contact=Ben", "pull_sheet=true")
    answer = tell(town, "two", '<vendor vendor_cd="900" vendor_name="Nine" contact_name="Ann"/> ')
    assert 'result="APPLIED"' in answer
    assert (vendor(town, "900").contact, vendor(town, "900").pull_sheet) == ("Ann", True)
    answer = tell(town, "three", '<vendor vendor_cd="257" vendor_name="Other Name"><phone>1</phone></vendor>')
    assert 'result="APPLIED"' in answer
    assert 'code="DSV-111" field="vendor_name"' in answer
    assert vendor(town, "257").name == "Red Panda Outfitters"


def test_the_history_names_the_file_that_changed_a_vendor(town: Town) -> None:
    tell(town, "one", '<vendor vendor_cd="900" vendor_name="Nine"/>')
    tell(town, "two", '<vendor vendor_cd="900" vendor_name="New Nine"/>', '<vendor vendor_cd="900" vendor_name="Newest Nine"/>')
    with town.gateway() as gateway, gateway.store.reading() as connection:
        found = master_rows.history(connection, MasterKind.VENDOR, "900")
    assert [(it.word, it.before, it.after, it.actor, it.source, it.message_id) for it in found] == [
        ("name", "New Nine", "Newest Nine", "Admin", "WS", 2),
        ("name", "Nine", "New Nine", "Admin", "WS", 2),
        ("name", None, "Nine", "Admin", "WS", 1),
    ]


CODES = [
    ('<vendor vendor_cd="900"/>', "REJECTED", "DSV-101"),
    ('<vendor vendor_cd="90 0" vendor_name="Nine"/>', "REJECTED", "DSV-102"),
    (f'<vendor vendor_cd="900" vendor_name="{"n" * 41}"/>', "REJECTED", "DSV-102"),
    ('<vendor vendor_cd="90000000001" vendor_name="Nine"/>', "REJECTED", "DSV-102"),
    ('<vendor vendor_cd="900" vendor_name="Nine" email="nine"/>', "REJECTED", "DSV-102"),
    ('<vendor vendor_cd="900" vendor_name="Nine" active="perhaps"/>', "REJECTED", "DSV-102"),
    ('<vendor vendor_cd="900" vendor_name="Nine"><address country_cd="1"/></vendor>', "REJECTED", "DSV-102"),
    ('<vendor vendor_cd="257" vendor_name="Red Panda Outfitters"/>', "DUPLICATE", "DSV-110"),
    ('<vendor vendor_cd="257" vendor_name="Red Panda"/>', "APPLIED", "DSV-111"),
    ('<vendor vendor_cd="900" vendor_name="Nine"/>', "CREATED", ""),
    ('<vendor vendor_cd="310" vendor_name="Tanuki Trading" active="N"/>', "APPLIED", ""),
]


def test_every_entry_is_answered_with_its_code(town: Town) -> None:
    answer = tell(town, "all", *(entry for entry, _, _ in CODES))
    entries = [part.split("<vendor ")[0] for part in answer.split("<vendor ")[1:]]
    assert [
        (f'result="{result}"' in entry, not code or code in entry) for entry, (_, result, code) in zip(entries, CODES, strict=True)
    ] == [(True, True)] * len(CODES), answer


ADDRESS = "<address><address_line_1>1 Quay</address_line_1><city>Rome</city>{}<country_cd>IT</country_cd></address>"
ORIGINS = [
    ('<vendor vendor_cd="900" vendor_name="Nine"/>', "REJECTED", ["address_line_1", "city", "postal_cd", "country_cd"]),
    (f'<vendor vendor_cd="901" vendor_name="Nine">{ADDRESS.format("")}</vendor>', "REJECTED", ["postal_cd"]),
    (f'<vendor vendor_cd="902" vendor_name="Nine">{ADDRESS.format("<postal_code>00184</postal_code>")}</vendor>', "CREATED", []),
    ('<vendor vendor_cd="903" vendor_name="Nine" active="N"/>', "CREATED", []),
]


def test_shipping_systems_need_the_address_of_a_vendor_that_is_told(town: Town) -> None:
    town.command("organization", "set", "shipping_integration=true")
    answer = tell(town, "all", *(entry for entry, _, _ in ORIGINS))
    for entry, (_, result, lacks) in zip(answer.split("<vendor ")[1:], ORIGINS, strict=True):
        assert (f'result="{result}"' in entry, entry.count("DSV-104")) == (True, len(lacks)), entry
    again = tell(town, "two", '<vendor vendor_cd="902" vendor_name="Ten"/>')
    assert 'result="APPLIED"' in again


def test_a_vendor_does_not_tell_vendors(town: Town) -> None:
    spot = VENDORS.replace("in/oms/vendors", "in/redpanda/vendors").replace("out/oms/responses", "out/redpanda/results")
    declared = RED_PANDA.replace("GATHER", "now: true").replace("send:\n", spot + "send:\n")
    town.declare("redpanda", declared)
    (town.root / "in/redpanda/vendors").mkdir()
    town.drop("in/redpanda/vendors/mine.xml", f'<CreateDSVendors>{HEADER}<vendor vendor_cd="1" vendor_name="Me"/></CreateDSVendors>')
    town.once()
    assert "DSV-103" in town.files("out/redpanda/results")["mine.xml.resp.xml"]
