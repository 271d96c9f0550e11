"""The demo: the whole story with simulated partners ends as it must, left alone or killed again and again."""

from __future__ import annotations

import fcntl
import json
import os
import random
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from gateway.app import open_gateway
from gateway.config import Workspace
from gateway.config.shipped import copy_workspace
from gateway.simulator.demo import one_round
from gateway.simulator.mail import taken_as
from gateway.simulator.stage import Script, move_to_port, stage, write_script
from gateway.store import Store
from tests.commands import PROGRAM
from tests.ledger import folders, ledger

pytestmark = pytest.mark.slow

ORDERS = 9
KILLS = 6
BESIDE = shutil.ignore_patterns("*.db-*")
"""What SQLite keeps beside a database that somebody looks into."""


class Told:
    """A demo that has ended."""

    def __init__(self, folder: Path, output: str) -> None:
        self.folder = folder
        self.output = output

    @property
    def ledger(self) -> dict[str, list[str]]:
        with _store(self.folder) as store:
            return ledger(store)


@pytest.fixture(scope="module")
def left_alone(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A demo that nobody has disturbed; the first worker that asks for it lets it run, for all."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo"
    shared.mkdir(exist_ok=True)
    told = shared / "told.json"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            process = _start("--dir", str(shared / "alone"), "--orders", str(ORDERS), "--seed", "7", "--json")
            output, errors = process.communicate()
            assert process.returncode == 0, errors + output
            told.write_text(output)
    return Told(shared / "alone", told.read_text())


def test_a_demo_ends_by_itself_with_every_promise_kept(left_alone: Told) -> None:
    told = json.loads(left_alone.output)
    assert told["fine"], told["checks"]
    assert all(check["kept"] for check in told["checks"])
    assert {"seed": told["seed"], "orders": told["orders"]} == {"seed": 7, "orders": ORDERS}


def test_its_table_says_what_the_store_holds(left_alone: Told) -> None:
    happened = json.loads(left_alone.output)["happened"]
    books = left_alone.ledger
    assert happened["orders"] == len(books["orders"]) == ORDERS
    assert happened["order lines"] == happened["lines shipped"] == len(books["lines"])
    assert happened["shipments"] == len(books["shipments"]) > len(books["lines"])  # some lines left in two parts
    assert happened["changes told"] == len(books["changes"]) == len(books["lines"]) + len(books["shipments"])
    assert happened["invoices posted"] == happened["invoices"]
    assert happened["files received"] == len(books["messages"])


def test_its_newcomer_sees_each_kind_of_trouble(left_alone: Told) -> None:
    states = [json.loads(line)["state"] for line in left_alone.ledger["messages"]]
    assert set(states) == {"booked", "duplicate", "partly_booked", "refused"}
    actions = [json.loads(line).get("to_state") for line in left_alone.ledger["invoices"]]
    assert {"Held", "Approved", "Posted"} <= set(actions)


@pytest.mark.chaos
def test_a_demo_killed_at_any_moment_ends_like_one_left_alone(left_alone: Told, tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    dice = random.Random(1)
    options = ["--dir", str(folder), "--orders", str(ORDERS), "--seed", "7"]
    for _ in range(KILLS):
        _live_for_a_while(options, lines=dice.randint(0, 14), seconds=dice.random() * 0.6)
    output, errors = (process := _start("--dir", str(folder), "--json")).communicate()
    assert process.returncode == 0, errors + output
    assert Told(folder, output).ledger == left_alone.ledger
    assert folders(folder) == folders(left_alone.folder)


def test_every_file_offered_again_changes_nothing(left_alone: Told, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    shutil.copytree(left_alone.folder, folder, ignore=BESIDE)
    offered = _offer_again(folder)
    before = Told(folder, "").ledger
    summary = one_round(Workspace.load(folder), _nobody_listens)
    after = Told(folder, "").ledger
    assert summary.files == {"duplicate": offered}
    assert offered == 2 * len(before["messages"])
    assert {heading: after[heading] for heading in after if heading not in {"messages", "items"}} == {
        heading: before[heading] for heading in before if heading not in {"messages", "items"}
    }


def test_the_checks_find_what_is_wrong(left_alone: Told, tmp_path: Path) -> None:
    folder = tmp_path / "spoilt"
    shutil.copytree(left_alone.folder, folder, ignore=BESIDE)
    picked = folder / "var" / "sim" / "redpanda" / "server" / "results" / ".picked" / "ACK_000001.csv.result.csv"
    picked.write_bytes(picked.read_bytes() + b"more\n")
    output, _ = (process := _start("--dir", str(folder))).communicate()
    assert process.returncode == 7
    assert "NO   every file is accounted for" in output
    assert "ACK_000001.csv.result.csv at redpanda has other bytes than were sent" in output


def test_a_short_demo_tells_its_story_in_lines(tmp_path: Path) -> None:
    output, errors = (process := _start("--dir", str(tmp_path / "short"), "--orders", "2")).communicate()
    assert process.returncode == 0, errors + output
    assert "2 orders booked (AB20001, AB20002)" in output
    assert "acknowledgement due by" in output
    assert "batch 1 acknowledged" in output or "batch 2 acknowledged" in output
    assert "yes  nothing came twice" in output
    assert not errors


def test_serving_with_simulated_partners_goes_on_where_it_stood(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    stage(folder, Script(seed=3, orders=None))
    move_to_port(folder, "redpanda", _free_port())
    for _ in range(2):
        process = _gateway("--workspace", str(folder), "serve", "--with-simulator")
        assert process.stdout is not None
        if not any("acknowledged" in line for line in process.stdout):
            pytest.fail(f"it ended by itself: {process.communicate()[1]}")
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate()
        assert (process.returncode, errors) == (0, "")
        assert output.endswith("Stopped. The next run goes on from here.\n")
    names = [json.loads(line)["file_name"] for line in Told(folder, "").ledger["messages"]]
    assert len([name for name in names if "CDSO_000001" in name]) == 1
    assert any("CDSO_000002" in name for name in names)


def test_a_demo_goes_on_with_its_own_script_only(tmp_path: Path) -> None:
    folder = tmp_path / "begun"
    _live_for_a_while(["--dir", str(folder), "--orders", "3"], lines=0, seconds=0.0)
    process = _start("--dir", str(folder), "--orders", "4")
    _, errors = process.communicate()
    assert process.returncode == 2
    assert "--orders 3 --seed 1" in errors


def test_a_workspace_whose_partners_play_every_day_is_no_demo(tmp_path: Path) -> None:
    """A demo moves ports and plays in a hurry; neither is for a workspace somebody works in."""
    copy_workspace(tmp_path / "harbor")
    write_script(tmp_path / "harbor", Script(seed=1, orders=None))
    before = (tmp_path / "harbor/connectors/redpanda.yaml").read_text()
    process = _start("--dir", str(tmp_path / "harbor"))
    _, errors = process.communicate()
    assert process.returncode == 2
    assert "is no demo" in errors
    assert (tmp_path / "harbor/connectors/redpanda.yaml").read_text() == before


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine")
    process = _start("--dir", str(tmp_path))
    _, errors = process.communicate()
    assert process.returncode == 2
    assert "holds something else" in errors
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def _start(*options: str) -> subprocess.Popen[str]:
    return _gateway("demo", *options)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _gateway(*arguments: str) -> subprocess.Popen[str]:
    command = [*PROGRAM, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


def _live_for_a_while(options: Sequence[str], *, lines: int, seconds: float) -> None:
    """Let a demo tell so many lines and live a moment longer, then kill it."""
    process = _start(*options)
    assert process.stdout is not None
    for _ in range(lines + 1):
        if not process.stdout.readline():
            break
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def _offer_again(folder: Path) -> int:
    """Every file the gateway has taken, under its own name and under another one."""
    count = 0
    places: list[Path] = [*folder.glob("inbox/*"), *folder.glob("var/sim/*/server/*")]
    for place in places:
        for path in [path for path in (place / ".taken").rglob("*") if path.is_file()]:
            name = taken_as(path.name)
            stem, dot, ending = name.rpartition(".")
            for again in (name, f"{stem}_more{dot}{ending}"):
                shutil.copy(path, place / again)
                count += 1
    return count


@contextmanager
def _store(folder: Path) -> Iterator[Store]:
    with open_gateway(Workspace.load(folder)) as gateway:
        yield gateway.store


def _nobody_listens(_: str) -> None:
    """The story is told elsewhere."""
