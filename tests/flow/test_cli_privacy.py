"""`gateway privacy`: what is kept of somebody is shown and forgotten on demand, killed or not, and stays so after a restore."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from gateway.kernel import Issue
from gateway.kernel.failpoints import VARIABLE
from gateway.store import BadData, tables
from gateway.store.alarms import About, NewAlarm, clear, ring
from tests.canaries import in_files, in_store, planted
from tests.commands import apart
from tests.town import Town
from tests.turns import in_turns

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


def test_who_works_here_is_not_forgotten_with_a_customer_of_the_same_name(town: Town) -> None:
    told = town.command("privacy", "get", "--order", "ab10747", "--reason", "letter")
    buyer = json.loads(told.out)["orders"][0]["order"]["document"]["sold_to"]
    name, mail = f"{buyer['first_name']} {buyer['last_name']}", f"{buyer['email']}@mail.example"
    town.command("user", "add", "anna.k", "--name", name, "--email", mail, "--role", "retailer")
    town.command("privacy", "forget", "--order", "ab10747", "--reason", "asked by letter")
    (kept,) = town.command("user", "list", "--json").json
    assert (kept["name"], kept["email"]) == (name, mail)
    assert town.command("audit", "verify", "--json").json["entries"] == 3


def test_what_is_shown_and_erased_stands_in_the_record_too(town: Town) -> None:
    town.command("privacy", "get", "--order", "AB10747", "--reason", "asked by letter")
    town.command("privacy", "forget", "--order", "AB10747", "--check")
    town.command("privacy", "forget", "--order", "AB10747", "--reason", "asked again")
    entries = town.command("audit", "list", "--json").json
    assert [(it["event"], it["about"], it["source"], it["reason"]) for it in entries] == [
        ("personal_data_erased", "order AB10747", "command line", "asked again"),
        ("personal_data_shown", "order AB10747", "command line", "asked by letter"),
    ]


def test_who_erases_is_told_where_copies_may_lie(town: Town) -> None:
    told = town.command("privacy", "forget", "--order", "AB10747", "--reason", "letter").out
    assert "Backups made before now" in told
    assert ".taken/done" in told


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
    assert answers(town, "--order", "00012025-001", "--check", ends=3) == {"AB10747": "OPEN_ORDERS", "AB10748": "OPEN_ORDERS"}
    assert answers(town, "--order", "AB10747", "--reason", "letter", ends=3) == {"AB10747": "OPEN_ORDERS", "AB10748": "OPEN_ORDERS"}
    assert len(sings(town)) > 20
    for number in ("AB10748", "AB10749"):
        town.drop(f"in/redpanda/SHIP_{number}.csv", SHIPPED.format(number).replace("Track", f"T{number}"))
    town.once()
    assert answers(town, "--order", "AB10747", "--check") == {"AB10747": "ELIGIBLE", "AB10748": "ELIGIBLE"}
    assert answers(town, "--order", "AB10747", "--reason", "letter") == {"AB10747": "DONE", "AB10748": "DONE"}
    assert answers(town, "--order", "00012025-001", "--reason", "letter") == {
        "AB10747": "ALREADY_ANONYMIZED",
        "AB10748": "ALREADY_ANONYMIZED",
    }
    assert answers(town, "--customer", "canary20", "--check", ends=2) == {"canary20": "NOT_FOUND"}
    assert any("order_party" in place for place in sings(town)), "the other customer is not forgotten"
    mail = json.loads(town.command("order", "show", "AB10749", "--json").out)["document"]["sold_to"]["email"]
    assert answers(town, "--customer", mail, "--reason", "letter") == {"AB10749": "DONE"}
    assert sings(town) == []
    assert {row["subject"]: row["answer"] for row in written(town)} == dict.fromkeys(("AB10747", "AB10748", "AB10749"), "DONE")


FORM = """\
vendor: "257"
source: Phone
sales_order: S-77
shipping_instructions: canary31 barks
messages: [canary32]
ship_to: {first_name: canary33, last_name: Canary34, address1: canary35, city: canary36, postal_code: canary37, country: GB}
sold_to: {company: canary38, email: Zoe@canary.example, address1: canary39, city: canary40, postal_code: canary41, country: GB}
lines: [{number: 1, item: BX100, quantity: 1, unit_cost: 1}]
"""


def drafted(town: Town) -> str:
    (town.root / "form.yaml").write_text(FORM)
    made = town.command("order", "draft", "new", "--from", str(town.root / "form.yaml"), "--json").json
    (town.root / "form.yaml").unlink()
    return str(made["number"])


@pytest.mark.parametrize("who", [("--order", "m000001"), ("--customer", "zoe@CANARY.example"), ("--customer", "canary33 canary34")])
def test_a_draft_by_hand_is_found_shown_and_forgotten(tmp_path: Path, database_url: str, who: tuple[str, str]) -> None:
    town = Town(tmp_path / "town", database_url)
    number = drafted(town)
    shown = json.loads(town.command("privacy", "get", *who, "--reason", "letter").out)
    assert (shown["orders"], shown["by_hand"][0]["form"]["ship_to"]["city"]) == ([], "canary36")
    assert answers(town, *who, "--check", ends=3) == {number: "OPEN_ORDERS"}
    assert answers(town, *who, "--reason", "letter", ends=3) == {number: "OPEN_ORDERS"}
    town.command("order", "draft", "cancel", number, "--reason", "canary42 called")
    assert answers(town, *who, "--check") == {number: "ELIGIBLE"}
    town.command("backup", str(tmp_path / "backup"))
    assert answers(town, *who, "--reason", "letter") == {number: "DONE"}
    assert [place for place in sings(town) if "privacy_act" not in place] == []
    assert answers(town, "--order", number, "--check") == {number: "ALREADY_ANONYMIZED"}
    town.command("restore", str(tmp_path / "backup"), "--force")
    assert [place for place in sings(town) if "privacy_act" not in place] == []
    assert town.command("order", "draft", "show", number, "--json").json["stage"] == "cancelled"


def test_the_purge_ends_and_erases_drafts_that_nobody_has_touched(tmp_path: Path, database_url: str) -> None:
    town = Town(tmp_path / "town", database_url)
    old, fresh, ended = drafted(town), drafted(town), drafted(town)
    town.command("order", "draft", "cancel", ended, "--reason", "canary43 called")
    town.command("order", "draft", "save", fresh, "--set", "vendor=257")
    with town.gateway() as gateway, gateway.store.transaction() as tx:
        paper = tables.hand_order.c
        long_ago = gateway.clock.now().replace(year=2020, day=1)
        tx.connection.execute(update(tables.hand_order).where(paper.number == ended).values(cancelled_at=long_ago))
        tx.connection.execute(update(tables.hand_order).where(paper.number == old).values(changed_at=long_ago))
    told = town.command("privacy", "purge", "--dry-run").out
    assert (f"draft {old}, which is open and ends" in told, f"draft {ended}, which" in told, f"draft {ended}" in told) == (
        True,
        False,
        True,
    )
    assert fresh not in told
    assert town.command("privacy", "purge", "--json").json["state"] == "success"
    sheets = {number: town.command("order", "draft", "show", number, "--json").json for number in (old, fresh, ended)}
    assert [sheets[number]["stage"] for number in (old, fresh, ended)] == ["cancelled", "draft", "cancelled"]
    assert [sheets[number]["form"]["ship_to"]["city"] for number in (old, fresh, ended)] == ["***", "canary36", "***"]
    assert [(row["subject"], row["answer"], row["reason"]) for row in written(town)] == [
        (ended, "DONE", "retention"),
        (old, "DONE", "retention"),
    ]
    assert "Nothing is old enough" in town.command("privacy", "purge", "--dry-run").out
    history = sheets[old]["history"]
    assert (history[-1]["user"], history[-1]["note"]) == ("SYSTEM", "Cancelled: personal data erased")
    assert answers(town, "--order", old, "--check") == {old: "ALREADY_ANONYMIZED"}


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


def test_bytes_that_are_gone_are_named_with_the_cause_and_where_it_stands(town: Town) -> None:
    town.command("privacy", "forget", "--order", "AB10747", "--reason", "letter")
    message = town.command("message", "list", "--connector", "oms", "--json").json[-1]
    done = town.command("message", "show", str(message["id"]), "--raw", ends=2)
    assert f"the bytes of message {message['id']} ({message['file']}) are gone: they were erased with the personal data" in done.err
    assert f"gateway privacy log. What is left: gateway message show {message['id']}" in done.err
    assert done.out == ""
    (batch,) = town.command("outbox", "list", "--kind", "batch", "--json").json
    done = town.command("outbox", "show", str(batch["id"]), "--raw", ends=2)
    assert f"the bytes of outgoing file {batch['id']} ({batch['file']}) are gone" in done.err


def test_bytes_that_the_archive_has_lost_are_named_with_what_to_do(town: Town) -> None:
    message = town.command("message", "list", "--connector", "oms", "--json").json[-1]
    for blob in (town.root / "var/archive").rglob("*.gz"):
        blob.unlink()
    done = town.command("message", "show", str(message["id"]), "--raw", ends=2)
    assert f"the bytes of message {message['id']} ({message['file']}) cannot be read: the archive has no " in done.err
    assert "back from the backup; what else it lacks: gateway verify --deep" in done.err


def test_an_answer_and_the_rows_given_back_say_what_to_do_instead(town: Town) -> None:
    giving_back(town)
    town.command("privacy", "forget", "--order", "AB10747", "--reason", "letter")
    for kind, instead in (("answer", "when it sends its file once more"), ("refused", "own file has the rows"), ("batch", "reissue 1\n")):
        item = town.command("outbox", "list", "--kind", kind, "--json").json[0]
        done = town.command("outbox", "redeliver", str(item["id"]), "--reason", "lost", ends=3)
        assert instead in done.err, done.err
        assert (done.out + done.err).count("its bytes were erased") == 1


def giving_back(town: Town) -> None:
    """A file of the vendor with a row that is not taken, which comes back."""
    path = town.root / "connectors/redpanda.yaml"
    answer = 'answer: {mapping: shipment-results, file: "{file}.result.csv", folder: out/redpanda/results}'
    path.write_text(path.read_text().replace(answer, answer[:-1] + ', refused: "{file}.refused.csv"}'))
    town.drop("in/redpanda/SHIP_9.csv", SHIPPED.format("AB10747").replace(",2,1,50,Track2", ",9,canary77,50,T9"))
    town.once()


def test_why_an_alarm_about_a_line_was_cleared_is_erased_too(town: Town) -> None:
    with town.gateway() as gateway, gateway.store.transaction() as tx:
        key = tx.connection.execute(select(tables.order_key.c.id)).scalar_one()
        for subject in (f"{key}/1 2022-06-22", f"{key}1/1 2022-06-22"):
            new = NewAlarm(about=About.DUE_DATE, subject=subject, issue=Issue("GWY-37", "late"))
            rung = ring(tx, new, now=gateway.clock.now())
            assert rung is not None
            clear(tx, [rung], now=gateway.clock.now(), by="kim", reason="Ms Robin called")
    assert answers(town, "--order", "AB10747", "--reason", "letter") == {"AB10747": "DONE"}
    with town.gateway() as gateway, gateway.store.reading() as connection:
        chosen = select(tables.alarm.c.reason).where(tables.alarm.c.cleared_by == "kim").order_by(tables.alarm.c.id)
        said = connection.execute(chosen).scalars().all()
    assert said == ["***", "Ms Robin called"]


def test_rows_that_are_given_back_are_erased_and_do_not_leave_later(town: Town) -> None:
    town.command("outbox", "hold", "--all-outbound", "--reason", "not yet")
    giving_back(town)
    assert len(town.command("outbox", "list", "--kind", "refused", "--json").json) == 1
    assert answers(town, "--order", "AB10747", "--reason", "letter") == {"AB10747": "DONE"}
    assert sings(town) == []
    (row,) = town.command("outbox", "list", "--kind", "refused", "--json").json
    assert row["state"] == "cancelled"
    town.command("outbox", "release", "--all-outbound", "--reason", "now")
    town.once()
    assert [it["state"] for it in town.command("outbox", "list", "--kind", "refused", "--json").json] == ["cancelled"]
    assert "canary" not in "".join(town.files("out/redpanda/results").values())
    assert any(name.startswith("SHIP_9") for name in town.files("out/redpanda/results"))


@in_turns("point", ["desk.act.before_commit:1", "desk.act.after_commit:1", "archive.gc.each:1", "archive.gc.each:2", "archive.gc.each:5"])
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
    told = town.command("privacy", "forget", "--vendor", "257", "--check", ends=3).err
    assert "GWY-20 vendor 257 cannot go yet: organization.yaml still has its name" in told
    assert "In organization.yaml, under vendors, 257: take name" in told
    assert "and write active: false. Then ask again; nothing was changed." in told


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
