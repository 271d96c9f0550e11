"""What to do is said once, in the words of the command line; the console and the API tell the same in theirs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.frame import command_line
from gateway.web.application import declared
from gateway.web.pages import alarms, batch_acts, draft_acts, jobs, message_acts, outbox_acts, people_acts, slip_acts
from gateway.web.routes import Face
from gateway.web.ways import EVERYTHING, WAYS, at_console, for_programs, linked

PACKAGE = Path(__file__).parents[2] / "gateway"
APART = frozenset({"cli", "simulator"})
"""Rooms whose texts only the command line shows."""
HERE_ALONE = {
    "audit verify": "the record is followed with what was noted elsewhere",
    "batch cut": "the job of the channel does it by the clock",
    "batch request": "a vendor has a button of its own",
    "db upgrade": "is part of an update",
    "edi guide": "is for whoever writes a guide",
    "feed again": "begins the change feed anew",
    "init": "there is no console yet",
    "node list": "is for whoever runs the nodes",
    "organization set": "most of it stands in organization.yaml",
    "privacy purge": "a job does it every night",
    "reconcile": "compares with what partners have, after a restore",
    "restore": "the gateway does not run",
    "vendor check": "is for whoever writes organization.yaml",
    "verify": "reads the whole store and archive",
}
"""Commands that texts name and that have no place at the console, with the reason."""
NAMED = re.compile(r"\bgateway ((?:[a-z]+[a-z-]*)(?: [a-z][a-z-]*){0,2})")
CASES = [
    ("do it, then: gateway outbox retry 17", "do it, then: “Retry” at outgoing file 17", "POST /api/v1/outbox/17/retry", "/outbox/17"),
    ("ask, or: gateway outbox release ID", "ask, or: “Release” at the outgoing file", "POST /api/v1/outbox/{id}/release", "/outbox"),
    ("see (gateway outbox show 3 --raw)", "see (the page of outgoing file 3)", "GET /api/v1/outbox/3", "/outbox/3"),
    ("look: gateway order list --number A1; or", "look: the orders; or", "GET /api/v1/orders", "/orders?number=A1"),
    ("see gateway order show A/1.", "see the page of order A/1.", "GET /api/v1/orders/A~2F1", "/orders/A~2F1"),
    ("gateway message show 12 says it", "the page of message 12 says it", "GET /api/v1/messages/12", "/messages/12"),
    ("gateway job run oms/x", "“Run now” at job oms/x", "POST /api/v1/jobs/oms~2Fx/run", "/administration/jobs/oms~2Fx"),
]


@pytest.mark.parametrize(("text", "read", "call", "path"), CASES, ids=[text for text, *_ in CASES])
def test_a_command_is_a_button_at_the_console_and_a_call_in_the_api(text: str, read: str, call: str, path: str) -> None:
    assert at_console(text) == read
    assert call in for_programs(text)
    assert f'<a href="{path}">' in linked(text)
    assert linked(text).striptags() == read


def test_what_everything_that_goes_out_is_let_go_by_stays_a_command_for_programs() -> None:
    text = "once they agree: gateway outbox release --all-outbound --reason TEXT"
    assert at_console(text) == "once they agree: “Let everything go” at the outbox"
    assert for_programs(text) == text


def test_other_text_stays_as_it_is_and_is_escaped() -> None:
    text = "<b>, first: gateway reconcile; the gateway outboxes nothing"
    assert (at_console(text), for_programs(text)) == (text, text)
    assert linked(text) == text.replace("<b>", "&lt;b&gt;")


def test_every_way_begins_with_a_command_and_leads_to_a_page_and_a_call() -> None:
    for command in WAYS:
        assert _known(command.removesuffix(EVERYTHING).split()) == command.removesuffix(EVERYTHING)
    pages = {_form(it.path) for it in declared() if it.face is Face.PAGE and it.method == "GET"}
    calls = {f"{it.method} {_form(it.path)}" for it in declared() if it.face is Face.API}
    assert {_form(way.page) for way in WAYS.values()} <= pages
    assert {_form(for_programs(f"gateway {command} ID")).strip() for command, way in WAYS.items() if way.api and "{}" in way.api} <= calls
    assert {for_programs(f"gateway {command}") for command, way in WAYS.items() if way.api and "{}" not in way.api} <= calls


def test_buttons_are_called_as_the_pages_call_them() -> None:
    tables = (alarms, batch_acts, draft_acts, jobs, message_acts, outbox_acts)
    words = {spec.word for module in tables for spec in module.ACTS.values()}
    words |= {deed.word for table in (slip_acts.WHOLE, slip_acts.BACK, people_acts.ABOUT) for deed in table.values()}
    templates = "".join(it.read_text(encoding="utf-8") for it in (PACKAGE / "web/templates").rglob("*.html"))
    told = {found[1] for way in WAYS.values() if (found := re.search("“(.+)”", way.words))}
    assert {word for word in told if word not in words and word not in templates} == set()


def test_every_command_that_a_text_names_has_its_way_or_a_reason_to_have_none() -> None:
    named = {command for text in _texts() for found in NAMED.finditer(text) if (command := _known(found[1].split()))}
    assert named - WAYS.keys() == HERE_ALONE.keys()


def _texts() -> Iterator[str]:
    """Every text of the program that is no docstring, with an X for what is put into it."""
    for file in PACKAGE.rglob("*.py"):
        if file.relative_to(PACKAGE).parts[0] in APART:
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
                yield node.value


def _known(words: list[str]) -> str:
    """The longest command that these words begin with; nothing where they begin with none, or only with a noun."""
    at: object = command_line()
    used: list[str] = []
    for word in words:
        found = getattr(at, "commands", {}).get(word)
        if found is None:
            break
        used.append(word)
        at = found
    return "" if getattr(at, "commands", None) else " ".join(used)


def _form(path: str) -> str:
    return re.sub(r"{\w*}", "{}", path.partition("?")[0])
