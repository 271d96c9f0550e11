"""What a process does: everything, or some of it, where several share the work (`serve --only`)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from gateway.kernel.errors import ConfigError
from gateway.kernel.yaml_text import unknown


class Role(StrEnum):
    """One share of the work. Each must be held by some node; several may hold the same."""

    POLL = "poll"
    """Looks into channels and takes what is complete."""
    BOOK = "book"
    """Reads and books files, answers them, opens due slots and makes what they ask for."""
    DELIVER = "deliver"
    """Brings outgoing files to partners and rings for acknowledgements that are overdue."""
    WEB = "web"
    """Listens for health checks and metrics."""


ALL = frozenset(Role)
NEEDED = (Role.POLL, Role.BOOK, Role.DELIVER)
"""Without one of these some files stay where they are."""


def roles_of(words: Iterable[str]) -> frozenset[Role]:
    """The roles that these words name, each perhaps a list with commas; all when none is named."""
    named = [word.strip().lower() for given in words for word in given.split(",") if word.strip()]
    for word in named:
        if word not in list(Role):
            raise ConfigError(unknown(word, [role.value for role in Role], what="role"))
    return frozenset(map(Role, named)) or ALL
