"""Routes as they are declared: each says who may open it. One that says nothing cannot be declared, and none is added behind our back.

Source: decision 0064: deny by default.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct

from gateway.domain.access import Authority

if TYPE_CHECKING:
    from starlette.responses import Response

    from gateway.web.visit import Visit

Handler = Callable[["Visit"], "Response"]


_UNSAFE = re.compile(r"[~/%\\]|\A\.\.?\Z")
_ESCAPED = re.compile(r"~(7E|2F|25|5C|2E)")


class Door(Enum):
    """Who may open a route that asks for no authority."""

    OPEN = "anybody"
    HALFWAY = "who has given a password, also before the second factor"
    SIGNED_IN = "who is signed in"
    MACHINE = "a probe on this machine, or a key with the authority for files"


May = Authority | Door


class Face(Enum):
    """How a route speaks to whom it refuses: a page that people read, or a problem document for programs."""

    PAGE = "page"
    API = "api"


class Declared(Struct, frozen=True, kw_only=True):
    """One route."""

    method: str
    path: str
    may: May
    handler: Handler
    face: Face
    by_itself: bool = False
    """Whether pages ask it without anybody doing anything: then it keeps no session alive."""

    @property
    def changes(self) -> bool:
        """Whether it may change something; GET never does."""
        return self.method != "GET"


class Routes:
    """The routes of one module."""

    def __init__(self, face: Face = Face.PAGE) -> None:
        self._face = face
        self._declared: list[Declared] = []

    def get(self, path: str, *, may: May) -> Callable[[Handler], Handler]:
        """A route that only looks."""
        return self._add("GET", path, may)

    def watch(self, path: str, *, may: May) -> Callable[[Handler], Handler]:
        """A route that pages ask now and then by themselves."""
        return self._add("GET", path, may, by_itself=True)

    def post(self, path: str, *, may: May) -> Callable[[Handler], Handler]:
        """A route that changes something."""
        return self._add("POST", path, may)

    def add(self, declared: Declared) -> None:
        """A route that was declared elsewhere."""
        self._declared.append(declared)

    def __iter__(self) -> Iterator[Declared]:
        return iter(self._declared)

    def _add(self, method: str, path: str, may: May, *, by_itself: bool = False) -> Callable[[Handler], Handler]:
        def declare(handler: Handler) -> Handler:
            self.add(Declared(method=method, path=path, may=may, handler=handler, face=self._face, by_itself=by_itself))
            return handler

        return declare


def segment(value: str) -> str:
    """A value as one part of a path. Numbers of partners hold slashes too, which no proxy and no browser leaves alone, encoded or not."""
    return quote(_UNSAFE.sub(lambda found: "".join(f"~{ord(sign):02X}" for sign in found[0]), value), safe="")


def meant(part: object) -> object:
    """The value that a part of a path stands for."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), part) if isinstance(part, str) else part


def all_different(declared: Iterable[Declared]) -> tuple[Declared, ...]:
    """These routes; ValueError when two answer the same request."""
    found: dict[tuple[str, str], Declared] = {}
    for one in declared:
        other = found.setdefault((one.method, one.path), one)
        if other is not one:
            raise ValueError(f"{one.method} {one.path} is declared twice")
    return tuple(found.values())
