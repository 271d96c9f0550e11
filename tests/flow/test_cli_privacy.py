"""`gateway privacy`: what is kept of somebody is shown and forgotten on demand, killed or not, and stays so after a restore."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from gateway.kernel.failpoints import VARIABLE
from gateway.store import BadData, tables
from tests.canaries import in_files, in_store, planted
from tests.commands import apart
from tests.town import Town

SHIPPED = (
    "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date\n"
    "{0},1,3,50,Track1,2.34,1.23,2022-06-22\n{0},2,1,50,Track2,2.34,1.23,2022-06-22\n"
)


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Town:
    """An order of one sales order that is shipped, with birds in it."""
    town = Town(tmp_path / "town", database_url)
    town.drop("in/oms/orders.xml", order(town))
    town.once()
    town.drop("in/redpanda/SHIP_1.csv", SHIPPED.format("AB10747"))
    town.once()
    return town


def order(town: Town, number: str = "ab10747", sales_order: str = "00012025-001") -> str:
    text = town.sample("createdsorder.xml").decode()
    return planted(text.replace("ab10747", number).replace("00012025-001", sales_order))


def sings(town: Town) -> list[str]:
    with town.gateway() as gateway:
        return in_store(gateway.store) + in_files(gateway.archive.folder)


def answers(town: Town, *words: str, ends: int = 0) -> dict[str, str]:
    told = town.command("privacy", "forget", *words, "--json", ends=ends).json
    return {row["subject"]: row["answer"] for row in told}


def written(town: Town) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = town.command("privacy", "log", "--json").json
    return rows


def test_what_is_kept_of_a_customer_is_shown_and_that_somebody_looked_is_written_down(town: Town) -> None:
    town.command("privacy", "get", "--order", "AB10747", ends=2)
    told = town.command("privacy", "get", "--order", "ab10747", "--reason", "asked by letter")
    shown = json.loads(told.out)["orders"][0]
    assert shown["order"]["document"]["ship_to"]["first_name"].startswith("canary")
    assert {(it["direction"], it["partner"]) for it in shown["files"]} == {
        ("in", "oms"),
        ("in", "redpanda"),
        ("out", "oms"),
        ("out", "redpanda"),
    }
    mail = shown["order"]["document"]["sold_to"]["email"]
    assert len(json.loads(town.command("privacy", "get", "--customer", mail.upper(), "--reason", "letter").out)["orders"]) == 1
    town.command("privacy", "get", "--customer", "nobody@mail.example", "--reason", "letter", ends=2)
    assert [(row["act"], row["kind"], row["subject"], row["reason"]) for row in written(town)] == [
        ("read", "customer", mail.upper(), "letter"),
        ("read", "order", "ab10747", "asked by letter"),
    ]


def test_each_object_gets_its_answer(town: Town) -> None:
    town.drop("in/oms/more.xml", order(town, "ab10748"))
    town.drop("in/oms/other.xml", order(town, "ab10749", "00012026-001"))
    town.once()
    assert answers(town, "--order", "X1", "--check", ends=2) == {"X1": "NOT_FOUND"}
    assert answers(town, "--order", "AB10747", "--check", ends=3) == {"AB10747": "OPEN_ORDERS", "AB10748": "OPEN_ORDERS"}
    assert answers(town, "--order", "AB10747", "--reason", "letter", ends=3) == {"AB10747": "OPEN_ORDERS", "AB10748": "OPEN_ORDERS"}
    assert len(sings(town)) > 20
    for number in ("AB10748", "AB10749"):
        town.drop(f"in/redpanda/SHIP_{number}.csv", SHIPPED.format(number).replace("Track", f"T{number}"))
    town.once()
    assert answers(town, "--order", "AB10747", "--check") == {"AB10747": "ELIGIBLE", "AB10748": "ELIGIBLE"}
    assert answers(town, "--order", "AB10747", "--reason", "letter") == {"AB10747": "DONE", "AB10748": "DONE"}
    assert answers(town, "--order", "AB10748", "--reason", "letter") == {"AB10747": "ALREADY_ANONYMIZED", "AB10748": "ALREADY_ANONYMIZED"}
    assert answers(town, "--customer", "canary20", "--check", ends=2) == {"canary20": "NOT_FOUND"}
    assert any("order_party" in place for place in sings(town)), "the other customer is not forgotten"
    mail = json.loads(town.command("order", "show", "AB10749", "--json").out)["document"]["sold_to"]["email"]
    assert answers(town, "--customer", mail, "--reason", "letter") == {"AB10749": "DONE"}
    assert sings(town) == []
    assert {row["subject"]: row["answer"] for row in written(town)} == dict.fromkeys(("AB10747", "AB10748", "AB10749"), "DONE")


def test_the_file_of_the_database_itself_holds_nothing_any_more(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    town.drop("in/oms/orders.xml", order(town))
    town.once()
    town.drop("in/redpanda/SHIP_1.csv", SHIPPED.format("AB10747"))
    town.once()
    file = tmp_path / "gateway.db"
    assert b"canary" in file.read_bytes()
    assert answers(town, "--order", "AB10747", "--reason", "letter") == {"AB10747": "DONE"}
    assert [path.name for path in tmp_path.glob("gateway.db*") if b"canary" in path.read_bytes()] == []


def test_what_was_sent_with_the_data_cannot_be_sent_again(town: Town) -> None:
    town.command("privacy", "forget", "--order", "AB10747", "--reason", "letter")
    (batch,) = town.command("outbox", "list", "--kind", "batch", "--json").json
    done = town.command("outbox", "redeliver", str(batch["id"]), "--reason", "lost", ends=3)
    assert "its bytes were erased with the personal data in them" in done.err
    assert town.command("outbox", "show", str(batch["id"]), "--json").json["state"] == "sent"


@pytest.mark.parametrize(
    "point", ["desk.act.before_commit:1", "desk.act.after_commit:1", "archive.gc.each:1", "archive.gc.each:2", "archive.gc.each:5"]
)
def test_wherever_it_is_killed_the_next_one_brings_it_to_its_end(town: Town, point: str) -> None:
    words = ("privacy", "forget", "--order", "AB10747", "--reason", "letter")
    assert apart(town.root, *words, environment={VARIABLE: f"{point}:kill"}).code == -9
    again = answers(town, "--order", "AB10747", "--reason", "letter")
    assert again["AB10747"] == ("DONE" if "before" in point else "ALREADY_ANONYMIZED")
    assert sings(town) == []
    with town.gateway() as gateway, gateway.store.reading() as connection:
        events = connection.execute(select(tables.order_history.c.line_no).where(tables.order_history.c.event == "H27")).scalars().all()
    assert events == [1, 2]
    town.command("verify", "--deep")


def test_a_restored_backup_is_erased_again_before_anybody_sees_it(town: Town, tmp_path: Path) -> None:
    town.command("backup", str(tmp_path / "backup"))
    assert answers(town, "--order", "AB10747", "--reason", "letter") == {"AB10747": "DONE"}
    town.command("restore", str(tmp_path / "backup"), "--force")
    assert sings(town) == []
    assert answers(town, "--order", "AB10747", "--check") == {"AB10747": "ALREADY_ANONYMIZED"}


def test_an_extract_that_has_not_left_is_made_anew_without_the_data(tmp_path: Path, database_url: str) -> None:
    town = Town(tmp_path / "town", database_url)
    town.command("outbox", "hold", "--all-outbound", "--reason", "not yet")
    town.drop("in/oms/orders.xml", order(town))
    town.drop("in/oms/other.xml", order(town, "ab10749", "00012026-001").replace("canary", "kept"))
    town.once()
    with town.gateway() as gateway:
        closed = {"status": "Cancelled", "printed": 0, "cancelled": tables.order_line.c.ordered}
        with gateway.store.transaction() as tx:
            key = tx.connection.execute(select(tables.order_key.c.id).where(tables.order_key.c.po_no == "AB10747")).scalar_one()
            tx.connection.execute(update(tables.order_line).where(tables.order_line.c.order_id == key).values(closed))
            tx.connection.execute(update(tables.order_key).where(tables.order_key.c.id == key).values(state="closed"))
            tx.connection.execute(update(tables.batch_line).where(tables.batch_line.c.order_id == key).values(live=False))
    assert answers(town, "--order", "AB10747", "--reason", "letter") == {"AB10747": "DONE"}
    assert sings(town) == []
    rows = town.command("outbox", "list", "--kind", "batch", "--json").json
    assert sorted(row["state"] for row in rows) == ["cancelled", "waiting"]
    town.command("outbox", "release", "--all-outbound", "--reason", "now")
    town.once()
    (sent,) = town.files("out/redpanda/orders").values()
    assert "AB10749" in sent
    assert "canary" not in sent
    town.command("verify", "--deep")


def test_a_vendor_without_open_orders_and_its_users_are_forgotten_and_the_login_stays(town: Town) -> None:
    told = {"code": "999", "name": "canary vendor", "email": "canary@vendor.example", "contact": "", "active": True}
    with town.gateway() as gateway, gateway.store.transaction() as tx:
        at = gateway.clock.now()
        preferences = {name: told[name] for name in ("code", "name", "email")}
        tx.connection.execute(insert(tables.vendor).values(**told, preferences=preferences, made_at=at))
        user = {"id": "panda1", "vendor": "999", "name": "canary user", "email": "canary@user.example", "authorities": [], "active": True}
        tx.connection.execute(insert(tables.vendor_user).values(**user, made_at=at, changed_at=at))
    assert answers(town, "--vendor", "000", "--check", ends=2) == {"000": "NOT_FOUND"}
    shown = json.loads(town.command("privacy", "get", "--vendor", "999", "--reason", "asked").out)
    assert shown["vendor"]["users"] == ["panda1"]
    assert answers(town, "--vendor", "999", "--reason", "gone") == {"999": "DONE"}
    assert answers(town, "--user", "panda1", "--reason", "gone") == {"panda1": "DONE"}
    assert answers(town, "--vendor", "999", "--check") == {"999": "ALREADY_ANONYMIZED"}
    assert answers(town, "--user", "panda1", "--check") == {"panda1": "ALREADY_ANONYMIZED"}
    assert [place for place in sings(town) if "vendor" in place] == []
    with town.gateway() as gateway, gateway.store.reading() as connection:
        assert gateway.master.references.current(connection, vendors=["999"]).vendors["999"].active is False
        assert connection.execute(select(tables.vendor_user.c.id)).scalars().all() == ["panda1"]


def test_a_vendor_with_open_orders_or_in_the_file_of_the_organization_stays(town: Town) -> None:
    town.drop("in/oms/more.xml", order(town, "ab10750", "00012027-001"))
    town.once()
    assert answers(town, "--vendor", "257", "--check", ends=3) == {"257": "OPEN_ORDERS"}
    town.drop("in/redpanda/SHIP_2.csv", SHIPPED.format("AB10750").replace("Track", "T2"))
    town.once()
    assert "organization.yaml" in town.command("privacy", "forget", "--vendor", "257", "--check", ends=3).err


def test_the_purge_by_command_says_what_it_would_do_and_what_it_did(town: Town) -> None:
    assert "Nothing is old enough" in town.command("privacy", "purge", "--dry-run").out
    with town.gateway() as gateway, gateway.store.transaction() as tx:
        tx.connection.execute(update(tables.purchase_order).values(created_at=gateway.clock.now().replace(year=2020)))
    assert "AB10747" in town.command("privacy", "purge", "--dry-run").out
    assert len(sings(town)) > 20
    assert town.command("privacy", "purge", "--json").json["done"] == 1
    assert sings(town) == []
    run = town.command("privacy", "runs", "--json").json[0]
    assert (run["state"], run["done"], run["failed"], run["retention_days"]) == ("success", 1, 0, 999)


def test_a_growing_table_lets_nobody_but_an_erasure_overwrite_what_people_wrote(town: Town) -> None:
    history = tables.order_history
    with town.gateway() as gateway:
        for values in ({"parts": {"reason": "other"}}, {"actor": "other"}):
            with pytest.raises(BadData), gateway.store.transaction() as tx:
                tx.connection.execute(update(history).values(values))
        with pytest.raises(BadData), gateway.store.transaction() as tx:  # noqa: PT012 - it is the second that must not be
            tx.connection.execute(insert(tables.erasing))
            tx.connection.execute(update(history).values(actor="other"))
