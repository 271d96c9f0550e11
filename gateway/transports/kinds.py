"""The kinds of transport by name: our own in a table of import strings, others' through entry points."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from gateway.kernel.errors import ConfigError
from gateway.kernel.secret import Secret
from gateway.kernel.typed import convert
from gateway.transports.base import Fact, Transport
from gateway.transports.options import FolderOptions, MailOptions, SftpOptions

GROUP = "gateway.transports"

# Any: each kind has options of its own, and `options_for` makes exactly those
Opening = Callable[[Any], Generator[Fact, None, Transport]]


class Kind(Struct, frozen=True):
    """A kind of transport: its options, and how one is opened, step by step.

    `opening(options)` yields a `Fact` after each of `steps` and returns the transport. An entry point of another
    package gives a Kind.
    """

    name: str
    options: type[Struct]
    steps: tuple[str, ...]
    opening: Opening


def _opened_by(module: str, options: Any) -> Generator[Fact, None, Transport]:
    transport: Transport = yield from import_module(module).opening(options)
    return transport


BUILT_IN: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("folder", FolderOptions, ("reachable",), partial(_opened_by, "gateway.transports.folder")),
        Kind("mail", MailOptions, ("reachable", "encrypted", "login"), partial(_opened_by, "gateway.transports.mail")),
        Kind("sftp", SftpOptions, ("reachable", "host key", "login"), partial(_opened_by, "gateway.transports.sftp")),
    )
}


def known_kinds() -> tuple[str, ...]:
    """The names that a connector may use."""
    return tuple(sorted({*BUILT_IN, *entry_points(group=GROUP).names}))


def kind_of(name: str) -> Kind:
    """The kind of that name; ConfigError with the nearest one that exists."""
    if name in BUILT_IN:
        return BUILT_IN[name]
    for entry in entry_points(group=GROUP, name=name):
        found = entry.load()
        if not isinstance(found, Kind):
            raise ConfigError(f"transport: the package that offers '{name}' gives no Kind but {type(found).__name__}")
        return found
    near = get_close_matches(name, known_kinds(), 1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    raise ConfigError(f"transport: '{name}' is not known (known: {', '.join(known_kinds())}){hint}")


def options_for(name: str, settings: Mapping[str, object]) -> Struct:
    """The options of that kind from the keys of an `endpoint:`; secrets are `Secret` already, text is converted."""
    try:
        return convert(dict(settings), kind_of(name).options, strict=False, hook=_of_our_own)
    except msgspec.ValidationError as error:
        raise ConfigError(f"endpoint ({name}): {error}") from error


def open_transport(name: str, options: Struct) -> Transport:
    """Connect; the errors tell whether to try again (EndpointDown) or to ask a person (PolicyRefused, ConfigError)."""
    opening = kind_of(name).opening(options)
    while True:
        try:
            next(opening)
        except StopIteration as end:
            transport: Transport = end.value
            return transport


def _of_our_own(kind: type, value: object) -> object:
    if kind is Secret:
        return value if isinstance(value, Secret) else Secret(str(value))
    if kind is Path:
        return Path(str(value))
    raise NotImplementedError(kind)
