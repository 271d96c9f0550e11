"""The words that the help of a command names are those it takes: what is written by hand there cannot drift from the code."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

import pytest
import typer

from gateway.cli.frame import command_line, run
from gateway.cli.opened import chosen
from gateway.cli.tree import Branches
from gateway.domain.order import LineStatus, OrderStatus
from gateway.domain.outcome import BatchState, InvoiceState, Verdict
from gateway.kernel.errors import ConfigError
from gateway.store.messages import MessageState
from gateway.store.outbox import Ack, ItemState
from gateway.store.slips import DocumentState


def help_of(noun: str, verb: str, option: str) -> str:
    root: Any = command_line()
    (found,) = [it for it in root.commands[noun].commands[verb].params if option in it.opts]
    return str(found.help)


@pytest.mark.parametrize(
    ("noun", "verb", "option", "enum"),
    [
        ("message", "list", "--state", MessageState),
        ("message", "show", "--verdict", Verdict),
        ("order", "list", "--status", OrderStatus),
        ("order", "list", "--line-status", LineStatus),
        ("batch", "list", "--state", BatchState),
        ("invoice", "list", "--state", InvoiceState),
        ("outbox", "list", "--state", ItemState),
        ("outbox", "list", "--ack", Ack),
        ("report", "items", "--status", LineStatus),
        ("slip", "list", "--state", DocumentState),
    ],
)
def test_the_help_names_every_word(noun: str, verb: str, option: str, enum: type[StrEnum]) -> None:
    told = help_of(noun, verb, option).partition(";")[0].rstrip(".")
    words = re.split(r", | or ", told)
    assert {word.removeprefix("A line is ").removeprefix("Only documents that are ") for word in words} == {it.value for it in enum}


def test_words_are_taken_in_any_case_and_all_when_none_is_given() -> None:
    assert chosen(["shipped", "NEW ORDER"], LineStatus, what="status") == (LineStatus.SHIPPED, LineStatus.NEW)
    assert chosen(None, LineStatus, what="status") == tuple(LineStatus)


def test_an_unknown_word_is_told_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="unknown status 'Hold'; did you mean 'Held'"):
        chosen(["Hold"], LineStatus, what="status")


def test_a_command_is_built_when_it_is_asked_for_and_once() -> None:
    read: list[str] = []

    class Noun(typer.Typer):
        @property
        def registered_callback(self) -> None:
            read.append(str(self.info.help))

        @registered_callback.setter
        def registered_callback(self, callback: None) -> None:
            pass

    branches = Branches({word: Noun(help=word) for word in ("order", "batch")})
    assert (list(branches), read) == (["order", "batch"], [])
    assert branches["batch"] is branches["batch"]
    assert set(read) == {"batch"}
    assert "slip" not in branches


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["order", "list", "--limit", "x"], "'x' is not a whole number"),
        (["order", "list", "--limit", "0"], "0 is too small; it must be at least 1"),
        (["message", "show", "99999999999999999999"], "99999999999999999999 is too large; it can be at most 9223372036854775807"),
        (["order", "list", "--due-from", "2026-13-01"], "'2026-13-01' is no day; write it like 2026-11-21"),
        (["order", "due-date", "AB1", "31.12.2026"], "'31.12.2026' is no day; write it like 2026-11-21"),
        (["order", "list", "--due-from", "1999-01-01"], "1999-01-01 is not possible: the years 2000 to 2099 are possible"),
        (["invoice", "create", "I1", "--vendor", "1", "--shipment", "a"], "'a' is not a whole number"),
        (["order", "list", "--batch", "9" * 30], f"{'9' * 30} is too large"),
        (["stock", "list", "--below", "9" * 30], f"{'9' * 30} is too large; it can be at most 2147483647"),
        (["report", "items", "--last", "36501"], "36501 is too large; it can be at most 36500"),
        (["order", "hold", "AB1", "--line", "2147483648"], "2147483648 is too large; it can be at most 2147483647"),
    ],
)
def test_a_wrong_argument_is_told_in_plain_words(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert run(words) == 2
    said = capsys.readouterr().err
    assert told in said
    assert "Value error" not in said
    assert "Input should be" not in said
