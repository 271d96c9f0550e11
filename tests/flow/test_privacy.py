"""Old orders lose what their customers are known by, everywhere, for good; and get it back by nothing that comes again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from gateway.app import Gateway
from gateway.desk.jobs import job_history
from gateway.domain import privacy as rules
from gateway.domain.access import Authority
from gateway.intake import Collector, Spot
from gateway.kernel.clock import FixedClock
from gateway.privacy import Purged, purge
from gateway.store import tables
from gateway.store.privacy_log import RunState
from tests.canaries import in_files, in_store, planted
from tests.program import client_of, program
from tests.reader import add_people
from tests.town import OMS, Town
from tests.ways_web import OPERATOR, seated

HEAD = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date\n"
SHIPPED = HEAD + "{0},1,3,50,Track1,2.34,1.23,2022-06-22\n{0},2,1,50,Track2,2.34,1.23,2022-06-22\n"
CHANGES = """\
  - channel: changes
    folder: in/oms/changes
    files: "*.xml"
    mapping: [setdscancel, setdsaddresschange, setdscostchange]
    every: 1h
    ready: {stable_for: 0s}
    answer: {mapping: change-response, file: "{file}.resp.xml", folder: out/oms/responses}
"""
ADDRESS = (
    '<SetDSAddressChange><message_header datetime="2022-06-22T10:00:00" version="16.0" source="OMS" destination="LOCATE"/>'
    '<address_change po_no="AB10747" request_id="A-1"><ship_to><first_name>canary90</first_name><last_name>canary91</last_name>'
    "<address_line_1>canary92</address_line_1><city>canary93</city><postal_code>canary94</postal_code><country_cd>GB</country_cd>"
    "</ship_to></address_change></SetDSAddressChange>"
)


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Town:
    """A retailer who may forget after ten days."""
    town = Town(tmp_path / "town", database_url)
    town.declare("oms", OMS.replace("send:\n  - channel: changes\n", CHANGES + "send:\n  - channel: feed\n"))
    (town.root / "in/oms/changes").mkdir()
    organize(town, retention_days="10")
    return town


def organize(town: Town, **settings: str) -> None:
    path = town.root / "organization.yaml"
    lines = "".join(f"  {name}: {value}\n" for name, value in settings.items())
    path.write_text(path.read_text().replace("organization:\n", f"organization:\n{lines}", 1))


def order(town: Town, number: str = "ab10747", sales_order: str = "00012025-001") -> str:
    """The sample with birds in it, under this number."""
    text = town.sample("createdsorder.xml").decode()
    return planted(text.replace("ab10747", number).replace("00012025-001", sales_order))


def later(**by: float) -> FixedClock:
    return FixedClock(datetime.now(UTC) + timedelta(**by))


def purged(town: Town, clock: FixedClock) -> Purged:
    with town.gateway(clock) as gateway:
        return purge(gateway.privacy)


def asked(town: Town, ask: Callable[[Any], Any]) -> Any:
    with town.gateway() as gateway, gateway.store.reading() as connection:
        return ask(connection)


def history(town: Town, event: str = "H27") -> list[tuple[Any, ...]]:
    it = tables.order_history.c
    chosen = select(it.line_no, it.status_after, it.actor, it.source, it.quantity).where(it.event == event).order_by(it.order_id, it.seq)
    return [tuple(row) for row in asked(town, lambda connection: connection.execute(chosen).all())]


def sings(town: Town) -> list[str]:
    with town.gateway() as gateway:
        return in_store(gateway.store) + in_files(gateway.archive.folder)


def by_the_clock(town: Town, clock: FixedClock) -> tuple[str, int]:
    done = purged(town, clock)
    assert done.failed == 0
    return done.state.value.capitalize(), done.done


def by_screen(town: Town, clock: FixedClock) -> tuple[str, int]:
    """Who keeps the jobs running has it run."""
    with town.gateway(clock) as gateway:
        operator, path = seated(client_of(gateway), OPERATOR), "/administration/jobs/purge/acts/run"
        assert "runs once" in operator.get(path).text
        operator.post(path, {"step": "do"})
        gateway.node().once()
        return told(gateway)


def by_api(town: Town, clock: FixedClock) -> tuple[str, int]:
    with town.gateway(clock) as gateway:
        operator = program(gateway, client_of(gateway), Authority.FILES, Authority.OPERATIONS)
        assert operator.post("/jobs/purge/run", {}).status_code == 200
        gateway.node().once()
        return told(gateway)


def told(gateway: Gateway) -> tuple[str, int]:
    """How the last run that somebody asked for went."""
    run = next(it for it in job_history(gateway.store, "purge", now=gateway.clock.now()).rows if it.asked_by)
    assert not run.failed
    return run.state.value, run.done or 0


@pytest.mark.parametrize("purging", [by_the_clock, by_screen, by_api])
def test_all_orders_of_a_sales_order_lose_their_data_together_when_all_are_closed_and_old(
    town: Town, purging: Callable[[Town, FixedClock], tuple[str, int]]
) -> None:
    """T24 of the acceptance vectors, with messages kept as in the reference program."""
    organize(town, keep_messages="true")
    with town.gateway() as gateway:
        add_people(gateway)
    town.drop("in/oms/one.xml", order(town))
    town.drop("in/oms/two.xml", order(town, "ab10748"))
    town.once()
    town.drop("in/redpanda/SHIP_1.csv", SHIPPED.format("AB10747"))
    town.once()
    assert purging(town, later(days=11)) == ("Success", 0)
    assert history(town) == []
    town.drop("in/redpanda/SHIP_2.csv", SHIPPED.format("AB10748"))
    town.once()
    assert purged(town, later(days=9)).done == 0
    assert purging(town, later(days=11, minutes=1)) == ("Success", 2)
    parties = asked(town, lambda connection: connection.execute(select(tables.order_party)).all())
    assert {value for row in parties for value in row[2:]} == {"***"}
    assert history(town) == [(line, "Shipped", "SYSTEM", "WS", 0) for line in (1, 2, 1, 2)]
    texts = asked(town, lambda connection: connection.execute(select(tables.order_text)).all())
    assert {row.value for row in texts if row.kind == "customization"} == {"***"}
    assert all(row.value.startswith("canary") for row in texts if row.kind != "customization")


def test_nothing_a_customer_is_known_by_is_left_anywhere(town: Town) -> None:
    town.drop("in/oms/orders.xml", order(town))
    town.once()
    town.drop("in/oms/changes/address.xml", ADDRESS)
    town.drop("in/oms/again.xml", order(town).replace("canary1<", "canary99<"))  # a conflict, which quotes both
    town.once()
    town.drop("in/redpanda/SHIP_1.csv", SHIPPED.format("AB10747").replace("Track1", "Track1"))
    town.once()
    assert len(sings(town)) > 20
    with town.gateway(later(days=11)) as gateway:
        done = purge(gateway.privacy)
        assert (done.state, done.done, done.waiting) == (RunState.SUCCESS, 1, 0)
    assert sings(town) + in_files(town.root / "in") == []
    told = town.command("order", "show", "AB10747")
    assert "Private Data Anonymized" in told.out
    assert "Everything agrees" in town.command("verify", "--deep").out


def test_what_comes_again_brings_nothing_back(town: Town) -> None:
    first = order(town)
    town.drop("in/oms/orders.xml", first)
    town.once()
    town.drop("in/redpanda/SHIP_1.csv", SHIPPED.format("AB10747"))
    town.once()
    assert purged(town, later(days=11)).done == 1
    town.drop("in/oms/same.xml", first)
    town.drop("in/oms/recoded.xml", first.replace("\n", "\r\n"))
    town.drop("in/oms/other.xml", first.replace("canary3<", "canary77<"))
    town.drop("in/oms/changes/address.xml", ADDRESS)
    town.once()
    assert "nothing is left to be read" in town.command("message", "reprocess", "1", "--reason", "look", ends=3).out
    assert purged(town, later(days=11)).state is RunState.SUCCESS
    assert sings(town) == []
    it = tables.receipt.c
    verdicts = asked(town, lambda connection: connection.execute(select(it.kind, it.verdict).order_by(it.message_id)).all())
    assert [tuple(row) for row in verdicts if row.kind in {"order", "change"}] == [
        ("order", "booked"),
        ("order", "conflict"),
        ("order", "duplicate"),
        ("change", "refused"),
    ]
    assert asked(town, lambda connection: connection.execute(select(func.count()).select_from(tables.change_request)).scalar_one()) == 0


def two_orders(town: Town) -> str:
    """A file of two orders; of one of them nothing is ever erased."""
    one, two = order(town), order(town, "ab10748", "00012026-001").replace("canary", "kept")
    body = two[two.index("<purchase_order>") : two.index("</purchase_order>") + len("</purchase_order>")]
    return one.replace("</purchase_order>", f"</purchase_order>{body}").replace('po_count="1" line_count="2" total_qty="4"', 'po_count="2"')


def test_copies_in_our_folders_go_at_once_and_those_with_other_orders_after_a_day(tmp_path: Path, sqlite_url: str) -> None:
    """A copy that nothing else stands in is of no use to a store that is restored; the other one may be until a backup knows it."""
    town, folder = Town(tmp_path / "town", sqlite_url), tmp_path / "town/in"
    organize(town, retention_days="10")
    town.drop("in/oms/orders.xml", two_orders(town))
    town.drop("in/oms/more.xml", order(town, "ab10749", "00012027-001"))
    town.once()
    for number in ("AB10747", "AB10749"):
        town.drop(f"in/redpanda/SHIP_{number}.csv", SHIPPED.format(number))
    town.once()
    assert {it.partition(":")[0].rpartition(".")[0].rpartition(".")[2] for it in in_files(folder)} == {"orders", "more"}
    for number in ("AB10747", "AB10749"):
        town.command("privacy", "forget", "--order", number, "--reason", "asked by letter")
    assert {it.partition(":")[0][-10:] for it in in_files(folder)} == {"orders.xml"}
    for clock, stays in ((later(hours=23), True), (later(hours=25), False)):
        with town.gateway(clock) as gateway:
            connector = gateway.workspace.connector("oms")
            spot = Spot(connector, connector.receive[0])
            collector = Collector(spot, store=gateway.store, archive=gateway.archive, clock=clock)
            with gateway.endpoints.lend(connector) as transport:
                collector.poll(transport)
                collector.clean(transport, before=clock.now() - timedelta(days=7))
        assert bool(in_files(folder)) is stays
    assert "Everything agrees" in town.command("verify", "--deep").out


def test_of_a_file_with_several_orders_only_the_old_ones_are_forgotten(town: Town) -> None:
    town.drop("in/oms/orders.xml", two_orders(town))
    town.once()
    town.drop("in/redpanda/SHIP_1.csv", SHIPPED.format("AB10747"))
    town.once()
    assert purged(town, later(days=11)).done == 1
    assert sings(town) == []
    with town.gateway() as gateway:
        message = asked(town, lambda connection: connection.execute(select(tables.message).order_by(tables.message.c.id)).first())
        with gateway.archive.rest(message.archive_key) as left:
            assert b"kept3" in left.read()
    town.command("message", "reprocess", "1", "--reason", "look")
    town.once()
    row = town.command("message", "list", "--json").json[0]
    assert (row["documents"], row["duplicate"]) == (2, 2)


def test_printed_slips_go_and_show_nothing_when_they_are_printed_again(town: Town, tmp_path: Path) -> None:
    town.drop("in/oms/orders.xml", order(town))
    town.once()
    town.command("slip", "fetch", "1", "--to", str(tmp_path / "before"))
    assert "canary" in (tmp_path / "before/1-001-orders.csv").read_text()
    town.drop("in/redpanda/SHIP_1.csv", SHIPPED.format("AB10747"))
    town.once()
    assert purged(town, later(days=11)).done == 1
    assert sings(town) == []
    assert {row.state for row in asked(town, lambda connection: connection.execute(select(tables.slip_document)).all())} == {"expired"}
    town.command("slip", "fetch", "1", "--to", str(tmp_path / "after"))
    assert "***" in (tmp_path / "after/1-001-orders.csv").read_text()
    assert "canary" not in (tmp_path / "after/1-001-orders.csv").read_text()
    assert "Everything agrees" in town.command("verify", "--deep").out


def closed_orders(town: Town, numbers: dict[str, str]) -> None:
    """Shipped orders, each with its sales order."""
    for number, sales_order in numbers.items():
        town.drop(f"in/oms/{number}.xml", order(town, number, sales_order))
    town.once()
    for number in numbers:
        town.drop(f"in/redpanda/SHIP_{number}.csv", SHIPPED.format(number.upper()).replace("Track", f"T{number}"))
    town.once()


def test_a_run_that_is_paused_goes_on_where_it_was(town: Town) -> None:
    closed_orders(town, {"ab1": "S-1", "ab2": "S-2", "ab3": "S-3"})
    with town.gateway(later(days=11)) as gateway:
        paused = purge(gateway.privacy, stopping=lambda: True, each=1)
        assert (paused.state, paused.done) == (RunState.PAUSED, 1)
        done = purge(gateway.privacy)
        assert (done.run, done.state, done.done, done.failed) == (paused.run, RunState.SUCCESS, 3, 0)
    assert sings(town) == []


def test_a_sales_order_that_cannot_be_erased_stands_alone(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    closed_orders(town, {"ab1": "S-1", "ab2": "S-2", "ab3": "S-3"})
    guilty = asked(
        town, lambda connection: connection.execute(select(tables.order_key.c.id).where(tables.order_key.c.po_no == "AB2")).scalar_one()
    )
    whole = rules.erase

    def refusing(orders: Any, *args: Any, **options: Any) -> Any:
        chosen = list(orders)
        if any(it.id == guilty for it in chosen):
            raise ValueError("canary of a defect")
        return whole(chosen, *args, **options)

    monkeypatch.setattr(rules, "erase", refusing)
    done = purged(town, later(days=11))
    assert (done.state, done.done, done.failed) == (RunState.FAILED, 2, 1)
    assert done.issue is not None
    assert done.issue.text == "ValueError", "what it says may quote what is to be erased"
    monkeypatch.setattr(rules, "erase", whole)
    assert purged(town, later(days=11)).state is RunState.SUCCESS
    assert sings(town) == []
