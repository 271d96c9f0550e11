"""Whether this process can do its work. A partner that is down makes nobody unready: restarting us would not mend it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from gateway.kernel.errors import GatewayError

if TYPE_CHECKING:
    from gateway.runtime import Node

FINE = "fine"


class Found(Struct, frozen=True):
    """What each check says: `fine`, or what is wrong and what to do."""

    checks: dict[str, str]

    @property
    def is_ready(self) -> bool:
        """Whether all is fine."""
        return all(said == FINE for said in self.checks.values())


class Readiness:
    """The checks of one node."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def look(self) -> Found:
        """Ask everything now."""
        return Found({"store": self._store(), "workers": self._workers()})

    @cached_property
    def head(self) -> str:
        """The schema that this program needs."""
        from gateway.store.migrations import head

        return head()

    def _store(self) -> str:
        from gateway.store.migrations import revision

        try:
            with self._node.parts.store.reading() as connection:
                found = revision(connection)
        except GatewayError as error:
            return f"the database does not answer: {error}"
        if found is None or found < self.head:
            return f"the schema is at version {found or 'none'}, this program needs {self.head}: gateway db upgrade"
        return FINE

    def _workers(self) -> str:
        pulse = self._node.pulse
        if not pulse.names:
            return "the node has not begun to serve"
        silent = pulse.silent()
        told = (f"{name} has ended" if seconds is None else f"{name} silent for {seconds:.0f} s" for name, seconds in silent.items())
        return f"{', '.join(told)}; restart this process" if silent else FINE
