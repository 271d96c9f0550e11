"""`gateway vendor user`: the people of a vendor, what they may do, and who changed it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from gateway.domain.authority import MEANINGS, NEEDS, VendorAuthority, VendorUser, faults
from tests.town import Town


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Town:
    return Town(tmp_path / "town", database_url)


def test_a_user_is_added_changed_and_taken_out_of_use(town: Town) -> None:
    town.command("vendor", "user", "add", "Lee.Panda", "--vendor", "257", "--name", "Lee Panda", "--email", "lee@redpanda.example")
    town.command("vendor", "user", "add", "anvil1", "--vendor", "11", "--name", "Nina", "--may", "orders,shipping")
    town.command("vendor", "user", "set", "LEE.PANDA", "--may", "invoice_maintenance,invoices", "--may", "orders", "--reason", "bills")
    town.command("vendor", "user", "deactivate", "lee.panda")
    (user,) = town.command("vendor", "user", "list", "--vendor", "257", "--json").json
    assert user == {
        "id": "lee.panda",
        "vendor": "257",
        "name": "Lee Panda",
        "email": "lee@redpanda.example",
        "authorities": ["orders", "invoices", "invoice_maintenance"],
        "active": False,
    }
    told = town.command("vendor", "user", "show", "lee.panda", "--json").json["history"]
    assert [(it["action"], it["word"], it["after"]) for it in told[:2]] == [
        ("changed", "active", False),
        ("changed", "authorities", ["orders", "invoices", "invoice_maintenance"]),
    ]
    assert told[1]["reason"] == "bills"
    assert "is active" in town.command("vendor", "user", "activate", "lee.panda").out
    assert len(town.command("vendor", "user", "list", "--json").json) == 2


REFUSED = [
    (["add", "anna", "--vendor", "257", "--name", "Anna"], "is not a user id"),
    (["add", "a" * 51, "--vendor", "257", "--name", "Anna"], "is not a user id"),
    (["add", "an na1", "--vendor", "257", "--name", "Anna"], "is not a user id"),
    (["add", "anna1", "--vendor", "257", "--name", " "], "1 to 30 characters"),
    (["add", "anna1", "--vendor", "257", "--name", "n" * 31], "1 to 30 characters"),
    (["add", "anna1", "--vendor", "257", "--name", "Anna", "--email", "anna"], "not an e-mail address"),
    (["add", "anna1", "--vendor", "999", "--name", "Anna"], "unknown vendor '999'"),
    (["add", "anna1", "--vendor", "257", "--name", "Anna", "--may", "order"], "did you mean 'orders'"),
    (["add", "anna1", "--vendor", "257", "--name", "Anna", "--may", "shipping"], "shipping needs orders too"),
    (["add", "Taken", "--vendor", "257", "--name", "Anna"], "there is a user taken already"),
    (["set", "nobody", "--name", "Anna"], "there is no user nobody"),
]


def test_what_cannot_be_is_refused_with_the_reason(town: Town) -> None:
    town.command("vendor", "user", "add", "taken", "--vendor", "11", "--name", "Tina")
    for command, told in REFUSED:
        assert told in town.command("vendor", "user", *command, ends=Exit.USAGE).err
    assert len(town.command("vendor", "user", "list", "--json").json) == 1
    told = town.command(
        *("vendor", "user", "add", "a b", "--vendor", "999", "--name", " ", "--email", "x", "--may", "order,orders,shiping"),
        ends=Exit.USAGE,
    ).err
    for words in ("unknown authority 'order'", "'shiping'", "unknown vendor", "is not a user id", "1 to 30 characters", "not an e-mail"):
        assert words in told
    told = town.command("vendor", "user", "set", "taken", "--name", " ", "--may", "order", ends=Exit.USAGE).err
    assert "unknown authority" in told
    assert "1 to 30 characters" in told


def test_a_rehearsal_adds_nobody(town: Town) -> None:
    town.command("vendor", "user", "add", "anna1", "--vendor", "257", "--name", "Anna", "--dry-run")
    assert town.command("vendor", "user", "list", "--json").json == []


def test_only_an_active_user_may_do_what_is_granted() -> None:
    user = VendorUser(id="anna1", vendor="257", name="Anna", authorities=(VendorAuthority.ORDERS,))
    assert user.may(VendorAuthority.ORDERS)
    assert not user.may(VendorAuthority.SHIPPING)
    assert not VendorUser(id="anna1", vendor="257", name="Anna", authorities=(VendorAuthority.ORDERS,), active=False).may(
        VendorAuthority.ORDERS
    )


@pytest.mark.parametrize("authority", VendorAuthority)
def test_every_authority_has_its_meaning_and_needs_what_it_looks_at(authority: VendorAuthority) -> None:
    assert MEANINGS[authority]
    alone = VendorUser(id="anna1", vendor="257", name="Anna", authorities=(authority,))
    assert bool(list(faults(alone))) is (authority in NEEDS)
