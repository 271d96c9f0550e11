"""The benchmarks cannot rot: every variant runs once on tiny input, and yardsticks do what the gateway does. Nothing is timed."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from benchmarks import data, report
from benchmarks.bench import Bench
from benchmarks.by_hand import extract, ingest, purchase_orders, segments, shipments, walk
from benchmarks.console_pages import ELSEWHERE, pages
from benchmarks.harness import Contest, Failed, Figure, Measure, Result, Sample, hold, result, run_apart
from benchmarks.rows import extracts, folders, interchanges, memory, orders, reading, several, sftp, small_files
from gateway.formats.edi import Closed, Finding, Set, read
from gateway.mapping import Values
from gateway.web.application import declared
from gateway.web.routes import Face
from tests.postgres import HOME

ROOT = Path(__file__).resolve().parents[2]
SUBJECTS = (orders, reading, interchanges, small_files, extracts, memory, folders, several, sftp)
SAME_TABLES = ("order_line", "order_party", "order_text", "order_history", "receipt", "vendor_item")
HELD_APART = {"at", "made_at", "created_at", "digest", "issue", "preferences"}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """With a server of its own: that of the tests forgets commits when the power fails, which the gateway refuses to be measured on."""
    monkeypatch.delenv(HOME, raising=False)
    with Bench(tmp_path, data.TINY) as made:
        yield made


@pytest.mark.postgresql
@pytest.mark.slow
@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_variant_runs(bench: Bench, subject: ModuleType) -> None:
    for contest in subject.contests(bench):
        for setup in contest.variants.values():
            setup()()


def test_every_page_of_the_console_is_measured() -> None:
    opened = {page.partition("?")[0] for page in pages(1_000_000)}
    served = {it.path for it in declared() if it.method == "GET" and it.face is Face.PAGE and not re.search(r"\{|/acts/", it.path)}

    assert served - opened == ELSEWHERE


def test_figures_name_variants_that_exist(bench: Bench) -> None:
    contests = [contest for subject in SUBJECTS for contest in subject.contests(bench)]
    figures = [(figure, contest) for contest in contests for figure in contest.figures]
    assert all({figure.ours, figure.yardstick or figure.ours} <= contest.variants.keys() for figure, contest in figures)
    assert all(figure.stretch <= figure.goal for figure, _ in figures)
    assert len({figure.name for figure, _ in figures}) == len(figures)


def test_the_walk_by_hand_gives_the_documents_of_the_mapping(bench: Bench) -> None:
    path = bench.order_file(5)
    with path.open("rb") as source:
        ours = [reading.document for reading in bench.library.get("createdsorder").read(source, Values())]
    with path.open("rb") as source:
        assert list(walk.documents(source)) == ours


def test_the_rows_by_hand_give_the_documents_of_the_mapping(bench: Bench) -> None:
    path = bench.shipment_file(7)
    with path.open("rb") as source:
        ours = [reading.document for reading in bench.library.get("shipments-csv").read(source, Values())]
    with path.open(encoding="utf-8", newline="") as lines:
        assert list(shipments.shipments(lines, [])) == ours


def test_850s_by_hand_are_the_documents_and_the_bytes_of_the_mapping(bench: Bench) -> None:
    path, mapping = bench.x12_file(7), bench.library.get(interchanges.ORDERS)
    with path.open("rb") as source:
        ours = [reading.document for reading in mapping.read(source, Values(partner=interchanges.WHO))]
    with path.open("rb") as source:
        theirs = list(purchase_orders.orders(source))
    assert theirs == ours
    by_mapping, by_hand = BytesIO(), BytesIO()
    assert not mapping.rehearse(theirs, by_mapping, Values())
    purchase_orders.write(iter(theirs), by_hand)
    assert by_hand.getvalue() == by_mapping.getvalue()


def test_the_split_by_hand_gives_the_segments_of_the_reader(bench: Bench) -> None:
    path = bench.x12_file(7)
    with path.open("rb") as source:
        ours = [segment for event in read(source) if isinstance(event, Set) for segment in event.segments]
    theirs = [segment for segment in segments.split(path) if segment[0] not in {"ISA", "GS", "GE", "IEA", ""}]
    assert ours == theirs
    assert segments.sets_of_pyx12(path) == 7


def test_interchanges_of_the_benchmarks_are_right(bench: Bench) -> None:
    for path in (bench.x12_file(7), bench.edifact_file(7)):
        with path.open("rb") as source:
            events = list(read(source))
        assert sum(isinstance(event, Set) for event in events) == 7
        assert not [finding for event in events if isinstance(event, (Closed, Set)) for finding in _findings(event)]
    assert segments.messages_of_pydifact(bench.edifact_file(7)) == 7


def _findings(event: Closed | Set) -> list[Finding]:
    return event.findings if isinstance(event, Set) else event.interchange.findings


def test_the_reference_writes_the_rows_of_the_gateway(bench: Bench) -> None:
    files = [bench.order_file(6)]
    engine = bench.engine_on_sqlite()
    engine.receive(files)
    assert engine.book() == 6
    engine.store.close()
    ours = _content(bench.folder / "run/store.db")
    path = bench.fresh_sqlite()
    assert ingest.ingest(ingest.SqliteByEngine(path), files) == 6
    assert _content(path) == ours


def test_the_query_by_hand_gives_the_bytes_of_the_mapping(bench: Bench) -> None:
    path = extracts.stored_on_sqlite(bench, 8)
    ours, theirs = path.with_name("ours.csv"), path.with_name("theirs.csv")
    extracts.extract_by_gateway(bench, f"sqlite:///{path}", ours)
    extract.with_driver(path, theirs, extracts.names(bench))
    assert ours.read_bytes() == theirs.read_bytes()


def test_a_stream_is_a_file_whose_controls_hold(bench: Bench) -> None:
    good = bench.library.get("createdsorder").preflight(data.order_stream(400_000), Values())
    assert good.is_go
    assert good.documents in {None, 200}


def test_the_figure_is_the_median_of_the_ratios_of_a_round() -> None:
    figure = Figure(name="F", title="", ours="a", yardstick="b", goal=2, stretch=1)
    samples = {"a": [Sample(1, 1, 0, 7), Sample(9, 9, 0, 7), Sample(4, 4, 0, 7)], "b": [Sample(1, 1, 0), Sample(3, 3, 0), Sample(2, 2, 0)]}
    found = result(figure, samples)
    assert (found.value, found.best, found.shown) == (2, 1, "2/s")


def test_a_variant_runs_apart_and_its_failure_is_told() -> None:
    assert run_apart(lambda: lambda: 42).answer == 42
    with pytest.raises(Failed, match="ZeroDivisionError"):
        run_apart(lambda: lambda: 1 / 0)


def test_only_the_variants_that_figures_need_are_run() -> None:
    def never() -> object:
        raise AssertionError

    figure = Figure(name="F", title="", ours="a", goal=2, stretch=1, unit="MB", of=Measure.MEMORY)
    contest = Contest(title="", variants={"a": lambda: lambda: None, "b": lambda: never}, figures=(figure,))
    assert [found.figure.name for found in hold(contest, rounds=2)] == ["F"]


def test_figures_are_written_for_programs(tmp_path: Path) -> None:
    figure = Figure(name="B1", title="", ours="a", yardstick="b", goal=1.5, stretch=1.2)
    report.write(tmp_path / "var/bench.json", [Result(figure=figure, value=1.234567, best=1.2)])
    told = msgspec.json.decode((tmp_path / "var/bench.json").read_bytes())
    assert told == [{"name": "B1", "ratio": 1.2346, "goal": 1.5, "unit": "ratio"}]


def test_a_run_of_some_rows_leaves_the_figures_of_the_others(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    first, second = (Figure(name=name, title="", ours="a", goal=1, stretch=1) for name in ("B1", "B2"))
    report.write(path, [Result(figure=first, value=1, best=1), Result(figure=second, value=2, best=2)])
    report.write(path, [Result(figure=first, value=3, best=3)])
    assert {row["name"]: row["ratio"] for row in msgspec.json.decode(path.read_bytes())} == {"B1": 3, "B2": 2}


def test_a_row_that_there_is_not_is_told(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "benchmarks", "--quick", "--only", "B18,B999"]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no row is called b999; there are: B1" in done.stderr


def _content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """What the tables hold, without the times and what each program makes up by itself."""
    connection = sqlite3.connect(path)
    found = {}
    for table in (*SAME_TABLES, "order_key", "purchase_order"):
        columns = [row[1] for row in connection.execute(f"pragma table_info({table})") if row[1] not in HELD_APART]
        found[table] = sorted(connection.execute(f"select {', '.join(columns)} from {table}").fetchall(), key=repr)
    connection.close()
    return found
