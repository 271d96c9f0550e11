"""Who keeps files moving: a corrected file in place of a wrong one, jobs; and a vendor takes a batch that went as a file."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.app import Gateway
from gateway.desk.messages import MessageSheet, show_message
from gateway.domain.access import EVERYTHING, Authority
from tests.program import client_of, program
from tests.reader import Reader, add_people, console
from tests.town import Town

WRONG = b"<purchase_order"


@pytest.fixture
def town(tmp_path: Path, sqlite_url: str) -> Iterator[Town]:
    """One file could not be read."""
    town = Town(tmp_path / "town", sqlite_url)
    with town.staying_open():
        town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml").replace(WRONG, b"<purchase_ordr"))
        town.once()
        with town.gateway() as gateway:
            add_people(gateway)
        yield town


@pytest.fixture
def operator(town: Town) -> Iterator[Reader]:
    with town.gateway() as gateway, console(gateway) as reader:
        reader.sign_in("operator.one")
        yield reader


def message(gateway: Gateway, number: int) -> MessageSheet:
    return show_message(gateway.store, number, scope=EVERYTHING)


def test_a_corrected_file_is_handed_in_and_both_tell_of_each_other(town: Town, operator: Reader) -> None:
    assert 'href="/take?message=1"' in operator.get("/messages/1").text
    form = operator.get("/take?message=1").text
    assert '<option value="oms/orders" selected>' in form
    right, told = town.sample("createdsorder.xml"), {"channel": "oms/orders", "reason": "a letter was missing"}
    assert "say why" in operator.hand_in("/take?message=1", {**told, "reason": ""}, "CDSO_2.xml", right).text
    assert "choose what the file is" in operator.hand_in("/take?message=1", {**told, "channel": "no/such"}, "CDSO_2.xml", right).text
    done = operator.hand_in("/take?message=1", told, "CDSO_2.xml", right)
    assert done.headers["location"] == "/messages/2"
    town.once()
    with town.gateway() as gateway:
        made, wrong = message(gateway, 2), message(gateway, 1)
        assert (made.state.value, made.booked) == ("booked", 1)
        (event,) = (it for it in made.events if it.event == "handed_in")
        assert (event.actor, event.detail) == ("operator.one", {"reason": "a letter was missing", "message": 1})
        assert [(it.actor, it.detail) for it in wrong.events if it.event == "corrected"] == [("operator.one", {"made": 2})]
        assert '<a href="/messages/2">message 2</a>' in operator.get("/messages/1").text
        assert 'href="/take?message=2"' not in operator.get("/messages/2").text

        keeper = program(gateway, client_of(gateway), Authority.FILES, Authority.OPERATIONS)
        content = base64.b64encode(right.replace(b"10747", b"10750")).decode()
        body = {"channel": "oms/orders", "name": "CDSO_3.xml", "content": content, "reason": "by mail", "in_place_of": 1}
        assert keeper.post("/messages", body).json() == {"message": 3, "duplicate_of": None}
        assert keeper.post("/messages", {**body, "in_place_of": 99}).status_code == 404
        assert keeper.post("/messages", {**body, "channel": "oms/none"}).status_code == 404


def test_jobs_are_run_stopped_and_go_on(town: Town, operator: Reader) -> None:
    assert operator.get("/administration").headers["location"] == "/administration/jobs"
    assert 'href="/administration/jobs/oms~2Fchanges"' in operator.get("/administration/jobs").text
    page = "/administration/jobs/due_dates"
    assert "operator.one" not in operator.get(page).text.partition("<h2>Runs")[2]
    assert "runs once" in operator.get(f"{page}/acts/run").text
    assert "is asked for" in operator.post(f"{page}/acts/run", {"step": "do"}).text
    assert "it runs already, or is about to" in operator.get(f"{page}/acts/run").text
    town.once()
    assert "operator.one" in operator.get(page).text.partition("<h2>Runs")[2]
    assert "is not started by the clock" in operator.get(f"{page}/acts/pause").text
    assert "Say why" in operator.post(f"{page}/acts/pause", {"step": "do"}).text
    operator.post(f"{page}/acts/pause", {"step": "do", "reason": "stocktaking"})
    paused = operator.get(page).text
    assert "stocktaking" in paused
    assert f"{page}/acts/pause" not in paused
    operator.post(f"{page}/acts/resume", {"step": "do", "reason": "counted"})
    assert f"{page}/acts/pause" in operator.get(page).text
    assert operator.get("/administration/jobs/no_such").status_code == 404


def test_a_vendor_without_a_program_acknowledges_its_batch_and_gets_it_again(town: Town) -> None:
    town.drop("in/oms/CDSO_2.xml", town.sample("createdsorder.xml"))
    town.once()
    with town.gateway() as gateway, console(gateway) as vendor:
        vendor.sign_in("vendor.257")
        assert "Get again" in vendor.get("/slips/1").text
        assert "1 In Process" not in vendor.get("/slips/1/acts/acknowledge").text
        assert "2 lines In Process" in vendor.post("/slips/1/acts/acknowledge", {"step": "do"}).text
        assert "/acts/acknowledge" not in vendor.get("/slips/1").text
        assert "3021" in vendor.get("/slips/1/acts/acknowledge").text
        assert "2 lines would go out again" in vendor.get("/slips/1/acts/again").text
        assert "2 lines go out again now" in vendor.post("/slips/1/acts/again", {"step": "do"}).text
        town.once()
        assert [file.count("AB10747") for file in town.files("out/redpanda/orders").values()] == [2, 2]
    with town.gateway() as gateway, console(gateway) as other:
        other.sign_in("vendor.310")
        assert other.get("/slips/1/acts/again").status_code == 404
        assert other.post("/slips/1/acts/acknowledge", {"step": "do"}).status_code == 404
