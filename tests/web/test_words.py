"""What pages say to who stands at them: the button and not the command, what of an address cannot be read, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import insert

from gateway.app import Gateway
from gateway.desk import dispatch
from gateway.store import tables
from tests.reader import ADDRESS, Reader, add_people, console, desk_of
from tests.town import Town

REASON = "compared by hand"
COMMAND = "gateway outbox"


@pytest.fixture
def gateway(tmp_path: Path, sqlite_url: str) -> Iterator[Gateway]:
    town = Town(tmp_path / "town", sqlite_url)
    town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml"))
    town.once()
    with town.gateway() as gateway:
        add_people(gateway)
        yield gateway


@pytest.fixture
def operator(gateway: Gateway) -> Iterator[Reader]:
    with console(gateway) as reader:
        reader.sign_in("operator.one")
        yield reader


def seen(reader: Reader, path: str) -> str:
    found = reader.get(path)
    assert found.status_code == 200, found.text
    return unescape(found.text)


def test_a_hold_of_everything_names_its_button_and_its_reason_once(gateway: Gateway, operator: Reader) -> None:
    desk = desk_of(gateway)
    dispatch.do(desk, gateway.workspace, dispatch.Act.REDELIVER, 1, reason=REASON)
    dispatch.hold_all(desk, reason=REASON)
    for path in ("/", "/outbox", "/outbox/1", "/needs"):
        page = seen(operator, path)
        assert COMMAND not in page, path
        assert "“Let everything go” at the outbox" in page or path == "/outbox"
    assert "compared by hand; once that is done: " in seen(operator, "/outbox/1")  # nothing was forgotten: there is nothing to compare
    listed = seen(operator, "/outbox?state=waiting")
    assert listed.count(REASON) == 1
    assert "with everything that goes out" in listed
    refused = operator.post("/outbox/acts/cancel?id=2", {"reason": REASON})
    assert COMMAND not in refused.text


@pytest.mark.parametrize(
    ("user", "promised"),
    [
        ("operator.one", "held invoices stand before who may decide on them"),
        ("retailer.one", "Nothing needs you. Held invoices would stand here"),
    ],
)
def test_who_has_nothing_to_do_is_promised_only_what_is_theirs(tmp_path: Path, sqlite_url: str, user: str, promised: str) -> None:
    with Town(tmp_path / "town", sqlite_url).gateway() as quiet:
        add_people(quiet)
        with console(quiet) as reader:
            reader.sign_in(user)
            assert promised in seen(reader, "/")


def test_a_batch_names_its_vendor_as_an_order_does(operator: Reader) -> None:
    assert "Red Panda Outfitters (257)" in seen(operator, "/batches/1")


def test_a_partner_that_is_not_reached_is_told_once_above_its_files(gateway: Gateway, operator: Reader) -> None:
    for item in (1, 2):
        dispatch.do(desk_of(gateway), gateway.workspace, dispatch.Act.REDELIVER, item, reason=REASON)
    now = gateway.clock.now()
    with gateway.store.reading() as connection:
        connectors = {row.connector for row in connection.execute(tables.outbox.select())}
    with gateway.store.transaction() as tx:
        for name in connectors:
            row = {"endpoint": name, "state": "open", "failures": 5, "since": now, "opened_at": now, "probe_at": now, "reason": "no route"}
            tx.connection.execute(insert(tables.breaker).values(row))
    for name in connectors:
        listed = seen(operator, f"/outbox?connector={name}")
        assert listed.count("no route") == 1
        assert f"with all for {name}, which is not reached" in listed


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/messages?state=nonsense", "State: there is no “nonsense”; it was left out. There are received, duplicate,"),
        ("/outbox?ack=later", "Ack: there is no “later”"),
        ("/orders?batch=x1", "Batch: “x1” is no whole number; it was left out."),
        ("/orders?due_from=tomorrow", "Due from: “tomorrow” is no day such as 2026-11-21; it was left out."),
        ("/batches?before=-3", "Before: “-3” is no whole number; the list begins at its first row."),
        ("/invoices?vendor=nobody", "Vendor: none has the code “nobody”, and no name begins so."),
        ("/alarms?about=everything", "About: there is no “everything”"),
    ],
    ids=lambda it: it.split("=")[0],
)
def test_a_filter_that_cannot_be_read_is_told_and_nothing_is_offered_for_all(operator: Reader, address: str, told: str) -> None:
    page = seen(operator, address)
    assert told in page
    assert "With all that were found" not in page


def test_a_filter_that_cannot_be_read_is_never_acted_on(operator: Reader) -> None:
    found = operator.get("/outbox/acts/redeliver?found=1&state=nonsense")
    assert found.status_code == 422
    assert "there is no “nonsense”" in unescape(found.text)


def test_a_beginning_that_several_vendors_share_offers_them(gateway: Gateway, operator: Reader) -> None:
    with gateway.store.transaction() as tx:
        for code in ("910", "911"):
            row = {"code": code, "name": f"Fox {code}", "email": "", "contact": "", "active": True, "made_at": gateway.clock.now()}
            row["preferences"] = {"code": code, "name": f"Fox {code}"}
            tx.connection.execute(insert(tables.vendor).values(row))
    assert "Vendor: 2 names begin with “fo”: 910 Fox 910; 911 Fox 911. Write the code of one." in seen(operator, "/orders?vendor=fo")


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("", "/outbox/1"),
        (f"{ADDRESS}/outbox?connector=oms&ack=due", "/outbox?connector=oms&ack=due"),
        (f"{ADDRESS}/outbox/acts/retry?id=1", "/outbox/1"),
        ("http://elsewhere.example/outbox", "/outbox/1"),
        (f"{ADDRESS}//elsewhere.example/", "/outbox/1"),
    ],
    ids=["unknown", "a list", "the act itself", "another site", "another site in disguise"],
)
def test_an_act_is_left_to_where_its_reader_came_from(operator: Reader, referer: str, back: str) -> None:
    shown = unescape(operator.get("/outbox/acts/redeliver?id=1", **({"referer": referer} if referer else {})).text)
    assert f'<a class="button" href="{back}" data-close>' in shown
    assert f'name="back" value="{back}"' in shown
    asked = operator.post("/outbox/acts/redeliver?id=1", {"back": back})
    assert f'<a class="button" href="{back}" data-close>' in unescape(asked.text)
    led = operator.post("/outbox/acts/redeliver?id=1", {"back": "//elsewhere.example/"})
    assert '<a class="button" href="/outbox/1" data-close>' in unescape(led.text)


def test_acts_that_stand_for_no_page_of_their_own_lead_above_it(operator: Reader) -> None:
    for act, back in {
        "/outbox/everything/hold": "/outbox",
        "/administration/jobs/purge/acts/pause": "/administration/jobs/purge",
        "/outbox/acts/redeliver?id=1&id=2": "/outbox",
        "/administration/new/people": "/administration",
    }.items():
        shown = operator.get(act)
        assert shown.status_code == 403 or f'href="{back}" data-close' in shown.text, act


def test_alarms_that_do_not_ring_are_not_told_as_if_there_never_was_one(operator: Reader) -> None:
    assert "No alarm of that kind rings now." in seen(operator, "/alarms?about=sequence")
    assert "No alarm is like that." in seen(operator, "/alarms?about=sequence&all=1")
