"""Extensions by name: built-ins as import strings, third parties through entry points; a module is imported when it is used."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from msgspec import Struct

from gateway.kernel.errors import ConfigError
from gateway.kernel.yaml_text import unknown


class Registry(Struct, frozen=True):
    """One kind of extension. `group` is the entry point group that other packages may add to."""

    what: str
    group: str
    built_in: Mapping[str, str]
    reserved: frozenset[str] = frozenset()
    """Names that are ours but not available yet; nobody else may take them."""

    def names(self) -> tuple[str, ...]:
        """Everything that can be named, built-ins first; a third party cannot replace a built-in."""
        others = sorted(name for name in _installed(self.group) if name not in self.built_in and name not in self.reserved)
        return (*self.built_in, *others)

    def load(self, name: str) -> Any:
        """The thing of that name, imported now; ConfigError with the nearest name when there is none."""
        if name in self.built_in:
            module, _, attribute = self.built_in[name].partition(":")
            return getattr(import_module(module), attribute)
        if name not in self.names():
            raise ConfigError(self.refusal(name))
        return _installed(self.group)[name].load()

    def refusal(self, name: str) -> str:
        """Why this name cannot be used, and which could."""
        if name in self.reserved:
            return f"{self.what} '{name}' is not available yet; available are {', '.join(self.names())}"
        return unknown(name, self.names(), what=self.what)


@cache
def _installed(group: str) -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=group)}


TRANSPORTS = Registry(
    "transport",
    "gateway.transports",
    {"folder": "gateway.transports.folder:FolderTransport", "sftp": "gateway.transports.sftp:SftpTransport"},
    reserved=frozenset({"http", "mail"}),
)
