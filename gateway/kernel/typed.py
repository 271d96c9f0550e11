"""Values read into types of ours, by as many threads as there are.

msgspec learns a type when something is first read into it. Two threads that meet a type at the same moment may see it half learned,
and the process dies of a null pointer (msgspec 0.22). Here one thread learns a type before anybody reads into it; the rest of the
program has no other way, which ruff sees to.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar, overload

import msgspec

__all__ = ["convert", "decode", "decoder"]

T = TypeVar("T")
Hook = Callable[[type, Any], Any]

_known: set[Any] = set()
_learning = Lock()


@overload
def convert(value: object, kind: type[T], *, strict: bool = True, hook: Hook | None = None) -> T: ...


@overload
def convert(value: object, kind: Any, *, strict: bool = True, hook: Hook | None = None) -> Any: ...


def convert(value: object, kind: Any, *, strict: bool = True, hook: Hook | None = None) -> Any:
    """A plain value as one of this type; msgspec.ValidationError where it is none. `hook` makes types that msgspec does not know."""
    return msgspec.convert(value, _learned(kind), strict=strict, dec_hook=hook)  # noqa: TID251 (learned)


@overload
def decode(text: bytes | str, kind: type[T]) -> T: ...


@overload
def decode(text: bytes | str, kind: Any = Any) -> Any: ...


def decode(text: bytes | str, kind: Any = Any) -> Any:
    """JSON as a value of this type; msgspec.ValidationError where it is none, msgspec.DecodeError where it is no JSON."""
    return msgspec.json.decode(text, type=_learned(kind))  # noqa: TID251 (learned)


def decoder(kind: Any = Any, *, number: Callable[[str], Any] | None = None) -> Callable[[bytes | str], Any]:
    """The same for many texts; `number` makes numbers with a fraction where the type does not say how."""
    return msgspec.json.Decoder(_learned(kind), float_hook=number).decode  # noqa: TID251 (learned)


def _learned(kind: Any) -> Any:
    """The type, once all of it is known to msgspec; what it consists of is learned with it."""
    if kind not in _known:
        with _learning:
            msgspec.msgpack.Decoder(kind)  # noqa: TID251 (this is the learning; JSON would refuse keys that a value may have)
            _known.add(kind)
    return kind
