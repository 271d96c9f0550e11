"""`gateway verify`: every kind of damage is found, told with meaning and remedy, and nothing is said where all is well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from gateway.recovery.verify import MEANINGS
from gateway.store import tables
from tests.storehouse import opened
from tests.town import Town

Damage = Callable[[Town], object]


def verify(town: Town, *words: str, ends: int = 0) -> Any:
    return town.command("verify", "--json", *words, ends=ends).json


def act(statement: str) -> Damage:
    def damage(town: Town) -> None:
        with opened(town.url) as store, store.transaction() as tx:
            tx.connection.execute(text(statement))

    return damage


def blob(town: Town) -> Path:
    return min((town.root / "var/archive").glob("[0-9a-f][0-9a-f]/*.gz"))


def lay(place: str, content: str) -> Damage:
    return lambda town: (town.root / place).write_text(content)


CASES: list[tuple[str, tuple[str, ...], Damage]] = [
    ("history of an order", (), act("update order_key set history_seq = 9")),
    ("schema", (), act("alter table item add column colour text")),
    ("missing blob", (), lambda town: blob(town).unlink()),
    ("damaged blob", ("--deep",), lambda town: blob(town).write_bytes(b"not packed at all")),
    ("unknown file in done/", (), lay("in/oms/.taken/orders/done/0011223344556677.other.xml", "<a/>")),
    ("leftover upload", (), lay("out/oms/responses/.gone.xml.99.1.part", "half")),
    ("changed at the partner's", (), lay("out/oms/responses/one.xml.resp.xml", "short")),
]


@pytest.fixture
def busy(town: Town) -> Town:
    """A town in which an order went through."""
    town.drop("in/oms/one.xml", town.sample("createdsorder.xml"))
    town.once()
    town.once()
    return town


def test_a_store_that_nobody_touched_agrees_with_everything(busy: Town) -> None:
    found = verify(busy, "--deep")
    assert found["differences"] == []
    assert found["counted"]["blobs"] == found["counted"]["blobs read"] > 2
    assert found["counted"]["unreferenced blobs"] == 0
    assert found["counted"]["files at partners"] >= 2


def test_every_damage_is_found_with_what_it_means(busy: Town) -> None:
    """One after the other, so that each is also told beside the others."""
    told: set[str] = set()
    for check, words, damage in [*CASES[2:], *CASES[:1], CASES[1]]:
        damage(busy)
        found = verify(busy, *words, ends=7)["differences"]
        new = [row for row in found if row["check"] == check]
        assert new, check
        assert all(row["subject"] and row["text"] and row["meaning"] and row["remedy"] for row in found)
        told.add(check)
    assert told == {case[0] for case in CASES}
    assert told - {"history of an order"} <= MEANINGS.keys()


def test_a_damaged_page_of_sqlite_is_found(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    town.drop("in/oms/one.xml", town.sample("createdsorder.xml"))
    town.once()
    with opened(town.url) as store, store.transaction() as tx:
        tx.connection.exec_driver_sql("pragma writable_schema = on")
        tx.connection.exec_driver_sql("delete from sqlite_master where name = 'outbox_overdue'")
    found = verify(town, ends=7)["differences"]
    assert {row["check"] for row in found} & {"integrity_check", "schema"}


@pytest.mark.postgresql
def test_pages_of_postgresql_are_looked_at_where_an_administrator_allows_it(tmp_path: Path, postgresql_url: str) -> None:
    town = Town(tmp_path / "town", postgresql_url)
    town.drop("in/oms/one.xml", town.sample("createdsorder.xml"))
    town.once()
    assert any("create extension amcheck" in note for note in verify(town)["notes"])
    act("create extension amcheck")(town)
    found = verify(town)
    assert (found["differences"], found["not_looked_at"], found["notes"]) == ([], {}, [])


def test_looking_changes_nothing_and_stops_nobody(busy: Town) -> None:
    busy.drop("in/oms/two.xml", busy.sample("createdsorder.xml").replace(b"ab10747", b"ab10748"))
    with busy.gateway() as gateway:
        node = gateway.node()
        with node.engaged() as engine, gateway.store.reading() as connection:
            engine.poll(engine.spots[0])
            before = connection.execute(tables.message.select()).all()
            assert verify(busy)["differences"] == []
            assert connection.execute(tables.message.select()).all() == before


def test_people_get_a_table_and_a_sum(busy: Town) -> None:
    assert busy.command("verify").out.startswith("Everything agrees: ")
    blob(busy).unlink()
    done = busy.command("verify", ends=7)
    assert "missing blob" in done.out
    assert "bring the file back" in done.out
    assert done.err == "1 difference.\n"
