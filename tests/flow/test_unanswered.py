"""An answer is never lost: what may pass puts it off, what does not is told, and a person can have it made again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from gateway.cli.exits import Exit
from gateway.kernel import FixedClock
from gateway.store import tables
from tests.storehouse import NOON
from tests.town import Town

ANSWER = "out/oms/responses"
LAYOUT = "mappings/createdsorder-response.yaml"
FIRST, AGAIN = 0, 1
"""Attempts that somebody has made at the answer before: after the first, a limited process reads the file."""


class Desk:
    """A retailer with one booked file whose answer is not made yet."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.clock = FixedClock(NOON)
        town.drop("in/oms/one.xml", town.sample("createdsorder.xml"))
        with town.gateway(self.clock) as gateway:
            node = gateway.node()
            node.engine.poll(node.engine.spots[0])
            node.engine.book()
            node.engine.let_go()

    def tried(self, attempts: int) -> None:
        """Somebody has been at the answer so often, and did not bring it to an end."""
        with self.town.gateway(self.clock) as gateway, gateway.store.transaction() as tx:
            tx.connection.execute(update(tables.work).where(tables.work.c.kind == "answer").values(attempts=attempts))

    def once(self) -> Any:
        """A run an hour later, and what it logged."""
        self.clock.advance(timedelta(hours=1))
        with capture_logs() as logs, self.town.gateway(self.clock) as gateway:
            summary = gateway.node().once()
        return summary, {line["event"]: line for line in logs}

    def answers(self) -> list[str]:
        return list(self.town.files(ANSWER))

    def events(self) -> list[str]:
        with self.town.gateway(self.clock) as gateway, gateway.store.reading() as connection:
            return list(connection.execute(select(tables.message_event.c.event).order_by(tables.message_event.c.id)).scalars())


@pytest.fixture
def desk(town: Town) -> Desk:
    return Desk(town)


def blob(town: Town) -> Path:
    """The bytes of the received file."""
    with town.gateway() as gateway, gateway.store.reading() as connection:
        return gateway.archive.path(connection.execute(select(tables.message.c.archive_key)).scalar_one())


@contextmanager
def unreadable(town: Town) -> Iterator[None]:
    """The disk does not give the bytes: opening them is an error of the system."""
    there = blob(town)
    aside = there.with_suffix(".aside")
    there.rename(aside)
    there.mkdir()
    try:
        yield
    finally:
        there.rmdir()
        aside.rename(there)


@contextmanager
def lost(town: Town) -> Iterator[None]:
    """The bytes are not there, until somebody brings them back."""
    there = blob(town)
    aside = there.with_suffix(".aside")
    there.rename(aside)
    try:
        yield
    finally:
        aside.rename(there)


def break_layout(town: Town) -> str:
    """The layout of the answer cannot carry it any more; answers what it was."""
    path = town.root / LAYOUT
    was = path.read_text()
    path.write_text(was.replace("file/@name:                    file", "file/@name:                    {field: file, as: text(2)}"))
    return was


@pytest.mark.parametrize("attempts", [FIRST, AGAIN], ids=["by ourselves", "by a limited process"])
def test_a_disk_that_fails_while_an_answer_is_made_puts_it_off(desk: Desk, attempts: int) -> None:
    desk.tried(attempts)
    with unreadable(desk.town):
        summary, told = desk.once()
    assert (desk.answers(), "unanswered" in desk.events()) == ([], False)
    assert (dict(summary.put_off), summary.is_cut_off) == ({"answer": 1}, True)
    assert told["answer_put_off"]["log_level"] == "warning"
    summary, _ = desk.once()
    assert (desk.answers(), dict(summary.put_off), summary.is_cut_off) == (["one.xml.resp.xml"], {}, False)


@pytest.mark.parametrize("attempts", [FIRST, AGAIN], ids=["by ourselves", "by a limited process"])
def test_an_answer_without_the_bytes_raises_an_alarm_and_is_made_once_they_are_back(desk: Desk, attempts: int) -> None:
    desk.tried(attempts)
    with lost(desk.town):
        summary, told = desk.once()
    assert told["answer_without_bytes"]["log_level"] == "error"
    assert (desk.answers(), dict(summary.put_off)) == ([], {"answer": 1})
    desk.once()
    assert desk.answers() == ["one.xml.resp.xml"]


def test_a_single_run_that_put_work_off_says_so_and_ends_with_unavailable(desk: Desk) -> None:
    with unreadable(desk.town):
        done = desk.town.command("serve", "--once", ends=Exit.UNAVAILABLE)
        assert "Put off for a fault of ours, tried again by itself: 1 answer." in done.out
        again = desk.town.command("serve", "--once", "--json", ends=Exit.UNAVAILABLE)
    assert again.json["put_off"] == {"answer": 1}
    sheet = desk.town.command("message", "show", "1", "--json").json
    assert [(it["kind"], "IsADirectoryError" in it["issue"]["text"]) for it in sheet["pending"]] == [("answer", True)]


def test_an_answer_that_its_layout_cannot_carry_is_told_everywhere_and_made_again_by_a_replay(desk: Desk) -> None:
    was = break_layout(desk.town)
    summary, told = desk.once()
    assert (summary.unanswered, summary.is_cut_off) == (1, False)
    assert (told["answer_set_aside"]["log_level"], told["answer_set_aside"]["code"]) == ("error", "MAP-11")
    assert desk.events()[-1] == "unanswered"
    command = desk.town.command
    (row,) = command("message", "list", "--unanswered", "--json").json
    assert (row["state"], row["unanswered"][:6]) == ("booked", "MAP-11")
    assert "No answer" in command("message", "list").out
    page = command("message", "show", "1").out
    assert "No answer was made" in page
    assert "gateway message replay 1 --reason TEXT" in page
    assert "1 received file(s) have no answer" in command("verify").out
    still = command("message", "replay", "1", "--reason", "look again", ends=Exit.DATA_REFUSED)
    assert "The sender has no answer" in still.err
    (desk.town.root / LAYOUT).write_text(was)
    assert "would be made again" in command("message", "replay", "1", "--dry-run").out
    assert desk.answers() == []
    done = command("message", "replay", "1", "--reason", "the layout is mended")
    assert "is booked: 1 booked" in done.out
    assert desk.answers() == ["one.xml.resp.xml"]
    assert command("message", "list", "--unanswered", "--json").json == []
    assert command("message", "show", "1", "--json").json["unanswered"] == []
    assert "have no answer" not in command("verify").out
    assert "there is nothing left to decide" in command("message", "replay", "1", "--reason", "x", ends=Exit.DATA_REFUSED).err


def test_a_replay_of_an_answer_that_still_cannot_be_read_says_that_it_is_tried_again(desk: Desk) -> None:
    was = break_layout(desk.town)
    desk.once()
    (desk.town.root / LAYOUT).write_text(was)
    there = blob(desk.town)
    whole = there.read_bytes()
    there.write_bytes(b"not packed at all")
    done = desk.town.command("message", "replay", "1", "--reason", "the layout is mended", ends=Exit.UNAVAILABLE)
    assert "The answer cannot be made now and is tried again by itself" in done.err
    there.write_bytes(whole)
    desk.once()
    assert desk.answers() == ["one.xml.resp.xml"]


def test_a_duplicate_without_its_answer_gets_it_and_nothing_is_decided_twice(desk: Desk) -> None:
    desk.once()
    was = break_layout(desk.town)
    desk.town.drop("in/oms/two.xml", desk.town.sample("createdsorder.xml"))
    desk.once()
    (desk.town.root / LAYOUT).write_text(was)
    assert [it["id"] for it in desk.town.command("message", "list", "--unanswered", "--json").json] == [2]
    assert "is duplicate: 0 booked" in desk.town.command("message", "replay", "2", "--reason", "the layout is mended").out
    assert sorted(desk.answers()) == ["one.xml.resp.xml", "two.xml.resp.xml"]


def test_a_single_run_that_set_an_answer_aside_says_so_and_needs_a_person(desk: Desk) -> None:
    break_layout(desk.town)
    done = desk.town.command("serve", "--once", ends=Exit.DATA_REFUSED)
    assert "1 file(s) have no answer, since it could not be made: gateway message list --unanswered" in done.out
    assert "no answer" not in desk.town.command("serve", "--once").out
