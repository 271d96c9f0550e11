"""`gateway vendor | carrier | brand | location | system | organization`: shown with where values come from, changed with a history."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.exits import Exit
from gateway.config import Workspace
from gateway.kernel import FixedClock
from tests.town import Town


@pytest.fixture
def town(tmp_path: Path, sqlite_url: str) -> Town:
    return Town(tmp_path / "town", sqlite_url)


@pytest.fixture
def any_town(tmp_path: Path, database_url: str) -> Town:
    return Town(tmp_path / "town", database_url)


def words(town: Town, *what: str) -> dict[str, tuple[Any, str]]:
    return {it["word"]: (it["value"], it["origin"]) for it in town.command(*what, "--json").json["words"]}


def codes(town: Town, noun: str) -> list[str]:
    return [row["code"] for row in town.command(noun, "list", "--json").json]


ADDED = [
    ("system", "WEB", ["name=Web shop"]),
    ("location", "900", ["name=Elsewhere", "system=OMS"]),
    ("brand", "7", ["name=Seven"]),
    ("carrier", "77", ["name=Cargo bikes", "requires=tracking,freight"]),
    ("vendor", "500", ["name=Mole", "carriers=50,60", "address.city=Rome", "address.country=it", "unit_cost_threshold=2.5"]),
]


def test_what_is_added_is_listed_shown_and_changed_with_its_history(any_town: Town) -> None:
    for noun, code, values in ADDED:
        any_town.command(noun, "add", code, *values, "--reason", "new")
        assert code in codes(any_town, noun)
        any_town.command(noun, "set", code, "name=Other", "--reason", "better")
        sheet = any_town.command(noun, "show", code, "--json").json
        assert ("name", "Other", "set here") in [(it["word"], it["value"], it["origin"]) for it in sheet["words"]]
        last = sheet["history"][0]
        assert (last["actor"], last["word"], last["after"], last["reason"]) == (getpass.getuser(), "name", "Other", "better")
        assert "Other" in any_town.command(noun, "show", code).out
    assert words(any_town, "vendor", "show", "500")["address"][0] == {"city": "Rome", "country": "IT"}


def test_what_organization_yaml_states_is_changed_there(town: Town) -> None:
    done = town.command("vendor", "set", "257", "name=Somebody", ends=Exit.USAGE)
    line = next(number for number, text in enumerate((town.root / "organization.yaml").read_text().splitlines(), 1) if "Red Panda" in text)
    assert f"organization.yaml:{line}: name of vendor 257" in done.err
    assert words(town, "vendor", "show", "257")["name"] == ("Red Panda Outfitters", f"organization.yaml:{line}")
    town.command("vendor", "set", "257", "pull_sheet=true")
    assert words(town, "vendor", "show", "257")["pull_sheet"] == (True, "set here")
    town.command("vendor", "set", "257", "--reset", "pull_sheet")
    assert words(town, "vendor", "show", "257")["pull_sheet"] == (False, "default")
    town.command("system", "set", "OMS", "vendor_default=true", ends=Exit.USAGE)


REFUSED = [
    (["vendor", "add", "257", "name=X"], "is there already"),
    (["vendor", "add", "12345678901", "name=X"], "at most 10 characters"),
    (["vendor", "add", "5 0", "name=X"], "is not a code"),
    (["vendor", "add", "500", f"name={'n' * 41}"], "at most 40 characters"),
    (["vendor", "add", "500", "nme=X"], "did you mean 'name'"),
    (["vendor", "add", "500", "carriers=50,55"], "unknown carrier '55'"),
    (["vendor", "add", "500", "notices=new_order"], "no address under 'email'"),
    (["vendor", "add", "500", "active=perhaps"], "neither true nor false"),
    (["vendor", "set", "257", "future_ship_days=-1"], "is less than 0"),
    (["vendor", "set", "257", "future_ship_days=366"], "future_ship_days: '366' is more than 365 days"),
    (["vendor", "set", "257", "address.city=Rome", "address.country=1"], "not a country code"),
    (["vendor", "set", "257"], "nothing to change"),
    (["vendor", "set", "257", "active"], "is not WORD=VALUE"),
    (["vendor", "set", "999", "active=no"], "unknown vendor '999'"),
    (["vendor", "show", "999"], "unknown vendor '999'"),
    (["location", "add", "900"], "system: is missing"),
    (["location", "add", "900", "system=OSM"], "unknown system 'OSM'"),
    (["carrier", "add", "77", "requires=luck"], "'luck' is none of"),
    (["organization", "set", "code=2"], "is said there"),
    (["organization", "set", "landing_refresh_minutes=1000"], "'1000' is not a number of minutes from 1 to 999"),
    (["organization", "set", "landing_refresh_minutes=0"], "'0' is not a number of minutes from 1 to 999"),
    (["organization", "set", "landing_refresh_minutes=2.5"], "'2.5' is not a whole number"),
    (["organization", "set", "time_out_minutes=31"], "ends when nobody has done anything for 30 minutes at the latest"),
    (["organization", "set", "time_out_minutes=4"], "'4' is too short: 5 minutes are the least"),
    (["organization", "set", f"announcement={'x' * 501}"], "one line of printable text of at most 500 characters"),
    (["organization", "set", "announcement=two\nlines"], "one line of printable text"),
    (["organization", "set", "contact_email=help desk"], "is not an e-mail address"),
    (["organization", "set", "contact_email=a@x.example,b@x.example"], "is not an e-mail address"),
    (["organization", "set", "portal_logo=http://shop.example/a.png"], "is not fetched by https"),
    (["organization", "set", "portal_logo=logos/harbor.png"], "is not fetched by https"),
    (["organization", "set", "portal_logo=https://shop.example/a.svg"], "its address ends with .png, .jpg or .gif"),
    (["organization", "set", "portal_logo=https://shop.example/a.png?size=2"], "without blanks, user, ? and #"),
    (["organization", "set", "portal_logo=https://me:pw@shop.example/a.png"], "without blanks, user, ? and #"),
    (["organization", "set", "portal_logo=https://shop.example;script-src */a.png"], "without blanks, user, ? and #"),
    (["organization", "set", f"portal_logo=https://shop.example/{'a' * 255}.png"], "at most 255 characters"),
    (["organization", "set", "retention_days=99999"], "retention_days: '99999' is more than 36500 days, a hundred years"),
]


@pytest.mark.parametrize(("command", "told"), REFUSED, ids=[" ".join(it) for it, _ in REFUSED])
def test_what_cannot_be_is_refused_with_the_reason(town: Town, command: list[str], told: str) -> None:
    assert told in town.command(*command, ends=Exit.USAGE).err


MANY = [
    (
        [
            "vendor",
            "set",
            "257",
            "pull_sheet=maybe",
            "future_ship_days=x",
            "nonsense=1",
            "generate_format=doc",
            "name=Z",
            "carriers=50,XX",
            "oops",
        ],
        [
            "'oops' is not WORD=VALUE",
            "name of vendor 257 is said there and wins",
            "unknown word 'nonsense'",
            "pull_sheet: 'maybe' is neither true nor false",
            "future_ship_days: 'x' is not a whole number",
            "generate_format: 'doc' is none of",
            "unknown carrier 'XX'",
        ],
    ),
    (
        ["vendor", "add", "500", "notices=new_order", "carriers=XX,YY", "active=perhaps"],
        ["no address under 'email'", "unknown carrier 'XX'", "unknown carrier 'YY'", "active: 'perhaps' is neither"],
    ),
    (
        ["organization", "set", "retention_days=-4", "code=2", "paper=a3", "language=english"],
        [
            "retention_days: must be at least 1",
            "code of organization 1 is said there",
            "paper: 'a3' is none of",
            "language: 'english' is not",
        ],
    ),
]


@pytest.mark.parametrize(("command", "told"), MANY, ids=[" ".join(it[:2]) for it, _ in MANY])
def test_everything_that_is_wrong_is_told_at_once(town: Town, command: list[str], told: list[str]) -> None:
    said = town.command(*command, ends=Exit.USAGE).err
    assert [words for words in told if words not in said] == []
    assert len(said.splitlines()) == len(told) + 1


def test_a_rehearsal_changes_nothing(town: Town) -> None:
    done = town.command("vendor", "add", "500", "name=Mole", "--dry-run", "--json").json
    assert [(it["word"], it["after"]) for it in done["changes"]] == [("name", "Mole")]
    assert "500" not in codes(town, "vendor")


def test_a_carrier_that_becomes_active_is_assigned_to_all_vendors(any_town: Town) -> None:
    path = any_town.root / "organization.yaml"
    path.write_text(path.read_text().replace("    contact: Nina Forge\n", "    contact: Nina Forge\n    carriers: [50]\n"))
    any_town.command("vendor", "set", "257", "carriers=50")
    any_town.command("vendor", "add", "500", "carriers=60")
    done = any_town.command("carrier", "add", "77", "--json").json
    assert [(it["code"], it["word"], it["after"]) for it in done["changes"] if it["kind"] == "vendor"] == [
        ("257", "carriers", ["50", "77"]),
        ("500", "carriers", ["60", "77"]),
    ]
    assert "vendor 11 does not get carrier 77: its list is fixed at organization.yaml:" in done["notes"][0]
    any_town.command("carrier", "deactivate", "77")
    any_town.command("vendor", "set", "500", "carriers=60")
    done = any_town.command("carrier", "activate", "77", "--json").json
    assert [(it["kind"], it["code"]) for it in done["changes"]] == [("carrier", "77"), ("vendor", "500")]


def test_a_vendor_that_is_made_inactive_gets_no_new_orders(any_town: Town) -> None:
    any_town.command("vendor", "deactivate", "257")
    any_town.drop("in/oms/orders.xml", any_town.sample("createdsorder.xml"))
    any_town.once()
    assert "DSO-105" in any_town.files("out/oms/responses")["orders.xml.resp.xml"]


def test_a_limit_that_is_set_counts_for_the_next_batch(any_town: Town) -> None:
    orders = any_town.sample("createdsorder.xml").decode()
    any_town.command("vendor", "set", "257", "most_orders_a_batch=1")
    any_town.drop("in/oms/one.xml", orders)
    any_town.drop("in/oms/two.xml", orders.replace("ab10747", "ab20747"))
    any_town.once()
    assert len(any_town.files("out/redpanda/orders")) == 2


def test_orders_are_batched_at_the_times_that_the_vendor_prefers(tmp_path: Path, database_url: str) -> None:
    town = Town(tmp_path / "town", database_url, gather="count: 100")
    sunday, monday = (FixedClock(datetime(2022, 6, day, 7, 0, tzinfo=UTC)) for day in (19, 20))
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.command("vendor", "set", "257", "order_schedule=06:00 mon-fri UTC")
    town.once(sunday)
    assert town.files("out/redpanda/orders") == {}
    town.once(monday)
    assert len(town.files("out/redpanda/orders")) == 1


def test_a_value_of_the_organization_counts_from_the_next_start(any_town: Town) -> None:
    done = any_town.command("organization", "set", "version_mandatory=yes")
    assert "next start" in done.out
    with any_town.gateway() as gateway:
        assert gateway.workspace.reference.organization.version_mandatory
        assert gateway.master.references.now(gateway.store).organization.version_mandatory
    (row,) = any_town.command("organization", "list", "--json").json
    assert (row["code"], row["changed"]) == ("1", True)


def test_the_export_can_be_the_file(town: Town, tmp_path: Path) -> None:
    for noun, code, values in ADDED:
        town.command(noun, "add", code, *values)
    town.command("vendor", "set", "257", "pull_sheet=true")
    stored = town.command("organization", "export", "--json").json
    assert stored["vendors"]["257"] == {"pull_sheet": True}
    assert set(stored["carriers"]) == {"77"}
    whole = town.command("organization", "export", "--whole").out
    other = Town(tmp_path / "other", "sqlite:///var/other.db")
    (other.root / "organization.yaml").write_text(whole)
    found = Workspace.load(other.root).reference
    with town.gateway() as gateway:
        now = gateway.master.references.now(gateway.store, vendors=["500"], carriers=["77"])
    assert (found.vendors, found.carriers, found.systems) == (now.vendors, now.carriers, now.systems)
    assert (found.locations, found.brands, found.organization) == (now.locations, now.brands, now.organization)


def test_what_an_order_brought_is_shown_as_such_and_changed(town: Town) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml").decode().replace("<vendor_cd>257<", "<vendor_cd>600<"))
    town.once()
    assert words(town, "vendor", "show", "600")["name"][1] == "an order"
    town.command("vendor", "set", "600", "uses_invoicing=true")
    assert words(town, "vendor", "show", "600")["uses_invoicing"] == (True, "set here")


WHOLE = ("address.address1=1 Burrow", "address.city=Rome", "address.postal_code=00184", "address.country=it")


def test_shipping_systems_need_an_origin_of_every_active_vendor(town: Town) -> None:
    """Whoever is stored without one is refused; those who are there already are named (sdf 8.2)."""
    assert "No shipping system is in use" in town.command("vendor", "check").out
    town.command("vendor", "add", "500", "name=Mole")
    done = town.command("organization", "set", "shipping_integration=true", "announcement=Soon")
    assert "Vendor 500 lacks address1, city, postal_code, country as origin of its goods." in done.out
    assert "Nodes that run take shipping_integration at their next start." in done.out
    lacks = {it["code"]: it["lacks"] for it in town.command("vendor", "check", "--json", ends=Exit.DIFFERENCES).json}
    assert lacks["500"] == "address1, city, postal_code, country"
    assert "257" in lacks

    for command in (["add", "600", "name=Hare"], ["set", "500", "address.city=Rome", "address.country=it"]):
        said = town.command("vendor", *command, ends=Exit.USAGE).err
        assert f"address.postal_code: is missing; shipping systems need it as origin of vendor {command[1]}" in said
        assert ("address.city: is missing" in said) == (command[0] == "add")
    town.command("vendor", "set", "500", "pull_sheet=true")  # what does not concern it may be changed
    town.command("vendor", "deactivate", "500")
    assert "500" not in town.command("vendor", "check", ends=Exit.DIFFERENCES).out
    assert "is missing" in town.command("vendor", "activate", "500", ends=Exit.USAGE).err
    town.command("vendor", "set", "500", "active=true", *WHOLE)
    town.command("vendor", "add", "600", "name=Hare", *WHOLE)
    town.command("vendor", "add", "700", "name=Shrew", "active=no")
    assert "address.city: is missing" in town.command("vendor", "set", "600", "--reset", "address", ends=Exit.USAGE).err
    told = {it["code"] for it in town.command("vendor", "check", "--json", ends=Exit.DIFFERENCES).json}
    assert told == set(lacks) - {"500"}


def test_what_the_console_shows_counts_without_a_start(town: Town) -> None:
    assert "next start" not in town.command("organization", "set", "announcement=Closed on Friday", "time_out_minutes=10").out
