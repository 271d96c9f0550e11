"""A file that kills whoever reads it takes nobody along: its neighbours are booked, and it is parked with what is known."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from gateway.intake.cell import Ask, Cell, Outcome, Read
from gateway.store import again, messages, tables
from tests.commands import PROGRAM
from tests.third_party_codec import installed
from tests.town import ROOT, Town
from tests.waiting import PATIENCE, wait_until

pytestmark = [pytest.mark.chaos, pytest.mark.slow]

HEADING = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date\n"
GOOD = HEADING + "AB10747,1,1,50,T{number},1,1,2022-06-22\n"
BAD = HEADING + "AB10747,1,1,{word},T,1,1,2022-06-22\n"


class Lodge:
    """A workspace whose shipments pass a codec of another package, which dies where the file says so; services run in processes."""

    def __init__(self, town: Town, plugins: Path) -> None:
        self.town = town
        layout = town.root / "mappings/shipments-csv.yaml"
        text = layout.read_text()
        layout.write_text(re.sub(r"(?m)^( *carrier_code: +)carrier$", r"\1{field: carrier, as: deadly}", text))
        assert "deadly" in layout.read_text()
        with (town.root / "gateway.toml").open("a") as settings:
            settings.write('[reader]\ntime = "2s"\nmemory = "600MB"\n')
        self._path = os.pathsep.join([str(installed(plugins)), str(ROOT)])

    def serve(self) -> subprocess.Popen[bytes]:
        """One run of the service, under way."""
        program = [*PROGRAM, "--workspace", str(self.town.root), "serve", "--once"]
        quiet = subprocess.DEVNULL
        return subprocess.Popen(program, env={**os.environ, "PYTHONPATH": self._path}, stdout=quiet, stderr=quiet)

    def serve_once(self) -> int:
        """How one run of the service ended."""
        return self.serve().wait(PATIENCE)

    def forget_the_dead(self) -> None:
        """As if the leases of a killed run had lapsed."""
        with self.town.gateway() as gateway, gateway.store.transaction() as tx:
            for table in (tables.work, tables.lease):
                tx.connection.execute(update(table).values(until=None))

    def suspect_everything(self) -> None:
        """The files are picked up, and whoever had them in hand is dead."""
        with self.town.gateway() as gateway:
            node = gateway.node()
            for spot in node.engine.spots:
                node.engine.poll(spot)
            node.engine.let_go()
            with gateway.store.transaction() as tx:
                tx.connection.execute(update(tables.work).values(attempts=1))

    def messages(self) -> dict[str, Any]:
        with self.town.gateway() as gateway, gateway.store.reading() as connection:
            return self.messages_in(connection)

    def messages_in(self, connection: Connection) -> dict[str, Any]:
        return {bytes(row.file_name).decode(): row for row in connection.execute(select(tables.message))}

    def rows(self) -> list[Any]:
        with self.town.gateway() as gateway, gateway.store.reading() as connection:
            return list(connection.execute(select(tables.work)))


@pytest.fixture
def lodge(tmp_path: Path, sqlite_url: str) -> Lodge:
    return Lodge(Town(tmp_path / "town", sqlite_url), tmp_path / "plugins")


def test_a_crash_of_the_parser_is_survived_on_each_database(town: Town, tmp_path: Path) -> None:
    bring_through(Lodge(town, tmp_path / "plugins"), "SEGFAULT", -signal.SIGSEGV, "crashed with SIGSEGV")


@pytest.mark.parametrize(
    ("word", "end", "told"),
    [
        ("KILL", -signal.SIGKILL, "was killed (SIGKILL)"),
        ("EXIT", 3, "ended with code 3"),
        ("HOARD", -signal.SIGKILL, "more than 600,000,000 bytes of memory"),
    ],
)
def test_a_file_that_kills_its_reader_is_parked_at_the_third_time_and_its_neighbours_are_booked(
    lodge: Lodge, word: str, end: int, told: str
) -> None:
    bring_through(lodge, word, end, told)


def bring_through(lodge: Lodge, word: str, end: int, told: str) -> None:
    """The service dies of the file once; the next one books its neighbours and parks it."""
    lodge.town.drop("in/oms/orders.xml", lodge.town.sample("createdsorder.xml"))
    for number in (1, 3):
        lodge.town.drop(f"in/redpanda/SHIP_{number}.csv", GOOD.format(number=number))
    lodge.town.drop("in/redpanda/SHIP_2.csv", BAD.format(word=word))
    assert lodge.serve_once() == end
    assert lodge.messages()["SHIP_2.csv"].state == "received"
    lodge.forget_the_dead()
    assert lodge.serve_once() == 0
    found = lodge.messages()
    assert [found[f"SHIP_{number}.csv"].state for number in (1, 2, 3)] == ["booked", "parked", "booked"]
    (issue,) = found["SHIP_2.csv"].issues
    assert issue["code"] == "GWY-06"
    assert told in issue["text"]
    assert lodge.rows() == []


def test_a_file_that_never_ends_is_ended_by_its_limit_of_time(lodge: Lodge) -> None:
    lodge.town.drop("in/oms/orders.xml", lodge.town.sample("createdsorder.xml"))
    lodge.town.drop("in/redpanda/SHIP_1.csv", BAD.format(word="SPIN"))
    running = lodge.serve()
    wait_until(lambda: any(row.attempts == 1 for row in lodge.rows()))
    running.kill()
    running.wait()
    lodge.forget_the_dead()
    assert lodge.serve_once() == 0
    (issue,) = lodge.messages()["SHIP_1.csv"].issues
    assert "more than 2 s of processor time" in issue["text"]


def test_what_a_limited_reader_may_not_do_is_refused_and_concerns_its_file_alone(lodge: Lodge) -> None:
    lodge.town.drop("in/redpanda/SHIP_1.csv", BAD.format(word="CALL"))
    lodge.suspect_everything()
    assert lodge.serve_once() == 0
    (issue,) = lodge.messages()["SHIP_1.csv"].issues
    assert issue["code"] == "GWY-05"
    assert "may not do this: os.system" in issue["text"]


def test_a_suspected_file_that_is_innocent_is_booked_and_answered_as_ever(lodge: Lodge) -> None:
    lodge.town.drop("in/oms/orders.xml", lodge.town.sample("createdsorder.xml"))
    lodge.town.drop("in/redpanda/SHIP_1.csv", GOOD.format(number=1))
    lodge.suspect_everything()
    assert lodge.serve_once() == 0
    assert {row.state for row in lodge.messages().values()} == {"booked"}
    assert 'result="CREATED"' in lodge.town.files("out/oms/responses")["orders.xml.resp.xml"]
    assert "SHIP_1.csv.result.csv" in lodge.town.files("out/redpanda/results")
    assert lodge.rows() == []


def test_a_killer_that_is_replayed_kills_no_service_again(lodge: Lodge) -> None:
    lodge.town.drop("in/oms/orders.xml", lodge.town.sample("createdsorder.xml"))
    lodge.town.drop("in/redpanda/SHIP_1.csv", BAD.format(word="SEGFAULT"))
    lodge.suspect_everything()
    assert lodge.serve_once() == 0
    with lodge.town.gateway() as gateway, gateway.store.transaction() as tx:
        found = lodge.messages_in(tx.connection)["SHIP_1.csv"]
        assert again.replay(tx, found.id, actor="ann", now=gateway.clock.now())
    assert lodge.serve_once() == 0
    assert lodge.messages()["SHIP_1.csv"].state == "parked"


def test_a_connector_that_somebody_is_writing_in_stops_the_limited_reader_for_its_own_files_alone(town: Town) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.drop("in/redpanda/SHIP_1.csv", GOOD.format(number=1))
    with town.gateway() as gateway:
        node = gateway.node()
        for spot in node.engine.spots:
            node.engine.poll(spot)
        with gateway.store.reading() as connection:
            ids = [row.id for row in connection.execute(select(tables.message.c.id))]
            found = {it.connector: it for it in messages.some(connection, ids).values()}
        (town.root / "connectors/redpanda.yaml").write_text("connector: redpanda\n  enabled: true\n")
        with Cell(gateway.workspace, gateway.library) as cell:
            theirs, its_own = cell.read(found["oms"], Ask.EXAMINE), cell.read(found["redpanda"], Ask.EXAMINE)
    assert isinstance(theirs, Read)
    assert theirs.finding.outcome is Outcome.LEGIBLE
    assert isinstance(its_own, Read)
    assert its_own.finding.outcome is Outcome.LATER
    assert "connectors/redpanda.yaml:2: not YAML" in its_own.finding.reason
