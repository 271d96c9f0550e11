"""A posted invoice goes out again when somebody asks for it: a new run, the same invoice, marked as sent before (sdf 4.5, 4.7)."""

from __future__ import annotations

from pathlib import Path

from tests.flow.test_node import ACK, INVOICE, SHIPMENTS
from tests.town import Town


def test_a_posted_invoice_is_posted_again_on_demand_and_says_so(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    for place, content in (
        ("in/oms/orders.xml", town.sample("createdsorder.xml").decode()),
        ("in/redpanda/ACK_1.csv", ACK),
        ("in/redpanda/SHIP_1.csv", SHIPMENTS),
        ("in/redpanda/INV_1.csv", INVOICE),
    ):
        town.drop(place, content)
        town.once()
    ask = ("invoice", "repost", "RP-2201", "--reason", "the first file was lost")
    assert "would go out again" in town.command(*ask, "--dry-run").out
    town.once()
    assert list(town.files("out/oms/invoices")) == ["DSPST_000001.xml"]
    assert "goes out again with the next posting" in town.command(*ask).out
    town.once()
    first, second = town.files("out/oms/invoices").values()
    assert ('resend="N"' in first, 'resend="Y"' in second) == (True, True)
    assert ('run_id="1"' in first, 'run_id="2"' in second) == (True, True)
    assert town.command("invoice", "repost", "NONE", "--reason", "x", ends=2).out == ""
