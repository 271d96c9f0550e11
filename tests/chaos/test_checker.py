"""The checker is tested first: what is planted must be found, in a world that was fine before."""

from __future__ import annotations

import copy
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from tests.chaos import ledger, life
from tests.chaos.days import plain
from tests.chaos.findings import Category, Finding, Invariant
from tests.chaos.robot import wait_for
from tests.chaos.stage import Stage
from tests.chaos.watch import Watch
from tests.chaos.world import OUTBOXES, Quarry

pytestmark = [pytest.mark.chaos, pytest.mark.slow]


@pytest.fixture(scope="module")
def day(quarry: Quarry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, Path]]:
    """A day that went well, and a copy of its world."""
    kept = tmp_path_factory.mktemp("day") / "world"
    with quarry.world("sqlite") as world:
        stage = Stage(world, 11)
        plain(stage)
        assert stage.verdict().findings == ()
        shutil.copytree(world.root, kept)
        yield stage, kept


@pytest.fixture
def stage(day: tuple[Stage, Path]) -> Stage:
    """The same day, as nobody has touched it yet."""
    played, kept = day
    shutil.rmtree(played.world.root)
    shutil.copytree(kept, played.world.root)
    robot = played.robot
    return copy.deepcopy(played, {id(robot._lock): threading.Lock(), id(robot._stop): threading.Event()})


def sql(stage: Stage, *statements: str) -> None:
    with ledger.connected(stage.world) as connection:
        for statement in statements:
            connection.execute(text(statement))
        connection.commit()


def delete_an_effect(stage: Stage) -> None:
    sql(stage, "delete from shipment where id = 1")


def double_an_effect(stage: Stage) -> None:
    columns = "order_id, line_no, vendor, quantity, carrier, tracking, weight, freight, shipped_on, batch_number, at"
    rest = "reference, package, lot, invoice_number, message_id"
    sql(
        stage,
        f"insert into shipment ({columns}, key, {rest}, place) select {columns}, key || '+', {rest}, place + 90 from shipment where id = 1",
    )


def swap_two_lines(stage: Stage) -> None:
    order = next(order for order in stage.truth.orders.values() if len(order.lines) > 1)
    which = f"order_id = (select id from order_key where po_no = '{order.number}')"
    sql(
        stage,
        f"update order_line set line_no = 99 where line_no = 1 and {which}",
        f"update order_line set line_no = 1 where line_no = 2 and {which}",
        f"update order_line set line_no = 2 where line_no = 99 and {which}",
    )


def cut_a_delivered_file(stage: Stage) -> None:
    seen = stage.robot.book[0]
    half = seen.body[: len(seen.body) // 2]
    stage.robot.book[0] = replace(seen, body=half, size=len(half), sha256="0" * 64)


def show_half_a_file_for_a_moment(stage: Stage) -> None:
    """Again and again for five milliseconds, until the robot, which looks all the time, has seen it."""
    path = stage.world.root / OUTBOXES["changes"] / "DSCHG_000001.xml"
    before = len(stage.robot.book)
    stage.robot.watch()

    def shown() -> bool:
        path.write_bytes(b"<GetDSChangesResponse>")
        time.sleep(0.005)
        path.unlink(missing_ok=True)
        return len(stage.robot.book) > before

    assert wait_for(shown, seconds=30, glance=0)
    stage.robot.rest()


def leave_a_gap(stage: Stage) -> None:
    number = next(at for at, it in enumerate(stage.robot.book) if it.box == "batches")
    stage.robot.book[number] = replace(stage.robot.book[number], name="PO_000007.csv")
    sql(stage, "update outbox set file_name = cast('PO_000007.csv' as blob) where file_name = cast('PO_000001.csv' as blob)")


def tell_a_secret(stage: Stage) -> None:
    with stage.world.log.open("a") as log:
        log.write(f'{{"event": "mail_sent", "to": "{min(stage.truth.tokens)}"}}\n')


def put_a_file_into_two_states(stage: Stage) -> None:
    columns = "connector, channel, file_name, sha256, size, archive_key, received_at"
    sql(
        stage,
        f"insert into message ({columns}, state, booked, duplicate, conflict, refused, early)"
        f" select {columns}, 'parked', 0, 0, 0, 0, 0 from message where id = 1",
    )


def forget_what_was_billed(stage: Stage) -> None:
    sql(stage, "update order_line set invoiced = 0 where order_id = 1 and line_no = 1")


def put_a_line_into_two_batches(stage: Stage) -> None:
    sql(
        stage,
        "drop index batch_line_live",
        "update batch_line set live = 1",
        "insert into batch_line (batch_number, order_id, line_no, quantity, live)"
        " select 99, order_id, line_no, quantity, 1 from batch_line",
    )


def rewrite_history(stage: Stage) -> None:
    with ledger.connected(stage.world) as connection:
        triggers = connection.execute(text("select name from sqlite_master where type = 'trigger' and tbl_name = 'order_history'"))
        names = list(triggers.scalars())
    sql(stage, *(f"drop trigger {name}" for name in names), "update order_history set status_after = 'Cancelled' where seq = 1")


def leave_a_part_behind(stage: Stage) -> None:
    (stage.world.root / OUTBOXES["batches"] / ".PO_000001.csv.8.1.part").write_bytes(b"half")


def lose_a_bad_files_reason(stage: Stage) -> None:
    sql(stage, "update receipt set issue = '[]' where verdict = 'refused'")


def ask_for_work_that_nobody_does(stage: Stage) -> None:
    due = "'2026-11-21T12:00:00.000000Z'"
    sql(stage, f"insert into work (kind, subject, connector, due_at) values ('deliver', 1, 'oms', {due})")


def lose_a_row_that_others_name(stage: Stage) -> None:
    sql(stage, "delete from batch where number = 1")


def keep_a_healthy_partner_waiting(stage: Stage) -> None:
    stage.has_canary = True
    stage.robot.book = [it for it in stage.robot.book if it.box != "responses"]
    stage.heed_canary(stage.truth.morning)


def grow_without_bounds(stage: Stage) -> None:
    with Watch(stage.world) as watch, life.begin(stage.world, replace(stage.fate, act="serve")) as node:
        assert wait_for(lambda: bool(watch.beyond({"threads": 1})), seconds=30)
        node.kill()
    stage.notes += [Finding(Invariant.I14, told) for told in watch.beyond({"threads": 1})]


PLANTED: list[tuple[Callable[[Stage], None], Invariant, Category | None]] = [
    (delete_an_effect, Invariant.I1, Category.LOST),
    (double_an_effect, Invariant.I2, Category.DOUBLED),
    (swap_two_lines, Invariant.I1, None),
    (cut_a_delivered_file, Invariant.I5, Category.HALF_VISIBLE),
    (show_half_a_file_for_a_moment, Invariant.I5, Category.HALF_VISIBLE),
    (leave_a_gap, Invariant.I7, None),
    (tell_a_secret, Invariant.I12, None),
    (put_a_file_into_two_states, Invariant.I2, Category.DOUBLED),
    (forget_what_was_billed, Invariant.I3, None),
    (lose_a_bad_files_reason, Invariant.I4, None),
    (put_a_line_into_two_batches, Invariant.I6, Category.DOUBLED),
    (rewrite_history, Invariant.I8, None),
    (leave_a_part_behind, Invariant.I9, None),
    (keep_a_healthy_partner_waiting, Invariant.I10, None),
    (ask_for_work_that_nobody_does, Invariant.I11, None),
    (lose_a_row_that_others_name, Invariant.I13, None),
    (grow_without_bounds, Invariant.I14, None),
]


@pytest.mark.parametrize(("plant", "invariant", "category"), PLANTED, ids=lambda it: getattr(it, "__name__", None))
def test_what_is_planted_is_found(stage: Stage, plant: Callable[[Stage], None], invariant: Invariant, category: Category | None) -> None:
    plant(stage)
    verdict = stage.verdict()
    assert verdict.against(invariant)
    assert category is None or verdict.counts[category] > 0


def test_nothing_is_found_where_nothing_was_planted(stage: Stage) -> None:
    assert stage.verdict().findings == ()


def test_every_invariant_has_its_violation() -> None:
    assert {invariant for _, invariant, _ in PLANTED} == set(Invariant)
