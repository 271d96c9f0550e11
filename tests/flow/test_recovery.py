"""The drill: a backup, more business, the database destroyed, the backup put back, reconciled, released: nothing lost, nothing doubled."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from gateway.delivery import departures
from gateway.desk.invitations import invite, invited
from gateway.store import consistency, pauses, tables
from tests.lodge import Lodge
from tests.storehouse import NOON, opened
from tests.town import FOLDERS, Town

OUT = tuple(folder for folder in FOLDERS if folder.startswith("out/"))
SHIPMENTS = """\
po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date
{order},1,3,50,Track12155,2.34,1.23,2022-06-22
"""


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Town:
    """Opened anew at every turn: what it works with is destroyed and put back."""
    return Town(tmp_path / "town", database_url)


class Drill:
    """A town whose partners remember every file they ever got, and collect some of them at once."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.got: Counter[tuple[str, str]] = Counter()
        self._there: dict[tuple[str, str], int] = {}

    def orders(self, name: str, number: str) -> None:
        self.town.drop(f"in/oms/{name}.xml", self.town.sample("createdsorder.xml").replace(b"ab10747", number.lower().encode()))

    def acknowledges(self, batch: int) -> None:
        self.town.drop(f"in/redpanda/ACK_{batch}.csv", f"vendor_code,batch_id\n257,{batch}\n")

    def ships(self, name: str, order: str) -> None:
        self.town.drop(f"in/redpanda/SHIP_{name}.csv", SHIPMENTS.format(order=order))

    def once(self) -> None:
        self.town.once()
        self.looks()

    def looks(self) -> None:
        """Every partner notes what has come: a name that comes again, or changes, counts again."""
        now = {
            (folder, path.name): path.stat().st_ino
            for folder in OUT
            for path in (self.town.root / folder).iterdir()
            if path.is_file() and path.name[0] != "."
        }
        for name, inode in now.items():
            self.got[name] += self._there.get(name) != inode
        self._there = now

    def collects(self, folder: str, name: str) -> None:
        (self.town.root / folder / name).unlink()
        self._there.pop((folder, name))

    def command(self, *words: str, ends: int = 0) -> Any:
        done = self.town.command(*words, "--json", ends=ends)
        self.looks()
        return done.json

    def destroy(self) -> None:
        """The database is gone; archive and partners are what they are."""
        if self.town.url.startswith("sqlite"):
            for path in Path(self.town.url.removeprefix("sqlite:///")).parent.glob("gateway.db*"):
                path.unlink()
            return
        with opened(self.town.url) as store, store.transaction() as tx:
            for name in reversed(tables.metadata.sorted_tables):
                tx.connection.execute(text(f"drop table {name.name} cascade"))
            tx.connection.execute(text("drop table alembic_version"))


@pytest.fixture
def drill(town: Town) -> Drill:
    """A town after its first day, all of which is in the backup."""
    found = Drill(town)
    found.orders("one", "AB10001")
    found.once()
    found.acknowledges(1)
    found.once()
    return found


@pytest.fixture
def programs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client programs of the server that the tests use come first."""
    if "postgresql" in request.node.name:
        home = Path(os.environ["GATEWAY_TEST_POSTGRES"]) / "bin"
        if home.exists():
            monkeypatch.setenv("PATH", f"{home.resolve()}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("programs")
def test_what_happened_after_the_backup_is_found_again_and_nothing_is_sent_twice(drill: Drill, tmp_path: Path) -> None:
    town = drill.town
    made = drill.command("backup", str(tmp_path / "backup"))
    assert made["missing"] == []
    drill.orders("two", "AB10002")
    drill.once()
    drill.collects("out/redpanda/orders", "PO_000002.csv")
    drill.acknowledges(2)
    drill.once()
    drill.ships("two", "AB10002")
    drill.once()
    drill.collects("out/oms/responses", "two.xml.resp.xml")
    drill.orders("three", "AB10003")
    before = Counter(drill.got)
    state = lines(town)
    drill.destroy()

    assert drill.command("restore", str(tmp_path / "backup"), "--dry-run")["replaced_rows"] == 0
    drill.command("restore", str(tmp_path / "backup"))
    assert held(town) == {"gathering", "outbound"}
    early = town.command("outbox", "release", "--all-outbound", "--reason", "in a hurry", ends=2)
    assert "gateway reconcile" in early.err
    rehearsed = drill.command("reconcile", "--dry-run")
    assert {step["name"] for step in rehearsed if step["kind"] == "outgoing"} >= {"PO_000002.csv", "two.xml.resp.xml"}
    assert drill.got == before
    told = drill.command("reconcile")
    assert [step for step in told if step["needs_a_person"]] == []
    assert drill.got == before, "nothing goes out before a person says so"
    assert held(town) == {"outbound"}
    assert lines(town) == state
    assert drill.command("reconcile") == []

    town.command("outbox", "release", "--all-outbound", "--reason", "the drill is over")
    drill.once()
    drill.once()
    assert max(drill.got.values()) == 1, drill.got
    assert {name for name in drill.got if name not in before} >= {
        ("out/redpanda/orders", "PO_000003.csv"),
        ("out/oms/responses", "three.xml.resp.xml"),
    }
    assert lines(town).keys() == {"AB10001", "AB10002", "AB10003"}
    assert differences(town) == []


@pytest.mark.usefixtures("programs")
def test_nobody_is_logged_in_to_a_restored_store_and_no_link_works(town: Town, tmp_path: Path) -> None:
    with opened(town.url) as store:
        lodge = Lodge(store)
        lodge.person("anna.k", "retailer")
        come, link = lodge.come("anna.k"), invite(lodge.office, "anna.k")
    town.command("backup", str(tmp_path / "backup"))
    town.command("restore", str(tmp_path / "backup"), "--force")
    with opened(town.url) as store:
        lodge = Lodge(store)
        assert lodge.is_out(come)
        assert invited(store, lodge.clock, link.token) is None
        assert lodge.told() == ["login", "invited", "restored"]
        assert lodge.come("anna.k")


@pytest.mark.usefixtures("programs")
def test_a_file_whose_contents_nobody_can_tell_blocks_its_numbers_and_calls_a_person(drill: Drill, tmp_path: Path) -> None:
    town = drill.town
    drill.command("backup", str(tmp_path / "backup"))
    drill.orders("two", "AB10002")
    drill.once()
    shutil.rmtree(town.root / "in/oms/.taken/orders/done")  # the retailer has cleared up: the order is gone
    drill.destroy()
    drill.command("restore", str(tmp_path / "backup"))
    told = drill.command("reconcile", ends=7)
    (open_matter,) = [step for step in told if step["name"] == "PO_000002.csv"]
    assert "AB10002" in open_matter["outcome"]
    assert "outbox show" in open_matter["remedy"]
    town.command("outbox", "release", "--all-outbound", "--reason", "the vendor was told")
    drill.orders("three", "AB10003")
    drill.once()
    assert ("out/redpanda/orders", "PO_000003.csv") in drill.got
    assert max(drill.got.values()) == 1
    assert differences(town) == []


@pytest.mark.usefixtures("programs")
def test_an_item_that_left_before_its_mark_was_saved_is_marked_and_an_upload_that_broke_off_is_cleared_away(
    drill: Drill, tmp_path: Path
) -> None:
    town = drill.town
    drill.orders("two", "AB10002")
    town.command("outbox", "hold", "--all-outbound", "--reason", "so that items wait")
    drill.once()
    drill.command("backup", str(tmp_path / "backup"))
    town.command("outbox", "release", "--all-outbound", "--reason", "go on")
    drill.once()
    before = Counter(drill.got)
    part = town.root / "out/redpanda/orders/.PO_000099.csv.99.1.part"
    part.write_text("half a")
    drill.destroy()
    drill.command("restore", str(tmp_path / "backup"))
    told = drill.command("reconcile")
    assert {step["outcome"] for step in told if step["name"] == "PO_000002.csv"} == {"entered as sent"}
    assert not part.exists()
    town.command("outbox", "release", "--all-outbound", "--reason", "the drill is over")
    drill.once()
    assert drill.got == before


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize("ahead", [timedelta(minutes=33), timedelta(days=2)])
def test_what_left_since_is_found_however_far_ahead_the_clock_of_the_backup_was(drill: Drill, tmp_path: Path, ahead: timedelta) -> None:
    town = drill.town
    drill.command("backup", str(tmp_path / "backup"))
    manifest = tmp_path / "backup/manifest.json"
    told = json.loads(manifest.read_text())
    made_at = datetime.fromisoformat(told["made_at"]) + ahead
    manifest.write_text(json.dumps(told | {"made_at": made_at.isoformat()}))
    drill.orders("two", "AB10002")
    drill.once()
    drill.collects("out/redpanda/orders", "PO_000002.csv")
    drill.destroy()
    drill.command("restore", str(tmp_path / "backup"))
    assert {step["name"] for step in drill.command("reconcile") if step["kind"] == "outgoing"} >= {"PO_000002.csv"}
    town.command("outbox", "release", "--all-outbound", "--reason", "the drill is over")
    drill.once()
    assert max(drill.got.values()) == 1, drill.got
    assert differences(town) == []


@pytest.mark.usefixtures("programs")
def test_a_file_that_was_to_go_out_once_more_still_goes_though_it_left_before_the_backup(drill: Drill, tmp_path: Path) -> None:
    town = drill.town
    drill.collects("out/redpanda/orders", "PO_000001.csv")
    town.command("outbox", "hold", "--all-outbound", "--reason", "so that it waits")
    (batch,) = town.command("outbox", "list", "--kind", "batch", "--json").json
    town.command("outbox", "redeliver", str(batch["id"]), "--reason", "the vendor lost it", ends=4)
    drill.command("backup", str(tmp_path / "backup"))
    drill.destroy()
    drill.command("restore", str(tmp_path / "backup"))
    assert drill.command("reconcile") == []
    town.command("outbox", "release", "--all-outbound", "--reason", "the drill is over")
    drill.once()
    assert drill.got["out/redpanda/orders", "PO_000001.csv"] == 2
    assert differences(town) == []


@pytest.mark.usefixtures("programs")
def test_what_left_for_a_partner_that_cannot_be_looked_at_is_left_open_until_it_can(drill: Drill, tmp_path: Path) -> None:
    town, folder = drill.town, drill.town.root / "out/redpanda/orders"
    drill.command("backup", str(tmp_path / "backup"))
    drill.orders("two", "AB10002")
    drill.once()
    drill.destroy()
    drill.command("restore", str(tmp_path / "backup"))
    folder.rename(folder.with_name("away"))
    first = town.command("reconcile", "--json", ends=7).json
    assert [step["kind"] for step in first if step["needs_a_person"]] == ["partner"]
    assert "PO_000002.csv" not in {step["name"] for step in first}
    assert held(town) == {"gathering", "outbound"}
    folder.with_name("away").rename(folder)
    assert {step["name"] for step in drill.command("reconcile") if step["kind"] == "outgoing"} == {"PO_000002.csv"}
    town.command("outbox", "release", "--all-outbound", "--reason", "the drill is over")
    drill.once()
    assert differences(town) == []


@pytest.mark.postgresql
@pytest.mark.usefixtures("programs")
def test_nothing_is_put_back_into_postgresql_under_a_process_that_is_at_work(postgresql_url: str, tmp_path: Path) -> None:
    town = Town(tmp_path / "town", postgresql_url)
    town.command("backup", str(tmp_path / "backup"), "--json")
    with opened(postgresql_url) as store, store.reading():
        refused = town.command("restore", str(tmp_path / "backup"), "--force", ends=5)
    assert "stop every node first: gateway node list" in refused.err
    town.command("restore", str(tmp_path / "backup"), "--force")


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize("unreachable", [False, True])
def test_nobody_is_told_to_let_it_go_out_while_something_needs_a_person(drill: Drill, tmp_path: Path, unreachable: bool) -> None:
    town, folder = drill.town, drill.town.root / "out/redpanda/results"
    drill.command("backup", str(tmp_path / "backup"))
    drill.orders("two", "AB10002")
    drill.once()
    shutil.rmtree(town.root / "in/oms/.taken/orders/done")
    drill.destroy()
    drill.command("restore", str(tmp_path / "backup"))
    if unreachable:
        folder.rmdir()
    rehearsed = town.command("reconcile", "--dry-run", ends=7 if unreachable else 0)
    assert "Let it go out" not in rehearsed.out
    done = town.command("reconcile", ends=7)
    assert "Let it go out" not in done.out
    assert "of these need" in done.err
    then = "gateway reconcile" if unreachable else "gateway outbox release --all-outbound --reason TEXT"
    assert f"a person first: do what stands under 'What to do'. Only then: {then}" in done.err
    if unreachable:
        folder.mkdir()
        done = town.command("reconcile", ends=7)
        assert "1 of these needs a person" in done.err
    last = town.command("reconcile")
    assert "Let it go out again: gateway outbox release --all-outbound --reason TEXT" in last.out


@pytest.mark.usefixtures("programs")
def test_a_store_that_is_not_empty_gives_way_only_by_force_and_is_kept(drill: Drill, tmp_path: Path) -> None:
    drill.command("backup", str(tmp_path / "backup"))
    refused = drill.town.command("restore", str(tmp_path / "backup"), ends=2)
    assert "--force" in refused.err
    done = drill.command("restore", str(tmp_path / "backup"), "--force")
    assert done["replaced_rows"] > 0
    if drill.town.url.startswith("sqlite"):
        with sqlite3.connect(done["kept"]) as kept:
            assert kept.execute("select count(*) from message").fetchone() != (0,)


def test_people_are_told_times_of_a_backup_in_the_zone_of_the_business(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    town.once()
    made = town.command("backup", str(tmp_path / "backup")).out
    assert re.search(r"Made at +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d E[SD]T", made)
    shown = town.command("restore", str(tmp_path / "backup"), "--force").out
    assert re.search(r"Backup of +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d E[SD]T", shown)


def test_a_backup_is_made_beside_a_node_at_work_and_is_one_picture(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    with town.gateway() as gateway:
        node = gateway.node()
        with node.engaged():
            for number in range(5):
                town.drop(f"in/oms/{number}.xml", town.sample("createdsorder.xml").replace(b"ab10747", b"ab2000%d" % number))
            with gateway.store.transaction() as tx:
                tx.connection.execute(tables.pause.insert().values(name="endpoint:x", at=NOON, actor="a"))
                made = town.command("backup", str(tmp_path / "backup"), "--json").json
    assert made["database"] == "gateway.db"
    with sqlite3.connect(tmp_path / "backup/gateway.db") as copy:
        assert copy.execute("select count(*) from pause").fetchone() == (0,), "what is not committed is not in it"


@pytest.mark.parametrize("damage", ["manifest", "database", "blob"])
def test_a_backup_that_is_not_whole_is_refused(tmp_path: Path, sqlite_url: str, damage: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    town.drop("in/oms/one.xml", town.sample("createdsorder.xml"))
    town.once()
    town.command("backup", str(tmp_path / "backup"))
    match damage:
        case "manifest":
            (tmp_path / "backup/manifest.json").unlink()
        case "database":
            with (tmp_path / "backup/gateway.db").open("ab") as file:
                file.write(b"x")
        case _:
            next((tmp_path / "backup/archive").rglob("*.gz")).unlink()
    told = town.command("restore", str(tmp_path / "backup"), "--force", ends=2).err
    assert {"manifest": "no finished backup", "database": "not what the manifest says", "blob": "lacks 1 of its blobs"}[damage] in told


def test_reconciling_while_deliveries_go_on_is_refused(town: Town) -> None:
    assert "outbox hold --all-outbound" in town.command("reconcile", ends=2).err


def test_every_departure_is_in_the_journal_with_what_it_held(drill: Drill) -> None:
    found = {it.file_name: it for it in departures(drill.town.root / "var/archive")}
    assert set(found) >= {b"PO_000001.csv", b"one.xml.resp.xml"}
    batch = found[b"PO_000001.csv"]
    assert [(it.order, it.line, it.quantity) for it in batch.contents] == [("AB10001", 1, 3), ("AB10001", 2, 1)]


def lines(town: Town) -> dict[str, list[tuple[str | None, int, int, int | None]]]:
    """The state of every line by order."""
    line, key = tables.order_line.c, tables.order_key.c
    chosen = select(key.po_no, line.status, line.printed, line.shipped, line.batch_number).join(
        tables.order_line, tables.order_line.c.order_id == tables.order_key.c.id
    )
    found: dict[str, list[tuple[str | None, int, int, int | None]]] = {}
    with opened(town.url) as store, store.reading() as connection:
        for row in connection.execute(chosen.order_by(key.po_no, line.line_no)):
            found.setdefault(row.po_no, []).append((row.status, row.printed, row.shipped, row.batch_number))
    return found


def held(town: Town) -> set[str]:
    with opened(town.url) as store, store.reading() as connection:
        return set(pauses.standing(connection))


def differences(town: Town) -> list[consistency.Finding]:
    with town.gateway() as gateway, gateway.store.reading() as connection:
        return consistency.differences(connection)
