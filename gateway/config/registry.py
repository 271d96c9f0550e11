"""Names of extensions: our own, those of other installed packages, and those we keep for ourselves. Imports none of them."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from msgspec import Struct

from gateway.kernel.yaml_text import unknown


class Registry(Struct, frozen=True):
    """One kind of extension; other packages add to it through the entry point group."""

    what: str
    group: str
    built_in: tuple[str, ...]
    reserved: tuple[str, ...] = ()
    """Names that are ours but not available yet; nobody else may take them."""

    def names(self) -> tuple[str, ...]:
        """Everything that can be named, built-ins first; a third party cannot replace a built-in."""
        taken = {*self.built_in, *self.reserved}
        return (*self.built_in, *(name for name in _installed(self.group) if name not in taken))

    def refusal(self, name: str) -> str:
        """Why this name cannot be used, and which could."""
        if name in self.reserved:
            return f"{self.what} '{name}' is not available yet; available are {', '.join(self.names())}"
        return unknown(name, self.names(), what=self.what)


@cache
def _installed(group: str) -> tuple[str, ...]:
    return tuple(sorted(entry_points(group=group).names))


TRANSPORTS = Registry("transport", "gateway.transports", ("folder", "mail", "sftp"), reserved=("http",))
