"""A node may do only a share of the work; several nodes with all shares among them do what one does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.kernel import SystemClock
from gateway.kernel.errors import ConfigError
from gateway.kernel.roles import ALL, Role, roles_of
from gateway.store import nodes
from gateway.store.work import Kind
from tests.town import Town


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), ALL),
        (("poll,book",), {Role.POLL, Role.BOOK}),
        (("deliver", " Web "), {Role.DELIVER, Role.WEB}),
        (("poll", "poll"), {Role.POLL}),
    ],
)
def test_roles_are_given_with_commas_or_repeated(words: tuple[str, ...], found: set[Role]) -> None:
    assert roles_of(words) == found


def test_a_role_that_there_is_not_is_told_with_the_nearest_one() -> None:
    with pytest.raises(ConfigError, match="unknown role 'delivery'; did you mean 'deliver'"):
        roles_of(["poll,delivery"])


def test_each_share_does_its_own_work_and_leaves_the_rest(town: Town) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    assert town.command("serve", "--once", "--only", "book", "--only", "deliver", "--json").json["files"] == {}
    assert town.command("serve", "--once", "--only", "poll", "--json").json["files"] == {"received": 1}
    with town.gateway() as gateway:
        assert gateway.node(roles_of(["book"])).once().undelivered > 0
        assert town.files("out/redpanda/orders") == {}
        assert gateway.node(roles_of(["deliver"])).once().undelivered == 0
    assert list(town.files("out/redpanda/orders")) == ["PO_000001.csv"]


def test_wrong_roles_are_a_usage_error(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    assert "unknown role 'pol'; did you mean 'poll'" in town.command("serve", "--only", "pol", ends=2).err
    assert "leave --only away" in town.command("serve", "--only", "poll", "--with-simulator", ends=2).err


def test_the_list_of_nodes_tells_what_each_does_and_holds_and_who_is_silent(town: Town) -> None:
    now = SystemClock().now()
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    with town.gateway() as gateway:
        node = gateway.node(roles_of(["poll"]))
        with node.engaged() as engine:
            nodes.register(gateway.store, run="dead-1", name="dead", version="0.0", now=now - timedelta(hours=1))
            assert engine.poll(engine.spots[0]) is not None
            told = town.command("node", "list", "--json")
        rows = told.json
    assert [(row["name"], row["is_silent"], row["roles"]) for row in rows] == [("dead", True, []), (node.run[:-13], False, ["poll"])]
    assert (rows[1]["polls"], rows[1]["leases"], rows[1]["work"]) == (["oms/orders"], [], {})
    assert "Nobody does: book, deliver. Start a node for it: gateway serve --only book,deliver" in told.err


def test_on_sqlite_a_killed_run_is_forgotten_by_the_next_one(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    with town.gateway() as gateway:
        nodes.register(gateway.store, run="killed-1", name="killed", version="0.0", now=SystemClock().now())
        with gateway.node().engaged(), gateway.store.reading() as connection:
            assert [one.name for one in nodes.everybody(connection) if one.run == "killed-1"] == []
    assert town.command("node", "list", "--json").json == []


def test_a_node_tells_claimed_work(town: Town) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    with town.gateway() as gateway, gateway.node().engaged() as engine:
        engine.poll(engine.spots[0])
        with engine.claims.some(Kind.BOOK):
            shown = town.command("node", "list").out
    assert "1 book" in shown
    assert "oms/orders" in shown
