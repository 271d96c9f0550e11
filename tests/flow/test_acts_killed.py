"""A person's act whose process is killed at its commit has happened whole, or not at all; done again it does no harm."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest

from gateway.cli.exits import Exit
from gateway.kernel.failpoints import VARIABLE
from tests.commands import ROOT
from tests.shop import Shop, open_story
from tests.turns import in_turns

KILLED = -9
FILE = "PO_000001.xml"


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Shop:
    """A shop that has booked a file of orders and sent a batch."""
    shop = Shop(tmp_path / "shop", database_url)
    shop.change("connectors/oms.yaml", "stable_for: 2s", "stable_for: 0s")
    (shop.root / "inbox/oms/a.xml").write_bytes((ROOT / "samples/createdsorder.xml").read_bytes())
    assert shop.gateway("serve", "--once").code == Exit.FINE
    with open_story(shop.url):
        shop.gateway("batch", "cut", "257")
    return shop


def killed_at(shop: Shop, point: str, *arguments: str) -> int:
    with patch.dict("os.environ", {VARIABLE: f"{point}:1:kill"}):
        return shop.process(*arguments).code


@in_turns(("side", "rounds"), [("before", 1), ("after", 2)])
def test_a_redelivery_whose_process_dies_is_asked_for_or_not(shop: Shop, side: str, rounds: int) -> None:
    (batch,) = shop.gateway("outbox", "list", "--kind", "batch", "--json").json
    path = shop.root / "outbox/redpanda" / FILE
    before = path.read_bytes()
    path.unlink()
    code = killed_at(shop, f"desk.act.{side}_commit", "outbox", "redeliver", str(batch["id"]), "--reason", "lost")
    sheet = shop.gateway("outbox", "show", str(batch["id"]), "--json").json
    assert (code, sheet["round"], sheet["state"]) == (KILLED, rounds, "sent" if side == "before" else "waiting")
    shop.gateway("serve", "--once")
    assert path.exists() == (side == "after")
    if side == "after":
        assert path.read_bytes() == before


@in_turns(("side", "messages"), [("before", 1), ("after", 2)])
def test_a_reprocessing_whose_process_dies_is_asked_for_or_not(shop: Shop, side: str, messages: int) -> None:
    code = killed_at(shop, f"desk.again.{side}_commit", "message", "reprocess", "1", "--reason", "look")
    assert (code, len(shop.gateway("message", "list", "--json").json)) == (KILLED, messages)
    orders = shop.gateway("order", "list", "--json").json
    shop.gateway("serve", "--once")
    assert {row["state"] for row in shop.gateway("message", "list", "--json").json} == {"booked"}
    assert shop.gateway("order", "list", "--json").json == orders
    assert shop.gateway("db", "check").code == Exit.FINE


@in_turns("side", ["before", "after"])
def test_a_reissue_whose_process_dies_has_happened_whole_or_not_at_all(shop: Shop, side: str) -> None:
    (order,) = (row["number"] for row in shop.gateway("order", "list", "--json").json)
    code = killed_at(shop, f"desk.act.{side}_commit", "batch", "reissue", "1")
    batches = {row["number"]: row["state"] for row in shop.gateway("batch", "list", "--json").json}
    assert (code, batches) == (KILLED, {1: "open"} if side == "before" else {1: "void", 2: "open"})
    shop.gateway("serve", "--once")
    assert (shop.root / "outbox/redpanda/PO_000002.xml").exists() == (side == "after")
    assert {line["batch"] for line in shop.gateway("order", "show", order, "--json").json["lines"]} == {max(batches)}
    assert shop.gateway("verify").code == Exit.FINE
