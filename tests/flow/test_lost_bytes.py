"""A file whose bytes are lost is not read again: it stays as it is, and the remedy is named."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from gateway.store import tables
from tests.town import Town


def test_a_replay_without_the_bytes_changes_nothing_and_names_the_remedy(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml").replace(b"<brand_cd>1<", b"<brand_cd>9<"))
    town.once()
    (town.root / "var/archive").rename(town.root / "var/elsewhere")
    told = town.command("message", "replay", "1", "--reason", "the brand is there now", ends=2).err
    assert "the archive has not the bytes of message 1; nothing was changed" in told
    assert "back from the backup" in told
    with town.gateway() as gateway, gateway.store.reading() as connection:
        assert connection.execute(select(tables.message.c.state)).scalar_one() == "refused"
