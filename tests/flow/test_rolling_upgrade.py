"""Old and new version side by side over a schema that goes on, and what happens where a version takes something away."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store import nodes as runs
from gateway.store.migrations import check, current, head
from tests.fleet import Fleet, fleet
from tests.versions import Version
from tests.waiting import PATIENCE, wait_until

VERSIONS = Path(__file__).resolve().parents[2] / "gateway/store/migrations/versions"
FIRST = "0001_first.py"
ROUND = 20
"""Orders that are sent at once, until both versions have booked one."""
ADDING = {"add_column", "create_table", "create_index", "drop_index", "execute", "f", "get_bind"}
"""An index may go where the same step makes it anew: nobody reads other rows by it."""


@pytest.fixture
def nodes(tmp_path: Path, postgresql_url: str) -> Iterator[Fleet]:
    with fleet(tmp_path, postgresql_url) as found:
        yield found


@pytest.mark.slow
@pytest.mark.postgresql
def test_two_versions_serve_side_by_side_and_the_older_one_is_stopped_before_anything_is_taken_away(nodes: Fleet, tmp_path: Path) -> None:
    newer = Version(tmp_path / "newer")
    step = newer.expands()
    old = nodes.start("old", GATEWAY_NODE__WORKERS="1")
    nodes.orders(range(20001, 20006))
    nodes.wait_until_done(5)
    nodes.start("new", program=newer.folder, GATEWAY_NODE__WORKERS="1")
    assert current(nodes.town.url) == step
    booked = 5
    while "file_booked" not in nodes.log("new") or nodes.log("old").count("file_booked") <= 5:
        assert booked < 500, "one of them books nothing"
        nodes.orders(range(20001 + booked, 20001 + booked + ROUND))
        booked += ROUND
        nodes.wait_until_done(booked)
    (told,) = check(nodes.town.url)
    assert told == f"the schema is at version {step}, newer than this program, which knows {head()}: it may go on until it is upgraded"
    newest = Version(tmp_path / "newest")
    newest.expands()
    newest.contracts()
    said = newest.run(nodes.town.root, "db", "upgrade", ends=2)
    assert "takes away what older programs need, and some are at work: old (" in said
    assert "new (" not in said
    assert current(nodes.town.url) == step
    old.terminate()
    assert old.wait(PATIENCE) == 0
    assert "Upgraded: 9002." in newest.run(nodes.town.root, "db", "upgrade")
    refused = nodes.town.command("serve", "--once", ends=2).err
    assert f"only programs that know schema {step} may work on it; this one knows {head()}" in refused
    nodes.order(20001 + booked)
    nodes.wait_until_done(booked + 1)
    nodes.end()
    nodes.require_once(range(20001, 20002 + booked))


@pytest.mark.slow
@pytest.mark.postgresql
def test_a_node_that_hung_while_everybody_else_was_upgraded_stops_and_says_so(nodes: Fleet, tmp_path: Path) -> None:
    newest = Version(tmp_path / "newest")
    newest.expands()
    newest.contracts()
    zombie = nodes.start("zombie")
    with nodes.store.transaction() as tx:
        assert runs.forget(tx, silent_since=nodes.now()) == 1
    assert "Upgraded: 9001, 9002." in newest.run(nodes.town.root, "db", "upgrade")
    wait_until(lambda: zombie.poll() is not None)
    assert zombie.returncode == 2
    assert "schema_too_new" in nodes.log("zombie")


@pytest.mark.parametrize("path", sorted(path for path in VERSIONS.glob("0*.py") if path.name != FIRST), ids=lambda path: path.stem)
def test_a_step_only_adds_unless_it_names_the_oldest_program_that_it_suffers(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if any(isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "floor" for node in tree.body):
        return
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("op.")]
    assert {ast.unparse(call.func).removeprefix("op.") for call in calls} <= ADDING
    made = {ast.literal_eval(call.args[0]) for call in calls if ast.unparse(call.func) == "op.create_table"}
    indexes = {ast.unparse(call.args[0]) for call in calls if ast.unparse(call.func) == "op.create_index"}
    indexes |= {f"'{name}'" for name in re.findall(r"create index (\w+) on", path.read_text(encoding="utf-8"))}
    assert {ast.unparse(call.args[0]) for call in calls if ast.unparse(call.func) == "op.drop_index"} <= indexes
    for call in calls:
        words = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        match ast.unparse(call.func):
            case "op.add_column":
                column = call.args[1]
                assert isinstance(column, ast.Call)
                given = {keyword.arg: ast.unparse(keyword.value) for keyword in column.keywords}
                assert given.get("nullable") == "True" or "server_default" in given
            case "op.create_index" if words.get("unique") == "True":
                assert ast.literal_eval(call.args[1]) in made
