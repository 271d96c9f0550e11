"""Master data that is set in the store: laid over what is declared, seen by every process, told in a history."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.config.master import defaults_of, entry_of, laid, words_from
from gateway.domain.master import MasterChanged, MasterKind
from gateway.domain.origin import Origin, Via
from gateway.domain.reference import Address, Carrier, Vendor
from gateway.store import Store, Tx, master_rows
from gateway.store.reference_rows import insert_reference
from gateway.store.references import References, organization_set
from tests.business import REFERENCE
from tests.storehouse import NOON, write
from tests.waiting import PATIENCE

ANN = Origin(user="ann", via=Via.SCREEN)
FIXED = replace(REFERENCE, fixed={("vendor", "257"): frozenset({"name"})})


def change(store: Store, kind: MasterKind, code: str, words: Mapping[str, Any], **more: Any) -> list[tuple[str, object, object]]:
    def act(tx: Tx) -> list[tuple[str, object, object]]:
        told = master_rows.change(tx, [(MasterChanged(kind=kind, code=code, words=words, **more), ANN)], at=NOON)
        return [(it.word, it.before, it.after) for it in told]

    return write(store, act)


SET = [
    (MasterKind.SYSTEM, "WEB", {"name": "Web shop"}),
    (MasterKind.LOCATION, "900", {"name": "Elsewhere", "system": "OMS"}),
    (MasterKind.BRAND, "7", {"name": "Seven"}),
    (MasterKind.CARRIER, "77", {"name": "Cargo bikes", "active": False, "requires": ["tracking", "freight"]}),
    (MasterKind.VENDOR, "500", {"name": "New", "unit_cost_threshold": "2.5", "carriers": ["50"], "date_format": "DD.MM.YYYY"}),
]


@pytest.mark.parametrize(("kind", "code", "words"), SET, ids=[kind for kind, *_ in SET])
def test_what_is_set_in_one_process_is_seen_by_another(store: Store, kind: MasterKind, code: str, words: dict[str, Any]) -> None:
    other = References(REFERENCE)
    assert entry_of(other.now(store, vendors=[code], carriers=[code]), kind, code) is None
    change(store, kind, code, words, new=True)
    found = entry_of(other.now(store, vendors=[code], carriers=[code]), kind, code)
    assert found is not None
    assert words_from(kind, found) == words
    assert laid(kind, code, base=found, stored={}, fixed=frozenset()) == found  # type: ignore[type-var]  # whichever entry it is


def test_every_word_survives_the_way_into_the_store_and_back(store: Store) -> None:
    vendor = Vendor(
        code="9",
        name="Nine",
        email="a@nine.example, b@nine.example",
        contact="Nina",
        most_orders_a_batch=7,
        generate_format="csv",
        pdf_form="non-graphical",
        invoice_number_length=8,
        unit_cost_threshold=Decimal(0),
        submit_at_shipping=True,
        future_ship_days=0,
        carriers=("50", "20"),
        user="nine",
        workflow=("approve", "batch"),
        address=Address(address1="1 Nine Street", city="Nineham", country="GB"),
        return_address=Address(company="Returns", address1="9 Back Road", city="Nineham", country="GB", phone="9"),
        notices=("new_order",),
        language="de",
        date_format="DD/MM/YYYY",
        time_format="12h",
        number_format="1 234,56",
        order_schedule="06:00 mon-fri UTC",
    )
    flags = {word: not value for word, value in defaults_of(MasterKind.VENDOR).items() if isinstance(value, bool)}
    vendor = replace(vendor, **flags)
    words = words_from(MasterKind.VENDOR, vendor)
    assert defaults_of(MasterKind.VENDOR).keys() == words.keys()
    change(store, MasterKind.VENDOR, "9", words, new=True)
    assert References(REFERENCE).now(store, vendors=["9"]).vendors["9"] == vendor


def test_a_value_of_the_file_wins_and_the_others_are_set(store: Store) -> None:
    change(store, MasterKind.VENDOR, "257", {"name": "Somebody", "contact": "Lee"})
    found = References(FIXED).now(store).vendors["257"]
    assert (found.name, found.contact, found.integrated) == ("Red Panda Outfitters", "Lee", True)


def test_what_an_order_brought_may_be_changed(store: Store) -> None:
    references = References(REFERENCE)
    write(store, lambda tx: insert_reference(tx, [Vendor(code="600", name="Brought"), Carrier(code="61")], at=NOON))
    assert references.now(store, vendors=["600"]).vendors["600"].name == "Brought"
    change(store, MasterKind.VENDOR, "600", {"active": False})
    change(store, MasterKind.CARRIER, "61", {"name": "Sixty-one"})
    now = references.now(store, vendors=["600"], carriers=["61"])
    assert (now.vendors["600"].name, now.vendors["600"].active, now.carriers["61"].name) == ("Brought", False, "Sixty-one")


def test_a_stored_word_that_this_version_does_not_take_counts_as_absent(store: Store) -> None:
    change(store, MasterKind.VENDOR, "257", {"contact": "Lee", "shoe_size": 43, "future_ship_days": "soon"})
    found = References(REFERENCE).now(store).vendors["257"]
    assert (found.contact, found.future_ship_days) == ("Lee", 1)


def test_the_organization_is_that_of_the_start(store: Store) -> None:
    change(store, MasterKind.ORGANIZATION, "1", {"lead_days": 3, "code": "9"})
    declared = replace(REFERENCE, fixed={("organization", "1"): frozenset({"code"})})
    with store.reading() as connection:
        found = organization_set(declared, connection).organization
    assert (found.code, found.lead_days) == ("1", 3)


def test_the_history_tells_who_changed_what(store: Store) -> None:
    assert change(store, MasterKind.BRAND, "7", {"name": "Seven"}, new=True, reason="spring") == [("name", None, "Seven")]
    assert change(store, MasterKind.BRAND, "7", {"name": "7th"}) == [("name", "Seven", "7th")]
    assert change(store, MasterKind.BRAND, "7", {"name": "7th"}) == []
    assert change(store, MasterKind.BRAND, "7", {}, dropped=("name",), base={"name": "as declared"}) == [("name", "7th", "as declared")]
    with store.reading() as connection:
        found = master_rows.history(connection, MasterKind.BRAND, "7")
        assert master_rows.version(connection) == 3
    assert [(it.action, it.before, it.after, it.reason, it.actor) for it in found] == [
        ("changed", "7th", "as declared", "", "ann"),
        ("changed", "Seven", "7th", "", "ann"),
        ("added", None, "Seven", "spring", "ann"),
    ]


def test_changes_of_the_same_codes_in_any_order_wait_for_each_other_and_lose_nothing(store: Store) -> None:
    rounds = 15

    def many(name: str, codes: list[str]) -> None:
        for number in range(rounds):
            changes = [(MasterChanged(kind=MasterKind.VENDOR, code=code, words={name: f"{number}"}), ANN) for code in codes]
            store.attempt(lambda tx, changes=changes: master_rows.change(tx, changes, at=NOON))  # type: ignore[misc]

    with ThreadPoolExecutor(2) as both:
        tasks = [both.submit(many, "name", ["7", "8", "9"]), both.submit(many, "contact", ["9", "8", "7"])]
        for task in tasks:
            task.result(PATIENCE)
    with store.reading() as connection:
        assert master_rows.version(connection) == 2 * rounds
        found = master_rows.words_of(connection, MasterKind.VENDOR, ["7", "8", "9"])
        told = [master_rows.history(connection, MasterKind.VENDOR, code) for code in found]
    last = {"name": f"{rounds - 1}", "contact": f"{rounds - 1}"}
    assert found == dict.fromkeys(("7", "8", "9"), last)
    assert [len(events) for events in told] == [2 * rounds] * 3
