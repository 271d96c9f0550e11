"""The options of a format as a mapping writes them, read with checks; problems are collected with their lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from gateway.formats.addresses import AddressError
from gateway.kernel.yaml_text import Node, Scalar, Series, Table, unknown

T = TypeVar("T")


class Options:
    """The `options:` of a mapping; each question checks and converts one of them. `workspace` is where its folder of mappings lies."""

    def __init__(self, table: Table, words: Mapping[str, str], *, workspace: Path | None = None) -> None:
        self.workspace = workspace
        self.problems: list[tuple[int, str, str]] = []
        self.line = table.line
        self._given = {entry.key: entry for entry in table}
        for entry in table:
            if entry.key not in words:
                self.wrong(entry.key, unknown(entry.key, words, what="option"))

    def wrong(self, key: str, text: str) -> None:
        """Note a problem with an option."""
        entry = self._given.get(key)
        self.problems.append((entry.line if entry else self.line, f"options.{key}", text))

    def has(self, key: str) -> bool:
        """Whether the option is given."""
        return key in self._given

    def node(self, key: str) -> Node | None:
        """The option as it stands."""
        entry = self._given.get(key)
        return entry.value if entry else None

    def text(self, key: str, default: str = "") -> str:
        """One text."""
        node = self.node(key)
        if node is None or isinstance(node, Scalar):
            return node.value if isinstance(node, Scalar) else default
        self.wrong(key, "must be one text")
        return default

    def texts(self, key: str) -> tuple[str, ...]:
        """A text or a list of texts."""
        node = self.node(key)
        if isinstance(node, Scalar):
            return (node.value,)
        if isinstance(node, Series) and all(isinstance(item, Scalar) for item in node):
            return tuple(item.value for item in node if isinstance(item, Scalar))
        if node is not None:
            self.wrong(key, "must be a text or a list of texts")
        return ()

    def pairs(self, key: str) -> dict[str, str]:
        """A table of texts."""
        node = self.node(key)
        if node is None:
            return {}
        if isinstance(node, Table) and all(isinstance(entry.value, Scalar) for entry in node):
            return {entry.key: entry.value.value for entry in node if isinstance(entry.value, Scalar)}
        self.wrong(key, "must be a table of texts")
        return {}

    def lists(self, key: str) -> dict[str, tuple[str, ...]]:
        """A table of lists; a text is a list by its blanks."""
        node = self.node(key)
        if node is None:
            return {}
        if not isinstance(node, Table):
            self.wrong(key, "must be a table of lists")
            return {}
        found: dict[str, tuple[str, ...]] = {}
        for entry in node:
            if isinstance(entry.value, Scalar):
                found[entry.key] = tuple(entry.value.value.split())
            elif isinstance(entry.value, Series) and all(isinstance(item, Scalar) for item in entry.value):
                found[entry.key] = tuple(item.value for item in entry.value if isinstance(item, Scalar))
            else:
                self.wrong(key, f"'{entry.key}' must be a list of texts")
        return found

    def choice(self, key: str, words: Sequence[str], default: str = "") -> str:
        """One of these words."""
        given = self.text(key, default)
        if self.has(key) and given not in words:
            self.wrong(key, unknown(given, words, what="value"))
            return default
        return given

    def flag(self, key: str, *, default: bool) -> bool:
        """`true` or `false`."""
        given = self.choice(key, ("true", "false"), "true" if default else "false")
        return given == "true"

    def checked(self, key: str, make: Callable[[], tuple[T, ...]]) -> tuple[T, ...]:
        """What `make` gives; its AddressError becomes a problem of the option."""
        try:
            return make()
        except AddressError as error:
            self.wrong(key, str(error))
            return ()
