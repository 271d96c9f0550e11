"""A problem of a configuration file: where it stands and what to write instead. All of them are told in one pass."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from gateway.kernel.errors import ConfigError


class Problem(Struct, frozen=True, order=True):
    """One finished finding; `key` is the path to the word, `receive > 2 > folder`."""

    file: str
    line: int
    key: str
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.text}" if self.key else f"{place}: {self.text}"


def refuse(problems: Iterable[Problem]) -> None:
    """Raise all problems at once; no problem, no error."""
    lines = tuple(dict.fromkeys(str(problem) for problem in problems))
    if lines:
        raise ConfigError(*lines)
