"""Commands that are built when somebody asks for them: a process runs one of many, and reading the options of all costs more than most."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

import typer
from typer.core import TyperGroup

Planted = typer.Typer | Callable[..., None]
"""A noun with its verbs, or a command of one word."""


class Branches(MutableMapping[str, Any]):  # Any: the class of a built command is private to typer
    """The words behind `gateway`, in the order of the help; each is built at its first use and kept."""

    def __init__(self, planted: Mapping[str, Planted]) -> None:
        self._planted: dict[str, Any] = dict(planted)
        self._grown: dict[str, Any] = {}

    def __getitem__(self, word: str) -> Any:
        if word not in self._grown:
            self._grown[word] = _grown(word, self._planted[word])
        return self._grown[word]

    def __setitem__(self, word: str, command: Any) -> None:
        self._planted[word] = self._grown[word] = command

    def __delitem__(self, word: str) -> None:
        del self._planted[word]
        self._grown.pop(word, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._planted)

    def __len__(self) -> int:
        return len(self._planted)


class Root(TyperGroup):
    """The command line; what is wrong with an argument is told in our words."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = plainly(error)
            raise


def plainly(error: typer.BadParameter) -> str:
    """What is wrong with an argument, for people; texts of our own stay as they are."""
    from pydantic import ValidationError

    if not isinstance(error.__cause__, ValidationError):
        return error.message
    found = error.__cause__.errors()[0]
    given = found["input"]
    match found["type"]:
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return f"'{given}' is not a whole number"
        case "greater_than_equal":
            return f"{given} is too small; it must be at least {found['ctx']['ge']}"
        case "less_than_equal":
            return f"{given} is too large; it can be at most {found['ctx']['le']}"
        case "value_error":
            return str(found["ctx"]["error"])
        case _:
            return error.message


def grow(trunk: typer.Typer, planted: Mapping[str, Planted]) -> TyperGroup:
    """The command line of a trunk that has only its own options, with these words behind it."""
    root = typer.main.get_group(trunk)
    root.commands = Branches(planted)
    return root


def _grown(word: str, planted: Planted) -> Any:
    stem = typer.Typer(add_completion=False)
    if isinstance(planted, typer.Typer):
        stem.add_typer(planted, name=word)
        return typer.main.get_group(stem).commands[word]
    stem.command(word)(planted)
    return typer.main.get_command(stem)
