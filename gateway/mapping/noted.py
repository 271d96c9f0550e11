"""Which of the values around a file its rules ask for, so that another file with the same ones is known to go the same way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.mapping.readings import Values

SETTINGS = "partner"
"""Values of a partner are the same in each of its files; those of the file, its message or its batch are others in the next."""
SOURCES = (SETTINGS, "file", "message", "batch")


class NotedValues:
    """The values of one file, and what was asked of them."""

    def __init__(self, values: Values) -> None:
        self._asked: dict[tuple[str, str], Any] = {}
        self.watched = Values(**{source: _Noting(getattr(values, source), source, self._asked) for source in SOURCES})

    @property
    def are_of_file(self) -> bool:
        """Whether anything was asked that no other file has."""
        return any(source != SETTINGS for source, _ in self._asked)

    def are_in(self, values: Values) -> bool:
        """Whether another file answers the same to all that was asked."""
        return all(getattr(values, source).get(name) == value for (source, name), value in self._asked.items())


class _Noting(dict[str, Any]):
    """Values of one source."""

    def __init__(self, values: Mapping[str, Any], source: str, asked: dict[tuple[str, str], Any]) -> None:
        super().__init__(values)
        self._source, self._told = source, asked

    def get(self, key: str, default: Any = None) -> Any:
        """A value by its name; it is noted that it was asked for."""
        value = self._told[self._source, key] = super().get(key, default)
        return value
