"""Which of the values around a file its rules ask for, so that another file with the same ones is known to go the same way."""

from __future__ import annotations

from typing import Any

from gateway.mapping.readings import Values

SETTINGS = "partner"
"""Values of a partner are the same in each of its files."""
OF_FILE = ("file", "message", "batch")
"""Those of the file, its message or its batch are others in the next."""
SOURCES = (SETTINGS, *OF_FILE)


class NotedValues:
    """The values of one file, and what was asked of them."""

    def __init__(self, values: Values) -> None:
        self._asked: dict[tuple[str, str], Any] = {}
        self._sources = {source: Noting(source, self._asked) for source in SOURCES}
        self.watched = Values(**self._sources)
        self.given: dict[str, Any] = {}
        """What the file gives, by its whole name (`batch.number`): for stencils, which look it up."""
        self.renew(values)

    def renew(self, values: Values) -> None:
        """From now on it is another file."""
        self.given.clear()
        for source, noting in self._sources.items():
            noting.clear()
            noting.update(getattr(values, source))
            if source in OF_FILE:
                self.given |= {f"{source}.{name}": value for name, value in noting.items()}

    @property
    def are_of_file(self) -> bool:
        """Whether anything was asked that no other file has."""
        return any(source != SETTINGS for source, _ in self._asked)

    def are_in(self, values: Values) -> bool:
        """Whether another file answers the same to all that was asked."""
        return all(getattr(values, source).get(name) == value for (source, name), value in self._asked.items())


class Noting(dict[str, Any]):
    """Values of one source."""

    def __init__(self, source: str, asked: dict[tuple[str, str], Any]) -> None:
        super().__init__()
        self._source, self._told = source, asked

    def unnoted(self, key: str) -> Any:
        """A value that nothing depends on but what stands in its place."""
        return super().get(key)

    def get(self, key: str, default: Any = None) -> Any:
        """A value by its name; it is noted that it was asked for."""
        value = self._told[self._source, key] = super().get(key, default)
        return value
